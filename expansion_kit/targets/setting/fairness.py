"""
How targets weigh on those who must reach them: on potential, on last year, and on what the forecast holds possible.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.splitting.exact import listed

QUANTILES = ("sales_p10", "sales_p50", "sales_p90")
TENTH = 1.2815515655446004  # standard normal quantile of 0.9


def fairness(target, potential):
    """
    How unequally targets weigh on potential: 0 is the same ratio for everybody.

    Parameters
    ----------
    target, potential : Series, shape (n,)
        On the same index; potential above 0.

    Returns
    -------
    Series
        Named `fairness`: `gini` and `cv` (standard deviation over mean) of target over potential; `least` and `most` of
        that ratio, and their `spread` (most over least; missing where the least is 0).

    Raises
    ------
    ValueError
        If a potential is missing or not above 0, or no target is above 0.

    Examples
    --------
    >>> fairness(pd.Series([1, 2, 3]), pd.Series([10, 20, 30])).round(6).to_dict()
    {'gini': 0.0, 'cv': 0.0, 'least': 0.1, 'most': 0.1, 'spread': 1.0}
    """
    bad = potential.index[~(potential > 0)]
    if len(bad):
        raise ValueError(f"potential must be above 0, but is not for {listed(bad)}")
    ratio = np.sort((target / potential).to_numpy(float))
    if not ratio.sum() > 0:
        raise ValueError("targets must be known, and one of them above 0")
    ranks = np.arange(1, len(ratio) + 1)
    gini = (2 * ranks - len(ratio) - 1) @ ratio / (len(ratio) * ratio.sum())
    spread = ratio[-1] / ratio[0] if ratio[0] > 0 else np.nan
    facts = {"gini": gini, "cv": ratio.std() / ratio.mean(), "least": ratio[0], "most": ratio[-1], "spread": spread}
    return pd.Series(facts, name="fairness")


def padding(proposed, forecast, target):
    """
    What managers put above or below the forecast, and what was then added from above.

    Parameters
    ----------
    proposed, forecast, target : Series, shape (n_territories,)
        Sales of the year (money); on the index of `target`.

    Returns
    -------
    DataFrame
        On the index of `target`: the three; `proposed_over_forecast` (money; below 0 is a cautious manager),
        `proposed_over_forecast_share` (of the forecast), `added` (target less proposal, money), `added_share` (of the
        proposal), `target_over_forecast` (money). Missing where one of the two is not known.

    Examples
    --------
    >>> one = pd.Index(["T1"])
    >>> padding(pd.Series([95], one), pd.Series([100], one), pd.Series([105], one)).loc["T1"].round(4).to_dict()
    {'proposed': 95.0, 'forecast': 100.0, 'target': 105.0, 'proposed_over_forecast': -5.0,
    'proposed_over_forecast_share': -0.05, 'added': 10.0, 'added_share': 0.1053, 'target_over_forecast': 5.0}
    """
    table = pd.DataFrame({"proposed": proposed, "forecast": forecast}).reindex(target.index).assign(target=target)
    table["proposed_over_forecast"] = table["proposed"] - table["forecast"]
    table["proposed_over_forecast_share"] = table["proposed_over_forecast"] / _positive(table["forecast"])
    table["added"] = table["target"] - table["proposed"]
    table["added_share"] = table["added"] / _positive(table["proposed"])
    table["target_over_forecast"] = table["target"] - table["forecast"]
    return table


def attainment_chance(target, outlook, *, ratios=None):
    """
    Chance that each target is reached.

    Parameters
    ----------
    target : Series, shape (n,)
        Money of the year; index = keys.
    outlook : DataFrame, shape (n,)
        `sales_p10`, `sales_p50`, `sales_p90` of the same year (quantiles of the year's sum, not sums of monthly
        quantiles), index = keys.
    ratios : sequence of float, optional
        Sales over forecast of whole years in the backtest, of series like these. With them the chance is conformal: of
        n ratios the k at or above target over p50 give (k + 1/2)/(n + 1), the middle of what the theory allows.

    Returns
    -------
    DataFrame
        On the index of `target`: `chance` (0 to 1) and `chance_method`: `conformal`, `two_piece_log_normal` (through
        the three quantiles, logarithms, where p10 is above 0), `two_piece_normal`, or `none` where the forecast has no
        interval (a conformal one: no p50); there the chance is missing.

    Raises
    ------
    ValueError
        If the quantiles are not in order.

    References
    ----------
    Vovk, V. et al. (2017). Nonparametric predictive distributions based on conformal prediction. COPA.

    Examples
    --------
    >>> keys = pd.Index(["T1", "T2"])
    >>> outlook = pd.DataFrame({"sales_p10": 80.0, "sales_p50": 100.0, "sales_p90": 125.0}, keys)
    >>> attainment_chance(pd.Series([100, 125], keys), outlook)["chance"].round(3).tolist()
    [0.5, 0.1]
    >>> attainment_chance(pd.Series([100, 125], keys), outlook, ratios=[0.8, 1.0, 1.3])["chance"].tolist()
    [0.625, 0.375]
    """
    outlook = _checked(outlook, target.index)
    if ratios is not None:
        known = np.sort(np.asarray(ratios, dtype=float))
        above = len(known) - np.searchsorted(known, target / _positive(outlook["sales_p50"]), side="left")
        chance = pd.Series((above + 0.5) / (len(known) + 1), target.index)
        chance = chance.where((outlook["sales_p50"] > 0) & target.notna())
        return pd.DataFrame({"chance": chance, "chance_method": np.where(chance.notna(), "conformal", "none")})
    from scipy.special import ndtr

    low, middle, high, logs = _scale(outlook)
    aim = target.astype(float).where(~logs, np.log(_positive(target)))
    away = aim - middle
    width = (high - middle).where(away > 0, middle - low) / TENTH
    sure = (width == 0) & (away != 0)
    chance = pd.Series(ndtr(-(away / width.where(width > 0)).fillna(0)), target.index)
    chance = chance.mask(sure, (away < 0).astype(float)).mask(logs & (target <= 0), 1.0)
    chance = chance.where(low.notna() & high.notna() & target.notna())
    return pd.DataFrame({"chance": chance, "chance_method": _method(chance, logs)})


def forecast_quantile(outlook, level):
    """
    A quantile of the forecast's distribution, by the same two-piece normal as `attainment_chance`.

    Parameters
    ----------
    outlook : DataFrame
        As in `attainment_chance`.
    level : float
        Between 0 and 1: 0.7 is reached in three years of ten.

    Returns
    -------
    Series
        Named `forecast_quantile`, money; missing where the forecast has no interval.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1, or the quantiles are not in order.

    Examples
    --------
    >>> outlook = pd.DataFrame({"sales_p10": [80.0], "sales_p50": [100.0], "sales_p90": [125.0]}, ["T1"])
    >>> forecast_quantile(outlook, 0.9).round(6).tolist(), forecast_quantile(outlook, 0.7).round(1).tolist()
    ([125.0], [109.6])
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, but is {level}")
    from scipy.special import ndtri

    outlook = _checked(outlook, outlook.index)
    low, middle, high, logs = _scale(outlook)
    width = (high - middle if level > 0.5 else middle - low) / TENTH
    value = middle + ndtri(level) * width
    known = outlook[list(QUANTILES)].notna().all(axis=1)
    return value.mask(logs, np.exp(value.where(logs))).where(known).rename("forecast_quantile")


def _checked(outlook, keys):
    outlook = outlook.reindex(keys)[list(QUANTILES)].astype(float)
    low, middle, high = (outlook[name] for name in QUANTILES)
    bad = outlook.index[(low > middle) | (middle > high)]
    if len(bad):
        raise ValueError(f"p10, p50 and p90 must be in order, but are not for {listed(bad)}")
    return outlook


def _scale(outlook):
    """The three quantiles, in logarithms where all sales are above 0; and where that is."""
    logs = outlook["sales_p10"] > 0
    return *(outlook[name].where(~logs, np.log(_positive(outlook[name]))) for name in QUANTILES), logs


def _method(chance, logs):
    names = np.where(logs, "two_piece_log_normal", "two_piece_normal")
    return np.where(chance.notna(), names, "none")


def _positive(values):
    return values.where(values > 0)
