"""What changed between two dates: stores that opened, closed, moved or took another brand."""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.market.competition import trading

CHANGES = ("kept", "opened", "closed", "moved", "rebranded", "moved_rebranded")
NO_BRAND = "independent"


def store_changes(before, now, *, moved_m=50.0, same_place_m=30.0):
    """
    What became of each store between two dates.

    Stores are matched by id. What is left is matched by brand and place (an id that was given anew), then by place
    alone (another brand in the same premises); one store with one, the nearest first. Stores of no chain are matched by
    id only: two independents in one house need not be the same.

    Parameters
    ----------
    before, now : GeoDataFrame
        `stores_before` and `stores` in metres, by `store_id`, with `brand` (brands spelled in one way); `status` where
        there is one: only stores that are open (or say nothing) count as trading.
    moved_m : float
        Metres between the two positions of one id above which it has moved, rather than been measured anew.
    same_place_m : float
        Metres within which two stores stand in the same place.

    Returns
    -------
    DataFrame, one row a store
        `store_id_before`, `store_id`, `brand_before`, `brand` (missing where it was not, or is no longer, trading),
        `change` (one of `CHANGES`), `distance_m`, and `matched_by`: `id`, `brand and place`, `place` or `none`. Without
        an id that stays, a store that moved shows as one closed and one opened.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or an id stands in a table twice.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> before = gpd.GeoDataFrame({"brand": ["A", "B", "A"]}, geometry=gpd.points_from_xy([0, 900, 2000], [0, 0, 0]),
    ...                           index=["1", "2", "3"], crs=crs)
    >>> now = gpd.GeoDataFrame({"brand": ["A", "C", "B"]}, geometry=gpd.points_from_xy([300, 905, 5000], [0, 0, 0]),
    ...                        index=["1", "8", "9"], crs=crs)
    >>> store_changes(before, now)["change"].tolist()
    ['moved', 'rebranded', 'closed', 'opened']
    """
    geo.check_metres(before, now)
    for name, table in (("before", before), ("now", now)):
        if not table.index.is_unique:
            raise ValueError(f"store_id must be unique, but stands twice in the table of {name}")
    old, new = trading(before), trading(now)
    pairs = [(each, each, "id") for each in old.index.intersection(new.index)]
    for how, same_brand in (("brand and place", True), ("place", False)):
        left = old.index.difference([a for a, _, _ in pairs]), new.index.difference([b for _, b, _ in pairs])
        pairs += [(a, b, how) for a, b in _neighbours(old.loc[left[0]], new.loc[left[1]], same_place_m, same_brand)]
    gone = old.index.difference([a for a, _, _ in pairs])
    came = new.index.difference([b for _, b, _ in pairs])
    pairs += [(each, None, "none") for each in gone] + [(None, each, "none") for each in came]
    return _table(pairs, old, new, moved_m)


def changes_by_brand(changes):
    """
    The balance of each brand between two dates.

    Parameters
    ----------
    changes : DataFrame
        As from `store_changes`.

    Returns
    -------
    DataFrame, by brand, the largest first
        Stores: `before`, `opened`, `closed`, `taken_over` (from another brand), `given_up` (to another brand), `now` =
        before + opened - closed + taken_over - given_up, and `moved`, which does not count in it.

    Examples
    --------
    >>> changes = pd.DataFrame({"brand_before": ["A", "A", None], "brand": ["A", "B", "A"],
    ...                         "change": ["kept", "rebranded", "opened"]})
    >>> changes_by_brand(changes).loc["A", ["before", "opened", "given_up", "now"]].tolist()
    [2, 1, 1, 2]
    """
    other = changes["change"].isin(["rebranded", "moved_rebranded"])
    counts = {
        "before": changes["brand_before"],
        "opened": changes.loc[changes["change"] == "opened", "brand"],
        "closed": changes.loc[changes["change"] == "closed", "brand_before"],
        "taken_over": changes.loc[other, "brand"],
        "given_up": changes.loc[other, "brand_before"],
        "now": changes["brand"],
        "moved": changes.loc[changes["change"].isin(["moved", "moved_rebranded"]), "brand"],
    }
    table = pd.DataFrame({name: brands.value_counts() for name, brands in counts.items()}).fillna(0).astype(int)
    return table.rename_axis("brand").sort_index().sort_values("now", ascending=False, kind="stable")


def _neighbours(old, new, reach, same_brand):
    """Pairs of ids in the same place, one with one, the nearest first."""
    old, new = old[old["brand"] != NO_BRAND], new[new["brand"] != NO_BRAND]
    here, there = old.geometry.to_numpy(), new.geometry.to_numpy()
    at, to = shapely.STRtree(there).query(here, predicate="dwithin", distance=reach)
    if same_brand:
        alike = old["brand"].to_numpy()[at] == new["brand"].to_numpy()[to]
        at, to = at[alike], to[alike]
    used_old, used_new, pairs = set(), set(), []
    for k in np.argsort(shapely.distance(here[at], there[to]), kind="stable"):
        if at[k] not in used_old and to[k] not in used_new:
            used_old.add(at[k])
            used_new.add(to[k])
            pairs.append((old.index[at[k]], new.index[to[k]]))
    return sorted(pairs)


def _table(pairs, old, new, moved_m):
    table = pd.DataFrame(pairs, columns=["store_id_before", "store_id", "matched_by"], dtype=object)
    was, now = table["store_id_before"], table["store_id"]
    table["brand_before"], table["brand"] = _of(old["brand"], was), _of(new["brand"], now)
    table["distance_m"] = shapely.distance(_of(old.geometry, was), _of(new.geometry, now)).astype(float)
    far, other = table["distance_m"] > moved_m, table["brand_before"] != table["brand"]
    kinds = [now.isna(), was.isna(), far & other, far, other]
    names = ["closed", "opened", "moved_rebranded", "moved", "rebranded"]
    table["change"] = np.select(kinds, names, "kept")
    order = ["store_id_before", "store_id", "brand_before", "brand", "change", "distance_m", "matched_by"]
    return table[order]


def _of(column, ids):
    """Values of a column for ids, None where there is no id."""
    at = column.index.get_indexer(pd.Index(ids, dtype=object))
    values = np.append(np.asarray(column, dtype=object), None)
    return values[at]  # -1, not found, is the None at the end
