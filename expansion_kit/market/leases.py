"""
What a place costs: lease terms as money a month, a year and over the term.

Lease columns are those of the `sites`, `stores`, `listings` and `mall_units` tables. What is not known is missing:
nothing is taken from another column without being said.
"""

import numpy as np
import pandas as pd

from expansion_kit.market.turnover import RENT_MODES, SETTLEMENTS, turnover_rent
from expansion_kit.tiers import read_tiers

AREAS = ("rentable", "usable", "gross")


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


def rent_sqm_month(leases, *, area="rentable", efficiency=None, days=365 / 12):
    """
    Fixed rent of a month on a square metre, of the area that is named.

    Parameters
    ----------
    leases : DataFrame, shape (n,)
        Lease columns, and `floor_area_sqm` (usable m2) for areas other than the rentable.
    area : str
        `rentable` (计租面积), `usable` (使用面积, the sales floor) or `gross` (建筑面积).
    efficiency : float, optional
        Usable over gross area (得房率, 0-1): what `gross` is reckoned by.
    days : float
        Days of a month, as in `rent_month`; over this number the result is the rent a day.

    Returns
    -------
    Series, shape (n,)
        `rent_sqm_month`, money/m2/month; missing where rent or area are (a `rent_sqm_day` needs no rentable area).
        `.attrs["method"]` names area and days.

    Raises
    ------
    ValueError
        If the area is not one of `AREAS`, or `gross` is asked for without an efficiency above 0 and at most 1.

    Examples
    --------
    18,000 a month for 60 ㎡ of sales floor that are three quarters of the gross area:

    >>> lease = pd.DataFrame({"rent_month": [18000.0], "floor_area_sqm": [60.0], "rentable_area_sqm": [90.0]})
    >>> [rent_sqm_month(lease, area=area, efficiency=0.75)[0].item() for area in AREAS]
    [200.0, 300.0, 225.0]
    """
    if area not in AREAS:
        raise ValueError(f"area must be one of {', '.join(AREAS)}, but is {area!r}")
    if area == "gross" and not 0 < (efficiency or 0) <= 1:
        raise ValueError(f"efficiency (usable over gross area) must be above 0 and at most 1, but is {efficiency!r}")
    size = _number(leases, "rentable_area_sqm" if area == "rentable" else "floor_area_sqm")
    rent = (rent_month(leases, days=days) / (size / efficiency if area == "gross" else size)).rename("rent_sqm_month")
    if area == "rentable":  # the rent a day is a square metre's by itself, whatever the size
        rent = rent.fillna(_number(leases, "rent_sqm_day") * days)
    share = f" (usable = {efficiency:g} x gross)" if area == "gross" else ""
    rent.attrs["method"] = f"{area} area{share}; {_month(days)}"
    return rent


def lease_cost(leases, sales_month, *, days=365 / 12, tier_rule="slices", vat_rate=None):
    """
    What each lease costs a month at given sales.

    Parameters
    ----------
    leases : DataFrame, shape (n,)
        Lease columns. A lease without `rent_mode`, `turnover_rate` and `tiers` is fixed; without a mode but with a rate
        its rent is unknown. The base rent is `base_rent_month`, else the fixed rent. Where `minimum_sales` (保底销售额,
        money/month) is agreed, the commission is on at least that.
    sales_month : float or Series
        Money a month; a Series is taken by the leases' index.
    days : float
        Days of a month, as in `rent_month`.
    tier_rule : str
        How `tiers` are read: in `slices` or as a `whole` (see `turnover.commission`).
    vat_rate : float, optional
        Where given (0.06), sales are with VAT, and leases whose `sales_basis` is `net` take them without; otherwise
        sales are taken to be on each lease's own basis.

    Returns
    -------
    DataFrame, shape (n,)
        Money a month: `rent`, `property_fee`, `promotion_levy`, and their sum `occupancy_cost`. `left_out` names what
        is not in the sum because the lease does not state it, `sales_basis` where it was needed and taken as gross, and
        `tiers` that can't be read. `.attrs["method"]` names the conventions.

    Raises
    ------
    ValueError
        If a rent mode is not one of `RENT_MODES`, or the tier rule not one of `TIER_RULES`.

    Examples
    --------
    >>> lease = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [20000.0], "turnover_rate": [0.1],
    ...                       "promotion_levy": [0.01]}, index=["S1"])
    >>> lease_cost(lease, 300000)[["rent", "promotion_levy", "occupancy_cost"]].to_numpy().tolist()
    [[30000.0, 3000.0, 33000.0]]
    """
    sales = _on_basis(leases, _sales(leases, sales_month), vat_rate)
    fee = _number(leases, "property_fee_sqm_month") * _number(leases, "rentable_area_sqm")
    levy = _number(leases, "promotion_levy") * sales
    rent, unread = _rent(leases, sales, days, tier_rule)
    table = pd.DataFrame({"rent": rent, "property_fee": fee, "promotion_levy": levy}, index=leases.index)
    table["occupancy_cost"] = rent + fee.fillna(0.0) + levy.fillna(0.0)
    basis = pd.Series(False, index=leases.index) if vat_rate is None else _text(leases, "sales_basis").eq("")
    names = np.array(["property_fee_sqm_month", "promotion_levy", "sales_basis", "tiers"], dtype=object)
    shared = _number(leases, "turnover_rate").notna() | _text(leases, "tiers").ne("")
    unknown = np.column_stack([fee.isna(), levy.isna() & sales.notna(), basis & shared, unread])
    table["left_out"] = [", ".join(names[row]) for row in unknown]
    table.attrs["method"] = _method(days, tier_rule, vat_rate)
    return table


