"""
A site's accounts month by month over its term: what comes in, what goes out, what is put in and comes back.

Month 0 is the first day of the lease, when all that is put in is paid; the flows of month 1, 2, 3 ... come at its end.
Money that comes in is above 0, money that goes out below.
"""

import numpy as np
import pandas as pd

from expansion_kit.market.leases import rents_at

SUNK = ("fit_out", "equipment", "transfer_fee", "franchise_fee", "opening_cost")
RETURNED = ("deposit", "brand_deposit", "working_capital")
LINES = (
    *("sales", "goods", "royalty", "advertising_levy", "variable_costs", "staff", "other_fixed"),
    *("rent", "property_fee", "promotion_levy"),
)
METHOD = (
    "months from the first day of the lease; start money at month 0, each month's flow at its end; deposits and "
    "working capital return in the last month, transfer fee and the rest are spent; before tax, interest and the "
    "owner's pay"
)


def cash_flow(cases, *, start_month=None, season=None, curve=None, **options):
    """
    The monthly accounts of each site, for who runs the store.

    Sales are the mature month x season x ramp x growth, from the day the fit-out is over. Rent follows the whole lease:
    mode, tiers, guaranteed sales, settlement by month or by year (then each month bears what the year to date asks more
    than the month before), rise after every twelve months, and none in the rent-free days, which count from the first
    day; property fee is due from the first day. Staff and other fixed costs are due while the store is open.

    Parameters
    ----------
    cases : DataFrame
        From `unit_inputs`; sites with something `missing` have no rows.
    start_month : int, optional
        Calendar month (1 to 12) in which a lease without a first day begins. Without it such a site has no season.
    season : sequence of float, length 12, optional
        Sales of January to December over those of an ordinary month; their mean is 1.
    curve : sequence of float, optional
        Share of mature sales by month after the opening, from the month of the opening on, 1 after its end; in place of
        the inputs `ramp_start` and `ramp_months`.
    **options
        `days`, `tier_rule`, `vat_rate`, as in `market.leases.lease_cost`.

    Returns
    -------
    DataFrame, index (site, month)
        Money: each of `LINES`, `operating_profit` (their sum), `write_off` (what is spent at the start, in equal parts
        over the term; no cash), `put_in` (start money, and what comes back), `held_by_mall` (takings that the mall pays
        out later), `cash` (operating profit + put_in + held_by_mall) and `cumulative`.

    Raises
    ------
    ValueError
        If the season has not twelve numbers with a mean of 1.

    Examples
    --------
    The deposit of two months comes back in the last month:

    >>> from expansion_kit.candidates.unit_economics.unit_inputs import unit_inputs
    >>> sites = pd.DataFrame({"rent_month": [18000.0], "floor_area_sqm": [50.0]}, index=["S1"])
    >>> cases = unit_inputs(sites, pd.Series({"S1": 120000.0}), country="CN", stated={"term_months": 36})
    >>> flow = cash_flow(cases).loc["S1"]
    >>> flow["put_in"].iloc[[0, 1, 36]].tolist()
    [-266000.0, 0.0, 66000.0]
    """
    ready = cases[cases["missing"] == ""]
    days = {name: options[name] for name in ("days",) if name in options}
    plan = schedule(ready, start_month=start_month, season=season, curve=curve, **days)
    level = ready["sales_month"].to_numpy(dtype=float)[:, None]
    parts = []
    for month, lines in months(ready, level, plan, **options):
        table = pd.DataFrame({name: money[:, 0] for name, money in lines.items()}, index=ready.index)
        parts.append(table[month <= plan["term"]].assign(month=month))
    first = pd.DataFrame({"put_in": -start_money(ready), "month": 0}, index=ready.index)
    flow = pd.concat([first, *parts]).rename_axis(ready.index.name or "site_id").set_index("month", append=True)
    columns = [*LINES, "operating_profit", "write_off", "put_in", "held_by_mall", "cash"]
    order = ready.index.repeat(plan["term"].astype(int) + 1) if len(ready) else ready.index
    of_month = np.concatenate([np.arange(term + 1) for term in plan["term"].astype(int)]) if len(ready) else []
    flow = flow.reindex(columns=columns).reindex(pd.MultiIndex.from_arrays([order, of_month], names=flow.index.names))
    flow = flow.astype(float).fillna(0.0) + 0.0
    flow["cash"] = flow["operating_profit"] + flow["put_in"] + flow["held_by_mall"]
    flow["cumulative"] = flow.groupby(level=0, sort=False)["cash"].cumsum()
    flow.attrs["method"] = METHOD
    return flow


