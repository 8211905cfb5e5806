"""
What came back, a filled-in survey form, coordinates set by hand or changed targets, into a city folder.

The city is checked with it first; nothing is written while anything is wrong. A file of a name that came back before
takes the place of its earlier version.
"""

import re
import tempfile
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

from .. import files
from ..schemas import ERROR, TABLES, SchemaError, check
from ..words import LANGUAGES, say
from .config import checked
from .loading import check_tables, load_city
from .reading import Unreadable, read_raw
from .updating import CELLS, by_cell
from .writing import sections, toml_value

_HEADING = re.compile(r"\s*\[\[?\s*tables\s*\.\s*(\w+)(?:\s*\.\s*updates)?\s*\]\]?\s*(?:#.*)?")


def add_updates(folder, path, *, source="", as_of="", method="measured"):
    """
    A filled-in survey form, or coordinates that were set by hand, for a city folder.

    The file is copied into the folder and named in `city.toml`: as an update of each table that the city has, as the
    table itself where it has none. A workbook has a sheet a table, called as in our forms (in either language); any
    other file is called after its table, such as `placed_stores.csv`. What came back under the same name before is
    replaced. The city is checked with the file before anything is written.

    Parameters
    ----------
    folder : str or Path
        With `city.toml`.
    path : str or Path
    source, as_of, method : str
        Where the figures come from; the file's name where `source` is empty, what was stated of an earlier version
        where there is one.

    Returns
    -------
    DataFrame
        Index `table`; how many of its rows were `read`, are `new`, `changed` and the `same` as before, and were
        `left_out` as nobody filled them in. `.attrs["replaced"]`: whether an earlier version was.

    Raises
    ------
    FileExistsError
        If the folder has a file of that name that is no earlier version of an update.
    ValueError
        If the file holds no table of ours; if anything is wrong with it or with the city (`SchemaError`, with every
        fault of the city as it would be). Nothing is changed then.
    """
    folder, path = Path(folder), Path(path)
    text = (folder / "city.toml").read_text(encoding="utf-8-sig")
    there = tomllib.loads(text)
    lang = there.get("language", "en")
    sheets = _tables_of(path, lang)
    replaced = _came_before(folder, path, there, lang)
    laid = text.rstrip("\n") + "\n"
    for table, sheet in sheets.items():
        laid = _laid(
            laid, table, {"file": path.name, "sheet": sheet, "source": source, "as_of": as_of, "method": method}
        )
    told = _tried(folder, path, laid, sheets, lang)
    files.write_bytes(folder / path.name, path.read_bytes())
    files.write_text(folder / "city.toml", laid)
    told.attrs["replaced"] = replaced
    return told


def add_rows(folder, table, rows, *, source):
    """
    Rows for `locks` or `proposals`, each known by territory, period and metric; laid over what the city has.

    They are kept in a file of their own, `edited_locks.csv` or `edited_proposals.csv`, which later rows are added to.

    Parameters
    ----------
    folder : str or Path
        With `city.toml`.
    table : str
        `locks` or `proposals`.
    rows : DataFrame
        Columns of the table; each cell once.
    source : str
        Where they come from.

    Returns
    -------
    Series
        On the index of `rows`: `new`, `changed` or `same`. Where all are the same nothing is written.

    Raises
    ------
    FileExistsError, ValueError
        As `add_updates`; nothing is changed then.
    """
    folder, name = Path(folder), f"edited_{table}.csv"
    city = load_city(folder)
    columns = [*CELLS[table], *(column for column in rows if column not in CELLS[table])]
    there = by_cell(table, city[table] if table in city else rows[:0]).reindex(columns=columns)
    now = by_cell(table, rows[columns])
    old = there.reindex(now.index)
    same = ((old == now) | (old.isna() & now.isna())).all(axis=1)
    states = np.select([same, now.index.isin(there.index)], ["same", "changed"], "new")
    if not same.all():
        path = folder / name
        earlier = by_cell(table, check(table, read_raw(path, table=table).frame)[0]) if path.exists() else now[:0]
        kept = earlier[~earlier.index.isin(now.index)]
        with tempfile.TemporaryDirectory() as aside:
            files.write_csv(Path(aside) / name, pd.concat([kept, now])[columns], index=False)
            add_updates(folder, Path(aside) / name, source=source, method="assumed")
    return pd.Series(states, rows.index, dtype=object)


