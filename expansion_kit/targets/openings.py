"""
Openings and sales as two linked targets: how many stores open where, and what they sell and take from others.
"""

from math import ceil, fsum

import pandas as pd

from expansion_kit.targets.allocation import split
from expansion_kit.targets.exact import listed, whole_number


def opening_sales(plan, mature, ramp, *, year, season=None, transfer=None):
    """
    What new stores sell in each month of the plan year, and what they take from stores that are there.

    Parameters
    ----------
    plan : DataFrame
        `territory_id`, `period` (month of opening), `openings` (count).
    mature : Series
        Sales of a mature new store by territory (money a month).
    ramp : Series
        Share of mature sales by age in months (0 is the month of opening), 0 up without a gap; the last share holds on.
    year : int
    season : Series, optional
        Factor of each month id of the year; 1 where not given at all.
    transfer : Series, optional
        Share of a new store's sales that own stores lose, by territory (0 to 1); missing without it, not zero.

    Returns
    -------
    DataFrame
        Index (`territory_id`, `period`), the twelve months of each territory in the plan: `openings`, `sales_new`,
        `transfer_loss`, `net_gain` (money, before rounding).

    Raises
    ------
    ValueError
        If a month is not of the year, a count is not whole, the ramp has a gap or is negative, or a territory lacks
        mature sales or a month its factor.

    Examples
    --------
    >>> plan = pd.DataFrame({"territory_id": ["T1"], "period": ["2027-11"], "openings": [2]})
    >>> ahead = opening_sales(plan, pd.Series({"T1": 100}), pd.Series([0.5, 0.8]), year=2027)
    >>> ahead["sales_new"].tail(3).tolist()
    [0.0, 100.0, 160.0]
    """
    months = [f"{year}-{month:02}" for month in range(1, 13)]
    _check_plan(plan, mature, ramp, months)
    factor = pd.Series(1.0, months) if season is None else season.reindex(months)
    if not (factor >= 0).all():
        raise ValueError(f"season must have a factor of at least 0 for {listed(factor.index[~(factor >= 0)])}")
    opened = plan.groupby(["territory_id", "period"])["openings"].sum()
    territories = pd.Index(sorted(plan["territory_id"].unique()), name="territory_id")
    cells = pd.MultiIndex.from_product([territories, months], names=["territory_id", "period"])
    table = opened.reindex(cells, fill_value=0).astype("int64").to_frame("openings")
    counts = table["openings"].unstack()[months].to_numpy()
    grown = ramp.sort_index().reindex(range(12)).ffill().to_numpy(float)
    new = sum(pd.DataFrame(counts).shift(age, axis=1).fillna(0).to_numpy() * grown[age] for age in range(12))
    money = new * mature.reindex(territories).to_numpy(float)[:, None] * factor.to_numpy(float)
    table["sales_new"] = money.ravel()
    lost = float("nan") if transfer is None else transfer.reindex(cells.get_level_values(0)).to_numpy(float)
    table["transfer_loss"] = table["sales_new"] * lost
    table["net_gain"] = table["sales_new"] - table["transfer_loss"]
    return table


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


def _check_plan(plan, mature, ramp, months):
    strange = plan.loc[~plan["period"].isin(months), "period"]
    if len(strange):
        raise ValueError(f"openings must be in a month of the plan year, but are in {listed(strange.unique())}")
    for row in plan.itertuples():
        whole_number(row.openings, f"openings of {row.territory_id} in {row.period}")
    if list(ramp.sort_index().index) != list(range(len(ramp))) or ramp.empty or not (ramp >= 0).all():
        raise ValueError("ramp must have a share of at least 0 for each age in months, from 0 up without a gap")
    known = mature.reindex(plan["territory_id"].unique())
    if not (known >= 0).all():
        raise ValueError(f"mature sales of a new store are not known for {listed(known.index[~(known >= 0)])}")