def franchisor_flow(cases, flow, *, transfer_loss=None):
    """
    The same months for the brand that franchises.

    Parameters
    ----------
    cases : DataFrame
        From `unit_inputs`.
    flow : DataFrame
        From `cash_flow` of these cases.
    transfer_loss : Series, optional
        Money a month that franchised stores of the brand lose to the mature site, by site: royalty, levy and supply
        margin on it are lost, in proportion to the site's sales of the month.

    Returns
    -------
    DataFrame, index (site, month)
        Money: `franchise_fee`, `royalty`, `advertising_levy`, `levy_spent`, `supply_margin`, `lost_elsewhere`,
        `support`, `brand_deposit` (received, and given back in the last month), `cash` and `cumulative`. Sites where
        an input of the franchisor is missing have no rows.

    Examples
    --------
    >>> from expansion_kit.candidates.unit_economics.unit_inputs import unit_inputs
    >>> sites = pd.DataFrame({"rent_month": [18000.0], "floor_area_sqm": [50.0]}, index=["S1"])
    >>> terms = {"term_months": 36, "franchise_fee": 45000, "royalty": 0.03, "fit_out_days": 0, "ramp_start": 1}
    >>> cases = unit_inputs(sites, pd.Series({"S1": 100000.0}), country="CN", stated=terms)
    >>> franchisor_flow(cases, cash_flow(cases)).loc["S1", ["franchise_fee", "royalty", "support"]].iloc[:2].to_numpy()
    array([[ 45000.,      0., -12000.],
           [     0.,   3000.,   -800.]])
    """
    able = cases[cases["missing"].eq("") & cases["missing_franchisor"].eq("")]
    flow = flow[flow.index.get_level_values(0).isin(able.index)]
    site, month = (flow.index.get_level_values(place) for place in (0, 1))
    of = able.loc[site].set_axis(flow.index)
    first, last = month == 0, month == of["term_months"].round().to_numpy()
    lost = (pd.Series(0.0, able.index) if transfer_loss is None else transfer_loss.reindex(able.index)).loc[site]
    taken = flow["sales"] * (lost.to_numpy() / of["sales_month"])
    bought = of["supply_share"] * of["supply_margin"]
    of_sale = of["royalty"] + of["advertising_levy"] * (1 - of["levy_spent"]) + (1 - of["gross_margin"]) * bought
    table = pd.DataFrame({"franchise_fee": of["franchise_fee"] * first, "royalty": -flow["royalty"]})
    table["advertising_levy"] = -flow["advertising_levy"]
    table["levy_spent"] = flow["advertising_levy"] * of["levy_spent"]
    table["supply_margin"] = -flow["goods"] * bought
    table["lost_elsewhere"] = -taken * of_sale
    table["support"] = -of["opening_support"] * first - of["support_month"] * (flow["sales"] > 0)
    table["brand_deposit"] = of["brand_deposit"] * (first * 1.0 - last)
    table = table + 0.0
    table["cash"] = table.sum(axis=1, skipna=False)
    table["cumulative"] = table.groupby(level=0, sort=False)["cash"].cumsum()
    return table


def start_money(cases):
    """Money that is put in at the start: what is spent, and what comes back. Series `start_money`."""
    return cases[[*SUNK, *RETURNED]].sum(axis=1, skipna=False).rename("start_money")


