"""
What a market is worth, and where more is asked for than is sold.

Demand comes from people and what they spend; supply is what shops sell. White space is never read from sales alone:
where shops sell much there may be many shops.
"""

import numpy as np
import pandas as pd

GROWTH = {"low": 0.0, "base": 0.03, "high": 0.06}
_MONTHS = {r"\d{4}-\d{2}": 1, r"\d{4}-Q[1-4]": 3, r"\d{4}": 12}


def market_potential(
    zones, *, spend=None, spend_worker=0.0, spend_passer=0.0, passers=None, days=365 / 12, origin=None
):
    """
    What the people of each zone spend on the category, a month.

    Parameters
    ----------
    zones : DataFrame, shape (n_zones,)
        `potential` (money/month) is used as it is where given. Elsewhere: `population` times `spend_per_head`
        (money/month; `spend` where the zone has none), plus `workers` times `spend_worker`, plus `passers` a day times
        `spend_passer` times the days of a month.
    spend : float, optional
        Money a resident spends a month on the category: an assumption, to be stated in the report.
    spend_worker : float
        Money a worker spends a month near work: an assumption; 0 leaves workers out.
    spend_passer : float
        Money that one who passes spends on the category, in the mean of all who pass (most spend nothing): an
        assumption; 0 leaves passers out. Residents and workers pass too, and a telecom model counts who stays again in
        each hour: what they spend must not be in it twice.
    passers : Series, optional
        People a day by zone, as from `foot_traffic.footfall`; needed where `spend_passer` is above 0.
    days : float
        Days of a month: 365/12, or those on which people pass and shops are open.
    origin : dict, optional
        `source` and `as_of` of the people, written into columns of these names.

    Returns
    -------
    DataFrame, shape (n_zones,)
        `potential`, money a month, missing where a part of it can't be told; `potential_method`: the zone's own, or
        `measured` for a given potential, `estimated` from its own `spend_per_head`, `assumed` where an assumed spend is
        in it; its parts `potential_residents`, `potential_workers`, `potential_passers` (missing where the potential
        was given, and for those left out); `source` and `as_of` where an origin is given.

    Raises
    ------
    ValueError
        If a spend is below 0, or a spend of passers is given without passers.

    Examples
    --------
    >>> zones = pd.DataFrame({"population": [1000, 2000], "potential": [None, 90000.0]}, index=["Z1", "Z2"])
    >>> market_potential(zones, spend=50)[["potential", "potential_method"]].to_numpy().tolist()
    [[50000.0, 'assumed'], [90000.0, 'measured']]
    """
    if (spend is not None and not spend >= 0) or not spend_worker >= 0 or not spend_passer >= 0:
        raise ValueError(
            f"spend must be at least 0, but is {spend} a resident, {spend_worker} a worker, {spend_passer}"
        )
    if spend_passer > 0 and passers is None:
        raise ValueError("a spend of passers needs passers: people a day by zone")
    given, own_spend = _number(zones, "potential"), _number(zones, "spend_per_head")
    per_head = own_spend if spend is None else own_spend.fillna(float(spend))
    parts = {"residents": _number(zones, "population") * per_head}
    if spend_worker > 0:
        parts["workers"] = _number(zones, "workers") * spend_worker
    if spend_passer > 0:
        parts["passers"] = passers.reindex(zones.index).astype(float) * spend_passer * days
    made = sum(parts.values())
    assumed = own_spend.isna() | (len(parts) > 1)
    method = pd.Series(np.where(assumed, "assumed", "estimated"), index=zones.index, dtype=object)
    method = method.mask(given.notna(), "measured")
    if "potential_method" in zones:
        method = method.mask(given.notna() & zones["potential_method"].notna(), zones["potential_method"])
    potential = given.fillna(made)
    table = pd.DataFrame({"potential": potential, "potential_method": method.where(potential.notna())})
    for name in ("residents", "workers", "passers"):
        table[f"potential_{name}"] = parts[name].where(given.isna()) if name in parts else np.nan
    return table.assign(**_origin(origin))


