"""The proposals that managers send back (自下而上), merged into one table; conflicts are named, and none is decided."""

from pathlib import Path

import pandas as pd

from ..cities.reading import Unreadable, read_raw
from ..schemas import ERROR, SchemaError, check, columns
from ..schemas.headers import match_headers
from ..schemas.parsing import as_text, days_of, own_unit, read_choice, read_number
from ..schemas.plans import BALANCES, METRIC_UNITS
from ..words import say

CONFLICTS = ("conflict", "territory_id", "period", "metric", "value", "owner", "file", "line", "reason")
_CELL = ["territory_id", "period", "metric"]
_CENT = 0.005  # sums of money in whole cents


def read_proposals(paths, *, owners=None, known=None, lang="en"):
    """
    Returned proposals of several managers as one table, and where they contradict each other.

    Parameters
    ----------
    paths : sequence of str or Path
        Workbooks of `report.proposal_sheets`, or any file that holds the columns of table `proposals`. Rows without a
        value are no proposals.
    owners : Series, optional
        Manager of each territory; with it, a proposal for somebody else's territory is a conflict.
    known : DataFrame, optional
        Table `proposals` as it is so far; what contradicts it is a conflict, but for a manager's own earlier figure,
        which a new one replaces.
    lang : str
        Language of the faults and reasons.

    Returns
    -------
    proposals : DataFrame
        Table `proposals`: `territory_id`, `period`, `metric`, `value`, `owner`. No row that is in a conflict.
    conflicts : DataFrame
        One row a proposal that contradicts another: `conflict` (`two_owners`, `twice`, `not_own`, `sum`), the proposal,
        its file and line, and the reason in words.

    Raises
    ------
    SchemaError
        If a file cannot be read, or its cells do not keep the data dictionary; faults of all files together.
    """
    read, faults = [], []
    for path in map(Path, paths):
        table, found = _read(path)
        read.append(table)
        faults += found
    if faults:
        raise SchemaError(faults, lang)
    rows = _below(read)
    both = _below([rows, _others(known, rows)])
    named = [*_twice(both, lang), *_foreign(rows, owners, lang), *_sums(both, lang)]
    conflicts = pd.DataFrame(named, columns=["row", "conflict", "reason"])
    conflicts = conflicts[conflicts["row"].isin(rows.index)]
    told = rows.loc[conflicts["row"]].assign(**{name: conflicts[name].to_numpy() for name in ("conflict", "reason")})
    kept = rows.drop(index=conflicts["row"].unique()).sort_values([*_CELL], kind="stable")
    return kept[[*_CELL, "value", "owner"]].reset_index(drop=True), told[list(CONFLICTS)].reset_index(drop=True)


def _read(path):
    """The rows of a file that hold a value, with file and line."""
    try:
        raw = read_raw(path, table="proposals")
    except Unreadable as error:
        return None, [error.fault]
    matched, _ = match_headers("proposals", raw.frame.columns)
    header = {column: header for header, (column, _) in matched.items()}
    frame, lines = raw.frame, raw.lines
    if {"value", "metric"} <= set(header):
        filled = frame[header["value"]].map(as_text) != ""
        frame, lines = _plain_rates(frame[filled], header), [line for line, kept in zip(lines, filled) if kept]
        if frame.empty:
            return pd.DataFrame(columns=[*_CELL, "value", "owner", "file", "line"]), []
    typed, faults = check("proposals", frame, file=path.name, lines=lines)
    typed = typed.reindex(columns=list(columns("proposals"))).assign(file=path.name, line=lines)
    return typed, [fault for fault in raw.faults + faults if fault.level == ERROR]


def _plain_rates(frame, header):
    """`8%` of a rate as 0.08; of an amount it stays, and is refused at the door."""
    texts = frame[header["value"]].map(as_text)
    metrics, _ = read_choice(frame[header["metric"]].map(as_text), columns("proposals")["metric"].metadata["options"])
    rates = (own_unit(texts) == "%") & (metrics.map(METRIC_UNITS) == "share")
    return frame.assign(**{header["value"]: texts.mask(rates, read_number(texts)[0].map("{:.12g}".format))})


def _below(tables):
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def _others(known, rows):
    """What is proposed already, without what the same managers propose anew."""
    if known is None:
        return rows[:0]
    owner = known["owner"] if "owner" in known else pd.Series(None, known.index, dtype=object)
    same = [*_CELL, "owner"]
    anew = pd.MultiIndex.from_frame(rows[same].fillna("")).unique()
    known = known.assign(owner=owner)
    return known[~pd.MultiIndex.from_frame(known[same].fillna("")).isin(anew)].reindex(columns=rows.columns)


def _twice(rows, lang):
    """One target, several proposals."""
    for _, same in rows.groupby(_CELL, sort=False):
        if len(same) > 1:
            kind = "two_owners" if same["owner"].nunique(dropna=False) > 1 else "twice"
            found = "; ".join(f"{owner or '—'} {value:,.10g}" for owner, value in zip(same["owner"], same["value"]))
            yield from ((row, kind, say(f"targets.conflict_{kind}", lang, found=found)) for row in same.index)


def _foreign(rows, owners, lang):
    """A proposal for a territory that somebody else looks after, or nobody."""
    if owners is not None:
        own = rows["territory_id"].map(owners)
        for row in rows.index[rows["owner"].notna() & (rows["owner"] != own)]:
            yield row, "not_own", say("targets.conflict_not_own", lang, owner=own[row] if pd.notna(own[row]) else "—")


def _sums(rows, lang):
    """A year unlike the sum of its months or quarters, a quarter unlike that of its months, where all are proposed."""
    over_time = (rows["metric"].map(METRIC_UNITS) != "share") & ~rows["metric"].isin(BALANCES)
    added = rows[over_time & ~rows.duplicated(_CELL, keep=False)]
    for _, of in added.groupby(["territory_id", "metric"], sort=False):
        days = {row: days_of(period) for row, period in of["period"].items()}
        for whole, (first, last) in days.items():
            inside = {row: span for row, span in days.items() if first <= span[0] and span[1] <= last and row != whole}
            for parts in _tiled(inside, of["period"]):
                total, length = of.loc[parts, "value"].sum(), sum((b - a).days + 1 for a, b in map(days.get, parts))
                stated, complete = of.at[whole, "value"], length == (last - first).days + 1
                if (complete and abs(total - stated) > _CENT) or total > stated + _CENT:
                    told = {"whole": f"{stated:,.10g}", "period": of.at[whole, "period"], "parts": f"{total:,.10g}"}
                    yield from ((row, "sum", say("targets.conflict_sum", lang, **told)) for row in [whole, *parts])


def _tiled(inside, periods):
    """The parts of one kind: quarters, or months."""
    for quarters in (True, False):
        parts = [row for row in inside if ("Q" in periods[row]) == quarters]
        if parts:
            yield parts
