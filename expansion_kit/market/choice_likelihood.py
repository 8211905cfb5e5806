"""
Likelihood of counted choices under the Huff model (conditional logit): value, score and curvature in one pass.

For the power and the exponential form ln U is linear in the parameters: the likelihood is concave and its curvature is
Newton's own. For the logistic form the expected curvature takes its place (Fisher's scoring).
"""

from types import SimpleNamespace

import numpy as np

BLOCK = 32_768  # pairs worked on at a time, in the cache


def prepare(distance, area, near, choices, form, names):
    """
    What the functions below need of the counts `(rows, columns, counts)`; a column after the last store is the outside.

    `names` are the parameters to estimate, `outside` by its logarithm; shapes: `distance` (n_zones, n_stores), `area`
    and `near` (competing destinations, or None) (n_stores,).
    """
    rows, columns, counts = choices
    return SimpleNamespace(
        form=form,
        names=names,
        line=np.log(distance) if form == "power" else distance,
        area=np.log(area),
        near=None if near is None else np.log(near),
        rows=rows,
        columns=columns,
        counts=counts,
        inside=columns < len(area),
        asked=np.bincount(rows, counts, minlength=len(distance)),
    )


def maximise(of, begin, max_iterations):
    """Newton's method from `begin` (by parameter) with halved steps; a dict of what it found and how."""
    at = dict(begin)
    value, score, curvature = evaluate(of, at)
    first, begun = value, curvature
    for iteration in range(max_iterations + 1):
        step = np.linalg.lstsq(curvature, score, rcond=1e-12)[0]
        left = float(score @ step)  # squared distance to the top, in standard errors
        if left < 1e-16 * max(1.0, -value) or iteration == max_iterations:
            break
        for _ in range(30):
            trial = _stepped(of, at, step)
            found = evaluate(of, trial)
            if found[0] >= value - 1e-12 * abs(value):
                break
            step = step / 2
        else:
            break
        at, (value, score, curvature) = trial, found
    return {
        "values": {name: at[name] for name in of.names},
        "converged": bool(left < 1e-12 * max(1.0, -value)),
        "iterations": iteration,
        "gradient": float(np.sqrt(max(left, 0.0))),
        "log_likelihood": float(value),
        "log_likelihood_start": float(first),
        "curvature": curvature,
        "curvature_start": begun,
        "scores": _scores(of, at),
    }


def _stepped(of, at, step):
    """Parameters one step on; outside moves by its logarithm."""
    moved = dict(at)
    for name, by in zip(of.names, step):
        moved[name] = at[name] * np.exp(np.clip(by, -5, 5)) if name == "outside" else at[name] + by
    return moved


def evaluate(of, values):
    """Log-likelihood, score (K,) and curvature (K, K) at given parameters."""
    value, score, curvature = 0.0, np.zeros(len(of.names)), np.zeros((len(of.names),) * 2)
    for rows in blocks(of):
        share, beside, log_total, features = block(of, rows, values)
        weight = of.asked[rows]
        mean = means(of, share, beside, features)
        value -= weight @ log_total
        score -= weight @ mean
        curvature += _second(of, share, beside, features, weight) - (mean.T * weight) @ mean
    chosen = _of_choices(of, values)
    value += of.counts @ chosen[0]
    return value, score + chosen[1].T @ of.counts, curvature


def _scores(of, values):
    """Score of each zone, shape (n_zones, K)."""
    each = _of_choices(of, values)[1] * of.counts[:, None]
    sums = [np.bincount(of.rows, column, minlength=len(of.asked)) for column in each.T]
    for rows in blocks(of):
        share, beside, _, features = block(of, rows, values)
        expected = means(of, share, beside, features) * of.asked[rows][:, None]
        for k, total in enumerate(sums):
            total[rows] -= expected[:, k]
    return np.stack(sums, axis=1)


def spread(of):
    """Curvature that each parameter would have if what it multiplies had a spread of a tenth."""
    return np.full(len(of.names), of.asked.sum() * 1e-2)


def blocks(of):
    step = max(1, BLOCK // max(1, len(of.area)))
    return [slice(low, low + step) for low in range(0, len(of.line), step)]


def block(of, rows, values):
    """Shares of some zones, of the outside, ln of the sum of pulls, and what each parameter multiplies."""
    everywhere, effect, features = _terms(of, of.line[rows], values, slice(None))
    pull = np.add(effect, everywhere, out=effect)
    top = pull.max(axis=1)
    log_outside = np.log(values["outside"]) if values["outside"] > 0 else -np.inf
    np.maximum(top, log_outside, out=top)
    np.exp(np.subtract(pull, top[:, None], out=pull), out=pull)
    beside = np.exp(log_outside - top)
    total = pull.sum(axis=1) + beside
    pull /= total[:, None]
    return pull, beside / total, top + np.log(total), features


def _terms(of, line, values, columns):
    """ln of what stores have everywhere, ln f of distance (an own array), and the derivatives by name."""
    decay, area = values["decay"], of.area[columns]
    everywhere, features = values["alpha"] * area, {"alpha": area}
    if of.near is not None:
        features["competition"] = of.near[columns]
        everywhere = everywhere + values["competition"] * of.near[columns]
    if of.form != "logistic":
        return everywhere, -decay * line, features | {"decay": -1.0 * line}
    beyond = line - values["midpoint"]
    effect = -np.logaddexp(0.0, decay * beyond)
    falling = -np.expm1(effect)  # 1 - f
    return everywhere, effect, features | {"decay": -beyond * falling, "midpoint": decay * falling}


def _of_choices(of, values):
    """ln U of each count's pair, shape (n,), and its derivatives, shape (n, K)."""
    ln_pull, slopes = np.zeros(len(of.counts)), np.zeros((len(of.counts), len(of.names)))
    rows, columns = of.rows[of.inside], of.columns[of.inside]
    everywhere, effect, features = _terms(of, of.line[rows, columns], values, columns)
    ln_pull[of.inside] = everywhere + effect
    if values["outside"] > 0:
        ln_pull[~of.inside] = np.log(values["outside"])
    for k, name in enumerate(of.names):
        if name == "outside":
            slopes[~of.inside, k] = 1.0
        else:
            slopes[of.inside, k] = features[name]
    return ln_pull, slopes


def means(of, share, beside, features):
    """Expected derivative of each zone, shape (n_zones, K)."""
    return np.stack([beside if name == "outside" else _mean(share, features[name]) for name in of.names], axis=1)


def _second(of, share, beside, features, weight):
    """Sum over zones of the expected products of derivatives, shape (K, K)."""
    sums = np.zeros((len(of.names),) * 2)
    weighted = share * weight[:, None]
    for k, name in enumerate(of.names):
        if name == "outside":
            sums[k, k] = weight @ beside
            continue
        times = weighted * features[name]
        for other in range(k, len(of.names)):
            if of.names[other] != "outside":
                sums[k, other] = sums[other, k] = _total(times, features[of.names[other]])
    return sums


def _mean(share, feature):
    """Of each row; a feature may be of the store alone, shape (n_stores,)."""
    return share @ feature if feature.ndim == 1 else np.einsum("ij,ij->i", share, feature)


def _total(weighted, feature):
    return float(weighted.sum(axis=0) @ feature if feature.ndim == 1 else np.vdot(weighted, feature))
