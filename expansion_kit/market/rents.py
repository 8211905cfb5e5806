"""
What a place costs: lease terms as a month's money.

Lease columns are those of the `sites`, `stores`, `listings` and `mall_units` tables. What is not known is missing:
nothing is taken from another column without being said.
"""

import numpy as np
import pandas as pd

RENT_MODES = ("fixed", "turnover", "greater_of", "base_plus")
SETTLEMENTS = ("month", "year")
_FLOOR_RANK = {
    name: 0 for name in ("1", "1f", "f1", "l1", "ground", "g", "gf", "1层", "一层", "首层", "1楼", "一楼", "1층")
}
_FLOOR_RANK |= {name: 1 for name in ("", "all", "whole", "全部", "整栋", "전체층")}
_OTHER_FLOOR = 2


def rent_month(leases, *, days=365 / 12):
    """
    Fixed rent of a month.

    Parameters
    ----------
    leases : DataFrame, shape (n,)
        `rent_month` (money), or `rent_sqm_day` (money/m2/day) with `rentable_area_sqm` (m2; 计租面积).
    days : float
        Days of a month: 365/12, or 30 where a contract counts so.

    Returns
    -------
    Series, shape (n,)
        `rent_month`, money a month: as written in the lease, else by area; missing where neither is known.

    Examples
    --------
    6 元/㎡/天 on 100 ㎡, by the two conventions:

    >>> lease = pd.DataFrame({"rent_sqm_day": [6.0], "rentable_area_sqm": [100.0]})
    >>> rent_month(lease).tolist(), rent_month(lease, days=30).tolist()
    ([18250.0], [18000.0])
    """
    by_area = _number(leases, "rent_sqm_day") * _number(leases, "rentable_area_sqm") * days
    return _number(leases, "rent_month").fillna(by_area).rename("rent_month")


def turnover_rent(sales, *, rent_mode, base_rent=0.0, turnover_rate=0.0, breakpoint=None):
    """
    Rent at given sales, both of the same period.

    Parameters
    ----------
    sales : float or array
        Money, on the basis the lease names (gross, or net of VAT).
    rent_mode : str
        `fixed` (base rent), `turnover` (share of sales), `greater_of` (两者取高: the larger of both) or `base_plus`
        (base rent and a share of the sales above the breakpoint).
    base_rent : float or array
        Money.
    turnover_rate : float or array
        Share of sales (0-1; 扣点).
    breakpoint : float or array, optional
        Sales from which the share is paid (`base_plus`); where missing, the natural one: base rent / rate.

    Returns
    -------
    ndarray
        Money.

    Raises
    ------
    ValueError
        If the rent mode is not one of the four.

    Examples
    --------
    The natural breakpoint is 1,200,000; the contract may name another:

    >>> terms = {"rent_mode": "base_plus", "base_rent": 60000, "turnover_rate": 0.05}
    >>> float(turnover_rent(1200500, **terms)), float(turnover_rent(1200500, breakpoint=1000000, **terms))
    (60025.0, 70025.0)
    """
    sales, base, rate = (np.asarray(values, dtype=float) for values in (sales, base_rent, turnover_rate))
    if rent_mode == "fixed":
        return base + 0.0 * sales
    if rent_mode == "turnover":
        return rate * sales
    if rent_mode == "greater_of":
        return np.maximum(base, rate * sales)
    if rent_mode != "base_plus":
        raise ValueError(f"rent_mode must be one of {', '.join(RENT_MODES)}, but is {rent_mode!r}")
    with np.errstate(over="ignore"):  # a rate of next to nothing: never reached
        natural = np.divide(base, rate, out=np.full(np.broadcast(base, rate).shape, np.inf), where=rate > 0)
    above = natural if breakpoint is None else np.where(np.isnan(breakpoint), natural, breakpoint)
    return base + np.where(rate == 0, 0.0, rate * np.maximum(0.0, sales - above))


