"""
Bottom-up: what managers propose, one sheet each; conflicts named, never settled silently; then reconciled with a total.
"""

from math import fsum

import numpy as np
import pandas as pd

from expansion_kit.targets.setting.family import METRICS
from expansion_kit.targets.splitting.allocation import split
from expansion_kit.targets.splitting.exact import listed, whole_number

CELL = ["territory_id", "period", "metric"]
COLUMNS = [*CELL, "conflict", "owners", "values", "difference"]


def conflicts(proposals, *, year):
    """
    Where proposals contradict each other.

    Parameters
    ----------
    proposals : DataFrame
        `territory_id`, `period` (year, quarter or month), `metric`, `value`; `owner` optional.
    year : int
        The plan year; other years are left alone.

    Returns
    -------
    DataFrame
        One row a conflict: `territory_id`, `period`, `metric`, `conflict`, `owners`, `values` (texts, ` / ` between
        them) and `difference` (largest less smallest; of sums: the whole less its parts). `conflict` is `two_owners`
        (one cell proposed by several managers), `twice` (one cell proposed twice by one), `managers` (a territory with
        several managers; `period` and `metric` missing), `unlike_sum` (a year or quarter unlike the sum of all its
        parts, or less than those that are there; only of metrics that add up over time) or `period` (none of the three
        kinds). No rows where all agree.

    Examples
    --------
    >>> rows = [("T1", "2027-02", "sales", 90, "Lin"), ("T1", "2027-02", "sales", 80, "Han")]
    >>> sheet = pd.DataFrame(rows, columns=["territory_id", "period", "metric", "value", "owner"])
    >>> conflicts(sheet, year=2027)[["conflict", "owners", "values", "difference"]].values.tolist()[0]
    ['two_owners', 'Han / Lin', '80 / 90', 10.0]
    """
    rows = _of_year(proposals, year)
    found = [*_doubled(rows), *_managers(rows), *_unlike(rows, year)]
    found += [(*cell, "period", "", "", np.nan) for cell in rows.loc[rows["kind"].isna(), CELL].values.tolist()]
    table = pd.DataFrame(found, columns=COLUMNS)
    return table.sort_values([*CELL, "conflict"], ignore_index=True)


def proposed_year(proposals, *, year, metric="sales"):
    """
    What each territory proposes for the year.

    The year's own row counts where there is one; else the sum of its quarters, a quarter without a row being the sum of
    its months. A cell in conflict is not known; it is in the way only where the sum needs it.

    Parameters
    ----------
    proposals : DataFrame
        As `conflicts` takes it.
    year : int
    metric : str
        One that adds up over time (`family.METRICS`: `flow`).

    Returns
    -------
    DataFrame
        Index `territory_id`: `proposed` (missing where a part is missing or in conflict), `owner` (missing where there
        are several), `basis` (`year`, `parts`, `incomplete`, `conflict`).

    Raises
    ------
    ValueError
        If the metric does not add up over time.

    Examples
    --------
    >>> rows = [("T1", f"2027-Q{n}", "sales", 25, "Lin") for n in (1, 2, 3, 4)] + [("T2", "2027-01", "sales", 9, "Han")]
    >>> sheet = pd.DataFrame(rows, columns=["territory_id", "period", "metric", "value", "owner"])
    >>> proposed_year(sheet, year=2027)["proposed"].tolist()
    [100.0, nan]
    """
    if METRICS.get(metric) != "flow":
        raise ValueError(f"{metric!r} does not add up over time; metrics that do: {listed(_flows())}")
    rows = _of_year(proposals, year)
    rows = rows[rows["metric"] == metric]
    wrong = conflicts(rows, year=year)
    wrong = set(wrong[["territory_id", "period"]].itertuples(index=False, name=None))
    table = {}
    for territory, own in rows.groupby("territory_id"):
        owners = own["owner"].dropna().unique()
        values = own.drop_duplicates("period").set_index("period")["value"].astype(float)
        unsure = [period for period in values.index if (territory, period) in wrong]
        values[unsure] = np.nan
        proposed = _sum_of(values, str(year))
        basis = "year" if str(year) in values else "parts"
        if np.isnan(proposed):
            basis = "conflict" if unsure else "incomplete"
        table[territory] = {"proposed": proposed, "owner": owners[0] if len(owners) == 1 else None, "basis": basis}
    table = pd.DataFrame.from_dict(table, orient="index", columns=["proposed", "owner", "basis"])
    return table.rename_axis("territory_id")


def owners(proposals, *, year, between=" & "):
    """
    Who proposes for a territory; all of them where there are several.

    Parameters
    ----------
    proposals : DataFrame
        As `conflicts` takes it.
    year : int
    between : str
        What stands between two names.

    Returns
    -------
    Series
        Named `owner`, index `territory_id`; text. Without territories that nobody is named for.

    Examples
    --------
    >>> rows = {"territory_id": ["T1", "T1", "T2"], "period": "2027", "metric": "sales", "value": 1}
    >>> owners(pd.DataFrame(rows | {"owner": ["Lin", "Han", None]}), year=2027).to_dict()
    {'T1': 'Han & Lin'}
    """
    rows = _of_year(proposals, year).dropna(subset=["owner"])
    names = {territory: between.join(sorted(set(own["owner"]))) for territory, own in rows.groupby("territory_id")}
    return pd.Series(names, dtype=object, name="owner").rename_axis("territory_id")


