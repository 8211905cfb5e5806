"""
What a market is worth, and where more is asked for than is sold.

Demand comes from people and what they spend; supply is what shops sell. White space is never read from sales alone:
where shops sell much there may be many shops.
"""

import numpy as np
import pandas as pd

_MONTHS = {r"\d{4}-\d{2}": 1, r"\d{4}-Q[1-4]": 3, r"\d{4}": 12}


def market_potential(zones, *, spend=None, spend_worker=0.0):
    """
    What the people of each zone spend on the category, a month.

    Parameters
    ----------
    zones : DataFrame, shape (n_zones,)
        `potential` (money/month) is used as it is where given. Elsewhere: `population` times `spend_per_head`
        (money/month; `spend` where the zone has none), plus `workers` times `spend_worker`.
    spend : float, optional
        Money a resident spends a month on the category: an assumption, to be stated in the report.
    spend_worker : float
        Money a worker spends a month near work: an assumption; 0 leaves workers out.

    Returns
    -------
    DataFrame, shape (n_zones,)
        `potential`, money a month, missing where it can't be told; `potential_method`: the zone's own, or `measured`
        for a given potential, `estimated` from its own `spend_per_head`, `assumed` where an assumed spend is in it.

    Raises
    ------
    ValueError
        If a spend is below 0.

    Examples
    --------
    >>> zones = pd.DataFrame({"population": [1000, 2000], "potential": [None, 90000.0]}, index=["Z1", "Z2"])
    >>> market_potential(zones, spend=50).to_numpy().tolist()
    [[50000.0, 'assumed'], [90000.0, 'measured']]
    """
    if (spend is not None and not spend >= 0) or not spend_worker >= 0:
        raise ValueError(f"spend must be at least 0, but is {spend} a resident and {spend_worker} a worker")
    given, own_spend = _number(zones, "potential"), _number(zones, "spend_per_head")
    per_head = own_spend if spend is None else own_spend.fillna(float(spend))
    made = _number(zones, "population") * per_head
    if spend_worker > 0:
        made = made + _number(zones, "workers") * spend_worker
    assumed = own_spend.isna() | (spend_worker > 0)
    method = pd.Series(np.where(assumed, "assumed", "estimated"), index=zones.index, dtype=object)
    method = method.mask(given.notna(), "measured")
    if "potential_method" in zones:
        method = method.mask(given.notna() & zones["potential_method"].notna(), zones["potential_method"])
    potential = given.fillna(made)
    return pd.DataFrame({"potential": potential, "potential_method": method.where(potential.notna())})


def supply_month(market_sales, *, category=None):
    """
    What shops of each zone sell a month, in the latest period.

    Parameters
    ----------
    market_sales : DataFrame
        `market_sales` table: `zone_id`, `category`, `period` (month, quarter or year, all of one kind), `sales` (money
        in the period).
    category : str, optional
        One category; all of them together where it is not given.

    Returns
    -------
    Series
        `supply_month`, money a month, by `zone_id`; missing for a zone without the table's latest period.

    Raises
    ------
    ValueError
        If the category is not in the table, or periods are not months, quarters or years of one kind.

    Examples
    --------
    >>> sales = pd.DataFrame({"zone_id": ["Z1"], "category": ["coffee"], "period": ["2024-Q4"], "sales": [900]})
    >>> supply_month(sales).to_dict()
    {'Z1': 300.0}
    """
    if category is not None and not (market_sales["category"] == category).any():
        raise ValueError(f"market_sales has no category {category!r}")
    rows = market_sales if category is None else market_sales[market_sales["category"] == category]
    periods = rows["period"].astype(str)
    months = [n for pattern, n in _MONTHS.items() if periods.str.fullmatch(pattern).all()]
    if not months:
        raise ValueError("periods must all be months (2024-12), all quarters (2024-Q4) or all years (2024)")
    latest = rows[periods == periods.max()].groupby("zone_id")["sales"].agg(lambda sales: sales.sum(skipna=False))
    zones = pd.Index(rows["zone_id"].unique(), name="zone_id")
    return (latest.reindex(zones).astype(float) / months[0]).rename("supply_month")


def supply_gap(demand, supply):
    """
    Demand that shops of the zone don't serve.

    Parameters
    ----------
    demand, supply : Series
        Money a month, by zone; of the same category. Demand must come from people and spend, not from these sales.

    Returns
    -------
    Series
        `supply_gap`, money a month, on the index of `demand`; below 0 where shops draw buyers from elsewhere; missing
        where either is missing.

    Examples
    --------
    >>> supply_gap(pd.Series({"Z1": 300, "Z2": 100}), pd.Series({"Z1": 100, "Z2": 300})).to_dict()
    {'Z1': 200, 'Z2': -200}
    """
    return (demand - supply.reindex(demand.index)).rename("supply_gap")


def leakage(demand, supply):
    """
    Leakage and surplus: (demand - supply) / (demand + supply).

    Parameters
    ----------
    demand, supply : Series
        As in `supply_gap`.

    Returns
    -------
    Series
        `leakage`, from -1 (nobody lives here, all is sold to others) to 1 (nothing is sold here), on the index of
        `demand`; missing where either is missing or both are 0.

    Examples
    --------
    >>> leakage(pd.Series({"Z1": 300, "Z2": 100}), pd.Series({"Z1": 100, "Z2": 300})).to_dict()
    {'Z1': 0.5, 'Z2': -0.5}
    """
    other = supply.reindex(demand.index)
    total = demand + other
    return ((demand - other) / total.where(total > 0)).rename("leakage")


def _number(table, column):
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    return pd.to_numeric(table[column]).astype(float)
