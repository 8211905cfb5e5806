import datetime
import html
import json
import re
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import files

HOSTILE = [
    "{{7*7}}",
    "{% for x in y %}",
    "{# gone #}",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "${alert(1)}",
    "T`UOMO Menswear",
    "back\\slash",
    "\" onmouseover='alert(1)'",
    "<!-- comment",
    "line\u2028separator\u2029",
    "two\nlines\r\n",
    "&lt;b&gt;",
    "nul\0bell\x07esc\x1b\x9c",
    '=HYPERLINK("x")',
]
FORMULAS = [
    "=1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "|x",
    "%x",
    "\0=1",
    " =1",
    '"=1',
]
texts = st.text() | st.text(alphabet="=+-@;\t\r\n'\" ＝|%a,\0\ufeff")


# --- texts in pages and scripts


@pytest.mark.parametrize("text", HOSTILE)
def test_an_escaped_text_comes_out_of_a_template_and_a_page_as_it_was(text):
    safe = files.escape(text)
    assert jinja2.Template(f"<p title='{safe}'>{safe}</p>").render() == f"<p title='{safe}'>{safe}</p>"
    assert html.unescape(safe) == re.sub("[\0\x07\x1b\x9c]", "", text)


@given(texts)
def test_nothing_that_could_end_a_text_is_left_in_an_escaped_one(text):
    safe = files.escape(text)
    assert not set(safe) & set("<>\"'{}$`\\\n\r\u2028\u2029\0")
    assert re.fullmatch("[^&]*", re.sub("&(amp|lt|gt|#[0-9]+);", "", safe))


def test_a_missing_text_is_empty_and_a_number_is_its_digits():
    missing = [None, float("nan"), np.nan, pd.NA, pd.NaT]
    assert [files.escape(value) for value in missing] == [""] * 5
    assert files.escape(17103) == "17103"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_json_text_survives_a_template_and_ends_no_script(text):
    script = files.as_json({"name": text, text: [{}]})
    assert json.loads(script) == {"name": text, text: [{}]}
    assert jinja2.Template(script).render() == script
    assert not set(script) & set("<>&\u2028\u2029")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False) | texts, st.lists))
def test_json_gives_back_what_it_was_given_and_null_for_what_is_not_a_number(value):
    def expected(part):
        if isinstance(part, list):
            return [expected(item) for item in part]
        return None if part != part else part

    assert json.loads(files.as_json(value)) == expected(value)


def test_json_takes_arrays_dates_and_missing_values_and_refuses_the_rest():
    value = {"a": np.array([1.5, np.nan]), "b": pd.Series([1, None], dtype="Int64"), "c": pd.Timestamp("2027-02-01")}
    assert files.as_json(value) == '{"a":[1.5,null],"b":[1,null],"c":"2027-02-01T00:00:00"}'
    assert files.as_json((np.int64(3), np.bool_(True), datetime.date(2027, 2, 1))) == '[3,true,"2027-02-01"]'
    with pytest.raises(ValueError):
        files.as_json(float("inf"))
    with pytest.raises(TypeError):
        files.as_json(Path("somewhere"))


# --- texts in spreadsheets


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_starts_with_an_apostrophe(text):
    assert files.harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["", "星巴克", "7-Eleven", "a=b", "'t Hart", "'", "O'Neill", "007", "1,5"])
def test_a_text_that_runs_nowhere_stays_as_it_is(text):
    assert files.harmless(text) == text == files.original(text)


@given(texts)
def test_the_original_is_exactly_what_was_made_harmless(text):
    assert files.original(files.harmless(text)) == text
    assert files.original(files.harmless(files.harmless(text))) == files.harmless(text)


@given(texts)
def test_no_part_between_separators_starts_a_formula(text):
    for part in re.split("[;\t\r\n]", files.harmless(text)):
        assert part.lstrip().lstrip('"\0\ufeff ')[:1] not in list("=+-@|%＝＋－＠")
