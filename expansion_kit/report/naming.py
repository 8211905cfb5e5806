"""Tables and columns in words for the reader, from the data dictionary and the texts of the measures."""

import re
from functools import cache

from expansion_kit import words
from expansion_kit.schemas import TABLES, columns

_SHAPES = {"stores": "point", "stores_before": "point", "basemap": "line", "network": "line"}


def table_name(table, lang):
    """
    A table in words; a file of the results with its name behind it.

    >>> table_name("stores", "zh"), table_name("zone_measures.csv", "zh"), table_name("notes.csv", "zh")
    ('门店', '片区指标（zone_measures.csv）', 'notes.csv')
    """
    if table in TABLES:
        return words.say(f"table.{table}", lang)
    return words.family("report.file_", lang).get(table.partition(".")[0], table)


def city_line(city, lang):
    """
    What was read of a city, in one line: the name, whether it is made up, how many rows each table has.

    Parameters
    ----------
    city : City
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> city_line(SimpleNamespace(name="双江", made=True, counts={"stores": 1250}), "zh")
    '双江（虚构数据）：门店 1,250 行'
    """
    rows = [words.say("notebook.rows_of", lang, table=table_name(t, lang), n=f"{n:,}") for t, n in city.counts.items()]
    tables = words.say("run.comma", lang).join(rows) or "—"
    return words.say(
        "notebook.city_line_made" if city.made else "notebook.city_line", lang, city=city.name, tables=tables
    )


def column_name(column, table, lang):
    """
    A column in words, as its own table means it; as it is where nothing is known of it.

    Parameters
    ----------
    column, table : str
        A table of the data dictionary, or a file of the results, whose columns are measures.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> column_name("opened", "stores", "zh"), column_name("opened", "zone_measures.csv", "zh")
    ('开业日期', '新开')
    >>> column_name("geometry", "zones", "zh"), column_name("geometry", "network", "zh")
    ('边界', '线形')
    """
    if column == "geometry":
        return words.say(f"analysis.geometry_{_SHAPES.get(table, 'outline')}", lang)
    if table in TABLES and column in columns(table):
        return _worded(columns(table)[column].metadata, lang)
    return measure_name(column, "", lang)


def measure_name(column, first, lang):
    """
    A measure in words; else a column as the table named first means it, else as the first table that has it.

    >>> measure_name("people_sqkm", "zones", "en"), measure_name("mood", "zones", "en")
    ('Population density', 'mood')
    """
    if column in words.family("measure.", lang):
        return words.say(f"measure.{column}", lang)
    known = told_of(column, first)
    return _worded(known, lang) if known else column


@cache
def told_of(column, first):
    """What the data dictionary says of a column: in the table named first, else in the first that has it; or None."""
    tables = [first, *TABLES] if first in TABLES else TABLES
    return next((columns(table)[column].metadata for table in tables if column in columns(table)), None)


def _worded(known, lang):
    name = known["headers"][0] if lang == "zh" else known["meaning"].partition(";")[0].partition(",")[0]
    return re.sub(r"\([^()]*\)$", "", name[:1].upper() + name[1:])
