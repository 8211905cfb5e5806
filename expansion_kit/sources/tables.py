"""
Any table of a user (CSV, workbook, JSON, GeoJSON …) into a city folder, with rows chosen, units scaled and counts kept.

What the headers say for sure is taken at once. What is only likely is proposed in `city.toml`, and waits there for the
user's word.
"""

from pathlib import Path

import pandas as pd

from ..cities import add_table, add_unconfirmed, empty_sheet
from ..cities.reading import Unreadable, read_raw
from ..schemas import ERROR, TABLES, SchemaError, check, columns
from ..schemas.headers import COORDINATES
from ..schemas.parsing import as_text, days_of, period_of
from ..words import say
from . import poi
from .mapping import MANY, absent, propose, still_absent

_OF_PERSONS = ("prospects", "contacts", "bids")
_REPORT = ["table", "file", "action", "rows", "reason"]


def import_table(
    path,
    into,
    *,
    table="",
    about=None,
    source="",
    as_of="",
    method="",
    encoding=None,
    sheet=None,
    accept=False,
    given=None,
    **choice,
):
    """
    Read a user's file and put it into a city folder as one of our tables.

    Where every header that matters is known, the table is checked and written. Where columns, table or datum are only
    likely, the file is laid into the folder with a proposal in `city.toml`, `confirmed = false`: the city is refused
    until the user has confirmed it.

    Parameters
    ----------
    path : str or Path
        The file.
    into : str or Path
        City folder; made when it has no `city.toml` yet. A table that it has already is refused, not overwritten, but
        for a sheet of the workbook that nobody has filled in.
    table : str
        Which of our tables it becomes, such as `sales`; proposed from headers and cells where it is empty.
    about : dict, optional
        Settings of `city.toml` for a new city folder; its `datum` is that of the coordinates in the file.
    source, as_of, method : str
        Where the figures come from; the file's name where `source` is empty.
    encoding, sheet : str, optional
        Of a text file, of a workbook.
    accept : bool
        Take what is proposed without asking.
    given : dict of str to str, optional
        Header of the file to our column, where the header alone does not say it; what is then complete is taken.
    **choice
        `where`, `scale`, `since`, `until` of `read_table`.

    Returns
    -------
    DataFrame
        What was read, dropped, repaired and proposed: table, file, action, rows, reason. `.attrs["unconfirmed"]`:
        whether the user's word is waited for.

    Raises
    ------
    SchemaError
        If the file cannot be read or its rows do not keep the data dictionary; nothing is written then.
    ValueError
        If there is no such table; if a choice of rows names a column or value that the file does not have, or needs
        columns that are only proposed.
    FileExistsError
        If the city has the table already.
    """
    path, about = Path(path), dict(about or {})
    lang = about.get("language", "en")
    if table and table not in TABLES:
        raise ValueError(say("source.no_table", lang, found=table, allowed=", ".join(TABLES)))
    said = pd.Series(given or {}, dtype=object)
    if (said.ne("") & said.duplicated(keep=False)).any():
        told = ", ".join(f"{header}={column}" for header, column in said.items())
        raise ValueError(say("source.map_twice", lang, told=told))
    raw = _read(path, table, encoding, sheet, lang)
    service = poi.service(raw.frame.columns, path.stem)
    seen = {"service": service, "name": path.stem, "currency": about.get("currency", "")}
    wide = raw.frame.shape[1] > MANY
    proposal = None if wide and not table else propose(raw.frame, table=table, given=given, **seen)
    if not table and len(raw.frame) and (wide or (proposal.headers["column"] == "").all()):
        headers = ", ".join(map(str, raw.frame.columns[:30]))
        raise ValueError(say("source.table_unknown", lang, file=path.name, headers=headers))
    stated = {"source": source or path.name, "as_of": as_of, "method": method}
    free = None if proposal is None else empty_sheet(into, proposal.table)
    made = _made(raw.frame, proposal, lang) if service and proposal.table in poi.TABLES else {}
    settled = proposal.sure and not made or bool(given) and not still_absent(proposal)
    settled &= not service or "datum" in about
    if raw.frame.empty or not raw.frame.columns.is_unique or settled:
        typed, report = _typed(path, raw, proposal.table, lang, given=given, **choice)
        add_table(into, about, proposal.table, typed, stated)
        report.attrs["unconfirmed"] = False
    else:
        report = _proposed(path, into, raw, proposal, made, about, stated, accept, choice)
    if free:
        note = (proposal.table, path.name, "flagged", len(raw.frame), say("source.table_for_sheet", lang, **free))
        report = _reported(report, [note], unconfirmed=report.attrs["unconfirmed"])
    return report


