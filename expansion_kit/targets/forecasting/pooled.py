"""One machine-learning model over all series: how far each period will be from the same one a year before."""

import numpy as np

from expansion_kit.targets.forecasting.seasons import MANY, days_in, periods_after, season_length

ROWS = 60_000  # at most so many examples are drawn to learn from
LEAST = 300  # fewer and nothing is learned
SERIES = 4  # fewer series and there is nothing to pool


def pooled(histories, *, horizon, seed=0):
    """
    Gradient-boosted trees over all series, learned at every origin (over 300 series: at the first one only).

    An example is one series at one earlier origin and a step ahead. Explained is the change of log sales a day from the
    same period a year before, in units of the series' own year-on-year scatter; it is explained by the step, the
    season, the series' recent changes and level, and the changes of all series together.

    Parameters
    ----------
    histories : list of DataFrame
        What was known at each origin, in rising order; one column a series.
    horizon : int
        Periods ahead.
    seed : int
        Draws the examples where there are more than 60,000.

    Returns
    -------
    list of array, shape (horizon, n_series)
        One an origin; missing where nothing could be learned or a series has no year behind it.
    """
    from threadpoolctl import threadpool_limits

    order = np.argsort([str(name) for name in histories[0].columns], kind="stable")
    learned, result = None, []
    for history in histories:
        logs = _logs(history)[:, order]
        result.append(np.full((horizon, len(order)), np.nan))
        with threadpool_limits(1):  # the same bytes everywhere, and no threads that wait at full speed
            if learned is None or len(order) <= MANY:
                learned = _learned(logs, history.index, horizon=horizon, seed=seed)
            if learned is not None:
                result[-1][:, order] = _predicted(learned, logs, history.index, horizon=horizon)
    return result


def _logs(history):
    values = history.to_numpy(float)
    return np.log(np.where(values > 0, values, np.nan) / days_in(history.index)[:, None])


def _learned(logs, index, *, horizon, seed):
    from sklearn.ensemble import HistGradientBoostingRegressor

    season = season_length(index)
    if (np.isfinite(logs).sum(axis=0) > season + 1).sum() < SERIES:
        return None
    rows, target = _examples(logs, index, horizon=horizon, seed=seed)
    if len(target) < LEAST:
        return None
    model = HistGradientBoostingRegressor(
        max_iter=120,
        learning_rate=0.06,
        max_leaf_nodes=15,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    known = np.isfinite(rows).any(axis=0)  # a feature that nobody has cannot be learned from
    return model.fit(rows[:, known], target), known


def _examples(logs, index, *, horizon, seed):
    """Features and scaled changes of (origin, step, series) drawn from all that lie inside the history."""
    season, length = season_length(index), len(logs)
    draw = np.random.default_rng(seed)
    origins = np.arange(season, length - 1)
    sizes = np.minimum(length - 1 - origins, horizon) * logs.shape[1]
    share = min(1.0, ROWS / max(sizes.sum(), 1))
    features, targets = [], []
    for origin, size in zip(origins, sizes):
        rows, base, scale = _features(logs[: origin + 1], index, horizon=size // logs.shape[1])
        change = (logs[origin + 1 : origin + 1 + size // logs.shape[1]].ravel() - base) / scale
        kept = np.isfinite(change)
        if share < 1:
            kept &= draw.random(size) < share
        features.append(rows[kept])
        targets.append(np.clip(change[kept], -6, 6))
    if not features:
        return np.empty((0, 1)), np.empty(0)
    return np.concatenate(features), np.concatenate(targets)


def _predicted(learned, logs, index, *, horizon):
    model, known = learned
    rows, base, scale = _features(logs, index, horizon=horizon)
    there = np.isfinite(base)
    change = np.full(len(base), np.nan)
    if there.any():
        change[there] = model.predict(rows[there][:, known]) * scale[there]
    days = days_in(periods_after(index, horizon))
    return np.exp(base + change).reshape(horizon, -1) * days[:, None]


def _features(logs, index, *, horizon):
    """
    Features of every step and series as they are known at the end of `logs`, the log a year before, and the scale.

    Shapes (horizon * n_series, n_features), (horizon * n_series,) twice; steps outermost.
    """
    season, n = season_length(index), logs.shape[1]
    length, steps = len(logs), np.arange(horizon)
    quarter = max(season // 4, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        yearly = logs[season:] - logs[:-season]
        recent = _mean(yearly[-season:])
        spread = np.sqrt(_mean((yearly[-2 * season :] - _mean(yearly[-2 * season :])) ** 2))
        scale = np.maximum(np.where(np.isfinite(spread), spread, 0.05), 0.02)
        mean = _mean(logs[-season:])
        short = _mean(yearly[-quarter:])
        common = np.full(n, _median(short))
        place = length + steps - season * (steps // season + 1)
        base = logs[place]
        earlier = np.where((place >= season)[:, None], base - logs[np.maximum(place - season, 0)], np.nan)
    fixed = [recent / scale, short / scale, yearly[-1] / scale, (logs[-1] - mean) / scale, common / scale, scale]
    fixed.append(np.isfinite(logs).sum(axis=0) / season)
    position = (index[0].ordinal + length + steps) % season
    columns = [
        np.repeat(steps, n),
        np.repeat(position, n),
        ((base - mean) / scale).ravel(),
        (earlier / scale).ravel(),
        *(np.tile(column, horizon) for column in fixed),
    ]
    return np.column_stack(columns), base.ravel(), np.tile(scale, horizon)


def _mean(values):
    """Mean of the known values of each series."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, values, 0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _median(values):
    known = values[np.isfinite(values)]
    return np.median(known) if len(known) else np.nan
