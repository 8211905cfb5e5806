"""
How good a Huff model is, beside what one would say without it: equal shares, and everybody at the nearest store.
"""

import numpy as np
import pandas as pd

from expansion_kit.market.attraction import demand_of


def sales_level(expected, known_sales):
    """
    Factor that brings modelled sales to the level of known ones, and how they compare then.

    Parameters
    ----------
    expected : Series
        Modelled sales by store, as from `expected_sales`.
    known_sales : Series
        Money of the same period, by store; missing where not known.

    Returns
    -------
    dict
        `level` (sum of known over sum of expected sales of the same stores); `stores_known`; `mape` (mean absolute
        error, as a share of the known sales), `wape` (sum of absolute errors over sum of known sales) and `r2`, all
        after the level.

    Raises
    ------
    ValueError
        If no store has known sales, or one is not among the expected or not above 0.

    Examples
    --------
    >>> sales_level(pd.Series({"S1": 100.0, "S2": 300.0, "S3": 50.0}), pd.Series({"S1": 60.0, "S2": 140.0}))
    {'level': 0.5, 'stores_known': 2, 'mape': 0.119, 'wape': 0.1, 'r2': 0.9375}
    """
    known = known_sales.dropna().astype(float)
    strange = known.index.difference(expected.index)
    if len(known) == 0 or len(strange):
        raise ValueError(
            f"no expected sales for store {strange[0]!r}" if len(strange) else "no store has known sales: shares only"
        )
    if not (known > 0).all():
        raise ValueError(f"known sales must be above 0, but are not of store {known.index[~(known > 0)][0]!r}")
    modelled = expected.reindex(known.index).to_numpy()
    level = known.sum() / modelled.sum()
    error, spread = modelled * level - known, known - known.mean()
    return {
        "level": float(level),
        "stores_known": len(known),
        "mape": round(float((error / known).abs().mean()), 4),
        "wape": round(float(error.abs().sum() / known.sum()), 4),
        "r2": round(float(1 - error @ error / (spread @ spread)), 4) if (spread != 0).any() else float("nan"),
    }


def goodness(shares, distance, *, observed=None, demand=None, known_sales=None):
    """
    Fit of shares to observed shares and of totals to known sales, beside two models that know nothing.

    Parameters
    ----------
    shares : DataFrame, shape (n_zones, n_stores)
        As from `huff_shares`; an `outside` column stays the same in all three models.
    distance : DataFrame, shape (n_zones, n_stores)
        What makes a store the nearest.
    observed : DataFrame, shape (n_zones, n_stores), optional
        Observed shares or counts of the stores (their rows are brought to the sum 1; a missing pair is one that nobody
        chose); zones without any are left out.
    demand : Series, optional
        Money a period, by zone.
    known_sales : Series, optional
        Money a period, by store; missing where not known.

    Returns
    -------
    DataFrame
        Rows `model`, `equal_share`, `nearest_store`; `r2_shares` (over pairs of zone and store), and of totals, each
        brought to the level of known sales first, `level`, `r2_totals`, `mape_totals`, `wape_totals`, `stores_known`;
        missing where there is nothing to compare with.

    Raises
    ------
    ValueError
        As `sales_level`, or if observed shares or distances lack a store.

    References
    ----------
    Wieland, T. (2017). Market area analysis for retail and service locations with MCI. The R Journal 9(1), 298-323.

    Examples
    --------
    >>> shares = pd.DataFrame({"S1": [0.8, 0.2], "S2": [0.2, 0.8]}, index=["Z1", "Z2"])
    >>> km = pd.DataFrame({"S1": [1.0, 2.0], "S2": [2.0, 1.0]}, index=["Z1", "Z2"])
    >>> goodness(shares, km, observed=shares * 50)["r2_shares"].round(4).to_dict()
    {'model': 1.0, 'equal_share': 0.0, 'nearest_store': 0.5556}
    """
    listed = shares.drop(columns="outside", errors="ignore")
    lines = distance.reindex(index=listed.index, columns=listed.columns).to_numpy(dtype=float)
    if np.isnan(lines).any():
        raise ValueError("distance lacks some of the zones and stores")
    inside = listed.sum(axis=1).to_numpy()[:, None]
    nearest = lines == lines.min(axis=1, keepdims=True)
    models = {
        "model": listed.to_numpy(),
        "equal_share": np.full(listed.shape, 1 / listed.shape[1]) * inside,
        "nearest_store": nearest / nearest.sum(axis=1, keepdims=True) * inside,
    }
    rows = {}
    for name, of in models.items():
        rows[name] = {"r2_shares": np.nan if observed is None else _r2_shares(of / inside, listed, observed)}
        if known_sales is not None:
            expected = pd.Series(demand_of(demand, listed.index) @ of, index=listed.columns)
            rows[name] |= {
                key if key in ("level", "stores_known") else f"{key}_totals": value
                for key, value in sales_level(expected, known_sales).items()
            }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")


def _r2_shares(modelled, listed, observed):
    if listed.columns.difference(observed.columns).size:
        raise ValueError(f"observed shares lack store {listed.columns.difference(observed.columns)[0]!r}")
    seen = np.nan_to_num(observed.reindex(index=listed.index, columns=listed.columns).to_numpy(dtype=float))
    known = seen.sum(axis=1) > 0
    seen = seen[known] / seen[known].sum(axis=1, keepdims=True)
    error, spread = seen - modelled[known], seen - seen.mean()
    return float(1 - np.sum(error**2) / np.sum(spread**2))
