"""Least squares of many series on one design at once; a missing value leaves its row out of that series only."""

import numpy as np


def fit_all(design, response, weights=None):
    """
    Weighted least squares of every column of the response on the same design.

    Parameters
    ----------
    design : array, shape (n_rows, n_columns)
    response : array, shape (n_rows, n_series)
        May hold missing values.
    weights : array, shape (n_rows,), optional
        At least 0.

    Returns
    -------
    coefficients : array, shape (n_columns, n_series)
        Missing where the known rows of a series cannot tell the columns apart.
    inverse : array, shape (n_series, n_columns, n_columns)
        Inverse of the weighted cross product of the design.

    Examples
    --------
    >>> coefficients, _ = fit_all([[1, 0], [1, 1], [1, 2]], [[1.0, 5.0], [3.0, np.nan], [5.0, np.nan]])
    >>> coefficients.round(9).tolist()
    [[1.0, nan], [2.0, nan]]
    """
    design, response = np.asarray(design, dtype=float), np.asarray(response, dtype=float)
    rows, width = design.shape
    known = np.isfinite(response)
    weight = known * (np.ones(rows) if weights is None else np.asarray(weights))[:, None]
    products = (design[:, :, None] * design[:, None, :]).reshape(rows, -1)
    cross = (products.T @ weight).T.reshape(-1, width, width)
    moments = (design.T @ (weight * np.where(known, response, 0))).T
    told_apart = np.linalg.matrix_rank(cross, rtol=1e-10, hermitian=True) == width
    inverse = np.full(cross.shape, np.nan)
    inverse[told_apart] = np.linalg.inv(cross[told_apart])
    return np.einsum("sij,sj->is", inverse, moments), inverse
