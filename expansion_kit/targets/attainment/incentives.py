"""
Score sheet and incentive plan, both as configuration, and what the plan will cost.
"""

import numpy as np
import pandas as pd

SHEET = {  # item: points, the attainment beyond which no more points are given, the one below which there are none
    "sales": {"weight": 60, "cap": 1.2, "floor": 0.0},
    "collection": {"weight": 20, "cap": 1.0, "floor": 0.0},
    "expense": {"weight": 20, "cap": 1.2, "floor": 0.0},
}
PLAN = {  # an example: base pay at 90 % where the target is missed, 300 for each 10,000 of a month's sales above 80,000
    "base": 0.0,
    "missed": 0.9,
    "bands": ((80_000, 300),),
    "step": 10_000,
    "whole_steps": False,
}
_P90 = 1.2815515655446004  # standard deviations


def kpi_scores(attained, *, sheet=None):
    """
    Points of a score sheet: weight times attainment, up to the cap, nothing below the floor.

    Parameters
    ----------
    attained : DataFrame
        Index keys, a column an item; attainment as a share (for what should be low, such as expense: target over
        actual).
    sheet : dict, optional
        Item to `weight` (points), `cap` and `floor` (shares); `SHEET` where not given.

    Returns
    -------
    DataFrame
        `points_<item>`, `kpi_score` (points over the points possible of the items that are known, times 100; missing
        where none is), `kpi_known` (share of the weights whose item is known).

    Raises
    ------
    ValueError
        If a weight is not above 0.

    Examples
    --------
    >>> sheet = {"sales": {"weight": 80, "cap": 1.2, "floor": 0.5}}
    >>> sheet["collection"] = {"weight": 20, "cap": 1.0, "floor": 0}
    >>> kpi_scores(pd.DataFrame({"sales": [1.5, 0.4], "collection": [0.9, None]}), sheet=sheet)["kpi_score"].tolist()
    [114.0, 0.0]
    """
    sheet = SHEET if sheet is None else sheet
    weights = pd.Series({item: rule["weight"] for item, rule in sheet.items()}, dtype=float)
    if not (weights > 0).all():
        raise ValueError(f"the weights of a score sheet must be above 0, but are {weights.to_dict()}")
    shares = attained.reindex(columns=list(sheet)).astype(float)
    points = pd.DataFrame(
        {
            item: rule["weight"]
            * shares[item].clip(upper=rule["cap"]).mask(shares[item] < rule["floor"], 0.0).clip(lower=0)
            for item, rule in sheet.items()
        }
    )
    known = (points.notna() * weights).sum(axis=1)
    score = 100 * points.sum(axis=1) / known.where(known > 0)
    return points.add_prefix("points_").assign(kpi_score=score, kpi_known=known / weights.sum())


def incentive(sales, target, *, base=0.0, missed=1.0, bands=(), step=1, whole_steps=False):
    """
    Pay of a month: base pay, cut where the target is missed, and commission in bands.

    Parameters
    ----------
    sales, target : float or array
        Money of the month; without a target (missing) none is missed.
    base : float
        Base pay of the month.
    missed : float
        Share of the base that is paid where sales are below the target.
    bands : sequence of (float, float)
        Sales from which a rate holds, and the pay for each `step` of sales in that band.
    step : float
    whole_steps : bool
        True pays only whole steps.

    Returns
    -------
    array
        Money.

    Examples
    --------
    300 for each 10,000 above 80,000, base 5,000, at 90 % where the target of 100,000 is missed:

    >>> plan = {"base": 5000, "missed": 0.9, "bands": [(80_000, 300)], "step": 10_000}
    >>> [float(incentive(sales, 100_000, **plan)) for sales in (70_000, 90_000, 125_000)]
    [4500.0, 4800.0, 6350.0]
    """
    sales, target = np.asarray(sales, dtype=float), np.asarray(target, dtype=float)
    pay = base * np.where(sales < target, missed, 1.0)
    bands = sorted(bands)
    for (start, rate), end in zip(bands, [*(later for later, _ in bands[1:]), np.inf]):
        steps = np.clip(sales, start, end) / step - start / step
        pay = pay + rate * (np.floor(steps + 1e-9) if whole_steps else steps)
    return np.where(np.isnan(sales), np.nan, pay)


def incentive_cost(outlook, targets, *, plan=None, draws=2000, seed=0, together=0.5):
    """
    What the incentive plan will cost, over the forecast's distribution.

    Each series is drawn with its own median and spread on either side (logarithmic where P10 is above 0); its months
    move together, and so do the series in part: nobody knows how much, so `together` is an assumption to try out.

    Parameters
    ----------
    outlook : DataFrame
        `territory_id` or `store_id` first, `period`, `sales_p10`, `sales_p50`, `sales_p90` as `forecast.forecast` gives
        it.
    targets : DataFrame
        Money; index keys, columns months (text).
    plan : dict, optional
        Options of `incentive`; `PLAN` where not given.
    draws : int
    seed : int
    together : float
        0 (each on its own) to 1 (all alike): share of the variance that all series have in common.

    Returns
    -------
    dict
        `mean`, `p10`, `p90` (money of all months together), `series` (count drawn), `unknown` (count without an
        interval, left out of the cost).

    Raises
    ------
    ValueError
        If `together` does not lie between 0 and 1.

    Examples
    --------
    Sales that are certain cost what the plan says:

    >>> sure = {"store_id": ["S1"], "period": ["2027-01"], "sales_p10": [9e4], "sales_p50": [9e4], "sales_p90": [9e4]}
    >>> cost = incentive_cost(pd.DataFrame(sure), pd.DataFrame({"2027-01": [9e4]}, ["S1"]), draws=10)
    >>> round(cost["mean"], 2), round(cost["p10"], 2), cost["series"]
    (300.0, 300.0, 1)
    """
    if not 0 <= together <= 1:
        raise ValueError(f"together must lie between 0 and 1, but is {together}")
    plan = PLAN if plan is None else plan
    key = outlook.columns[0]
    known = outlook.dropna(subset=["sales_p10", "sales_p50", "sales_p90"])
    draw = np.random.default_rng(seed)
    common = draw.standard_normal(draws)
    total = np.zeros(draws)
    for name, rows in known.groupby(key, sort=True):
        z = np.sqrt(together) * common + np.sqrt(1 - together) * draw.standard_normal(draws)
        for row in rows.itertuples():
            sales = _drawn(z, row.sales_p10, row.sales_p50, row.sales_p90)
            asked = targets[row.period].get(name, np.nan) if row.period in targets else np.nan
            total += incentive(sales, asked, **plan)
    low, high = np.quantile(total, [0.1, 0.9])
    drawn = known[key].nunique()
    unknown = outlook[key].nunique() - drawn
    return {
        "mean": float(total.mean()),
        "p10": float(low),
        "p90": float(high),
        "series": int(drawn),
        "unknown": int(unknown),
    }


def _drawn(z, low, middle, high):
    if low > 0:
        return np.exp(np.log(middle) + z / _P90 * np.log(np.where(z < 0, middle / low, high / middle)))
    return middle + z / _P90 * np.where(z < 0, middle - low, high - middle)
