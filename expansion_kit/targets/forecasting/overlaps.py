"""Overlapping categories: a total and its parts in one table would count twice; they are recognised by their sums."""

import numpy as np
import pandas as pd


def overlapping_totals(table, *, tolerance=1e-3):
    """
    Categories that are the sum of others.

    Each category is tried, from the smallest, as a sum of smaller ones that are no sums themselves (non-negative least
    squares, weights rounded to 0 or 1, then checked on every row).

    Parameters
    ----------
    table : DataFrame
        One row a period, or area and period; one column a category; money, missing where not known.
    tolerance : float
        Largest difference allowed, as a share of the total's mean: published figures are rounded.

    Returns
    -------
    DataFrame
        `total`, `part`: one row a pair; empty where no category is the sum of others.

    Examples
    --------
    >>> table = pd.DataFrame({"food": [3.0, 5, 4], "cafes": [1.0, 2, 1], "takeaway": [2.0, 3, 3], "books": [9.0, 8, 7]})
    >>> overlapping_totals(table).values.tolist()
    [['food', 'cafes'], ['food', 'takeaway']]
    """
    values = table.astype(float)
    order = values.mean().sort_values(kind="stable").index
    leaves, found = [], []
    for name in order:
        parts = _parts(values[name], values[leaves], tolerance)
        if parts:
            found += [(name, part) for part in parts]
        elif values[name].mean() > 0:
            leaves.append(name)
    return pd.DataFrame(found, columns=["total", "part"], dtype=object)


def refuse_double_counting(table, *, tolerance=1e-3):
    """
    The sum of the categories, once it is sure that none of them is the sum of others.

    Parameters
    ----------
    table : DataFrame
        As for `overlapping_totals`.
    tolerance : float
        As for `overlapping_totals`.

    Returns
    -------
    Series
        Named `sales`, on the rows of `table`; missing where a category is.

    Raises
    ------
    ValueError
        If a category is the sum of others: all of them named with their parts.

    Examples
    --------
    >>> refuse_double_counting(pd.DataFrame({"tea": [1.0, 5], "books": [2.0, 4]})).tolist()
    [3.0, 9.0]
    """
    found = overlapping_totals(table, tolerance=tolerance)
    if len(found):
        named = [f"{total} = {' + '.join(parts)}" for total, parts in found.groupby("total", sort=False)["part"]]
        raise ValueError(f"categories would be counted twice, keep the totals or their parts: {'; '.join(named)}")
    return table.sum(axis=1, min_count=table.shape[1]).rename("sales")


def _parts(total, others, tolerance):
    """The other categories whose sum a category is; empty when it is none."""
    from scipy.optimize import nnls

    excess = others.sub(total, axis=0) > tolerance * total.mean()
    smaller = others.columns[~excess.any()]
    rows = total.notna() & others[smaller].notna().all(axis=1)
    if len(smaller) < 2 or rows.sum() <= len(smaller):
        return []
    weights, _ = nnls(others.loc[rows, smaller].to_numpy(), total[rows].to_numpy())
    parts = smaller[weights > 0.5]
    if len(parts) < 2:
        return []
    known = total.notna() & others[parts].notna().all(axis=1)
    gap = (total - others[parts].sum(axis=1))[known].abs().max()
    return list(parts) if gap <= tolerance * np.abs(total.mean()) else []