def potential_scenarios(potential, *, years=3, growth=None, origin=None):
    """
    Potential of the coming years at stated growths.

    Parameters
    ----------
    potential : Series
        Money a month, today, by zone.
    years : int
        1 to 3: farther out a stated growth says nothing.
    growth : dict of float or Series, optional
        Growth a year by scenario, as a share; a Series gives each zone its own. `GROWTH` (low 0, base 3 %, high 6 %)
        where it is not given: placeholders to be replaced by the city's own outlook.
    origin : dict, optional
        `source` and `as_of`, as in `market_potential`.

    Returns
    -------
    DataFrame, one row a zone, scenario and year
        By zone, `scenario` and `year` (0 is today): `potential` (money a month), `growth` (a year), `method`: `assumed`
        (what today's figure is, says its own method); `source` and `as_of` where an origin is given.

    Raises
    ------
    ValueError
        If years are not 1 to 3, or a growth is -1 or less.

    Examples
    --------
    >>> later = potential_scenarios(pd.Series({"Z1": 1000.0}), years=2, growth={"base": 0.1})
    >>> later["potential"].round(6).to_dict()
    {('Z1', 'base', 0): 1000.0, ('Z1', 'base', 1): 1100.0, ('Z1', 'base', 2): 1210.0}
    """
    if years not in (1, 2, 3):
        raise ValueError(f"years must be 1, 2 or 3, but is {years!r}")
    rows = []
    for scenario, rate in (GROWTH if growth is None else growth).items():
        rate = rate.reindex(potential.index) if isinstance(rate, pd.Series) else pd.Series(rate, index=potential.index)
        if (rate <= -1).any():
            raise ValueError(f"growth must be above -1 (a share a year), but is {rate.min()} in scenario {scenario!r}")
        for year in range(years + 1):
            later = {"potential": potential * (1 + rate) ** year, "growth": rate}
            rows.append(pd.DataFrame({"scenario": scenario, "year": year} | later))
    table = pd.concat(rows).rename_axis(potential.index.name or "zone_id")
    return table.set_index(["scenario", "year"], append=True).sort_index().assign(method="assumed", **_origin(origin))


def saturation(demand, selling_area):
    """
    Index of retail saturation (IRS): what people spend on each square metre that is there to sell it.

    Parameters
    ----------
    demand : Series
        Money a month by zone, such as households times spend of a household.
    selling_area : Series
        Square metres of the category's stores that serve the zone.

    Returns
    -------
    Series
        `saturation`, money a m2 and month, on the index of `demand`: high where stores are few for what is spent;
        missing where either is, and where there is no selling area (nothing to divide by: look at `supply_gap`).

    Examples
    --------
    >>> saturation(pd.Series({"Z1": 90000.0, "Z2": 5000.0}), pd.Series({"Z1": 300.0, "Z2": 0.0})).to_dict()
    {'Z1': 300.0, 'Z2': nan}
    """
    area = selling_area.reindex(demand.index).astype(float)
    return (demand / area.where(area > 0)).rename("saturation")


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


def supply_year(market_sales, *, category=None):
    """
    What shops of each zone sold in the latest twelve months of the table.

    Parameters
    ----------
    market_sales, category
        As for `supply_month`.

    Returns
    -------
    Series
        `supply_year`, money a year, by `zone_id`; missing for a zone that lacks one of these periods, and for all where
        the table does not span a year.

    Raises
    ------
    ValueError
        As `supply_month`.

    Examples
    --------
    >>> quarters = ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]
    >>> sales = pd.DataFrame({"zone_id": "Z1", "category": "coffee", "period": quarters, "sales": [3, 1, 2, 4]})
    >>> supply_year(sales).to_dict()
    {'Z1': 10.0}
    """
    month = supply_month(market_sales, category=category)
    rows = market_sales if category is None else market_sales[market_sales["category"] == category]
    periods = rows["period"].astype(str)
    months = next(n for pattern, n in _MONTHS.items() if periods.str.fullmatch(pattern).all())
    kind = {1: "M", 3: "Q", 12: "Y"}[months]
    dated = pd.PeriodIndex(periods.str.replace("-Q", "Q"), freq=kind)
    inside = dated > dated.max() - 12 // months
    sums = rows[inside].groupby("zone_id")["sales"].agg(lambda sales: sales.sum(skipna=False))
    whole = (
        pd.Series(periods[inside].to_numpy(), rows.loc[inside, "zone_id"]).groupby(level=0).nunique() == 12 // months
    )
    return sums.where(whole).reindex(month.index).astype(float).rename("supply_year")


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


def _origin(origin):
    return {name: origin[name] for name in ("source", "as_of")} if origin else {}
