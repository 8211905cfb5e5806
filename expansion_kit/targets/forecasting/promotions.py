"""
What promotions brought, and what came back for the money spent.

The promoted share of each store and period is set against log sales, with the level of each store and what all stores
have in common in a period taken out: a promotion is judged by the stores that had none at the same time. Where the plan
put promotions into times that would have been good anyhow for that store, the uplift is too high: that is not known.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.seasons import days_in

LEAST_STORES = 3  # promoted, for an answer
LEAST_DAYS = 14  # of promotion in all
LEAST_ERROR_CELLS = 30  # store-periods more than coefficients


def promoted_share(promotions, history):
    """
    Share of each period in which a promotion ran.

    Parameters
    ----------
    promotions : DataFrame
        `promotions` table: `store_id` or `territory_id`, `from`, `to` (days, both included).
    history : DataFrame
        By store or territory, as `history.sales_history` gives it.

    Returns
    -------
    DataFrame
        Shape of `history`; 0 to 1, a day counted once however many promotions ran on it.

    Examples
    --------
    >>> history = pd.DataFrame({"S1": [1.0, 1.0]}, pd.period_range("2027-01", "2027-02", freq="M"))
    >>> ran = pd.DataFrame({"store_id": ["S1"], "from": ["2027-01-25"], "to": ["2027-02-07"]})
    >>> promoted_share(ran, history.rename_axis(columns="store_id"))["S1"].round(3).tolist()
    [0.226, 0.25]
    """
    by = history.columns.name
    days = np.zeros(history.shape)
    for key, several in promotions[promotions[by].isin(history.columns)].groupby(by):
        every = [pd.period_range(a, b, freq="D") for a, b in zip(several["from"], several["to"])]
        inside = pd.PeriodIndex(np.unique(np.concatenate(every)), freq="D").asfreq(history.index.freq)
        place = history.index.get_indexer(inside)
        np.add.at(days[:, history.columns.get_loc(key)], place[place >= 0], 1)
    return pd.DataFrame(days / days_in(history.index)[:, None], history.index, history.columns)


def promotion_uplift(promotions, history, *, margin=None):
    """
    Uplift of sales while a promotion runs, by kind and over all, and the return on what it cost.

    Parameters
    ----------
    promotions : DataFrame
        `promotions` table: `store_id` or `territory_id`, `from`, `to`; `cost` (money) and `kind` optional.
    history : DataFrame
        By store or territory, as `history.sales_history` gives it; stores past their ramp (`comparable.mature`).
    margin : float, optional
        Gross margin (share of sales) that extra sales leave; without it the return is not given.

    Returns
    -------
    DataFrame
        One row a kind and one for all (`kind` missing), of the promotions in whose periods all sales are known:
        `promotions`, `stores` (promoted), `days`, `uplift` (share of
        sales while it runs), `standard_error`, `extra_sales`, `extra_sales_error`, `cost` (money),
        `sales_per_cost` (extra sales a unit of money spent), `return_on_spend` (extra margin less cost, over cost),
        `return_error`, `verdict` (`gain`, `loss`: two standard errors from nothing; `cannot_tell`; `too_few`, when
        estimates are missing). The verdict is on the return where margin and cost are known, else on the uplift.

    Notes
    -----
    Sales brought forward from later periods, or taken from other own stores, are not taken off.

    Examples
    --------
    >>> months = pd.period_range("2026-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({f"S{i}": 100.0 for i in range(9)}, months).rename_axis(columns="store_id")
    >>> ran = pd.DataFrame({"store_id": ["S1"], "from": ["2026-05-01"], "to": ["2026-05-31"]})
    >>> promotion_uplift(ran, history)["verdict"].tolist()
    ['too_few']
    """
    by = history.columns.name
    used = promotions[promotions[by].isin(history.columns)]
    kinds = sorted(used["kind"].dropna().unique()) if "kind" in used else []
    whole = _answers([promoted_share(used, history)], history)
    parts = _answers([promoted_share(used[used["kind"] == kind], history) for kind in kinds], history) if kinds else []
    rows = [_row(used[used["kind"] == kind], kind, part, history, margin) for kind, part in zip(kinds, parts)]
    return pd.DataFrame([*rows, _row(used, None, whole[0], history, margin)])


def _answers(shares, history):
    """Uplift and its standard error for each share, fitted together: log sales rise by log(1 + uplift x share)."""
    values = history.to_numpy(float)
    known = values > 0
    logs = np.log(np.where(known, values, 1))
    share = np.array([one.to_numpy() for one in shares])
    held = (np.where(known, share, 0) > 0).any(axis=(1, 2))
    result = np.full((len(shares), 2), np.nan)
    free = known.sum() - known.any(axis=0).sum() - known.any(axis=1).sum() + 1 - held.sum()
    if free < LEAST_ERROR_CELLS or not held.any():
        return result
    share, uplift = share[held], np.zeros(held.sum())
    for _ in range(6):  # Gauss-Newton
        factor = 1 + uplift[:, None, None] * share
        slopes = share / factor
        level = logs - np.log(factor).sum(axis=0) + np.tensordot(uplift, slopes, 1)
        x = np.column_stack([_swept(np.where(known, one, 0), known)[known] for one in slopes])
        y = _swept(np.where(known, level, 0), known)[known]
        if np.linalg.matrix_rank(x) < len(uplift):
            return result
        uplift = np.maximum(np.linalg.lstsq(x, y, rcond=None)[0], -0.9)
    result[held, 0] = uplift
    result[held, 1] = _errors(x, y - x @ uplift, np.nonzero(known)[1], free)
    return result


def _errors(x, residuals, store, free):
    """Standard errors: the larger of the plain ones and those that let the errors of one store last."""
    inverse = np.linalg.inv(x.T @ x)
    sums = _sums(x * residuals[:, None], store)
    robust = np.diag(inverse @ sums.T @ sums @ inverse)
    return np.sqrt(np.maximum(np.diag(inverse) * (residuals @ residuals) / free, robust))


def _sums(values, group):
    return np.array([np.bincount(group, column) for column in values.T]).T


def _swept(values, known, rounds=200):
    """Values less the means of their series and period (over what is known), by turns until nothing changes."""
    left = values.copy()
    down, across = np.maximum(known.sum(axis=0), 1), np.maximum(known.sum(axis=1), 1)[:, None]
    for _ in range(rounds):
        before = left
        left = np.where(known, left - left.sum(axis=0) / down, 0)
        left = np.where(known, left - left.sum(axis=1, keepdims=True) / across, 0)
        if np.abs(left - before).max() < 1e-12:
            break
    return left


def _row(promotions, kind, answer, history, margin):
    judged = promotions[_known_throughout(promotions, history)]
    share = promoted_share(judged, history)
    days = float((share.to_numpy() * days_in(history.index)[:, None]).sum())
    stores = int((share > 0).any().sum())
    uplift, error = answer if stores >= LEAST_STORES and days >= LEAST_DAYS else (np.nan, np.nan)
    # Sales with the promotion are (1 + uplift x share) times those without; so much of them is extra.
    factor = 1 + uplift * share
    extra = float((history * uplift * share / factor).sum().sum()) if np.isfinite(uplift) else np.nan
    extra_error = float((history * share / factor**2).sum().sum()) * error if np.isfinite(uplift) else np.nan
    whole = "cost" in judged and len(judged) > 0 and judged["cost"].notna().all() and judged["cost"].sum() > 0
    cost = float(judged["cost"].sum()) if whole else np.nan
    gain = np.nan if margin is None else margin
    row = {
        "kind": kind,
        "promotions": len(judged),
        "stores": stores,
        "days": days,
        "uplift": uplift,
        "standard_error": error,
        "extra_sales": extra,
        "extra_sales_error": extra_error,
        "cost": cost,
        "sales_per_cost": extra / cost,
        "return_on_spend": (gain * extra - cost) / cost,
        "return_error": gain * extra_error / cost,
    }
    by_return = np.isfinite(row["return_on_spend"])
    pair = ("return_on_spend", "return_error") if by_return else ("uplift", "standard_error")
    return row | {"verdict": _verdict(*(row[name] for name in pair))}


def _known_throughout(promotions, history):
    """Whether sales are known in every period that a promotion touches: only then is its cost set against them."""
    by = history.columns.name
    first = history.index.get_indexer(pd.PeriodIndex(promotions["from"], freq="D").asfreq(history.index.freq))
    last = history.index.get_indexer(pd.PeriodIndex(promotions["to"], freq="D").asfreq(history.index.freq))
    known = (history > 0).to_numpy()
    place = history.columns.get_indexer(promotions[by])
    return np.array(
        [a >= 0 and b >= a and bool(known[a : b + 1, c].all()) for a, b, c in zip(first, last, place)], dtype=bool
    )


def _verdict(value, error):
    if not np.isfinite(value):
        return "too_few"
    if abs(value) < 2 * error:
        return "cannot_tell"
    return "gain" if value > 0 else "loss"
