"""
Largest remainder for many amounts at once, exact in 64-bit integers.

A product of an amount and a weight needs up to 104 bits. Its quotient is taken in floating point, where it is at most
one or two off, and the remainder in integers modulo 2**64, where it is exact because it is small; the remainder then
mends the quotient.
"""

import numpy as np

LARGEST = 10**15  # amounts up to here have exact floats, with room for the quotient's error
MOST_PARTS = 64
_BITS = 54  # 64 weights below 2**54 add up to less than 2**60


def whole_weights(weights):
    """
    Weights as whole numbers in the same proportion, to 54 binary digits of the largest.

    Parameters
    ----------
    weights : ndarray, shape (..., k)
        Finite, at least 0; each row for itself.

    Returns
    -------
    ndarray, shape (..., k)
        int64 below 2**54; whole inputs below 2**53 keep their proportions exactly, what is above 0 stays above 0.

    Examples
    --------
    >>> whole_weights(np.array([1.0, 2.0, 0.0])) / 2**52
    array([1., 2., 0.])
    """
    weights = np.asarray(weights, dtype=float)
    _, exponent = np.frexp(weights.max(axis=-1, keepdims=True))
    grown = np.rint(np.ldexp(weights, _BITS - exponent))
    return np.where(weights > 0, np.maximum(grown, 1), 0).astype("int64")


def share_out(amounts, weights, unit=1):
    """
    Split each amount over its row of weights by largest remainder.

    Units left over go to the largest remainders, equal ones in the order of the row; what an amount holds beyond whole
    units goes to the largest weight, of equal ones the first. `exact.largest_remainder` is the same for one amount.

    Parameters
    ----------
    amounts : ndarray, shape (...)
        int64, 0 to 10**15.
    weights : ndarray, shape (..., k)
        int64, at least 0, each row adding up to less than 2**60; not all 0 unless the amount is 0. At most 64.
    unit : int or ndarray
        Rounding unit; an array goes with `amounts`.

    Returns
    -------
    ndarray, shape (..., k)
        int64; each row adds up to its amount.

    Raises
    ------
    ValueError
        If there are more than 64 parts.

    References
    ----------
    Balinski, M. L. and Young, H. P. (1982). Fair representation. Yale University Press. (Hamilton's method.)

    Examples
    --------
    >>> share_out(np.array([1000, 1234]), np.array([[1, 1, 1], [1, 2, 1]]), np.array([1, 100]))
    array([[334, 333, 333],
           [300, 634, 300]])
    """
    if weights.shape[-1] > MOST_PARTS:
        raise ValueError(f"an amount is split over at most {MOST_PARTS} parts, not {weights.shape[-1]}")
    units, beyond = np.divmod(amounts, unit)
    base = np.maximum(weights.sum(axis=-1), 1)[..., None]
    quotas = np.floor(units[..., None] * weights.astype(float) / base).astype("int64")
    remainders = units[..., None] * weights - quotas * base  # wraps around, and back
    steps, remainders = np.divmod(remainders, base)
    quotas += steps
    left = units - quotas.sum(axis=-1)
    order = np.argsort(-remainders, axis=-1, kind="stable")
    extra = np.zeros_like(quotas)
    np.put_along_axis(extra, order, (np.arange(weights.shape[-1]) < left[..., None]).astype("int64"), axis=-1)
    first = np.arange(weights.shape[-1]) == weights.argmax(axis=-1)[..., None]
    return (quotas + extra) * np.expand_dims(unit, -1) + first * beyond[..., None]