def year_rent(sales_months, *, settlement, rent_mode, base_rent_month=0.0, turnover_rate=0.0, breakpoint_month=None):
    """
    Rent of a year, settled month by month or once a year.

    Parameters
    ----------
    sales_months : sequence of float, length 12
        Money a month.
    settlement : str
        `month`, or `year`: then the base rent and the breakpoint of twelve months meet the sales of the year.
    rent_mode, turnover_rate
        As in `turnover_rent`.
    base_rent_month, breakpoint_month : float
        Money a month.

    Returns
    -------
    float
        Money a year.

    Raises
    ------
    ValueError
        If there are not twelve months, or the settlement or rent mode is unknown.

    Examples
    --------
    Floor of 20,000 a month, 10 %; one poor month costs more where each month is settled for itself:

    >>> sales = [100_000] + [300_000] * 11
    >>> terms = {"rent_mode": "greater_of", "base_rent_month": 20_000, "turnover_rate": 0.1}
    >>> year_rent(sales, settlement="month", **terms), year_rent(sales, settlement="year", **terms)
    (350000.0, 340000.0)
    """
    sales = np.asarray(sales_months, dtype=float)
    if sales.shape != (12,):
        raise ValueError(f"a year has twelve months of sales, but there are {sales.size}")
    if settlement not in SETTLEMENTS:
        raise ValueError(f"settlement must be one of {', '.join(SETTLEMENTS)}, but is {settlement!r}")
    months = 1 if settlement == "month" else 12
    rent = turnover_rent(
        sales if months == 1 else sales.sum(),
        rent_mode=rent_mode,
        base_rent=base_rent_month * months,
        turnover_rate=turnover_rate,
        breakpoint=None if breakpoint_month is None else breakpoint_month * months,
    )
    return float(rent.sum())


def lease_cost(leases, sales_month, *, days=365 / 12):
    """
    What each lease costs a month at given sales.

    Parameters
    ----------
    leases : DataFrame, shape (n,)
        Lease columns. A lease without `rent_mode` and without `turnover_rate` is fixed; without a mode but with a rate
        its rent is unknown, as is one with `tiers`. The base rent is `base_rent_month`, else the fixed rent. Where
        `minimum_sales` (保底销售额, money/month) is agreed, the commission is on at least that.
    sales_month : float or Series
        Money a month, on each lease's sales basis; a Series is taken by the leases' index.
    days : float
        Days of a month, as in `rent_month`.

    Returns
    -------
    DataFrame, shape (n,)
        Money a month: `rent`, `property_fee`, `promotion_levy`, and their sum `occupancy_cost`. A fee or levy the lease
        does not state is not in the sum and named in `left_out`.

    Raises
    ------
    ValueError
        If a rent mode is not one of `RENT_MODES`.

    Examples
    --------
    >>> lease = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [20000.0], "turnover_rate": [0.1],
    ...                       "promotion_levy": [0.01]}, index=["S1"])
    >>> lease_cost(lease, 300000)[["rent", "promotion_levy", "occupancy_cost"]].to_numpy().tolist()
    [[30000.0, 3000.0, 33000.0]]
    """
    sales = _sales(leases, sales_month)
    fee = _number(leases, "property_fee_sqm_month") * _number(leases, "rentable_area_sqm")
    levy = _number(leases, "promotion_levy") * sales
    rent = _rent(leases, sales, days)
    table = pd.DataFrame({"rent": rent, "property_fee": fee, "promotion_levy": levy}, index=leases.index)
    table["occupancy_cost"] = rent + fee.fillna(0.0) + levy.fillna(0.0)
    names = np.array(["property_fee_sqm_month", "promotion_levy"], dtype=object)
    unknown = np.column_stack([fee.isna(), levy.isna() & sales.notna()])
    table["left_out"] = [", ".join(names[row]) for row in unknown]
    return table


def occupancy_cost_ratio(leases, sales_month, *, days=365 / 12):
    """
    Rent, property fee and promotion levy as a share of sales (租售比).

    Parameters
    ----------
    leases, sales_month, days
        As in `lease_cost`.

    Returns
    -------
    Series, shape (n,)
        `occupancy_cost_ratio` (0.092 is 9.2 %); missing where rent or sales are missing or sales are not above 0.

    Examples
    --------
    >>> lease = pd.DataFrame({"rent_month": [20000.0], "rentable_area_sqm": [100.0], "property_fee_sqm_month": [30.0]})
    >>> occupancy_cost_ratio(lease, 250000).tolist()
    [0.092]
    """
    sales = _sales(leases, sales_month)
    cost = lease_cost(leases, sales, days=days)["occupancy_cost"]
    return (cost / sales.where(sales > 0)).rename("occupancy_cost_ratio")