def wide(flow, column="cash"):
    """
    One row a site, one column a month, for `returns`; 0 after the end of a shorter term.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("S2", 0), ("S2", 1), ("S1", 0)], names=["site_id", "month"])
    >>> wide(pd.DataFrame({"cash": [-5.0, 7.0, -1.0]}, index)).to_numpy().tolist()
    [[-5.0, 7.0], [-1.0, 0.0]]
    """
    sites = flow.index.get_level_values(0).unique()
    return flow[column].unstack("month", fill_value=0.0).reindex(sites)


def schedule(cases, *, start_month=None, season=None, curve=None, days=365 / 12):
    """
    What share of each month counts, by site: open days, paid days, ramp, season; shape (n, months) each.

    Parameters
    ----------
    cases, start_month, season, curve
        As in `cash_flow`.
    days : float
        Days of a month.

    Returns
    -------
    dict of str to ndarray
        `open`, `paid`, `factor` (of mature sales), and `term`, shape (n,).
    """
    term = cases["term_months"].round().to_numpy(dtype=float)
    month = np.arange(int(term.max(initial=0)))[None, :]
    out, free = (cases[name].to_numpy(dtype=float)[:, None] / days for name in ("fit_out_days", "rent_free_days"))
    plan = {"term": term, "open": np.clip(month + 1 - out, 0, 1), "paid": 1 - np.clip(free - month, 0, 1)}
    age = np.maximum(month - np.floor(out), 0)
    if curve is None:
        begin, ends = (cases[name].to_numpy(dtype=float)[:, None] for name in ("ramp_start", "ramp_months"))
        ramp = np.where(age < ends, begin + (1 - begin) * age / np.maximum(ends, 1e-9), 1.0)
    else:
        shares = np.append(np.asarray(curve, dtype=float), 1.0)
        ramp = shares[np.minimum(age, len(shares) - 1).astype(int)]
    growth = (1 + cases["sales_growth"].to_numpy(dtype=float)[:, None]) ** (month // 12)
    plan["factor"] = plan["open"] * ramp * growth * _seasons(cases, month, start_month, season)
    return plan


def mature_year(cases, *, curve=None, days=365 / 12):
    """
    The year of the lease (1, 2 ...) that shows a grown store: the first that begins after ramp, else the last whole.

    Examples
    --------
    Open after 1.5 months and grown up after 6 more: the second year.

    >>> terms = {"fit_out_days": [45.0], "ramp_start": [0.5], "ramp_months": [6.0], "term_months": [36.0]}
    >>> mature_year(pd.DataFrame(terms)).tolist()
    [2]
    """
    grown = cases["ramp_months"] * (cases["ramp_start"] < 1) if curve is None else len(curve)
    first = np.ceil((cases["fit_out_days"] / days + grown) / 12 - 1e-9) + 1
    return np.minimum(first, np.maximum(cases["term_months"].round() // 12, 1)).astype(int).rename("mature_year")


def in_year(cases, year):
    """The cases with the rent that their lease asks in its first, second ... year."""
    rise = (1 + cases["escalation"]) ** (year - 1)
    columns = [name for name in ("rent_month", "rent_sqm_day", "base_rent_month") if name in cases]
    return cases.assign(**{name: pd.to_numeric(cases[name]).astype(float) * rise for name in columns})


def months(cases, sales, plan, *, factors=None, days=365 / 12, tier_rule="slices", vat_rate=None):
    """
    The lines of one month after the other, of all sites and draws at once.

    Parameters
    ----------
    cases : DataFrame, shape (n,)
        From `unit_inputs`, nothing missing.
    sales : array, shape (n, k)
        Mature sales of an ordinary month, by site and draw.
    plan : dict
        From `schedule`.
    factors : dict, optional
        By input (`staff_month`, `other_fixed_month`, `fit_out`): what it is multiplied by, shape (n, k); for
        `gross_margin`: what is added.
    days, tier_rule, vat_rate
        As in `market.leases.lease_cost`.

    Yields
    ------
    (int, dict of str to ndarray, shape (n, k) or (n, 1))
        Month from 1 on, and its lines as in `cash_flow`, without `cash` and `cumulative`.
    """
    factors, held = factors or {}, 0.0
    of = {name: pd.to_numeric(cases[name]).to_numpy(dtype=float)[:, None] for name in _NUMBERS}
    margin = np.clip(of["gross_margin"] + factors.get("gross_margin", 0.0), 0, 1)
    spent = sum(of[name] * factors.get(name, 1.0) for name in SUNK) / plan["term"][:, None]
    back = sum(of[name] for name in RETURNED)
    rent = _rent_by_month(cases, plan, {"days": days, "tier_rule": tier_rule, "vat_rate": vat_rate})
    next(rent)
    for month in range(1, plan["factor"].shape[1] + 1):
        open_, dearer = plan["open"][:, [month - 1]], (1 + of["cost_growth"]) ** ((month - 1) // 12)
        sold = sales * plan["factor"][:, [month - 1]]
        due = rent.send((month, sold))
        lines = {"sales": sold, "goods": -(1 - margin) * sold}
        lines |= {name: -of[name] * sold for name in ("royalty", "advertising_levy")}
        lines["variable_costs"] = -of["variable_rate"] * sold
        for name, cost in (("staff", "staff_month"), ("other_fixed", "other_fixed_month")):
            lines[name] = -of[cost] * factors.get(cost, 1.0) * dearer * open_
        lines |= {"rent": -due, "property_fee": -np.where(of["property_fee_sqm_month"] > 0, _fee(of), 0.0)}
        lines["promotion_levy"] = -of["promotion_levy"] * sold
        lines["operating_profit"] = sum(lines.values())
        owed = (sold - due + lines["promotion_levy"]) * of["remittance_days"] / days
        owed = np.where(month < plan["term"][:, None], np.maximum(owed, 0.0), 0.0)
        lines |= {"write_off": -spent, "put_in": back * (month == plan["term"][:, None]), "held_by_mall": held - owed}
        held = owed
        yield month, lines


_NUMBERS = (
    *("gross_margin", "royalty", "advertising_levy", "variable_rate", "promotion_levy", "staff_month"),
    *("other_fixed_month", "cost_growth", "remittance_days", "property_fee_sqm_month", "rentable_area_sqm"),
    *SUNK,
    *RETURNED,
)


def _fee(of):
    return of["property_fee_sqm_month"] * of["rentable_area_sqm"]


def _rent_by_month(cases, plan, terms):
    """
    Rent of each month from its sales: a coroutine that takes (month, sales) and gives money.

    The free days carry neither rent nor sales that count. Settled by the year, a month bears what the year to date
    costs more than it did a month before.
    """
    yearly = cases["settlement"].eq("year").to_numpy()
    rows, count, counted, paid_so_far = np.flatnonzero(yearly), 0.0, 0.0, 0.0
    due = None
    while True:
        month, sales = yield due
        if (month - 1) % 12 == 0:
            risen = in_year(cases, (month - 1) // 12 + 1)
            count = counted = paid_so_far = 0.0
        paid = plan["paid"][:, [month - 1]]
        due = rents_at(risen, sales, **terms) * paid
        if len(rows):
            count, counted = count + paid[rows], counted + sales[rows] * paid[rows]
            mean = counted / np.where(count > 0, count, 1.0)
            to_date = rents_at(risen.iloc[rows], mean, **terms) * count
            due[rows] = to_date - paid_so_far
            paid_so_far = to_date


def _seasons(cases, month, start_month, season):
    if season is None:
        return 1.0
    shares = np.asarray(season, dtype=float)
    if shares.shape != (12,) or not (shares >= 0).all() or abs(shares.mean() - 1) > 1e-6:
        raise ValueError("season must be twelve numbers from 0 up with a mean of 1, January first")
    start = cases["start_month"].to_numpy(dtype=float)[:, None]
    start = start if start_month is None else np.where(np.isnan(start), start_month, start)
    calendar = (np.nan_to_num(start, nan=1.0) - 1 + month) % 12
    return np.where(np.isnan(start), 1.0, shares[calendar.astype(int)])
