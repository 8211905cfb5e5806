"""A territory's annual target handed down to its stores."""

import pandas as pd

from expansion_kit.targets.allocation import split


def to_stores(annual, history, parents):
    """
    Annual targets of territories split over the stores that were selling at the end of the history, exactly.

    A store weighs as much as it sold in a mean month of the last twelve; a store open for a part of them is neither
    rewarded nor punished for that.

    Parameters
    ----------
    annual : Series
        Whole money units by territory.
    history : DataFrame
        Sales of the stores up to the end of the year before, as `history.monthly_history` gives it.
    parents : Series
        Territory of each store.

    Returns
    -------
    Series
        int64, index `store_id`; the stores of a territory add up to its target. A territory without a selling store has
        none.

    Examples
    --------
    >>> months = pd.period_range("2026-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"S1": 2.0, "S2": [None] * 6 + [1.0] * 6}, months)
    >>> to_stores(pd.Series({"T1": 300}), history, pd.Series({"S1": "T1", "S2": "T1"})).to_dict()
    {'S1': 200, 'S2': 100}
    """
    selling = history.columns[history.iloc[-1].notna()]
    weights = history[selling].tail(12).mean().clip(lower=0)
    owner = parents.reindex(selling)
    parts = [
        split(int(total), weights[owner == territory])
        for territory, total in annual.items()
        if weights[owner == territory].sum() > 0
    ]
    if not parts:
        return pd.Series(dtype="int64", index=pd.Index([], name="store_id"))
    return pd.concat(parts).sort_index().rename_axis("store_id")
