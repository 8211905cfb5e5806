"""Openings and sales as two linked targets: how many stores open where, and how much the others must sell."""

from math import ceil, fsum

import pandas as pd

from expansion_kit.targets.splitting.allocation import split
from expansion_kit.targets.splitting.exact import listed, whole_number


def openings_needed(gap, per_opening):
    """
    How many openings close a gap of sales.

    Parameters
    ----------
    gap : Series
        Money of the year that is lacking, by territory; 0 or less needs none.
    per_opening : Series
        Net sales of one opening within the year (money), by territory.

    Returns
    -------
    Series
        Named `openings_needed`, on the index of `gap`, Int64; missing where an opening brings nothing or is not known.

    Examples
    --------
    >>> openings_needed(pd.Series([250, 0, 10], list("ABC")), pd.Series([100, 100, 0], list("ABC"))).tolist()
    [3, 0, <NA>]
    """
    brings = per_opening.reindex(gap.index)
    needed = [
        0 if lack <= 0 else ceil(lack / one) if one > 0 and lack == lack else pd.NA for lack, one in zip(gap, brings)
    ]
    return pd.Series(needed, gap.index, dtype="Int64", name="openings_needed")


def linked_targets(weights, openings, net_gain, *, total, unit=1, locks=None, floors=None, caps=None):
    """
    Sales and openings as two targets that fit: what openings bring is set aside, the stores there carry the rest.

    Parameters
    ----------
    weights : Series, shape (n_territories,)
        Weights of what the stores that are there must sell, for example `rules.quotas`; index = territory keys.
    openings : Series
        Openings of the year by territory (whole numbers; `allocation.split` gives them exactly from white space or
        potential, with `floors` or `minimum`).
    net_gain : Series
        What the openings bring in the year by territory, less what they take from own stores (money).
    total : int
        Sales of the network, whole money units.
    unit : int
        Rounding unit of a territory's sales target.
    locks, floors, caps
        As in `allocation.split`, of the whole sales target of a territory.

    Returns
    -------
    DataFrame
        On the index of `weights`: `openings`, `sales` (int64; adds up to the total), `sales_openings` (int64: the net
        gain in whole units) and `sales_comparable` (int64: the rest).

    Raises
    ------
    ValueError
        If openings bring money where none open, a figure is missing or negative, openings bring more than a total or
        its locks or caps allow (with what binds), or as `allocation.split`.

    Examples
    --------
    >>> keys = pd.Index(["T1", "T2"], name="territory_id")
    >>> linked = linked_targets(pd.Series([3, 1], keys), pd.Series([0, 2], keys), pd.Series([0, 200], keys), total=1000)
    >>> linked[["sales", "sales_openings", "sales_comparable"]].values.tolist()
    [[600, 0, 600], [400, 200, 200]]
    """
    total, keys = whole_number(total, "total"), weights.index
    count = {key: whole_number(value, f"openings of {key}") for key, value in openings.reindex(keys).items()}
    gain = net_gain.reindex(keys).astype(float)
    bad = [key for key in keys if not gain[key] >= 0 or (gain[key] > 0 and not count[key])]
    if bad:
        raise ValueError(
            f"what openings bring must be known, at least 0, and 0 where none open; not so for {listed(bad)}"
        )
    whole = round(fsum(gain))
    new = split(whole, gain) if whole else pd.Series(0, keys)
    if whole > total:
        raise ValueError(f"openings bring {whole}, {whole - total} more than the total {total}")
    held = {name: _without(bound, new, name) for name, bound in (("locks", locks), ("caps", caps))}
    floors = None if floors is None else _without(floors, new, "floors")
    rest = split(total - whole, weights, unit=unit, floors=floors, **held)
    table = pd.DataFrame({"openings": pd.Series(count), "sales": rest + new, "sales_openings": new})
    return table.assign(sales_comparable=rest).reindex(keys)


def dated_openings(counts, planned, *, year, held=None, first=1):
    """
    The openings of a year with the day each is counted from.

    Planned stores come first, on their own day; then months that are held take theirs; the others are spread evenly
    over the months that are left, each in the middle of its month. Where more stores are planned than counted, the plan
    stands.

    Parameters
    ----------
    counts : Series
        Openings of the year by territory (whole numbers).
    planned : DataFrame
        As `openings.planned_openings` gives it: index the ids, `territory_id`, `opened`.
    year : int
    held : DataFrame, optional
        `territory_id`, `period` (month), `value`: as many open in that month.
    first : int
        Month of the year from which those without a day may open.

    Returns
    -------
    DataFrame
        Index `store_id` (of a store that has none yet `T1-2027-1` and so on); `territory_id`, `opened` (day), `dated`
        (False where the day is assumed).

    Raises
    ------
    ValueError
        If the months that are held take more or less than the year, and no month is free.

    Examples
    --------
    >>> planned = pd.DataFrame({"territory_id": ["T1"], "opened": ["2027-03-01"]}, index=["S9"])
    >>> dated_openings(pd.Series({"T1": 2}), planned, year=2027)["opened"].dt.strftime("%Y-%m-%d").to_dict()
    {'S9': '2027-03-01', 'T1-2027-1': '2027-07-15'}
    """
    days = pd.to_datetime(planned["opened"], format="ISO8601")
    fixed = planned.assign(opened=days)[days.dt.year == year][["territory_id", "opened"]].assign(dated=True)
    rows = {}
    for territory, count in counts.items():
        here = fixed.loc[fixed["territory_id"] == territory, "opened"].dt.month.value_counts()
        left = whole_number(count, f"openings of {territory}") - here.sum()
        months = {} if held is None else held[held["territory_id"] == territory].set_index("period")["value"]
        months = {int(period[5:]): max(int(n) - here.get(int(period[5:]), 0), 0) for period, n in months.items()}
        for n, month in enumerate(_spread(max(left, 0), months, first, territory)):
            rows[f"{territory}-{year}-{n + 1}"] = (territory, pd.Timestamp(year, month, 15), False)
    assumed = pd.DataFrame.from_dict(rows, orient="index", columns=["territory_id", "opened", "dated"])
    table = pd.concat([part for part in (fixed, assumed) if len(part)] or [assumed])
    table = table.astype({"opened": "datetime64[ns]", "dated": bool})
    return table.rename_axis("store_id").sort_values(["territory_id", "opened"], kind="stable")


def _spread(count, held, first, territory):
    """Months of openings without a day: those held, the rest evenly over the free months."""
    months = [month for month, n in sorted(held.items()) for _ in range(n)]
    free, left = [month for month in range(first, 13) if month not in held], count - len(months)
    if left < 0 or (left and not free):
        raise ValueError(f"{territory} has {count} openings without a day, but the locked months take {len(months)}")
    return sorted(months + [free[(2 * n + 1) * len(free) // (2 * left)] for n in range(left)])


def _without(bounds, new, name):
    """Bounds of the comparable part: less what openings bring."""
    if bounds is None:
        return None
    bounds = dict.fromkeys(new.index, bounds) if pd.api.types.is_scalar(bounds) else dict(bounds)
    less = {key: value - int(new[key]) for key, value in bounds.items() if key in new.index and not pd.isna(value)}
    below = [f"{key} by {-value}" for key, value in less.items() if value < 0]
    if below and name != "floors":
        raise ValueError(f"openings bring more than the {name} of {listed(below)}")
    return {key: max(value, 0) for key, value in less.items()} | {key: bounds[key] for key in bounds if key not in less}
