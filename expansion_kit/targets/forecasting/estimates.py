"""
What a history says of growth, season and moving holidays, with standard errors: an answer, not a forecast.

Log sales of all series of a group are explained by a level of each series and by what the group has in common. What the
history cannot tell apart is said to be so, not guessed.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.seasons import calendar_design, holiday_columns, season_length

LEAST = 8  # more observations than coefficients


def calendar_effects(history, *, groups=None, country=None, holidays=()):
    """
    Growth, seasonal factors, festival lift and holiday effects of each group of series.

    A period counts whole, so that a seasonal factor is that of the month as it is. Standard errors allow for what the
    series of a group share in a period (as by Moulton) and, for growth, for errors that last (first-order).

    Parameters
    ----------
    history : DataFrame
        Positive sales as `history.sales_history` gives it by month, quarter, week or day; other values and gaps are
        left out. Stores should be past their ramp: `comparable.mature`.
    groups : Series, optional
        Group of each series, such as its territory; each series is its own group unless stated.
    country : str, optional
        ISO 3166 code: the Spring Festival is estimated where it is kept.
    holidays : sequence of str
        Other moving holidays (`qingming`, `dragon_boat`, `mid_autumn`).

    Returns
    -------
    DataFrame
        `group`, `effect`, `estimate`, `standard_error`, `n` (observations), `note` (`not_identified`, `too_short`).
        Effects: `growth` (share a year), `season_1` ... (factor of month or quarter, mean 1), `festival` ... and
        holidays (log of sales; for months per whole window moved into the month).

    Examples
    --------
    >>> months = pd.period_range("2022-01", "2026-12", freq="M")
    >>> sales = 100 * 1.05 ** (np.arange(60) / 12) * np.where(months.month == 12, 1.5, 1)
    >>> table = calendar_effects(pd.DataFrame({"S1": sales}, months)).set_index("effect")["estimate"]
    >>> table[["growth", "season_12"]].round(3).tolist()
    [0.05, 1.44]
    """
    groups = pd.Series(history.columns, history.columns) if groups is None else groups.reindex(history.columns)
    design = _design(history.index, country, holidays)
    values = history.to_numpy(float)
    logs = np.log(np.where(values > 0, values, np.nan))
    parts = []
    for group in sorted(groups.dropna().unique()):
        table = _one_group(design, logs[:, (groups == group).to_numpy()], season_length(history.index))
        table.insert(0, "group", group)
        parts.append(table)
    columns = ["group", "effect", "estimate", "standard_error", "n", "note"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _design(index, country, holidays):
    design = calendar_design(index, index[-1], country=country, weekends=False).drop(columns="level")
    return design.join(holiday_columns(index, holidays))


def _one_group(design, logs, season):
    """Estimates and standard errors of one group, shape of `logs` (n_periods, n_series)."""
    row, column = np.nonzero(np.isfinite(logs))
    n, levels = len(row), len(np.unique(column))
    names = design.columns
    seasonal = [name for name in names if name.startswith("season_")]
    effects = ["growth", *(f"season_{i}" for i in range(1, len(seasonal) + 2) if seasonal)]
    effects += [name for name in names if name not in ("growth", *seasonal)]
    x, y = _within(design.to_numpy()[row], column), _within(logs[row, column][:, None], column)[:, 0]
    free = n - levels - x.shape[1]
    told = np.linalg.matrix_rank(x) == x.shape[1] if n else False
    if free < LEAST or not told:
        note = "too_short" if free < LEAST else "not_identified"
        return pd.DataFrame({"effect": effects, "estimate": np.nan, "standard_error": np.nan, "n": n, "note": note})
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ x.T @ y
    residuals = y - x @ coefficients
    variance = inverse * (residuals @ residuals) / free * _shared(residuals, row)
    growth, lasting = list(names).index("growth"), _lasting(residuals, row, column)
    variance[growth] *= np.sqrt(lasting)
    variance[:, growth] *= np.sqrt(lasting)
    return _table(names, effects, seasonal, coefficients, variance).assign(n=n, note="")


def _table(names, effects, seasonal, coefficients, variance):
    """Coefficients as effects: growth a year as a share, seasonal factors with mean 1, the rest as they are."""
    place = {name: i for i, name in enumerate(names)}
    estimate, error = {}, {}
    for name in effects:
        if name in place and name not in seasonal:
            estimate[name], error[name] = coefficients[place[name]], np.sqrt(variance[place[name], place[name]])
    estimate["growth"] = np.expm1(estimate["growth"])
    error["growth"] *= 1 + estimate["growth"]
    if seasonal:
        inner = [place[name] for name in seasonal]
        contrast = np.vstack([np.eye(len(inner)), -np.ones(len(inner))])
        factor = np.exp(contrast @ coefficients[inner])
        factor /= factor.mean()
        slope = factor[:, None] * (contrast - (factor / len(factor)) @ contrast)
        spread = np.sqrt(np.diag(slope @ variance[np.ix_(inner, inner)] @ slope.T))
        estimate |= {f"season_{i}": value for i, value in enumerate(factor, start=1)}
        error |= {f"season_{i}": value for i, value in enumerate(spread, start=1)}
    return pd.DataFrame(
        {
            "effect": effects,
            "estimate": [estimate[name] for name in effects],
            "standard_error": [error[name] for name in effects],
        }
    )


def _within(values, column):
    """Values less the mean of their series."""
    count = np.bincount(column)
    means = np.column_stack([np.bincount(column, one) for one in values.T]) / np.maximum(count, 1)[:, None]
    return values - means[column]


def _shared(residuals, row):
    """How much the errors that series share in a period inflate the variance: 1 + (m - 1) rho, at least 1."""
    size = np.bincount(row)[np.unique(row)]
    if size.max() < 2:
        return 1.0
    total = np.bincount(row, residuals)[np.unique(row)]
    square = np.bincount(row, residuals**2)[np.unique(row)]
    pairs = (total**2 - square).sum() / max((size * (size - 1)).sum(), 1)
    rho = pairs / residuals.var()
    return float(max(1.0, 1 + ((size**2).sum() / size.sum() - 1) * rho))


def _lasting(residuals, row, column):
    """How much errors that last from one period to the next inflate the variance of a trend: (1 + r) / (1 - r)."""
    order = np.lexsort((row, column))
    here, then = order[1:], order[:-1]
    next_to = (column[here] == column[then]) & (row[here] == row[then] + 1)
    if next_to.sum() < 3:
        return 1.0
    a, b = residuals[here[next_to]], residuals[then[next_to]]
    r = np.clip((a * b).sum() / max((b * b).sum(), 1e-300), 0, 0.9)
    return float((1 + r) / (1 - r)) if r > 2 / np.sqrt(next_to.sum()) else 1.0
