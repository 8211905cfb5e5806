import re
import tomllib
from pathlib import Path

import pytest

from expansion_kit import words
from expansion_kit.schemas import ERROR, REPAIR, WARNING, Fault, SchemaError, report

CODES = tomllib.loads((Path(words.__file__).parent / "words.toml").read_text("utf-8"))["fault"]
RATE = Fault(
    ERROR,
    "share_too_large",
    "sites",
    "sites.csv",
    "turnover_rate",
    1,
    8,
    "S07",
    {"found": "18", "limit": "1", "unit": "share"},
)
RENT = Fault(
    ERROR,
    "too_small",
    "sites",
    "sites.csv",
    "rent_sqm_day",
    2,
    3,
    "S02",
    {"found": "-1", "limit": "0", "unit": "money/m2/day"},
)


def test_a_fault_says_what_where_found_and_allowed():
    assert RATE.sentence("en") == (
        "column 'turnover_rate' must be at most 1 (a share; 18 % is 0.18), "
        "but 18 was found in 1 row, 'S07' (file line 8)"
    )
    assert RENT.sentence("en") == (
        "column 'rent_sqm_day' must be at least 0 money/m²/day, but -1 was found in 2 rows, first 'S02' (file line 3)"
    )


def test_a_chinese_reader_reads_chinese_headers():
    assert "扣点(turnover_rate)" in RATE.sentence("zh") and "S07（文件第 8 行）" in RATE.sentence("zh")
    fault = Fault(ERROR, "empty_one_of", "stores", "stores.csv", "lon + lat / geometry / address", 1, 3)
    assert "经度(lon) + 纬度(lat) / 几何(geometry) / 地址(address)" in fault.sentence("zh")


def test_a_limit_without_a_unit_leaves_no_hole():
    fault = Fault(
        ERROR, "too_small", "zone_rents", "r.csv", "sample_size", 1, 2, "", {"found": "-1", "limit": "0", "unit": ""}
    )
    assert "at least 0, but -1 was found in 1 row, file line 2" in fault.sentence("en")
    assert "（）" not in fault.sentence("zh") and "单位" not in fault.sentence("zh")


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_report_holds_errors_warnings_and_repairs_in_this_order_by_table(lang):
    warning = Fault(WARNING, "no_source", "stores", "stores.csv")
    repair = Fault(REPAIR, "made_key", "stores", "stores.csv", "store_id")
    told = report([repair, warning, RATE, RENT], lang)
    parts = [words.say(f"fault.title_{level}", lang, n=n) for level, n in ((ERROR, 2), (WARNING, 1), (REPAIR, 1))]
    assert [told.index(part) for part in parts] == sorted(told.index(part) for part in parts)
    assert told.count("sites.csv") == 1 and told.splitlines()[-1] == words.say("fault.dictionary", lang)
    assert words.say("fault.dictionary", lang) not in report([warning], lang) and report([], lang) == ""


def test_an_error_is_a_value_error_that_carries_its_faults():
    error = SchemaError([RATE], "zh")
    assert isinstance(error, ValueError) and error.faults == [RATE] and "错误：1 项" in str(error)


def test_what_a_cell_holds_is_never_read_as_a_template():
    fault = Fault(ERROR, "not_number", "sites", "s.csv", "rent_month", 1, 2, "{0}", {"found": "{x.__class__}"})
    assert "'{x.__class__}'" in fault.sentence("en") and "'{0}'" in fault.sentence("en")


def test_every_fault_that_the_code_raises_has_its_sentence_and_the_other_way_round():
    package = Path(words.__file__).parent
    code = "".join(
        path.read_text("utf-8") for room in ("schemas", "cities", "sources") for path in (package / room).glob("*.py")
    )
    named = set(re.findall(r'"([a-z_]+)"', code)) | {
        f"not_{k}" for k in ("number", "day", "moment", "flag", "period", "choice", "tiers")
    }
    told = {name for name in CODES if not re.match(r"title_|where_|table$|dictionary$|limit$", name)}
    assert told <= named