def reconcile(proposed, *, total, fallback=None, headroom=None, unit=1, locks=None, floors=None, caps=None, minimum=0):
    """
    Proposals brought to the total that is set from above.

    Parameters
    ----------
    proposed : Series, shape (n_territories,)
        Proposal of the year (money), missing where there is none; index = territory keys.
    total : int
        Whole money units.
    fallback : Series, optional
        What stands in where a proposal is missing, for example the forecast.
    headroom : Series, optional
        How the gap between the total and the sum of the proposals is spread, for example potential less proposal;
        without it in proportion to the proposals.
    unit, locks, floors, caps, minimum
        As in `allocation.split`.

    Returns
    -------
    DataFrame
        On the index of `proposed`: `proposed`, `basis` (`proposal`, `fallback`), `target` (int64, adding up to the
        total), `added` (target less what it started from).

    Raises
    ------
    ValueError
        If a territory has neither proposal nor fallback, the headroom is missing or negative or cannot carry the gap,
        or the total cannot be met (with what binds).

    Examples
    --------
    >>> proposed = pd.Series([100, 60], pd.Index(["T1", "T2"], name="territory_id"))
    >>> reconcile(proposed, total=200, headroom=pd.Series({"T1": 10, "T2": 30}))["target"].tolist()
    [110, 90]
    """
    total = whole_number(total, "total")
    start = proposed.astype(float)
    if fallback is not None:
        start = start.fillna(fallback.reindex(start.index))
    unknown = start.index[~(start >= 0)]
    if len(unknown):
        raise ValueError(f"no proposal of at least 0, nor a fallback, for {listed(unknown)}")
    weights = start if headroom is None else _spread(start, total, headroom.reindex(start.index).astype(float))
    target = split(total, weights, unit=unit, locks=locks, floors=floors, caps=caps, minimum=minimum)
    basis = np.where(proposed.notna(), "proposal", "fallback")
    return pd.DataFrame({"proposed": proposed, "basis": basis, "target": target, "added": target - start})


def _spread(start, total, headroom):
    gap = total - fsum(start)
    bad = headroom.index[~(headroom >= 0)]
    if len(bad) or not headroom.any():
        raise ValueError(f"headroom must be known, at least 0, and somewhere above 0; it is not for {listed(bad)}")
    weights = start + gap * headroom / fsum(headroom)
    if (weights < 0).any():
        raise ValueError(
            f"the gap of {gap:.0f} takes more from {listed(weights.index[weights < 0])} than they proposed"
        )
    return weights


def _of_year(proposals, year):
    rows = proposals.assign(owner=proposals.get("owner"))
    periods = rows["period"].astype(str)
    kinds = {"year": r"\d{4}", "quarter": r"\d{4}-Q[1-4]", "month": r"\d{4}-\d{2}"}
    rows["kind"] = None
    for kind, pattern in kinds.items():
        rows["kind"] = rows["kind"].mask(periods.str.fullmatch(pattern), kind)
    return rows[periods.str.startswith(str(year))]


def _doubled(rows):
    for cell, own in rows.groupby(CELL):
        if len(own) > 1:
            owners = own["owner"].dropna().unique()
            values = sorted(own["value"])
            conflict = "two_owners" if len(owners) > 1 else "twice"
            yield (*cell, conflict, _texts(owners), _texts(f"{value:.10g}" for value in values), values[-1] - values[0])


def _managers(rows):
    for territory, own in rows.groupby("territory_id"):
        owners = own["owner"].dropna().unique()
        if len(owners) > 1:
            yield territory, None, None, "managers", _texts(owners), "", np.nan


def _unlike(rows, year):
    """Years and quarters unlike their parts; a cell that stands twice is a conflict of its own."""
    rows = rows[rows["metric"].map(METRICS).eq("flow") & ~rows.duplicated(CELL, keep=False)]
    for (territory, metric), own in rows.groupby(["territory_id", "metric"]):
        values = own.set_index("period")["value"]
        for period in values.index.intersection([str(year), *_parts(str(year))]):
            whole, inside = values[period], [_sum_of(values, part) for part in _parts(period)]
            known = sum(_known_inside(values, part) for part in _parts(period))
            wrong = abs(whole - sum(inside)) > 0.5 if not np.isnan(inside).any() else known - whole > 0.5
            if wrong:
                owners, told = own["owner"].dropna().unique(), f"{whole:.10g} / {known:.10g}"
                yield territory, period, metric, "unlike_sum", _texts(owners), told, whole - known


def _sum_of(values, period):
    """The value of a period, its own or the sum of its parts; missing where a part is."""
    if period in values:
        return float(values[period])
    parts = [_sum_of(values, part) for part in _parts(period)]
    return sum(parts) if parts else np.nan


def _known_inside(values, period):
    return float(values[period]) if period in values else sum(_known_inside(values, part) for part in _parts(period))


def _parts(period):
    if len(period) == 4:
        return [f"{period}-Q{quarter}" for quarter in (1, 2, 3, 4)]
    if period[4:6] == "-Q":
        return [f"{period[:4]}-{3 * int(period[6]) + month:02}" for month in (-2, -1, 0)]
    return []


def _flows():
    return [metric for metric, kind in METRICS.items() if kind == "flow"]


def _texts(values):
    return " / ".join(map(str, sorted(values)))
