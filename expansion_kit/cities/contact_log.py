"""
Contacts with prospects, added to the city's own file: the only input that grows, and nothing in it is overwritten.

Rows go to the first CSV file that `city.toml` names for `contacts`, in its headers and encoding. Where there is none (a
workbook, or nothing), they go to `contacts_log.csv`, which is named as an update of the table.
"""

import csv
import datetime
import io
import re
import tomllib
import zoneinfo
from pathlib import Path

import pandas as pd

from .. import files
from ..schemas import ERROR, Fault, SchemaError, check, key_of
from ..schemas.headers import match_headers
from ..words import say
from .config import FileSource, read_config
from .loading import check_tables
from .reading import TEXT_FORMATS, decode, delimiter_of
from .writing import header_of, sections

FIELDS = ("prospect_id", "date", "channel", "note", "next_action", "next_date")
LOG_FILE = "contacts_log.csv"
_BYTE_ORDER = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def log_contacts(folder, rows, *, today=None):
    """
    Add contacts to a city's log: checked first, in one step, with ids of their own.

    A contact that stands there already, the same in every field, is not added again, so that a call that was
    interrupted can be repeated. Other processes wait meanwhile. A torn last line (a copy that broke off) is moved into
    `<file>.torn`.

    Parameters
    ----------
    folder : str or Path
        With `city.toml`.
    rows : DataFrame or sequence of dict
        `prospect_id` and as known `date` (rows without this column are of today), `channel`, `note`, `next_action`,
        `next_date`; texts or dates.
    today : date, optional
        Latest day that a contact may have; the present day in the city's time zone unless stated.

    Returns
    -------
    DataFrame, shape (n_rows, ...)
        In the order of `rows`, index `contact_id`: the fields and `new` (False where the contact stood there already).
        `.attrs`: `file` (name), `torn` (text of a torn last line, or empty).

    Raises
    ------
    SchemaError
        If a row or the present log is at fault, with every fault; nothing is added then.
    ValueError
        If the file has no column for something, or its encoding no sign for it.
    BlockingIOError
        If another process holds the log for longer than 20 seconds, or changes the file meanwhile.
    PermissionError
        If another program (Excel) holds the file.
    """
    folder = Path(folder)
    config, faults = read_config(folder)
    if config is None:
        raise SchemaError(faults, "en")
    lang = config.language
    given, faults = _checked(rows, today or _today(config.timezone), lang)
    if faults:
        raise SchemaError(faults, lang)
    with files.locked(folder / ".contacts.lock", busy=say("log.busy", lang)):
        source, config = _file_of(folder, config)
        torn = _without_torn(folder / source.file, source, config)
        given["contact_id"], new = _told_apart(folder, config, given, source, lang)
        if new.any():
            _grow(folder, given[new], source, config)
    told = given.assign(new=new).set_index("contact_id")
    told.attrs |= {"file": source.file, "torn": torn}
    return told


def _today(zone):
    try:
        return datetime.datetime.now(zoneinfo.ZoneInfo(zone or "localtime")).date()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.date.today()


def _checked(rows, today, lang):
    """The rows as typed fields, and what is wrong with them by themselves."""
    name = say("log.rows", lang)
    frame = pd.DataFrame(rows, dtype=object)
    if unknown := sorted(set(frame) - set(FIELDS)):
        raise ValueError(f"a contact has {', '.join(FIELDS)}, but not {', '.join(unknown)}")
    frame = (frame if "date" in frame else frame.assign(date=today)).reindex(columns=list(FIELDS))
    typed, found = check("contacts", frame, file=name, lines=range(1, len(frame) + 1))
    faults = [fault for fault in found if fault.level == ERROR]
    typed = typed.reset_index(drop=True)
    for code, wrong in (
        ("log_future", typed["date"] > pd.Timestamp(today)),
        ("log_next_before", typed["next_date"] < typed["date"]),
    ):
        places = wrong.to_numpy().nonzero()[0]
        if len(places):
            told = {"today": f"{today}", "found": f"{typed['date'][places[0]]:%Y-%m-%d}"}
            faults.append(Fault(ERROR, code, "contacts", name, "date", len(places), int(places[0]) + 1, values=told))
    return typed, faults


def _file_of(folder, config):
    """The CSV file that grows, and the settings with it; a new one is not named before it has a row."""
    table = config.tables.get("contacts")
    stated = [table, *table.updates] if table else []
    for source in stated:
        if Path(source.file).suffix.lower() in TEXT_FORMATS:
            return source, config
    if (folder / LOG_FILE).exists():  # the writer was stopped before it named the file
        _name(folder, config)
        return _file_of(folder, read_config(folder)[0])
    return _new_source(config), config


def _new_source(config):
    return FileSource(file=LOG_FILE, source=say("log.source", config.language), method="measured")


def _name(folder, config):
    """`city.toml` with the new log in it."""
    path = folder / "city.toml"
    text = path.read_text(encoding="utf-8-sig").rstrip("\n") + "\n"
    heading = (
        "[[tables.contacts.updates]]" if "contacts" in tomllib.loads(text).get("tables", {}) else "[tables.contacts]"
    )
    source = _new_source(config)
    stated = {"file": source.file, "source": source.source, "as_of": "", "method": source.method}
    files.write_text(path, text + sections({heading: stated}))


