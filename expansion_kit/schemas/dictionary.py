"""The data dictionary as Markdown: `python -m expansion_kit.schemas.dictionary > data/README.md`."""

import sys

from ..words import say, unit
from .checking import ALTERNATIVES
from .columns import KINDS
from .tables import TABLES, columns, key_of

_INTRO = """\
# Data dictionary

The tables of a city folder, made from `expansion_kit/schemas` (a test keeps this page equal to it). After a
change:

    python -m expansion_kit.schemas.dictionary > data/README.md

Every table is optional. A city folder holds `city.toml` and the files that it names: CSV (UTF-8, GB18030, Big5,
CP949 or UTF-16; comma, semicolon, tab or `|`), XLSX, GeoJSON, JSON of records,
GeoPackage, Shapefile, GeoParquet or Parquet.

- **Headers**: our column name or any of the Chinese headers below, with or without a unit in brackets. A header
  in 万, 亿 or % is converted and counted; one whose unit is not the column's (`租金(元/㎡/月)` for a rent per
  month) is not read, and the report says so; a rent a m2 is the same by day, month and year (365 days), so
  `租金单价(元/㎡/月)` is read as `rent_sqm_day`. Any other header is mapped in `city.toml`: `columns = { "their
  header" = "our_column" }`, or `""` for one that is not to be read; `import table` proposes them.
- **Coordinates**: longitude and latitude in the datum that `city.toml` states (wgs84, gcj02, bd09); stored in
  WGS-84. One column `坐标` with `121.47,31.23`, as map pages give it, stands for both.
- **Money** is in the currency's main unit, never in 万; **rates** are shares (0.18, not 18; `18%` is
  understood).
- **Periods**: days `2027-02-14`, ISO weeks `2027-W07`, months `2027-02`, quarters `2027-Q1`, years `2027`; days
  and times are local to the city, pings in UTC.
- **Ids** are texts: `007` stays `007`. A table without its key column gets `<file>-<row>`; a store without a
  brand is `independent`.
- **Missing** is an empty cell and nothing else (`NA` is a text); nothing that is missing is filled in.
"""

_OUTRO = """\
## Sources and licences

`demo_city/` is made data for a fictional city, drawn from a seed by `make_demo_city.py`; the truth it is drawn
from stands in `demo_truth.toml`. Every name and figure in it is invented, it is labelled as made wherever it is
shown, and it comes under the licence of this project.

No third-party data is shipped. `expansion-kit import` reads open data from files that you have fetched
yourself, under their own terms; `city.toml` keeps the source, date and method of each table, and
`provenance.csv` those of each figure.
"""


def dictionary():
    """
    The data dictionary of every table.

    Returns
    -------
    str
        Markdown, one section a table.

    Examples
    --------
    >>> "| `rent_sqm_month` | yes | number | money/m²/month | above 0 |" in dictionary()
    True
    """
    return "\n".join([_INTRO, *map(_section, TABLES), _OUTRO])


def _section(table):
    key = key_of(table)
    lines = [f"## {table}", "", f"{TABLES[table].__doc__.strip()} 中文：{say(f'table.{table}', 'zh')}。", ""]
    lines += [f"Key: `{key}`.", ""] if key else ["No key.", ""]
    if table in ALTERNATIVES:
        groups = " or ".join(" with ".join(f"`{name}`" for name in group) for group in ALTERNATIVES[table])
        lines += [f"Each row needs {groups}.", ""]
    lines += [
        "| column | required | type | unit | limits | meaning | Chinese headers |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_row(name, column) for name, column in columns(table).items()), ""])


def _row(name, column):
    meaning = column.metadata
    headers = "、".join(_cell(header) for header in meaning["headers"])
    told = [_cell(meaning["meaning"])]
    if "options" in meaning:
        told.append(
            ", ".join(f"`{option}` ({_cell('、'.join(words))})" for option, words in meaning["options"].items())
        )
    cells = [
        f"`{name}`",
        "yes" if meaning["required"] else "",
        KINDS[meaning["kind"]],
        unit(meaning["unit"], "en"),
        _limits(column),
        ": ".join(told),
        headers,
    ]
    return "| " + " | ".join(cells) + " |"


def _limits(column):
    """What pandera checks, in words."""
    words = {"greater_than_or_equal_to": "at least", "greater_than": "above", "less_than_or_equal_to": "at most"}
    told = []
    for check in column.checks:
        if check.name in words:
            (limit,) = check.statistics.values()
            told.append(f"{words[check.name]} {limit:g}")
    return ", ".join(told + (["different in each row"] if column.metadata["key"] else []))


def _cell(text):
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(dictionary())
