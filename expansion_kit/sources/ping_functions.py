"""
What an engine computes for pings a batch at a time: the H3 cell, whether a point lies in a shape, and the datum.

Spark takes this module to its workers by value: they need h3, numpy and shapely, and for a Chinese datum this package.
"""

from functools import lru_cache
from itertools import repeat

import numpy as np
import pandas as pd


def h3_cells(lon, lat, resolution):
    """
    The H3 cell of each point as a number.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        WGS-84, degrees.
    resolution : int

    Returns
    -------
    ndarray of int64, shape (n,)
        H3 ids; 0 where a point is nowhere on earth.

    Examples
    --------
    >>> [f"{cell:x}" for cell in h3_cells([-122.418307270836, 200.0], [37.7752702151959, 0.0], 9)]
    ['8928308280fffff', '0']
    """
    from h3.api.basic_int import latlng_to_cell

    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    known = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    cells = np.zeros(len(lon), dtype=np.int64)
    found = map(latlng_to_cell, lat[known].tolist(), lon[known].tolist(), repeat(int(resolution)))
    cells[known] = np.fromiter(found, dtype=np.int64, count=int(known.sum()))
    return cells


def in_shapes(shapes, lon, lat):
    """
    Whether each point lies in its shape or on its edge.

    Parameters
    ----------
    shapes : sequence of bytes, length n
        Well-known binary, WGS-84.
    lon, lat : array, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> from shapely import box, to_wkb
    >>> in_shapes([to_wkb(box(0, 0, 1, 1))] * 3, [0.5, 1.0, 1.5], [0.5, 0.5, 0.5]).tolist()
    [True, True, False]
    """
    import shapely

    number, different = pd.factorize(np.asarray(shapes, dtype=object))
    prepared = np.array([_prepared(bytes(shape)) for shape in different], dtype=object)
    return shapely.intersects_xy(prepared[number], np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))


def wgs84(lon, lat, datum):
    """
    Points of a Chinese map's datum in WGS-84.

    Parameters
    ----------
    lon, lat : array, shape (n,)
    datum : str
        `gcj02` or `bd09`.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
    """
    from expansion_kit import geo

    return geo.convert(lon, lat, datum, "wgs84")


@lru_cache(maxsize=10_000)
def _prepared(shape):
    import shapely

    shape = shapely.from_wkb(shape)
    shapely.prepare(shape)
    return shape
