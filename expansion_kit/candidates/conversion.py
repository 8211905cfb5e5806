"""
How many of the prospects go on from stage to stage and sign, how sure that is, and how long a stage takes.

Rates are of prospects whose outcome is known. Those still open are not in them: when they came is not known, so it
cannot be said how many of their fellows are lost already. The rates are those of the past, for a mix of prospects as it
was.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd

from expansion_kit.candidates.stages import stage_of, stage_table

FEW = 10
"""Prospects below which a rate is said to rest on few."""


def wilson(part, whole, *, level=0.9):
    """
    Interval of a share by Wilson's score.

    Parameters
    ----------
    part, whole : array of int
        Counts; a share of nothing has no interval.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    tuple of two arrays
        Low and high end, 0 to 1.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22, 209-212.

    Examples
    --------
    >>> [round(float(end), 4) for end in wilson(8, 10, level=0.95)]
    [0.4902, 0.9433]
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, but is {level}")
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = part / whole
        middle, spread = share + z2 / (2 * whole), np.sqrt(z2 * (share * (1 - share) + z2 / (4 * whole)) / whole)
        low, high = ((middle + sign * spread) / (1 + z2 / whole) for sign in (-1, 1))
    return np.where(part == 0, np.where(whole > 0, 0.0, np.nan), low), np.where(part == whole, high * 0 + 1.0, high)


def conversion(prospects, *, stages=None, by=None, level=0.9):
    """
    Share of the prospects at each stage up to the contract who go on, among those whose outcome is known.

    Multiplied from the first stage on, the rates give the share that signs. Who was lost after the contract counts as
    passed; how many of the signed ever open cannot be known from where they stand today.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        With `stage` (of the lost ones: that in which they were lost) and `outcome`.
    stages : sequence or DataFrame, optional
        As in `stages.stage_table`.
    by : str, optional
        Column whose groups are shown one by one, such as `lead_source` or `owner`.
    level : float
        Confidence of the intervals (Wilson).

    Returns
    -------
    DataFrame
        Index `stage` (with `by`: the group before it): `reached` (came at least so far), `passed`, `lost` (here),
        `rate` = passed / reached with `low` and `high`, `open_here` and `open_beyond` (still open, at this stage and
        beyond it: not in the rate), `rate_with_open` (the rate if those beyond counted: where it lies far from `rate`,
        the past does not speak for the present), `few` (True: less than ten reached).

    Raises
    ------
    ValueError
        If `outcome` or the column `by` is missing.

    Examples
    --------
    >>> prospects = pd.DataFrame({"stage": ["enquiry", "visit", "review", "visit"],
    ...     "outcome": ["lost", "lost", "signed", None]})
    >>> conversion(prospects).loc[["enquiry", "visit"], ["reached", "passed", "rate", "open_here"]].to_dict("list")
    {'reached': [3, 2], 'passed': [2, 1], 'rate': [0.6666666666666666, 0.5], 'open_here': [0, 1]}
    """
    table = stage_table(stages)
    if by is None:
        return _conversion(prospects, table, level)
    parts = {group: _conversion(rows, table, level) for group, rows in _groups(prospects, by)}
    return pd.concat(parts, names=[by]) if parts else _conversion(prospects, table, level).iloc[:0]


def signing_rates(prospects, by, *, level=0.9):
    """
    Share that signed among those whose outcome is known, by group.

    Many small groups beside each other: some look good or bad by chance alone. Read the intervals, not the ranking.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        With `outcome`.
    by : str
        Column of the groups: `lead_source`, `owner`, `territory_id` ...
    level : float
        Confidence of the intervals (Wilson).

    Returns
    -------
    DataFrame
        Index the groups in their order (a missing one is none of them): `closed`, `signed`, `rate`, `low`, `high`,
        `open`, `few` (True: less than ten closed).

    Examples
    --------
    >>> prospects = pd.DataFrame({"lead_source": ["fair", "fair", "web"], "outcome": ["signed", "lost", None]})
    >>> signing_rates(prospects, "lead_source")[["closed", "signed", "rate", "open"]].values.tolist()
    [[2.0, 1.0, 0.5, 0.0], [0.0, 0.0, nan, 1.0]]
    """
    rows = {}
    for group, several in _groups(prospects, by):
        outcome = _outcome(several)
        rows[group] = {"closed": int(outcome.notna().sum()), "signed": int((outcome == "signed").sum())}
        rows[group]["open"] = len(outcome) - rows[group]["closed"]
    made = pd.DataFrame.from_dict(rows, orient="index", columns=["closed", "signed", "open"]).rename_axis(by)
    low, high = wilson(made["signed"], made["closed"], level=level)
    made = made.assign(rate=made["signed"] / made["closed"].where(made["closed"] > 0), low=low, high=high)
    return made.assign(few=made["closed"] < FEW)[["closed", "signed", "rate", "low", "high", "open", "few"]]


