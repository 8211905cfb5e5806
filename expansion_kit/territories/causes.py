"""
What stands in the way of a balanced plan: proven limits first, then what a search did not reach.

| cause | what it says | `value` | `limit` |
|---|---|---|---|
| `too_few_zones` | fewer zones that are free to start a territory than territories wanted | territories made | wanted |
| `locked_apart` | zones locked to a territory cannot be joined | pieces | 1 |
| `zone_too_large` | one zone alone is beyond the mean plus tolerance | its share of the mean, less 1 | tolerance |
| `locked_too_large` | so are the zones locked to one territory together | their share of the mean, less 1 | tolerance |
| `too_few_with_measure` | fewer zones have any of a measure than there are territories | zones | territories |
| `measure_alone` | no plan was found that balances a measure, even it alone | spread alone | tolerance |
| `measures_together` | a measure can be balanced alone, but was not with the others | spread together | tolerance |

The last two are findings of a search and prove nothing (`proven` is False).
"""

import numpy as np
import pandas as pd

_COLUMNS = ["cause", "territory_id", "zone_id", "measure", "value", "limit", "proven"]


def binding_causes(ground, sums, names, allowed, *, wanted, fixed, called, apart, alone):
    """
    Why a plan is not within its tolerances.

    Parameters
    ----------
    ground : Ground
    sums : ndarray, shape (k, m)
        Of each territory and measure in the plan.
    names : list of str, length m
        Of the measures.
    allowed : ndarray, shape (m,)
        Tolerances.
    wanted : int
        How many territories were asked for.
    fixed : ndarray of int, shape (n,)
        Territory of each fixed zone; -1 for all others.
    called : ndarray of object, shape (k,)
        Names of the territories.
    apart : dict of int to (int, bool)
        Territories whose locked zones are in pieces: how many, and whether that is proven.
    alone : dict of str to float
        Spread reached for a measure alone.

    Returns
    -------
    DataFrame
        `cause, territory_id, zone_id, measure, value, limit, proven`; one row a cause, none where nothing is amiss.
    """
    rows = []
    if len(sums) < wanted:
        rows.append(("too_few_zones", None, None, None, len(sums), wanted, True))
    for territory, (pieces, proven) in sorted(apart.items()):
        rows.append(("locked_apart", called[territory], None, None, pieces, 1, proven))
    spread = np.abs(sums / np.where(sums.mean(axis=0) > 0, sums.mean(axis=0), 1.0) - 1).max(axis=0)
    for which, name in enumerate(names):
        if spread[which] <= allowed[which] + 1e-9:
            continue
        amounts = ground.amounts[:, which] if which < ground.amounts.shape[1] else None
        found = [] if amounts is None else _proven(ground, amounts, name, allowed[which], wanted, fixed, called)
        rows += found or [_sought(name, float(spread[which]), float(allowed[which]), alone)]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.astype({"value": float, "limit": float, "proven": bool})


def _proven(ground, amounts, name, allowed, wanted, fixed, called):
    mean = amounts.sum() / wanted
    rows = []
    for zone in np.flatnonzero(amounts > mean * (1 + allowed) * (1 + 1e-12)):
        rows.append(("zone_too_large", None, ground.ids[zone], name, amounts[zone] / mean - 1, allowed, True))
    held = np.bincount(fixed[fixed >= 0], amounts[fixed >= 0], minlength=len(called))
    for territory in np.flatnonzero(held > mean * (1 + allowed) * (1 + 1e-12)):
        if amounts[fixed == territory].max() <= mean * (1 + allowed):
            rows.append(("locked_too_large", called[territory], None, name, held[territory] / mean - 1, allowed, True))
    if (amounts > 0).sum() < wanted:
        rows.append(("too_few_with_measure", None, None, name, (amounts > 0).sum(), wanted, True))
    return rows


def _sought(name, spread, allowed, alone):
    if alone.get(name, np.inf) <= allowed + 1e-9:
        return "measures_together", None, None, name, spread, allowed, False
    return "measure_alone", None, None, name, alone.get(name, spread), allowed, False