def rents_at(leases, sales_month, *, days=365 / 12, tier_rule="slices", vat_rate=None):
    """
    Rent of each lease at several sales each.

    Parameters
    ----------
    leases : DataFrame, shape (n,)
        As in `lease_cost`.
    sales_month : array, shape (n, k)
        Money a month, a row a lease.
    days, tier_rule, vat_rate
        As in `lease_cost`.

    Returns
    -------
    ndarray, shape (n, k)
        Money a month, as the `rent` of `lease_cost`.

    Raises
    ------
    ValueError
        As `lease_cost`.

    Examples
    --------
    >>> lease = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [20000.0], "turnover_rate": [0.1]})
    >>> rents_at(lease, [[100_000, 300_000]]).tolist()
    [[20000.0, 30000.0]]
    """
    sales = np.asarray(sales_month, dtype=float)
    return _rents(leases, sales * _basis(leases, vat_rate).to_numpy()[:, None], days, tier_rule)[0]


def occupancy_cost_ratio(leases, sales_month, *, days=365 / 12, tier_rule="slices", vat_rate=None):
    """
    Rent, property fee and promotion levy as a share of sales (租售比).

    Parameters
    ----------
    leases, sales_month, days, tier_rule, vat_rate
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
    cost = lease_cost(leases, sales, days=days, tier_rule=tier_rule, vat_rate=vat_rate)["occupancy_cost"]
    return (cost / sales.where(sales > 0)).rename("occupancy_cost_ratio")


def lease_year(leases, sales_months, *, settlement="month", days=365 / 12, tier_rule="slices", vat_rate=None):
    """
    What each lease costs in a year of unequal months, by its settlement.

    Parameters
    ----------
    leases, days, tier_rule, vat_rate
        As in `lease_cost`; `settlement` (月结 month, 年结 year).
    sales_months : sequence of float, length 12, or DataFrame, shape (n, 12)
        Money a month: one year for all, or a row a lease (by the leases' index).
    settlement : str
        What holds for a lease that does not state it.

    Returns
    -------
    DataFrame, shape (n,)
        Money a year: `rent`, `property_fee`, `promotion_levy`, `occupancy_cost`; `settlement`, and the rent by either:
        `rent_settled_month`, `rent_settled_year`. `left_out` and `.attrs["method"]` as in `lease_cost`; `settlement` is
        named in `left_out` where it is not the lease's own.

    Raises
    ------
    ValueError
        If there are not twelve months, a settlement, rent mode or tier rule is unknown.

    Examples
    --------
    >>> lease = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [20000.0], "turnover_rate": [0.1],
    ...                       "settlement": ["year"]})
    >>> lease_year(lease, [100_000] + [300_000] * 11)[["rent", "rent_settled_month"]].round().to_numpy().tolist()
    [[340000.0, 350000.0]]
    """
    months = pd.DataFrame(sales_months)
    months = months.reindex(leases.index) if isinstance(sales_months, pd.DataFrame) else months.T
    months = np.broadcast_to(months.to_numpy(dtype=float), (len(leases), months.shape[1]))
    if months.shape[1] != 12:
        raise ValueError(f"a year has twelve months of sales, but there are {months.shape[1]}")
    own = _text(leases, "settlement")
    used = own.where(own.ne(""), settlement)
    if wrong := set(used) - set(SETTLEMENTS):
        raise ValueError(f"settlement must be one of {', '.join(SETTLEMENTS)}, but is {min(wrong)!r}")
    options = {"days": days, "tier_rule": tier_rule, "vat_rate": vat_rate}
    mean = lease_cost(leases, pd.Series(months.mean(axis=1), index=leases.index), **options)
    sales = [pd.Series(month, index=leases.index) for month in months.T]
    by_month = sum(_rent(leases, _on_basis(leases, each, vat_rate), days, tier_rule)[0] for each in sales)
    table = mean.drop(columns="left_out") * 12
    table["rent_settled_month"], table["rent_settled_year"] = by_month, table["rent"]
    table["rent"] = table["rent"].where(used == "year", by_month)
    table["occupancy_cost"] += table["rent"] - table["rent_settled_year"]
    table["settlement"] = used
    differs = own.eq("") & (by_month - table["rent_settled_year"]).abs().gt(0.005)
    table["left_out"] = (mean["left_out"] + np.where(differs, ", settlement", "")).str.removeprefix(", ")
    table.attrs["method"] = mean.attrs["method"]
    return table


def _month(days):
    return "month of 365/12 days" if np.isclose(days, 365 / 12) else f"month of {days:g} days"


def _method(days, tier_rule, vat_rate):
    basis = "sales on each lease's basis" if vat_rate is None else f"sales with VAT of {vat_rate:g}"
    return f"{_month(days)}; tiers read as {tier_rule}; {basis}"


def _number(table, column):
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    return pd.to_numeric(table[column]).astype(float)


def _text(table, column):
    if column not in table:
        return pd.Series("", index=table.index, dtype=object)
    return table[column].astype(object).where(table[column].notna(), "").astype(str).str.strip()


def _sales(leases, sales_month):
    if isinstance(sales_month, pd.Series):
        return sales_month.reindex(leases.index).astype(float)
    return pd.Series(float(sales_month), index=leases.index)


def _on_basis(leases, sales, vat_rate):
    """Sales as the lease counts them."""
    return sales * _basis(leases, vat_rate)


def _basis(leases, vat_rate):
    """What the sales that a lease counts are of the sales that are given."""
    if vat_rate is None:
        return pd.Series(1.0, index=leases.index)
    if not 0 <= vat_rate < 1:
        raise ValueError(f"vat_rate must be a share from 0 to below 1, but is {vat_rate!r}")
    return 1 / (1 + vat_rate * _text(leases, "sales_basis").eq("net"))


def _tiers(text):
    """(steps, whether they could be read)."""
    try:
        return read_tiers(text), True
    except ValueError:
        return (), False


def _rent(leases, sales, days, tier_rule):
    """Money a month at sales on the lease's basis, and whether tiers could not be read."""
    rent, unread = _rents(leases, sales.to_numpy(dtype=float)[:, None], days, tier_rule)
    return pd.Series(rent[:, 0], index=leases.index), unread


