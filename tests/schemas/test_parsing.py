import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.schemas.parsing import (
    as_text,
    days_of,
    own_unit,
    period_of,
    read_choice,
    read_day,
    read_flag,
    read_moment,
    read_number,
    read_period,
    read_steps,
)

READERS = [read_number, read_day, read_moment, read_flag, read_period, read_steps]


def one(read, text, *options):
    values, bad = read(pd.Series([text]), *options)
    return None if bad.iloc[0] else values.iloc[0]


@pytest.mark.parametrize(
    "value", [None, float("nan"), np.float32("nan"), np.float64("nan"), pd.NA, pd.NaT, "", "  ", "\u3000"]
)
def test_only_an_empty_cell_is_missing(value):
    assert as_text(value) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("NA", "NA"),
        ("nan", "nan"),
        (" 007 ", "007"),
        ("a\0b", "ab"),
        (7, "7"),
        (np.int64(7), "7"),
        (7.0, "7"),
        (np.float32(7.5), "7.5"),
        (0.1, "0.1"),
        (1e20, "1e+20"),
        (True, "true"),
        (np.bool_(False), "false"),
        (decimal.Decimal("1.50"), "1.50"),
        (datetime.date(2027, 2, 14), "2027-02-14"),
        (pd.Timestamp("2027-02-14 08:00"), "2027-02-14 08:00:00"),
    ],
)
def test_a_cell_is_the_text_that_a_person_would_have_typed(value, text):
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", 1234.5),
        ("1,234.5", 1234.5),
        ("１２，３４５", 12345),
        ("-1,234,567", -1234567),
        ("+5", 5),
        (".5", 0.5),
        ("5.", 5),
        ("1e3", 1000),
        ("18%", 0.18),
        ("18％", 0.18),
        ("7 %", 0.07),
        ("3.2万", 32000),
        ("1.1 万元", 11000),
        ("¥3.2万元", 32000),
        ("1.5亿", 150_000_000),
        ("¥5", 5),
        ("￥ 5", 5),
        ("-¥5", -5),
        ("5元", 5),
        ("₩12,000", 12000),
    ],
)
def test_numbers_as_people_write_them(text, value):
    assert one(read_number, text) == value


@pytest.mark.parametrize(
    "text",
    [
        *"many nan inf -inf infinity 1,5 1,23 0,123 12,34 1.2.3 1_000 0x10 1e999 --5 5- 5元3角 $5$3".split(),
        "1 2",
        "120 130",
    ]
    + "约5 5㎡ % 万 , . | 1e NA ()".split(),
)
def test_what_is_no_number_is_never_guessed(text):
    assert one(read_number, text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_exactly(value):
    assert one(read_number, repr(value)) == value


def test_units_that_a_cell_names_itself():
    assert own_unit(pd.Series(["3", "3万", "3 亿 元", "3％", "万3"])).tolist() == ["", "万", "亿", "%", ""]
    assert own_unit(pd.Series(["3", ""])).tolist() == ["", ""]


@pytest.mark.parametrize(
    "text",
    ["2027-02-14", "2027/2/14", "2027.2.14", "2027年2月14日", "20270214", "2027-02-14 00:00:00", "２０２７-02-14"],
)
def test_days_as_people_write_them(text):
    assert one(read_day, text) == pd.Timestamp(2027, 2, 14)


@pytest.mark.parametrize(
    "text",
    ["2027-02-30", "2027-13-01", "14/02/2027", "2027-02", "9999-12-31", "0001-01-01", "45000", "2027-02-14 08:30", "x"],
)
def test_what_is_no_day_is_never_guessed(text):
    assert one(read_day, text) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2027-02-14 08:00", "08:00"),
        ("2027/2/14 8:00", "08:00"),
        ("2027-02-14T08:00:30", "08:00:30"),
        ("2027-02-14 08:00:30.25", "08:00:30.25"),
        ("2027年2月14日 8:05", "08:05"),
        ("2027-02-14", "00:00"),
    ],
)
def test_times_as_people_write_them(text, time):
    assert one(read_moment, text) == pd.Timestamp(f"2027-02-14 {time}")


@pytest.mark.parametrize(
    "text",
    ["2027-02-14 24:00", "2027-02-14 08:60", "2027-02-30 08:00", "2027-02-14 08:00+09:00", "08:00", "9999-12-31 08:00"],
)
def test_what_is_no_local_time_is_never_guessed(text):
    assert one(read_moment, text) is None


