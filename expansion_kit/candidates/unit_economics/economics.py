"""What a site earns: break-even, payback, present value and rate of return, and how they spread when inputs move."""

from zlib import crc32

import numpy as np
import pandas as pd

from expansion_kit.candidates.unit_economics.break_even import break_even
from expansion_kit.candidates.unit_economics.cash_flow import (
    METHOD,
    RETURNED,
    SUNK,
    cash_flow,
    franchisor_flow,
    in_year,
    mature_year,
    months,
    schedule,
    start_money,
    wide,
)
from expansion_kit.candidates.unit_economics.returns import irr, npv, payback
from expansion_kit.candidates.unit_economics.unit_inputs import SPREADS
from expansion_kit.market.leases import occupancy_cost_ratio

_TIMES = ("start_month", "season", "curve")
_Z90 = 1.2815515655446004  # of the standard normal distribution, 90 % lie below it
_BLOCK = 500_000  # sites x draws held at once


def site_economics(cases, *, discount_rate, transfer_loss=None, **options):
    """
    The economics of each site in a row, for who runs the store and for the brand.

    Parameters
    ----------
    cases : DataFrame, shape (n,)
        From `unit_inputs`.
    discount_rate : float
        A year, effective (0.1 is 10 %); monthly flows count (1 + rate)^(-month / 12).
    transfer_loss : Series, optional
        As in `franchisor_flow`.
    **options
        `start_month`, `season`, `curve`, and `days`, `tier_rule`, `vat_rate`, as in `cash_flow`.

    Returns
    -------
    DataFrame, shape (n,)
        Money a month at mature sales and the rent of `mature_year`: `occupancy_cost_ratio` (share), `breakeven_sales`
        (operating profit 0), `safe_sales`, `breakeven_kind`, `breakeven_rent` (see `break_even`) and `breakeven_full`
        (the write-off earned as well). Over the term: `start_money`, `profit_year` (operating profit of the mature
        year), `payback_months` and `payback_discounted_months` (from the first day of the lease), `npv`, `irr` (a year,
        effective), `irr_kind`, `irr_all`; for the brand `franchisor_npv`. `assumed`, `missing` (a site with something
        missing has no figures), `assumed_franchisor`, `missing_franchisor`. `.attrs["method"]` names conventions.

    Examples
    --------
    >>> from expansion_kit.candidates.unit_economics.unit_inputs import unit_inputs
    >>> sites = pd.DataFrame({"rent_month": [18000.0, None], "floor_area_sqm": [50.0, 60.0]}, index=["S1", "S2"])
    >>> cases = unit_inputs(sites, pd.Series({"S1": 160000.0, "S2": 160000.0}), country="CN")
    >>> table = site_economics(cases, discount_rate=0.1)
    >>> table["breakeven_sales"].round().tolist(), table["irr_kind"].tolist(), table["missing"].tolist()
    ([96000.0, nan], ['one', 'unknown'], ['', 'rent'])
    """
    times = {name: options.pop(name) for name in _TIMES if name in options}
    ready = cases[cases["missing"] == ""]
    flow = cash_flow(ready, **times, **options)
    cash = wide(flow)
    table = _break_even(ready, times, options)
    table["start_money"] = start_money(ready)
    year = mature_year(ready, curve=times.get("curve"), **_days(options))
    table["mature_year"], table["profit_year"] = year, year_accounts(flow, year)["operating_profit"]
    table["payback_months"] = payback(cash)
    table["payback_discounted_months"] = payback(cash, discount_rate=discount_rate)
    table["npv"] = npv(cash, discount_rate)
    table = table.join(irr(cash))
    brand = franchisor_flow(ready, flow, transfer_loss=transfer_loss)
    table["franchisor_npv"] = npv(wide(brand), discount_rate).reindex(table.index)
    table = table.reindex(cases.index)
    for name in ("irr_kind", "breakeven_kind"):
        table[name] = table[name].fillna("unknown")
    table["irr_all"] = [found if isinstance(found, tuple) else () for found in table["irr_all"]]
    table["breakeven_rent"] = table["breakeven_rent"].fillna("")
    said = ["assumed", "missing", "assumed_franchisor", "missing_franchisor"]
    table = table.join(cases[said])
    table.attrs["method"] = f"{METHOD}; discounted by {discount_rate:g} a year, effective"
    return table