def _rents(leases, sales, days, tier_rule):
    """As `_rent`, at several sales each, shape (n, k)."""
    fixed = rent_month(leases, days=days)
    base = _number(leases, "base_rent_month").fillna(fixed)
    rate, above = _number(leases, "turnover_rate"), _number(leases, "breakpoint")
    counted = np.fmax(sales, _number(leases, "minimum_sales").to_numpy()[:, None])
    counted = np.where(np.isnan(sales), np.nan, counted)
    mode, steps = _text(leases, "rent_mode"), _text(leases, "tiers")
    mode = mode.mask(mode.eq("") & rate.isna() & steps.eq(""), "fixed")
    if wrong := set(mode) - {"", *RENT_MODES}:
        raise ValueError(f"rent_mode must be one of {', '.join(RENT_MODES)}, but is {min(wrong)!r}")
    same = fixed.fillna(base).where(mode == "fixed").to_numpy()[:, None]
    rent, unread = np.repeat(same, sales.shape[1], axis=1), pd.Series(False, index=leases.index)
    for text in steps.unique():
        tiers, read = _tiers(text)
        unread |= steps.eq(text) & ~np.array(read)
        for name in RENT_MODES[1:]:
            at = ((mode == name) & (steps == text)).to_numpy()
            if read and at.any():
                of = (column.to_numpy()[at][:, None] for column in (base, rate, above))
                terms = dict(zip(("base_rent", "turnover_rate", "breakpoint"), of))
                terms |= {"tiers": tiers, "tier_rule": tier_rule}
                rent[at] = turnover_rent(counted[at], rent_mode=name, **terms)
    return rent, unread