def test_flags_in_both_languages():
    values, bad = read_flag(pd.Series(["是", "否", "YES", "n", "1", "0", "√", "", "maybe"]))
    assert values.tolist()[:7] == [True, False, True, False, True, False, True] and values.dtype == "boolean"
    assert bad.tolist() == [False] * 8 + [True] and values.isna().tolist() == [False] * 7 + [True, True]


def test_choices_by_our_word_or_theirs():
    values, bad = read_choice(pd.Series(["Mall", "商场", "ＭＡＬＬ", "", "pier"]), {"mall": ["商场"]})
    assert values.tolist() == ["mall", "mall", "mall", None, None] and bad.tolist() == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2027-02", "2027-02"),
        ("2027/2", "2027-02"),
        ("2027.02", "2027-02"),
        ("2027.2", "2027-02"),
        ("2027.10", "2027-10"),
        ("202702", "2027-02"),
        ("2027年2月", "2027-02"),
        ("2027-W07", "2027-W07"),
        ("2027w7", "2027-W07"),
        ("2027年第7周", "2027-W07"),
        ("2026-W53", "2026-W53"),
        ("2027Q1", "2027-Q1"),
        ("2027-q4", "2027-Q4"),
        ("2027年第1季度", "2027-Q1"),
        ("2027", "2027"),
        ("2027年", "2027"),
        ("2027/2/14", "2027-02-14"),
        ("2027-02-14 00:00:00", "2027-02-14"),
        # there are no such periods, or nobody can tell which one it is
        ("2027-13", None),
        ("2027-00", None),
        ("202713", None),
        ("2027-W53", None),
        ("2027-W00", None),
        ("2027-Q5", None),
        ("2027-02-30", None),
        ("2027.1", None),  # a workbook's number 2027.10 looks the same
        ("27-02", None),
        ("Feb 2027", None),
        ("0000-W01", None),
    ],
)
def test_periods(text, period):
    assert period_of(text) == period
    assert one(read_period, text) == period


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2027", "2027-01-01", "2027-12-31"),
        ("2027-Q4", "2027-10-01", "2027-12-31"),
        ("2027-12", "2027-12-01", "2027-12-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2027-W01", "2027-01-04", "2027-01-10"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2027-02-14", "2027-02-14", "2027-02-14"),
    ],
)
def test_days_of_a_period(period, first, last):
    assert [day.isoformat() for day in days_of(period)] == [first, last]


@given(st.lists(st.text(max_size=12) | st.from_regex(r"[0-9\-/.年月日QW:% 万元¥,]{1,14}", fullmatch=True), max_size=5))
def test_no_text_at_all_stops_a_reader(texts):
    cells = pd.Series([as_text(text) for text in texts], dtype=object)
    for read in READERS:
        values, bad = read(cells)
        assert len(values) == len(bad) == len(cells)
        assert not (bad & (cells == "")).any() and values[bad].isna().all() and values[cells == ""].isna().all()
        assert (values.notna() | bad | (cells == "")).all()  # read, reported or empty: nothing else
    for period in read_period(cells)[0].dropna():
        assert period_of(period) == period and days_of(period)[0] <= days_of(period)[1]


def test_readers_keep_the_index_and_each_row_when_texts_repeat():
    cells = pd.Series(["5", "x", "", "5"], index=[9, 8, 7, 6])
    values, bad = read_number(cells)
    assert values.index.tolist() == [9, 8, 7, 6] and values.tolist()[0] == values.tolist()[3] == 5
    assert bad.tolist() == [False, True, False, False]


def test_the_part_of_a_week_inside_a_month_is_a_period():
    assert period_of("2027-02/2027-W07") == "2027-02/2027-W07" and period_of("2027年2月/2027W7") == "2027-02/2027-W07"
    assert [str(day) for day in days_of("2027-03/2027-W09")] == ["2027-03-01", "2027-03-07"]
    assert [str(day) for day in days_of("2027-01/2026-W53")] == ["2027-01-01", "2027-01-03"]
    for wrong in (
        "2027-02/2027-W12",
        "2027-02/2027-03",
        "2027-Q1/2027-W07",
        "2027-02/",
        "/2027-W07",
        "a/b",
        "2027/2/3/4",
    ):
        assert period_of(wrong) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("100000:0.1;200000:0.08", "100000:0.1;200000:0.08"),
        ("0：0.10； 2e5：0.08；", "0:0.1;200000:0.08"),
        ("100000:10", None),
        ("200000:0.1;100000:0.2", None),
        ("10万以上10%", None),
        (";", None),
    ],
)
def test_steps_come_in_one_spelling_or_not_at_all(text, read):
    assert one(read_steps, text) == read