def _without_torn(path, source, config):
    """Move a torn last line into a file beside it; gives its text."""
    if not path.exists():
        return ""
    before = path.read_bytes()
    text, used = decode(before, {"table": "contacts", "file": path.name}, source.encoding, config.country)
    _, torn = files.whole_lines(text, delimiter=delimiter_of(text))
    if torn:
        tail, aside = torn.encode(_plain(used, before)), path.with_name(f"{path.name}.torn")
        files.append_bytes(aside, tail + b"\n", before=aside.read_bytes() if aside.exists() else b"")
        files.write_bytes(path, before[: len(before) - len(tail)])
    return torn


def _plain(used, data):
    """An encoding to add texts in: without a mark of its own at the beginning."""
    if used == "utf-16":
        return _BYTE_ORDER[data[:2]]
    return {"utf-8-sig": "utf-8"}.get(used, used)


def _told_apart(folder, config, given, source, lang):
    """The id of each row, and which rows are new; refused where a row, or what is there, is at fault."""
    only = {name: config.tables[name] for name in ("prospects", "contacts") if name in config.tables}
    _, tables, _, faults = check_tables(folder, config.model_copy(update={"tables": only}))
    faults = [fault for fault in faults if fault.level == ERROR and fault.code != "empty_table"]
    known = tables["prospects"].index if "prospects" in tables else []
    unknown = (~given["prospect_id"].isin(known)).to_numpy().nonzero()[0]
    if len(unknown):
        told = {"found": given["prospect_id"][unknown[0]], "other": "prospects"}
        where = {"rows": len(unknown), "line": int(unknown[0]) + 1, "values": told}
        faults.append(Fault(ERROR, "unknown_key", "contacts", say("log.rows", lang), "prospect_id", **where))
    if faults:
        raise SchemaError(faults, lang)
    there = tables.get("contacts", pd.DataFrame(columns=list(FIELDS)))
    ids = dict(zip(_said(there), there.index))
    fresh, new, names = _ids(there.index, Path(source.file)), [], []
    for said in _said(given):
        new.append(said not in ids)
        names.append(ids.setdefault(said, next(fresh) if new[-1] else None))
    return names, pd.Series(new, given.index, dtype=bool)


def _said(table):
    """What each contact says, for comparison."""
    columns = [table[name] if name in table else pd.Series(None, table.index) for name in FIELDS]
    return list(zip(*(column.astype(object).where(column.notna(), None) for column in columns)))


def _ids(taken, file):
    """New ids: the series of the file goes on, a new log begins one of its own."""
    series = [found for key in taken if (found := re.fullmatch(r"(.*?)(\d+)", key))] if file.name != LOG_FILE else []
    series = series or [found for key in taken if (found := re.fullmatch(r"(L)(\d+)", key))]
    stem, number, width = "L", 0, 4
    if series:
        stem = max({found[1] for found in series}, key=lambda stem: (sum(f[1] == stem for f in series), stem))
        own = [found[2] for found in series if found[1] == stem]
        number, width = max(map(int, own)), max(map(len, own))
    taken = set(taken)
    while True:
        number += 1
        if (key := f"{stem}{number:0{width}}") not in taken:
            yield key


def _grow(folder, rows, source, config):
    """Add rows to the file, in its own headers, signs and line ends; a new file is named in `city.toml` then."""
    path, lang = folder / source.file, config.language
    before = path.read_bytes() if path.exists() else b""
    where = {"table": "contacts", "file": source.file}
    text, used = decode(before, where, source.encoding, config.country) if before else ("", "utf-8-sig")
    delimiter = delimiter_of(text) if text.strip() else ","
    end = "\r\n" if "\r\n" in text else "\n"
    header = _header(text, source, config, delimiter)
    lacking = [name for name in FIELDS if name not in header and rows[name].notna().any()]
    if lacking:
        columns = ", ".join(header_of("contacts", name, lang, config.currency) for name in lacking)
        raise ValueError(say("log.no_column", lang, file=source.file, columns=columns))
    lines = [
        files.csv_line([_cell(row.get(name)) for name in header], delimiter=delimiter, end=end)
        for _, row in rows.iterrows()
    ]
    if not text.strip():
        lines.insert(0, files.csv_line([header_of("contacts", name, lang, config.currency) for name in header]))
    more = ("" if not text or text.endswith(("\n", "\r")) else end) + "".join(lines)
    try:
        data = more.encode(used if not before else _plain(used, before))
    except UnicodeEncodeError as error:
        told = {"file": source.file, "encoding": used, "found": error.object[error.start : error.end]}
        raise ValueError(say("log.no_sign", lang, **told)) from None
    try:
        files.append_bytes(path, data, before=before)
    except PermissionError:
        raise PermissionError(say("log.held", lang, file=source.file)) from None
    if not before and source.file == LOG_FILE:
        _name(folder, config)


def _header(text, source, config, delimiter):
    """The column of ours that each column of the file is; None for one that we do not know."""
    if not text.strip():
        return [key_of("contacts"), *FIELDS]
    row = next(
        row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(map(str.strip, row))
    )
    headers = [files.original(cell.strip()) for cell in row]
    matched, _ = match_headers("contacts", headers, source.columns, currency=config.currency)
    return [matched.get(header, (None,))[0] for header in headers]


def _cell(value):
    if value is None or value is pd.NaT or value != value:
        return None
    return value.date().isoformat() if isinstance(value, datetime.datetime) else value
