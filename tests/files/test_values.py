import datetime
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.files.values import is_missing, jsonable, plain_columns, written


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18).map(float))
def test_a_number_is_written_exactly_and_without_an_exponent_where_money_lies(value):
    text = written(value)
    assert float(text) == value
    if 1e-15 <= abs(value) < 1e21 and value.is_integer():
        assert re.fullmatch("-?[0-9]+", text)
    elif 1e-15 <= abs(value) < 1e21:
        assert re.fullmatch(r"-?[0-9]+\.[0-9]+", text)


def test_what_is_missing_and_what_only_looks_so():
    assert all(map(is_missing, [None, float("nan"), np.nan, pd.NA, pd.NaT]))
    assert not any(map(is_missing, ["", "nan", 0, False, np.inf, [], pd.Timestamp("2027-02-01")]))


def test_a_nested_value_becomes_what_json_knows():
    value = {1: (np.int64(3), np.nan), "days": pd.Index([pd.Timestamp("2027-02-01"), pd.NaT])}
    assert jsonable(value) == {"1": [3, None], "days": ["2027-02-01T00:00:00", None]}
    assert all(type(number) is int for number in jsonable(np.array([1, 2], dtype="int32")))


def test_a_table_gives_its_key_first_and_plain_values():
    table = pd.DataFrame(
        {
            "stores": pd.array([7, None], dtype="Int64"),
            "opened": pd.to_datetime(["2027-02-01", None]),
            "seen": pd.to_datetime(["2027-02-01 08:30", "2027-03-01 00:00"]),
        },
        index=pd.Index(["007", "8"], name="zone_id"),
    )
    names, columns = plain_columns(table, index=True)
    assert names == ["zone_id", "stores", "opened", "seen"]
    seen = [datetime.datetime(2027, 2, 1, 8, 30), datetime.datetime(2027, 3, 1)]
    assert columns == [["007", "8"], [7, None], [datetime.date(2027, 2, 1), None], seen]
    assert type(columns[2][0]) is datetime.date
    assert plain_columns(table, index=False)[0] == names[1:]


@pytest.mark.parametrize("number", [np.inf, -np.inf])
def test_an_infinite_number_is_refused_with_its_column(number):
    with pytest.raises(ValueError, match="'share' has an infinite number"):
        plain_columns(pd.DataFrame({"share": [1.0, number]}), index=True)