def stage_times(moves, prospects, *, as_of, stages=None):
    """
    How long a stage takes those who go on from it, with those still standing there taken into account (Kaplan-Meier).

    Parameters
    ----------
    moves : DataFrame
        `stage_moves` table: `prospect_id`, `stage`, `date` (day the prospect came to the stage).
    prospects : DataFrame, indexed by prospect_id
        With `outcome`: the last stay of a lost prospect has no known end and is left out.
    as_of : str or Timestamp
        Day of the look; whoever has not moved on stands there until then (censored).
    stages : sequence or DataFrame, optional
        As in `stages.stage_table`.

    Returns
    -------
    DataFrame, shape (n_stages, 6)
        Index `stage`: `moved_on`, `standing`, `median`, `p75`, `p90` (days; missing where too few have moved on for the
        curve to come down so far), `few` (True: less than ten moved on).

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal of the American
    Statistical Association 53, 457-481.

    Examples
    --------
    >>> moves = pd.DataFrame({"prospect_id": ["A", "A", "B"], "stage": ["enquiry", "application", "enquiry"],
    ...     "date": pd.to_datetime(["2026-10-01", "2026-10-11", "2026-10-26"])})
    >>> table = stage_times(moves, pd.DataFrame({"outcome": None}, index=["A", "B"]), as_of="2026-10-31")
    >>> table.loc["enquiry", ["moved_on", "standing", "median"]].to_dict()
    {'moved_on': 1, 'standing': 1, 'median': 10.0}
    """
    table = stage_table(stages)
    rows = moves.assign(stage=stage_of(moves, table), date=pd.to_datetime(moves["date"]))
    rows = rows.assign(place=rows["stage"].map(dict(zip(table.index, range(len(table))))))
    rows = rows.sort_values(["prospect_id", "date", "place"], kind="stable")
    until = rows.groupby("prospect_id")["date"].shift(-1)
    lost = rows["prospect_id"].map(_outcome(prospects)) == "lost"
    rows = rows.assign(moved=until.notna(), days=(until.fillna(pd.Timestamp(as_of)) - rows["date"]).dt.days)
    rows = rows[(rows["moved"] | ~lost) & (rows["days"] >= 0)]
    made = {}
    for name in table.index:
        stays = rows[rows["stage"] == name]
        moved = int(stays["moved"].sum())
        made[name] = [moved, len(stays) - moved, *_left_by(stays["days"], stays["moved"]), moved < FEW]
    columns = ["moved_on", "standing", "median", "p75", "p90", "few"]
    return pd.DataFrame.from_dict(made, orient="index", columns=columns).rename_axis("stage")


def _outcome(prospects):
    if "outcome" not in prospects:
        raise ValueError("the prospects have no column outcome")
    return prospects["outcome"].astype(object)


def _groups(prospects, by):
    if by not in prospects:
        raise ValueError(f"the prospects have no column {by}")
    return prospects.groupby(by, sort=True, observed=True)


def _conversion(prospects, table, level):
    outcome, stage = _outcome(prospects), stage_of(prospects, table)
    until = int(np.argmax(table["signs"])) + 1
    place = stage.map(dict(zip(table.index, range(len(table))))).to_numpy(dtype=int)

    def at_each(where):
        return np.bincount(np.minimum(place[where.to_numpy()], until), minlength=until + 1)

    signed, lost, still = (outcome == "signed").sum(), at_each(outcome == "lost"), at_each(outcome.isna())
    beyond = still[::-1].cumsum()[::-1][1:]
    passed = signed + lost[::-1].cumsum()[::-1][1:]
    lost = lost[:until]
    reached = passed + lost
    low, high = wilson(passed, reached, level=level)
    with np.errstate(invalid="ignore"):
        rate, with_open = passed / reached, (passed + beyond) / (reached + beyond)
    columns = {"reached": reached, "passed": passed, "lost": lost, "rate": rate, "low": low, "high": high}
    columns |= {"open_here": still[:until], "open_beyond": beyond, "rate_with_open": with_open, "few": reached < FEW}
    return pd.DataFrame(columns, index=table.index[:until])


def _left_by(days, moved):
    """Days by which half, three quarters and nine tenths have moved on, by the Kaplan-Meier curve."""
    ends = np.sort(days[moved].unique())
    at_risk = np.array([(days >= end).sum() for end in ends])
    standing = np.cumprod([1 - (days[moved] == end).sum() / n for end, n in zip(ends, at_risk)])
    left = [np.flatnonzero(standing <= 1 - share + 1e-12) for share in (0.5, 0.75, 0.9)]
    return [float(ends[found[0]]) if len(found) else np.nan for found in left]
