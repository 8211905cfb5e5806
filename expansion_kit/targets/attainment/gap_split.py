"""
What a gap is made of: too few outlets or outlets too weak; price, volume and mix. The parts add up to the gap exactly.
"""

import numpy as np
import pandas as pd

PARTS = ("asked", "outlets", "volume", "mix", "price")


def coverage_productivity(target, actual, *, planned, trading):
    """
    A gap split into coverage (too few outlets) and productivity (outlets too weak).

    Coverage is the outlets that are missing, at what the plan expects of an outlet; productivity is what the outlets
    that trade sell beside it. A new outlet still growing counts as a full one, so that its weakness is productivity.

    Parameters
    ----------
    target, actual : Series, shape (n,)
        Money to date.
    planned, trading : Series, shape (n,)
        Store-months to date: as planned, and as traded.

    Returns
    -------
    DataFrame
        Index of `target`: `gap`, `coverage_gap`, `productivity_gap` (money; negative is short; the two add up to the
        gap), `cause` (`coverage` or `productivity`, the larger shortfall; empty where there is no shortfall). Missing
        where something is not known, or outlets are not planned.

    Examples
    --------
    Ten outlets were planned for 1,000; eight sold 720:

    >>> one = {"target": 1000.0, "actual": 720.0, "planned": 10, "trading": 8}
    >>> target, actual, planned, trading = (pd.Series([value]) for value in one.values())
    >>> split = coverage_productivity(target, actual, planned=planned, trading=trading)
    >>> split[["coverage_gap", "productivity_gap", "cause"]].values.tolist()
    [[-200.0, -80.0, 'coverage']]
    """
    gap = (actual - target).astype(float)
    coverage = ((trading - planned) * target / planned.where(planned > 0)).where(gap.notna()).astype(float)
    table = pd.DataFrame({"gap": gap, "coverage_gap": coverage, "productivity_gap": gap - coverage})
    worst = np.where(coverage <= gap - coverage, "coverage", "productivity")
    return table.assign(cause=np.where((gap < 0) & coverage.notna(), worst, ""))


def price_volume_mix(before, now, *, target, groups, comparable=None):
    """
    A gap to target split into what the target asked beyond last year, and the change since then by its causes.

    Targets know no prices, so the split starts from the same period last year: `asked` is last year less target (a rise
    asked is negative), `outlets` what came and went with outlets that are not in both periods, and for the others
    `volume` (quantity at last year's mean price), `mix` (more or less of the dearer ones) and `price`.

    Parameters
    ----------
    before, now : DataFrame
        Index outlets (or products); `sales` (money), `quantity` (units or orders), of the same period last year and
        now.
    target : Series
        Money to date by group.
    groups : Series
        Group of each outlet, for example its `territory_id`.
    comparable : Series, optional
        Whether an outlet sold throughout both periods; those that stand in both where not given.

    Returns
    -------
    DataFrame
        Index of `target`; the columns of `PARTS`; money; each row adds up to actual less target. Missing where a
        comparable outlet has no quantity.

    Examples
    --------
    Twice as many at a tenth less, against a target of half more:

    >>> before = pd.DataFrame({"sales": [100.0], "quantity": [10.0]}, index=["S1"])
    >>> now = pd.DataFrame({"sales": [180.0], "quantity": [20.0]}, index=["S1"])
    >>> target, groups = pd.Series({"T1": 150.0}), pd.Series({"S1": "T1"})
    >>> price_volume_mix(before, now, target=target, groups=groups).loc["T1"].to_dict()
    {'asked': -50.0, 'outlets': 0.0, 'volume': 100.0, 'mix': 0.0, 'price': -20.0}
    """
    keys = before.index.union(now.index)
    old, new = before.reindex(keys), now.reindex(keys)
    both = old["sales"].notna() & new["sales"].notna()
    if comparable is not None:
        both &= keys.isin(comparable.index[comparable.fillna(False).astype(bool)])
    group = groups.reindex(keys).to_numpy()
    unknown = both & ~((old["quantity"] > 0) & new["quantity"].notna())
    columns = {
        "before": old["sales"].fillna(0),
        "now": new["sales"].fillna(0),
        "sales_before": old["sales"].where(both, 0),
        "sales_now": new["sales"].where(both, 0),
        "quantity_before": old["quantity"].where(both, 0),
        "quantity_now": new["quantity"].where(both, 0),
        "same_price": (new["quantity"] * old["sales"] / old["quantity"].where(old["quantity"] > 0)).where(both, 0),
    }
    sums = pd.DataFrame(columns).groupby(group).sum().reindex(target.index)
    unclear = unknown.groupby(group).any().reindex(target.index)
    mean_price = (sums["sales_before"] / sums["quantity_before"].where(sums["quantity_before"] > 0)).fillna(0)
    table = pd.DataFrame(
        {
            "asked": sums["before"] - target,
            "outlets": sums["now"] - sums["sales_now"] - (sums["before"] - sums["sales_before"]),
            "volume": (sums["quantity_now"] - sums["quantity_before"]) * mean_price,
            "mix": sums["same_price"] - sums["quantity_now"] * mean_price,
            "price": sums["sales_now"] - sums["same_price"],
        }
    )
    return table.where(unclear.eq(False))


def whole_parts(parts, total):
    """
    Parts rounded to whole money so that each row still adds up to its total, by largest remainder.

    Parameters
    ----------
    parts : DataFrame, shape (n, k)
        Money; each row adds up to `total` within a rounding error.
    total : Series, shape (n,)
        Whole money.

    Returns
    -------
    DataFrame
        As `parts`, whole numbers; rows with something missing stay missing.

    Raises
    ------
    ValueError
        If a row does not add up to its total.

    Examples
    --------
    >>> whole_parts(pd.DataFrame({"a": [-33.4], "b": [-33.3], "c": [-33.3]}), pd.Series([-100.0])).values.tolist()
    [[-34.0, -33.0, -33.0]]
    """
    known = parts.notna().all(axis=1) & total.notna()
    values, totals = parts[known].to_numpy(float), total[known].to_numpy(float)
    off = np.abs(values.sum(axis=1) - totals)
    if (off > 0.5 + 1e-9 * np.abs(values).sum(axis=1)).any():
        raise ValueError(f"{int((off > 0.5).sum())} rows of parts do not add up to their totals")
    floor = np.floor(values)
    left = np.round(totals - floor.sum(axis=1)).astype(int)
    rank = np.argsort(np.argsort(-(values - floor), axis=1, kind="stable"), axis=1)
    result = pd.DataFrame(np.nan, parts.index, parts.columns)
    result.loc[known] = floor + (rank < left[:, None])
    return result
