"""
What share of its market a territory has, could have, and must have to be first.

Market potential and rivals' sales come as tables (from `market` or from elsewhere): money of the same period and of the
same category on both sides, otherwise a share means nothing.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.splitting.exact import listed

LEAST = 8  # territories that a curve or a benchmark must rest on
SPREAD = 2.0  # how many times as dense the denser tenth must be as the thinner tenth
CONVINCED = 2.0  # by how much the corrected AIC must prefer a curve that bends


def share_now(sales, potential):
    """
    Sales over market potential.

    Parameters
    ----------
    sales, potential : Series, shape (n_territories,)
        Money of the same period; index `territory_id`.

    Returns
    -------
    Series
        Named `share_now`, on the index of `sales`; missing where either is, or the potential is not above 0. Above 1
        the potential is too small, or not of the same category or period: to be told, not to be cut.

    Examples
    --------
    >>> share_now(pd.Series({"T1": 20.0}), pd.Series({"T1": 100.0})).to_dict()
    {'T1': 0.2}
    """
    market = potential.reindex(sales.index).astype(float)
    return (sales / market.where(market > 0)).rename("share_now")


def share_reachable(share, groups=None, *, quantile=0.75):
    """
    The share that the better territories of the same kind already have.

    Parameters
    ----------
    share : Series, shape (n_territories,)
        As `share_now` gives it.
    groups : Series, optional
        Kind of each territory (such as its city tier); all of one kind without it.
    quantile : float
        Which of them is the benchmark: 0.75 is reached by every fourth.

    Returns
    -------
    Series
        Named `share_reachable`, on the index of `share`: never below the share now. Missing where fewer than 8
        territories of the kind have a share: what is reachable is then not known.

    Examples
    --------
    >>> share = pd.Series([0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.3, 0.4])
    >>> share_reachable(share).tolist()[-3:]
    [0.2, 0.3, 0.4]
    """
    kinds = pd.Series(0, share.index) if groups is None else groups.reindex(share.index)
    grouped = share.groupby(kinds)
    benchmark = grouped.transform(lambda values: values.quantile(quantile)).where(grouped.transform("count") >= LEAST)
    return np.maximum(benchmark, share).where(share.notna(), benchmark).rename("share_reachable")


def saturation_curve(density, share):
    """
    Share as a function of store density: every store adds, the next one less.

    share = ceiling (1 - exp(-density / pace)), by least squares.

    Parameters
    ----------
    density : Series, shape (n_territories,)
        Own stores per 100,000 people, per square kilometre, or per money of potential: any measure above 0.
    share : Series, shape (n_territories,)
        As `share_now` gives it; on the same index.

    Returns
    -------
    Series
        Named `saturation_curve`: `territories` (count used), `ceiling` (share), `pace` (density at which 63 % of it is
        reached), `ceiling_error` (standard error), `note`. Ceiling and pace are missing and the note says why where
        the data do not identify them: `few_territories` (under 8), `density_alike` (the denser tenth under twice the
        thinner), `no_bend` (a straight line or a constant explains the shares as well: stores are not saturated, or
        share does not hang on density), `ceiling_unsure` (standard error above half the ceiling).

    Examples
    --------
    >>> density = pd.Series(range(1, 11), dtype=float)
    >>> saturation_curve(density, 0.3 * (1 - np.exp(-density / 4)))[["ceiling", "pace"]].astype(float).round(3).tolist()
    [0.3, 4.0]
    >>> saturation_curve(density, 0.02 * density)["note"]
    'no_bend'
    """
    both = pd.DataFrame({"density": density, "share": share}).astype(float).dropna()
    both = both[both["density"] > 0]
    unknown = {"territories": len(both), "ceiling": np.nan, "pace": np.nan, "ceiling_error": np.nan}
    found = {"note": "few_territories"} if len(both) < LEAST else _fitted(*both.to_numpy().T)
    return pd.Series(unknown | found, name="saturation_curve", dtype=object)


def saturated_share(density, curve):
    """
    The share that a curve promises at a density.

    Parameters
    ----------
    density : Series
        In the measure the curve was fitted on.
    curve : Series
        As `saturation_curve` gives it.

    Returns
    -------
    Series
        Named `saturated_share`; missing where the curve is not identified.

    Examples
    --------
    >>> saturated_share(pd.Series([0.0, 4.0]), pd.Series({"ceiling": 0.3, "pace": 4.0})).round(4).tolist()
    [0.0, 0.1896]
    """
    return (float(curve["ceiling"]) * -np.expm1(-density / float(curve["pace"]))).rename("saturated_share")


def competitive_target(own, rivals, *, ahead=0.05, times_second=1.5, times_third=2.0):
    """
    What it takes to be first, and where first, to be a multiple of the second and the third (保证第一份额).

    Parameters
    ----------
    own : Series, shape (n_territories,)
        Own sales (money of a year); index `territory_id`.
    rivals : DataFrame
        `territory_id`, `brand`, `sales` (money of the same year; usually estimated).
    ahead : float
        By what share to pass the first rival: 0.05 is 5 %. Rivals grow too: it is their growth that must be in it.
    times_second, times_third : float
        Where first: at least so many times the sales of the second and of the third.

    Returns
    -------
    DataFrame
        On the index of `own`: `rank` (1 is first; equal sales share a rank), `first_rival`, `second` and `third` (sales
        of the best and the next best rival, missing where not known), `aim` (`become_first`, `keep_ahead`,
        `not_known`), `competitive_target` (money; never below own sales; missing where no rival's sales are known).

    Raises
    ------
    ValueError
        If a rival stands twice in a territory, or sales are negative.

    Examples
    --------
    >>> rivals = pd.DataFrame({"territory_id": ["T1", "T2", "T2"], "brand": ["X", "X", "Y"], "sales": [200, 60, 50]})
    >>> competitive_target(pd.Series({"T1": 100, "T2": 80}), rivals)[["rank", "competitive_target"]].to_numpy().tolist()
    [[2.0, 210.0], [1.0, 100.0]]
    """
    if rivals.duplicated(["territory_id", "brand"]).any():
        raise ValueError("each rival must stand once in a territory")
    if (rivals["sales"] < 0).any() or (own < 0).any():
        raise ValueError("sales must be at least 0 to be ranked")
    known = rivals.dropna(subset="sales").sort_values(["sales", "brand"], ascending=[False, True], kind="stable")
    known = known.assign(place=known.groupby("territory_id").cumcount())
    best = known.pivot(index="territory_id", columns="place", values="sales")
    best = best.reindex(index=own.index, columns=[0, 1]).astype(float)
    above = known.assign(own=known["territory_id"].map(own)).query("sales > own").groupby("territory_id").size()
    met = best[0].notna() & own.notna()
    table = pd.DataFrame({"rank": (above.reindex(own.index, fill_value=0) + 1.0).where(met)}, index=own.index)
    leader = known[known["place"] == 0].set_index("territory_id")["brand"].reindex(own.index)
    table["first_rival"], table["second"], table["third"] = leader, best[0], best[1]
    first = met & (own > best[0])
    table["aim"] = np.select([~met, first], ["not_known", "keep_ahead"], "become_first")
    lead = np.fmax(times_second * best[0], times_third * best[1])
    table["competitive_target"] = np.maximum(own, lead.where(first, best[0] * (1 + ahead))).where(met)
    return table


def same_period_last_year(history, periods):
    """
    Sales of the same period a year before (去年同期).

    Parameters
    ----------
    history : DataFrame, shape (n_months, n_keys)
        As `history.monthly_history` gives it.
    periods : PeriodIndex of months, or what makes one

    Returns
    -------
    DataFrame, shape (n_periods, n_keys)
        Money; missing where the month a year before is not known. A festival that moved to another month makes the two
        unlike: compare January and February together.

    Examples
    --------
    >>> months = pd.period_range("2026-01", "2026-02", freq="M")
    >>> same_period_last_year(pd.DataFrame({"T1": [5.0, 6.0]}, months), ["2027-02", "2028-02"])["T1"].tolist()
    [6.0, nan]
    """
    months = pd.PeriodIndex(periods, freq="M")
    return history.reindex(months - 12).set_axis(months)


def required_sales(share, potential):
    """
    Sales that a share of the potential amounts to.

    Parameters
    ----------
    share, potential : Series, shape (n_territories,)
        A share (0.2 is 20 %) and money; index `territory_id`.

    Returns
    -------
    Series
        Named `required_sales`, on the index of `share`; money of the period of the potential.

    Examples
    --------
    >>> required_sales(pd.Series({"T1": 0.2}), pd.Series({"T1": 500.0})).to_dict()
    {'T1': 100.0}
    """
    absent = share.index.difference(potential.index)
    if len(absent):
        raise ValueError(f"no potential for {listed(absent)}")
    return (share * potential.reindex(share.index)).rename("required_sales")


def target_bridge(
    last_year, target, *, market_growth=None, price=None, forecast=None, openings=0, closures=0, cannibalisation=0
):
    """
    From last year's sales to the target in steps that add up.

    Parameters
    ----------
    last_year, target : float
        Money of a year.
    market_growth : float, optional
        Growth of the market in volume (0.03 is 3 %).
    price : float, optional
        Change of own prices (share).
    forecast : float, optional
        Forecast of the outlets that are there (money of the year, closures and new outlets not in it).
    openings, closures, cannibalisation : float
        Money of the year, as the sums of the columns of `openings.territory_forecast` (the latter two at most 0).

    Returns
    -------
    Series
        Named `target_bridge`: money of `price` (where given), `growth` (of the market, where given), `openings`,
        `closures`, `cannibalisation` (where not 0), and what is left to reach the target: `share` (to be won from
        others) where the market's growth is given; else `trend` (what the forecast brings without doing more) and
        `stretch` (what the target asks beyond it) where there is a forecast; else `own_growth` (not told apart).

    Raises
    ------
    ValueError
        If an amount is not known.

    Examples
    --------
    >>> target_bridge(1000.0, 1200.0, market_growth=0.05, openings=90.0).to_dict()
    {'growth': 50.0, 'openings': 90.0, 'share': 60.0}
    """
    fixed = {"openings": openings, "closures": closures, "cannibalisation": cannibalisation}
    if not np.isfinite([last_year, target, *fixed.values(), price or 0.0, market_growth or 0.0, forecast or 0.0]).all():
        raise ValueError("a bridge needs every amount to be known")
    steps = {} if price is None else {"price": last_year * price}
    if market_growth is not None:
        steps["growth"] = last_year * (1 + (price or 0.0)) * market_growth
    if market_growth is None and forecast is not None:
        steps["trend"] = forecast - last_year - steps.get("price", 0.0) - closures - cannibalisation
    steps |= {name: amount for name, amount in fixed.items() if amount != 0}
    rest = "share" if market_growth is not None else "stretch" if "trend" in steps else "own_growth"
    steps[rest] = target - last_year - sum(steps.values())
    return pd.Series(steps, dtype=float, name="target_bridge")


def _fitted(density, share):
    import warnings

    from scipy.optimize import OptimizeWarning, curve_fit

    low, high = np.quantile(density, [0.1, 0.9])
    if high < SPREAD * low:
        return {"note": "density_alike"}
    slope = density @ share / (density @ density)
    straight, flat = share - slope * density, share - share.mean()
    begin = np.clip(share.max(), 0, 1), float(np.median(density))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            bounds = ([0, density.min() / 100], [1, density.max() * 100])
            (ceiling, pace), errors = curve_fit(_curve, density, share, p0=begin, bounds=bounds)
    except (RuntimeError, ValueError, OptimizeWarning):
        return {"note": "no_bend"}
    bent = share - _curve(density, ceiling, pace)
    other = min(_criterion(straight, 1), _criterion(flat, 1))
    if _criterion(bent, 2) > other - CONVINCED:
        return {"note": "no_bend"}
    if not errors[0, 0] ** 0.5 <= ceiling / 2:
        return {"note": "ceiling_unsure"}
    return {"ceiling": ceiling, "pace": pace, "ceiling_error": errors[0, 0] ** 0.5, "note": ""}


def _curve(density, ceiling, pace):
    return ceiling * -np.expm1(-density / pace)


def _criterion(left, parameters):
    """Corrected AIC of least squares; the variance counts as a parameter."""
    n, k = len(left), parameters + 1
    return n * np.log(max(left @ left / n, 1e-24)) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
