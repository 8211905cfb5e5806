"""
Rent levels: one rent a zone from published figures.

Rents of single shops over distance, floor and frontage are in `rent_surface`; what a lease costs is in `leases`.
"""

import numpy as np
import pandas as pd

_GROUND = {"1", "1f", "f1", "l1", "ground", "g", "gf", "1层", "一层", "首层", "1楼", "一楼", "1층"}
_ALL = {"", "all", "whole", "全部", "整栋", "전체층"}
_RANK = {"ground": 0, "all": 1}
_OTHER = 2


def floor_group(floor):
    """
    Floors under one spelling.

    Parameters
    ----------
    floor : Series of str
        As written: `1F`, `1层`, `首层`, `B1` ...

    Returns
    -------
    Series of object
        `floor_group`: `ground`, `all` (the whole building), or the text in small letters; missing where it is missing.

    Examples
    --------
    >>> floor_group(pd.Series(["1F", "首层", "整栋", "B1"])).tolist()
    ['ground', 'ground', 'all', 'b1']
    """
    known = floor.notna()
    text = floor.astype(object).where(known, "").astype(str).str.strip().str.lower().astype(object)
    text = text.mask(text.isin(_GROUND), "ground").mask(text.isin(_ALL), "all")
    return text.where(known).rename("floor_group")


def zone_rent(zone_rents, *, min_sample=1):
    """
    One rent a zone: the latest period, the ground floor first.

    Parameters
    ----------
    zone_rents : DataFrame
        `zone_rents` table: `zone_id`, `rent_sqm_month` (money/m2/month, > 0); `floor`, `sample_size`, `period`.
    min_sample : float
        Leases below which a rent is marked as of `few` leases; such rows are used only where a zone has no better.

    Returns
    -------
    DataFrame, shape (n_zones,)
        By zone: `rent_sqm_month` (weighted by sample size where all sizes are known), `floor` (`ground`, `all` or
        `other`), `period`, `sample_size`, and `few` (bool). A zone without any rent above 0 is not in it.

    Examples
    --------
    >>> rents = pd.DataFrame({"zone_id": ["Z1", "Z1", "Z2"], "floor": ["1", "2", "2"],
    ...                       "rent_sqm_month": [300, 120, 80]})
    >>> zone_rent(rents)[["rent_sqm_month", "floor"]].to_numpy().tolist()
    [[300.0, 'ground'], [80.0, 'other']]
    """
    rows = zone_rents[_number(zone_rents, "rent_sqm_month") > 0].copy()
    sample = _number(rows, "sample_size")
    floor = floor_group(rows["floor"]).fillna("all") if "floor" in rows else pd.Series("all", rows.index)
    rows = rows.assign(
        few=(sample < min_sample),
        sample_size=sample,
        rank=floor.map(_RANK).fillna(_OTHER),
        period=rows["period"].fillna("").astype(str) if "period" in rows else "",
        weight=sample.where(sample.notna().groupby(rows["zone_id"]).transform("all"), 1.0),
    )
    for column, best in (("few", "min"), ("period", "max"), ("rank", "min")):
        rows = rows[rows[column] == rows.groupby("zone_id")[column].transform(best)]
    by_zone = rows.assign(money=rows["rent_sqm_month"] * rows["weight"]).groupby("zone_id")
    table = pd.DataFrame({"rent_sqm_month": by_zone["money"].sum() / by_zone["weight"].sum()})
    table["floor"] = by_zone["rank"].first().map({0: "ground", 1: "all", _OTHER: "other"})
    table["period"] = by_zone["period"].first()
    table["sample_size"] = by_zone["sample_size"].agg(lambda sizes: sizes.sum(skipna=False))
    table["few"] = by_zone["few"].first()
    return table


def _number(table, column):
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    return pd.to_numeric(table[column]).astype(float)