def _came_before(folder, path, there, lang):
    """Whether the city has an earlier version of a file; a table of the city's own is not replaced."""
    tables = there.get("tables", {})
    base = [name for name, stated in tables.items() if stated["file"] == path.name]
    later = any(update["file"] == path.name for stated in tables.values() for update in stated.get("updates", ()))
    copy = folder / path.name
    unknown = not base and not later and copy.exists() and copy.read_bytes() != path.read_bytes()
    own = set(base) - {"foot_counts"} - {table for table in CELLS if path.name == f"edited_{table}.csv"}
    if unknown or (not later and own):
        raise FileExistsError(say("template.exists", lang, file=path.name, folder=folder.name))
    return bool(base or later)


def _laid(text, table, stated):
    """`city.toml` with a file named for a table: where its earlier version was named, else at the end."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.lstrip().startswith("[")] + [len(lines)]
    headings = [n for n in starts[:-1] if (found := _HEADING.fullmatch(lines[n])) and found[1] == table]
    for start in headings:
        end = next(n for n in starts if n > start)
        body = lines[start + 1 : end]
        if tomllib.loads("\n".join(body)).get("file") != stated["file"]:
            continue
        given = {name: value for name, value in stated.items() if value}
        kept = [line for line in body if line.partition("=")[0].strip() not in given]
        new = [f"{name} = {toml_value(value)}" for name, value in given.items()]
        return "\n".join([*lines[: start + 1], *new, *kept, *lines[end:]]) + "\n"
    known = table in tomllib.loads(text).get("tables", {})
    heading = f"[[tables.{table}.updates]]" if known else f"[tables.{table}]"
    return text + sections({heading: stated | {"source": stated["source"] or stated["file"]}})


def _tried(folder, path, text, sheets, lang):
    """What the city makes of each sheet of a file, without writing it; refused with every fault where there is one."""
    config, faults = checked(tomllib.loads(text), text)
    _, _, _, found = check_tables(folder, config, came={path.name: path})
    faults += found
    if any(fault.level == ERROR for fault in faults):
        raise SchemaError(faults, lang, first=say("template.refused", lang, file=path.name))
    rows, books = {}, {}
    for table, sheet in sheets.items():
        mine = {f.code: f for f in faults if f.table == table and path.name in (f.file, f.values.get("found"))}
        read = len(read_raw(path, table=table, sheet=sheet, country=config.country, books=books).frame)
        left_out = mine["not_filled_in"].rows if "not_filled_in" in mine else 0
        filled = read - left_out
        laid = mine["updated"].values if "updated" in mine else {"n": 0, "m": filled}
        same = filled - laid["n"] - laid["m"]
        rows[table] = {"read": read, "new": laid["m"], "changed": laid["n"], "same": same, "left_out": left_out}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("table")


def _tables_of(path, lang):
    """The sheet of each of our tables in a file; None where the file is the table."""
    if path.suffix.lower() != ".xlsx":
        stem = re.sub(r"\W*\(\d+\)$", "", path.stem.lower())  # a second download is called `placed_stores (1)`
        sheets = {table: None for table in TABLES if f"_{stem}".endswith(f"_{table}")}
        sheets = {table: None for table in [max(sheets, key=len)]} if sheets else {}
    else:
        books, titles = {}, {say(f"table.{table}", word): table for table in TABLES for word in LANGUAGES}
        try:
            read_raw(path, books=books)
        except Unreadable as error:
            raise SchemaError([error.fault], lang) from None
        sheets = {titles[title]: title for title in books[path] if title in titles}
    if not sheets:
        raise ValueError(say("template.no_table", lang, file=path.name))
    return sheets