def year_accounts(flow, year):
    """
    The lines of one year of the lease, summed.

    Parameters
    ----------
    flow : DataFrame
        From `cash_flow`.
    year : Series of int
        1, 2 ... by site, as from `mature_year`.

    Returns
    -------
    DataFrame, index site
        Money a year (of a term below twelve months: of its months); `months` counts them.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["S1"], range(25)], names=["site_id", "month"])
    >>> year_accounts(pd.DataFrame({"sales": 2.0}, index), pd.Series({"S1": 2}))["sales"].tolist()
    [24.0]
    """
    site, month = flow.index.get_level_values(0), flow.index.get_level_values(1)
    kept = (month > 0) & ((month - 1) // 12 + 1 == year.reindex(site).to_numpy())
    grouped = flow[kept].groupby(level=0, sort=False)
    return grouped.sum().assign(months=grouped.size()).reindex(year.index)


def economics_range(cases, *, discount_rate, draws=1000, seed=0, sales=None, spreads=None, **options):
    """
    How the result of each site spreads when sales and costs are uncertain.

    Sales of a site are drawn once for its whole term: log-normal, with the spread below the middle from P10 and that
    above it from P90. Costs are drawn with the stated spreads, independent of each other. Each site has its own draws,
    by its id, so that another candidate more or less changes nothing.

    Parameters
    ----------
    cases : DataFrame, shape (n,)
        From `unit_inputs`.
    discount_rate : float
        As in `site_economics`.
    draws : int
        At least 100.
    seed : int
    sales : DataFrame, optional
        By site, mature sales of an ordinary month: `sales_p10`, `sales_p50`, `sales_p90`; or other columns, each a draw
        that was made elsewhere (fewer than `draws` are taken by turns). A site without P10 or P90 spreads by
        `spreads["sales"]`.
    spreads : dict, optional
        What replaces figures of `SPREADS`; 0 keeps a cost certain.
    **options
        As in `site_economics`.

    Returns
    -------
    DataFrame, shape (n,)
        `npv_p10`, `npv_p50`, `npv_p90`, `profit_year_p10` ..., `payback_months_p10` ... (missing where so many draws
        are not paid back); shares of the draws: `p_loss` (NPV below 0), `p_loss_year` (operating profit of the mature
        year below 0), `p_not_paid_back`; `spread_assumed`, the inputs whose spread is assumed.

    Raises
    ------
    ValueError
        If there are too few draws or P10, P50 and P90 of a site are not in this order.

    Examples
    --------
    >>> from expansion_kit.candidates.unit_economics.unit_inputs import unit_inputs
    >>> sites = pd.DataFrame({"rent_month": [18000.0], "floor_area_sqm": [50.0]}, index=["S1"])
    >>> cases = unit_inputs(sites, pd.Series({"S1": 160000.0}), country="CN")
    >>> table = economics_range(cases, discount_rate=0.1, draws=200)
    >>> bool(table.loc["S1", "npv_p10"] < table.loc["S1", "npv_p50"]), table.loc["S1", "spread_assumed"]
    (True, 'sales, gross_margin, staff_month, other_fixed_month, fit_out')
    """
    if draws < 100:
        raise ValueError(f"quantiles need at least 100 draws, but there are {draws}")
    used = SPREADS | (spreads or {})
    ready = cases[cases["missing"] == ""]
    parts = []
    for block in _blocks(ready, draws):
        level, factors = _drawn(block, sales, used, draws, seed)
        found = _spread(block, level, factors, discount_rate, options)
        found["spread_assumed"] = _assumed_spreads(block, sales, spreads)
        parts.append(found)
    table = pd.concat(parts) if parts else pd.DataFrame()
    return table.reindex(cases.index)


def cash_band(cases, *, draws=1000, seed=0, sales=None, spreads=None, **options):
    """
    The sum of cash month by month, as P10, P50 and P90 of the draws of `economics_range`.

    Parameters
    ----------
    cases, draws, seed, sales, spreads, **options
        As in `economics_range`.

    Returns
    -------
    DataFrame, index (site, month)
        Money: `cash_p10`, `cash_p50`, `cash_p90`, from month 0 to the end of the term. They are of each month by
        itself, not of one course.

    Examples
    --------
    >>> from expansion_kit.candidates.unit_economics.unit_inputs import unit_inputs
    >>> sites = pd.DataFrame({"rent_month": [18000.0], "floor_area_sqm": [50.0]}, index=["S1"])
    >>> cases = unit_inputs(sites, pd.Series({"S1": 160000.0}), country="CN")
    >>> band = cash_band(cases, draws=200)
    >>> band.shape, bool((band["cash_p10"] < band["cash_p90"]).all())
    ((37, 3), True)
    """
    used, parts = SPREADS | (spreads or {}), []
    for block in _blocks(cases[cases["missing"] == ""], draws):
        level, factors = _drawn(block, sales, used, draws, seed)
        for month, _, _, total, here in _course(block, level, factors, options):
            low, middle, high = np.quantile(total, [0.1, 0.5, 0.9], axis=1)
            table = pd.DataFrame({"cash_p10": low, "cash_p50": middle, "cash_p90": high}, block.index)
            parts.append(table[here].assign(month=month))
    columns = ["month", "cash_p10", "cash_p50", "cash_p90"]
    band = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
    order = cases.index[cases["missing"] == ""]
    band = band.rename_axis(cases.index.name or "site_id").set_index("month", append=True)
    return band.sort_index(level=1, sort_remaining=False, kind="stable").loc[order] if len(order) else band


def _break_even(ready, times, options):
    year = mature_year(ready, curve=times.get("curve"), **_days(options))
    risen, dearer = in_year(ready, year), (1 + ready["cost_growth"]) ** (year - 1)
    left = ready["gross_margin"] - ready["royalty"] - ready["advertising_levy"] - ready["variable_rate"]
    left = left - ready["promotion_levy"]
    fee = (ready["property_fee_sqm_month"] * ready["rentable_area_sqm"]).where(ready["property_fee_sqm_month"] > 0, 0.0)
    fixed = (ready["staff_month"] + ready["other_fixed_month"]) * dearer + fee
    spent = ready[list(SUNK)].sum(axis=1) / ready["term_months"].round()
    terms = {"contribution": left, "season": times.get("season"), **options}
    table = break_even(risen, fixed_month=fixed, **terms)
    table["breakeven_full"] = break_even(risen, fixed_month=fixed + spent, **terms)["breakeven_sales"]
    ratio = occupancy_cost_ratio(risen, ready["sales_month"], **options)
    table.insert(0, "occupancy_cost_ratio", ratio)
    return table


def _days(options):
    return {"days": options["days"]} if "days" in options else {}


def _blocks(ready, draws):
    size = max(1, _BLOCK // draws)
    return (ready.iloc[at : at + size] for at in range(0, len(ready), size))


def _drawn(block, sales, spreads, draws, seed):
    """Sales, shape (n, draws), and what costs are multiplied by."""
    noise = np.stack(
        [
            np.random.default_rng([seed, crc32(str(site).encode())]).standard_normal((len(SPREADS), draws))
            for site in block.index
        ],
        axis=1,
    )
    given = _given_draws(block, sales)
    if given is None:
        below, middle, above, _ = _sales_spread(block, sales, spreads["sales"])
        level = middle * np.exp(noise[0] * np.where(noise[0] < 0, below, above))
    else:
        level = given[:, np.arange(draws) % given.shape[1]]
    factors = {"gross_margin": noise[1] * spreads["gross_margin"]}
    for place, name in enumerate(("staff_month", "other_fixed_month", "fit_out"), start=2):
        factors[name] = np.exp(noise[place] * spreads[name])
    return level, factors


def _given_draws(block, sales):
    if sales is None or "sales_p50" in sales:
        return None
    return sales.reindex(block.index).to_numpy(dtype=float)


def _sales_spread(block, sales, assumed):
    """Spread of the log below and above the middle, shape (n, 1) each, and where it is assumed."""
    bounds = ["sales_p10", "sales_p50", "sales_p90"]
    known = (pd.DataFrame(index=block.index) if sales is None else sales).reindex(index=block.index, columns=bounds)
    low, middle, high = (known[name].astype(float).to_numpy()[:, None] for name in bounds)
    level = block["sales_month"].to_numpy(dtype=float)[:, None]
    middle = np.where(np.isnan(middle), level, middle)
    if ((low > middle) | (middle > high) | (low <= 0)).any():
        raise ValueError("sales_p10, sales_p50 and sales_p90 must be above 0 and rise in this order")
    told = ~(np.isnan(low) | np.isnan(high))
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = np.log(middle / low) / _Z90, np.log(high / middle) / _Z90
    below, above = (np.where(told, spread, assumed) for spread in (below, above))
    return below, middle, above, ~told[:, 0]


def _assumed_spreads(block, sales, spreads):
    """Names of the inputs whose spread is from `SPREADS`, by site."""
    own = [name for name in SPREADS if name not in (spreads or {})]
    if _given_draws(block, sales) is not None:
        told = np.ones(len(block), dtype=bool)
    else:
        told = ~_sales_spread(block, sales, SPREADS["sales"])[3]
    return [", ".join(name for name in own if name != "sales" or not known) for known in told]


def _course(block, level, factors, options):
    """Month by month: lines, cash, sum of cash, and which sites' terms still run."""
    options = dict(options)
    times = {name: options.pop(name) for name in _TIMES if name in options}
    plan = schedule(block, **times, **_days(options))
    spent = sum(block[name].to_numpy(dtype=float)[:, None] * factors.get(name, 1.0) for name in SUNK)
    total = -spent - block[list(RETURNED)].sum(axis=1).to_numpy(dtype=float)[:, None]
    yield 0, {}, total, total, np.ones(len(block), dtype=bool)
    for month, lines in months(block, level, plan, factors=factors, **options):
        here = month <= plan["term"]
        cash = np.where(here[:, None], lines["operating_profit"] + lines["put_in"] + lines["held_by_mall"], 0.0)
        total = total + cash
        yield month, lines, cash, total, here


def _spread(block, level, factors, discount_rate, options):
    worth = profit = back = 0.0
    year = mature_year(block, curve=options.get("curve"), **_days(options)).to_numpy()[:, None]
    for month, lines, cash, total, here in _course(block, level, factors, options):
        worth = worth + cash * (1 + discount_rate) ** (-month / 12)
        if not month:
            back, before = np.where(total < 0, np.nan, 0.0), total
            continue
        in_it = (month - 1) // 12 + 1 == year
        profit = profit + np.where(in_it & here[:, None], lines["operating_profit"], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            back = np.where(total < 0, np.nan, np.where(before < 0, month - 1 - before / cash, back))
        before = total
    table = pd.DataFrame(index=block.index)
    for name, values in (("npv", worth), ("profit_year", profit), ("payback_months", back)):
        exact = "higher" if name == "payback_months" else "linear"
        bounds = np.quantile(np.where(np.isnan(values), np.inf, values), [0.1, 0.5, 0.9], axis=1, method=exact)
        for bound, found in zip(("p10", "p50", "p90"), bounds):
            table[f"{name}_{bound}"] = np.where(np.isinf(found), np.nan, found)
    table["p_loss"], table["p_loss_year"] = (worth < 0).mean(axis=1), (profit < 0).mean(axis=1)
    table["p_not_paid_back"] = np.isnan(back).mean(axis=1)
    return table
