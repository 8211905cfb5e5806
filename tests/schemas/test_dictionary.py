import re
from pathlib import Path

from expansion_kit.schemas import TABLES, columns
from expansion_kit.schemas.dictionary import dictionary

README = Path(__file__).parents[2] / "data" / "README.md"


def sections():
    parts = re.split(r"^## ", dictionary(), flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: part for part in parts}


def test_the_readme_of_the_data_is_this_dictionary():
    again = "python -m expansion_kit.schemas.dictionary > data/README.md"
    assert README.read_text("utf-8") == dictionary(), f"make it again: {again}"
    assert again in dictionary()


def test_each_table_and_column_has_its_line_with_headers_and_options():
    told = sections()
    assert list(told) == [*TABLES, "Sources and licences"]
    for table in TABLES:
        rows = re.findall(r"^\| `(\w+)` \|", told[table], flags=re.MULTILINE)
        assert rows == list(columns(table))
    assert "| `stage` | yes |" in told["prospects"]
    (rate,) = [line for line in told["sites"].splitlines() if line.startswith("| `turnover_rate`")]
    assert "| share | at least 0, at most 1 |" in rate and "扣点、扣率" in rate
    (status,) = [line for line in told["stores"].splitlines() if line.startswith("| `status`")]
    assert "`planned` (筹备、规划、拟开)" in status
    assert "Each row needs `lon` with `lat` or `geometry` or `address`." in told["stores"]


def test_each_line_of_a_table_has_seven_cells():
    for line in dictionary().splitlines():
        if line.startswith("|"):
            assert len(re.split(r"(?<!\\)\|", line)) == 9, line


def test_it_says_that_demo_data_are_made_and_nothing_else_is_shipped():
    told = " ".join(sections()["Sources and licences"].split())
    assert "`make_demo_city.py`" in told and "No third-party data is shipped" in told
