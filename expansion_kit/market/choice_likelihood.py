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
    line = np.log(distance) if form == "power" else np.array(distance, dtype=float)
    if form != "logistic":
        np.negative(line, out=line)
    of = SimpleNamespace(
        form=form,
        names=names,
        line=line,
        reach=(line.min(), line.max()),
        area=np.log(area),
        near=None if near is None else np.log(near),
        rows=rows,
        columns=columns,
        counts=counts,
        inside=columns < len(area),
        asked=np.bincount(rows, counts, minlength=len(distance)),
    )
    of.seen = None if form == "logistic" else _seen(of)
    return of


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
        "values": at,
        "converged": bool(left < 1e-12 * max(1.0, -value)),
        "iterations": iteration,
        "gradient": float(np.sqrt(max(left, 0.0))),
        "log_likelihood": float(value),
        "log_likelihood_start": float(first),
        "curvature": curvature,
        "curvature_start": begun,
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
        pull, beside, log_total, features = block(of, rows, values, of.asked[rows])
        expected, products = moments(of, pull, beside, features)
        value -= of.asked[rows] @ log_total
        score -= expected.sum(axis=0)
        curvature += products - (expected / np.maximum(of.asked[rows], 1e-300)[:, None]).T @ expected
    if of.seen is None:
        ln_pull, slopes = _of_choices(of, values)
        return value + of.counts @ ln_pull, score + slopes.T @ of.counts, curvature
    now = {name: values[name] for name in of.seen if name != "outside"}
    now |= {"outside": np.log(values["outside"])} if values["outside"] > 0 else {}
    value += sum(of.seen[name] * now[name] for name in now)
    return value, score + np.array([of.seen[name] for name in of.names]), curvature


def _seen(of):
    """Sums over the choices of what each parameter multiplies: all that a linear form needs of them."""
    inside = of.inside
    stores = np.bincount(of.columns[inside], of.counts[inside], minlength=len(of.area))
    sums = {
        "alpha": stores @ of.area,
        "decay": of.counts[inside] @ of.line[of.rows[inside], of.columns[inside]],
        "outside": of.counts[~inside].sum(),
    }
    return sums if of.near is None else sums | {"competition": stores @ of.near}


def scores(of, values):
    """Score of each zone, shape (n_zones, K)."""
    each = _of_choices(of, values)[1] * of.counts[:, None]
    sums = [np.bincount(of.rows, column, minlength=len(of.asked)) for column in each.T]
    for rows in blocks(of):
        pull, beside, _, features = block(of, rows, values, of.asked[rows])
        expected, _ = moments(of, pull, beside, features)
        for k, total in enumerate(sums):
            total[rows] -= expected[:, k]
    return np.stack(sums, axis=1)


def spread(of):
    """Curvature that each parameter would have if what it multiplies had a spread of a tenth."""
    return np.full(len(of.names), of.asked.sum() * 1e-2)


def blocks(of):
    step = max(1, BLOCK // max(1, len(of.area)))
    return [slice(low, low + step) for low in range(0, len(of.line), step)]


def block(of, rows, values, weight):
    """
    Of some zones: shares of the stores and of the outside times `weight`, ln of the sum of pulls, and what each
    parameter multiplies.
    """
    everywhere, effect, features = _terms(of, of.line[rows], values, slice(None))
    log_outside = np.log(values["outside"]) if values["outside"] > 0 else -np.inf
    top = _bound(of, values, everywhere, log_outside)
    if top is None:
        pull = np.add(effect, everywhere, out=effect)
        top = np.maximum(pull.max(axis=1), log_outside)
        pull -= top[:, None]
    else:
        pull = np.add(effect, everywhere - top, out=effect)
    np.exp(pull, out=pull)
    beside = np.exp(log_outside - top)
    total = pull.sum(axis=1) + beside
    each = weight / total
    pull *= each[:, None]
    return pull, beside * each, top + np.log(total), features


def _bound(of, values, everywhere, log_outside):
    """A number that all ln U of a linear form come so near that none of them is lost, or None."""
    if of.form == "logistic":
        return None
    ends = np.multiply(values["decay"], of.reach)
    high, low = max(everywhere.max() + ends.max(), log_outside), everywhere.min() + ends.min()
    return high if high - low < 600 else None


def _terms(of, line, values, columns):
    """ln of what stores have everywhere, ln f of distance (an own array), and the derivatives by name."""
    decay, area = values["decay"], of.area[columns]
    everywhere, features = values["alpha"] * area, {"alpha": area}
    if of.near is not None:
        features["competition"] = of.near[columns]
        everywhere = everywhere + values["competition"] * of.near[columns]
    if of.form != "logistic":
        return everywhere, decay * line, features | {"decay": line}
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


def moments(of, weighted, beside, features):
    """
    Weighted sums of the derivatives by zone, shape (n_zones, K), and of their products, shape (K, K).

    `weighted` and `beside` are shares times the weight of the zone, as from `block`.
    """
    size = len(of.names)
    sums, products = np.zeros((len(weighted), size)), np.zeros((size, size))
    stores = weighted.sum(axis=0)
    for k, name in enumerate(of.names):
        if name == "outside":
            sums[:, k], products[k, k] = beside, beside.sum()
            continue
        one = features[name]
        times = weighted * one if one.ndim == 2 else None
        sums[:, k] = weighted @ one if times is None else times.sum(axis=1)
        by_store = stores * one if times is None else times.sum(axis=0)
        for other in range(size):
            two = features.get(of.names[other])
            if two is not None and (two.ndim == 1 or (times is not None and other >= k)):
                products[k, other] = by_store @ two if two.ndim == 1 else np.vdot(times, two)
                products[other, k] = products[k, other]
    return sums, products