def _proposed(path, into, raw, proposal, made, about, stated, accept, choice):
    """The file with its proposal: into the city where the user takes it as it is, else for the user to confirm."""
    lang, table, notes = about.get("language", "en"), proposal.table, []
    service = poi.service(raw.frame.columns, path.stem)
    datum = about.get("datum") or poi.DATUM.get(service, "")
    kept = _chosen(raw.frame, choice.get("where", ()), lang)
    frame = raw.frame.assign(**{name: cells for name, (_, cells, _) in made.items()})
    if service and table in poi.TABLES:
        kept &= _once(frame, kept, notes, table, path.name, lang)
    private = _private(frame, proposal, notes, path.name, lang)
    told = _told(frame, proposal, made, private, lang)
    for header, (ours, why) in told.items():
        filled = int((frame[header].map(as_text) != "").sum())
        notes.append((table, path.name, "proposed", filled, f"{header} → {ours or '—'}: {why}"))
    given = {header: ours for header, (ours, _) in told.items()}
    notes += _lacking(frame[kept], table, given, path.name, lang)
    if accept:
        cells = raw.__class__(frame.drop(columns=private), raw.lines, raw.faults, raw.semicolons)
        typed, report = _typed(path, cells, table, lang, given=given, kept=kept, **choice)
        add_table(into, about | ({"datum": datum} if datum else {}), table, typed, stated)
        return _reported(report, notes, unconfirmed=False)
    if unmet := [name for name in ("scale", "since", "until") if choice.get(name) not in (None, "", 1.0)]:
        raise ValueError(say("source.table_unsettled", lang, options=", ".join(unmet)))
    settings = {name: (value, "") for name, value in stated.items() if value}
    if datum or {"lon", "geometry", COORDINATES} & set(given.values()):
        key = "stated" if about.get("datum") else service or "unknown"
        settings["datum"] = (datum, say(f"source.datum_{key}", lang))
    add_unconfirmed(into, about, table, frame.drop(columns=private)[kept], settings, told)
    read = [(table, path.name, "read", len(frame), say("source.table_rows", lang))]
    return _reported(pd.DataFrame(read, columns=_REPORT), notes, unconfirmed=True)


def _lacking(frame, table, given, file, lang):
    """Columns that the check will ask for once the proposal is confirmed."""
    notes, known = [], columns(table)
    for ours in absent(table, given.values()):
        column = f"{ours} ({known[ours].metadata['headers'][0]})" if lang == "zh" and ours in known else ours
        why = say("source.table_lacks", lang, column=column, file=file)
        why += say("source.table_independent", lang) if ours == "brand" else ""
        notes.append((table, file, "missing", len(frame), why))
    return notes


def _private(frame, proposal, notes, file, lang):
    """Headers of telephones and persons that no column of ours is made of: they do not come into the city."""
    if proposal.table in _OF_PERSONS:
        return []
    ours = proposal.headers["column"].to_dict()
    private = [header for header in poi.personal(frame.columns) if not ours.get(header)]
    if private:
        cells = int((frame[private].map(as_text) != "").sum().sum())
        named = ", ".join(map(str, private))
        notes.append((proposal.table, file, "left out", cells, say("source.table_personal", lang, headers=named)))
    return private


def _reported(report, notes, *, unconfirmed):
    told = pd.concat([report, pd.DataFrame(notes, columns=_REPORT)], ignore_index=True) if notes else report
    told.attrs["unconfirmed"] = unconfirmed
    return told


def _made(frame, proposal, lang):
    """
    Columns that an export of a map service lacks and its texts give, the brand by the name and the kind of shop: by
    header our column, the cells and the reason.
    """
    means, made = set(proposal.headers["column"]), {}
    if proposal.table != "stores":
        return made
    if "brand" not in means and (brand := poi.chains(frame)) is not None:
        made[say("source.made_brand", lang)] = ("brand", brand, say("source.why_made_brand", lang))
    if "category" not in means and (kinds := poi.categories(frame)) is not None:
        made[say("source.made_category", lang)] = ("category", kinds, say("source.why_made_category", lang))
    return made


def _once(frame, kept, notes, table, file, lang):
    once, by, alike = poi.once(frame[kept])
    if not once.all():
        reason = say("source.twice_uid", lang) if by == "uid" else say("source.twice_place", lang)
        notes.append((table, file, "dropped", int((~once).sum()), reason))
    if alike:
        notes.append((table, file, "flagged", alike, say("source.twice_alike", lang)))
    return once.reindex(frame.index, fill_value=False)


def _told(frame, proposal, made, private, lang):
    """By header our column and the reason in words; headers in the order of the file, what was made from them last."""
    told = {}
    for row in proposal.headers.drop(index=private).itertuples():
        shown = next(filter(None, frame[row.Index].map(as_text)), "")[:30]
        why = say(f"source.why_{row.why if row.column else 'none'}", lang, like=row.like, shown=shown)
        told[row.Index] = (row.column, why)
    return told | {header: (ours, why) for header, (ours, _, why) in made.items()}


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
    path = Path(path)
    raw = _read(path, table, encoding, sheet, lang)
    return _typed(path, raw, table, lang, where=where, scale=scale, since=since, until=until, given=given)


def _read(path, table, encoding, sheet, lang):
    try:
        return read_raw(path, table=table, encoding=encoding, sheet=sheet)
    except Unreadable as error:
        raise SchemaError([error.fault], lang) from None


def _typed(path, raw, table, lang, *, where=(), scale=1.0, since="", until="", given=None, kept=None):
    """Cells of a file, chosen, checked and scaled, and the report of that."""
    notes, frame, lines = [], raw.frame, pd.Series(raw.lines, dtype=int)
    begin, end = (_period(text, lang) for text in (since, until))

    def note(action, rows, reason, **values):
        notes.append((table, path.name, action, rows, say(f"source.table_{reason}", lang, **values)))

    note("read", len(frame), "rows")
    chosen = _chosen(frame, where, lang)
    if where:
        note("dropped", int((~chosen).sum()), "where", where=", ".join(f"{c}={v}" for c, v in where))
    kept = chosen if kept is None else chosen & kept
    typed, faults = check(
        table,
        frame[kept].reset_index(drop=True),
        file=path.name,
        lines=lines[kept.to_numpy()].tolist(),
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
    return typed, pd.DataFrame(notes, columns=_REPORT)


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