def zone_rent(zone_rents, *, min_sample=1):
    """
    One rent a zone: the latest period, the ground floor first.

    Parameters
    ----------
    zone_rents : DataFrame
        `zone_rents` table: `zone_id`, `rent_sqm_month` (money/m2/month, > 0); `floor`, `sample_size`, `period`.
    min_sample : float
        Leases below which a rent is marked as of `few` leases; such rows are used only where a zone has no better.

    Returns
    -------
    DataFrame, shape (n_zones,)
        By zone: `rent_sqm_month` (weighted by sample size where all sizes are known), `floor` (`ground`, `all` or
        `other`), `period`, `sample_size`, and `few` (bool). A zone without any rent above 0 is not in it.

    Examples
    --------
    >>> rents = pd.DataFrame({"zone_id": ["Z1", "Z1", "Z2"], "floor": ["1", "2", "2"],
    ...                       "rent_sqm_month": [300, 120, 80]})
    >>> zone_rent(rents)[["rent_sqm_month", "floor"]].to_numpy().tolist()
    [[300.0, 'ground'], [80.0, 'other']]
    """
    rows = zone_rents[_number(zone_rents, "rent_sqm_month") > 0].copy()
    sample = _number(rows, "sample_size")
    floor = (
        rows["floor"].fillna("").astype(str).str.strip().str.lower() if "floor" in rows else pd.Series("", rows.index)
    )
    rows = rows.assign(
        few=(sample < min_sample),
        sample_size=sample,
        rank=floor.map(_FLOOR_RANK).fillna(_OTHER_FLOOR),
        period=rows["period"].fillna("").astype(str) if "period" in rows else "",
        weight=sample.where(sample.notna().groupby(rows["zone_id"]).transform("all"), 1.0),
    )
    for column, best in (("few", "min"), ("period", "max"), ("rank", "min")):
        rows = rows[rows[column] == rows.groupby("zone_id")[column].transform(best)]
    by_zone = rows.assign(money=rows["rent_sqm_month"] * rows["weight"]).groupby("zone_id")
    table = pd.DataFrame({"rent_sqm_month": by_zone["money"].sum() / by_zone["weight"].sum()})
    table["floor"] = by_zone["rank"].first().map({0: "ground", 1: "all", _OTHER_FLOOR: "other"})
    table["period"] = by_zone["period"].first()
    table["sample_size"] = by_zone["sample_size"].agg(lambda sizes: sizes.sum(skipna=False))
    table["few"] = by_zone["few"].first()
    return table


def _number(table, column):
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    return pd.to_numeric(table[column]).astype(float)


def _sales(leases, sales_month):
    if isinstance(sales_month, pd.Series):
        return sales_month.reindex(leases.index).astype(float)
    return pd.Series(float(sales_month), index=leases.index)


def _rent(leases, sales, days):
    fixed = rent_month(leases, days=days)
    base = _number(leases, "base_rent_month").fillna(fixed)
    rate, above = _number(leases, "turnover_rate"), _number(leases, "breakpoint")
    counted = np.fmax(sales, _number(leases, "minimum_sales")).where(sales.notna())
    mode = leases["rent_mode"] if "rent_mode" in leases else pd.Series(None, index=leases.index, dtype=object)
    mode = mode.astype(object).mask(mode.isna() & rate.isna(), "fixed")
    wrong = mode.dropna()[~mode.dropna().isin(RENT_MODES)]
    if len(wrong):
        raise ValueError(f"rent_mode must be one of {', '.join(RENT_MODES)}, but is {wrong.iloc[0]!r}")
    rent = fixed.fillna(base).where(mode == "fixed")
    for name in RENT_MODES[1:]:
        at = mode == name
        terms = {"base_rent": base[at], "turnover_rate": rate[at], "breakpoint": above[at].to_numpy()}
        rent[at] = turnover_rent(counted[at], rent_mode=name, **terms)
    if "tiers" in leases:
        rent = rent.mask(leases["tiers"].notna() & leases["tiers"].ne(""))
    return rent
