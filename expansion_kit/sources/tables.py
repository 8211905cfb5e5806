"""Any table of a user (CSV, workbook, GeoJSON …) into a city folder, with rows chosen, units scaled and counts kept."""

from pathlib import Path

import pandas as pd

from ..cities import add_table
from ..cities.reading import Unreadable, read_raw
from ..schemas import ERROR, SchemaError, check, columns
from ..schemas.parsing import as_text, days_of, period_of
from ..words import say


def import_table(path, into, *, table, about=None, source="", as_of="", method="", encoding=None, sheet=None, **choice):
    """
    Read a user's file and put it into a city folder as one of our tables.

    Parameters
    ----------
    path : str or Path
        The file.
    into : str or Path
        City folder; made when it has no `city.toml` yet. A table that it has already is refused, not overwritten.
    table : str
        Which of our tables it becomes, such as `sales`.
    about : dict, optional
        Settings of `city.toml` for a new city folder; its `datum` is that of the coordinates in the file.
    source, as_of, method : str
        Where the figures come from; the file's name where `source` is empty.
    encoding, sheet : str, optional
        Of a text file, of a workbook.
    **choice
        `where`, `scale`, `since`, `until`, `given` of `read_table`.

    Returns
    -------
    DataFrame
        What was read, dropped and repaired: table, file, action, rows, reason.

    Raises
    ------
    SchemaError
        If the file cannot be read or its rows do not keep the data dictionary; nothing is written then.
    ValueError
        If a choice of rows names a column or value that the file does not have.
    FileExistsError
        If the city has the table already.
    """
    path, about = Path(path), dict(about or {})
    lang = about.get("language", "en")
    typed, report = read_table(path, table=table, encoding=encoding, sheet=sheet, lang=lang, **choice)
    stated = {"source": source or path.name, "as_of": as_of, "method": method}
    add_table(into, about, table, typed, stated)
    return report


def read_table(
    path, *, table, where=(), scale=1.0, since="", until="", given=None, encoding=None, sheet=None, lang="en"
):
    """
    A user's file as one of our tables.

    Parameters
    ----------
    path : Path
    table : str
    where : sequence of (str, str)
        Rows to keep: column of the file and value. Values of one column are alternatives, columns hold together.
    scale : float
        Money of the file times this is money in the main unit (1,000,000 for a file in millions).
    since, until : str
        First and last period to keep, as `2017-12`; both are kept.
    given : dict of str to str, optional
        Header of the file to our column, where the header alone does not say it.
    encoding, sheet : str, optional
    lang : str
        Language of the report and of errors.

    Returns
    -------
    typed : DataFrame
    report : DataFrame
        table, file, action, rows, reason.

    Raises
    ------
    SchemaError, ValueError
        As `import_table`.
    """
    path, notes = Path(path), []
    begin, end = (_period(text, lang) for text in (since, until))

    def note(action, rows, reason, **values):
        notes.append((table, path.name, action, rows, say(f"source.table_{reason}", lang, **values)))

    try:
        raw = read_raw(path, table=table, encoding=encoding, sheet=sheet)
    except Unreadable as error:
        raise SchemaError([error.fault], lang) from None
    frame, lines = raw.frame, pd.Series(raw.lines)
    note("read", len(frame), "rows")
    kept = _chosen(frame, where, lang)
    if where:
        note("dropped", int((~kept).sum()), "where", where=", ".join(f"{c}={v}" for c, v in where))
    typed, faults = check(
        table,
        frame[kept].reset_index(drop=True),
        file=path.name,
        lines=lines[kept].tolist(),
        given=given,
        prefix=path.stem,
    )
    faults = raw.faults + faults
    if any(fault.level == ERROR for fault in faults):
        raise SchemaError(faults, lang)
    for fault in faults:
        notes.append((table, path.name, fault.level, fault.rows, fault.sentence(lang)))
    inside = _inside(typed, begin, end)
    if not inside.all():
        note("dropped", int((~inside).sum()), "period", since=since or "…", until=until or "…")
    typed = _scaled(table, typed[inside], scale)
    if scale != 1.0:
        note("repaired", len(typed), "scale", scale=f"{scale:,.10g}")
    if typed.empty:
        raise ValueError(say("source.table_nothing_left", lang))
    return typed, pd.DataFrame(notes, columns=["table", "file", "action", "rows", "reason"])


def _chosen(frame, where, lang):
    kept = pd.Series(True, index=frame.index)
    for column in dict.fromkeys(column for column, _ in where):
        if column not in frame:
            there = ", ".join(map(str, frame.columns))
            raise ValueError(say("source.table_no_column", lang, column=column, columns=there))
        cells = frame[column].map(as_text)
        values = [value for name, value in where if name == column]
        for value in values:
            if not (cells == value).any():
                known = sorted(cells.unique())
                shown = "; ".join(known[:30]) + (" …" if len(known) > 30 else "")
                raise ValueError(say("source.table_no_value", lang, column=column, value=value, values=shown))
        kept &= cells.isin(values)
    return kept


def _inside(typed, begin, end):
    """Rows whose period lies wholly between the first day of one period and the last day of another."""
    name = next((name for name in ("period", "date", "time") if name in typed), None)
    if name is None or not (begin or end):
        return pd.Series(True, index=typed.index)
    days = {
        value: days_of(value) if name == "period" else (value.date(), value.date())
        for value in typed[name].dropna().unique()
    }
    after = typed[name].map(lambda value: not begin or (value in days and days[value][0] >= days_of(begin)[0]))
    before = typed[name].map(lambda value: not end or (value in days and days[value][1] <= days_of(end)[1]))
    return after.astype(bool) & before.astype(bool)


def _period(text, lang):
    """`--from` and `--until` in their one spelling."""
    period = period_of(text) if text else ""
    if period is None:
        raise ValueError(say("source.table_bad_period", lang, found=text))
    return period


def _scaled(table, typed, scale):
    scaled = typed.copy()
    for name in scaled.columns:
        if columns(table)[name].metadata["unit"].split("/")[0] == "money":
            scaled[name] = (scaled[name] * scale).round(6)
    return scaled
