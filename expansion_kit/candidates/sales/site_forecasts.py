"""Sales of each candidate site by several roads: how each did on stores held out, its interval, and the road chosen."""

import numpy as np
import pandas as pd

from expansion_kit.candidates.sales.conformal import LEVEL, carried_level, conformal_interval
from expansion_kit.candidates.sales.validation import (
    FEWEST,
    LEAST_BLOCK,
    blocks,
    correlation_range,
    error_table,
    folds,
    held_out,
    random_folds,
)

BASELINES = ("brand_mean", "nearest_store")


def validated(roads, known, stores, *, size=None, splits=5, buffer=0.0, seed=0):
    """
    Each road tried on stores held out, at random and by blocks of the city.

    Parameters
    ----------
    roads : dict of function
        Roads and baselines by name, as from `sales_roads`.
    known : Series
        Money a month, by store.
    stores : GeoDataFrame
        Points in metres, by store_id.
    size : float, optional
        Metres, side of a block; where it is not given, the range over which errors of the random split are alike (the
        longest of the roads), and at least 2 km.
    splits, buffer, seed
        As in `validation`.

    Returns
    -------
    dict
        `errors` (DataFrame by `split`, `random` or `blocks`, and `road`), `range_m` and `block_m` (metres; missing
        where they cannot be told), `blocks` (number with known stores), `stores` (with known sales), `fold` (Series)
        and `held_out` (by road, as from `validation.held_out`, by blocks). With fewer than ten known stores or fewer
        than two blocks nothing is tried by them: these are empty.
    """
    known = known[known.gt(0) & known.index.isin(stores.index[stores.geometry.notna()])]
    empty = error_table(known.iloc[:0], {name: known.iloc[:0] for name in roads})
    checked = {"errors": empty, "range_m": np.nan, "block_m": np.nan, "blocks": 0, "stores": len(known)}
    checked |= {"fold": pd.Series(dtype="int64", name="fold"), "held_out": {}}
    tables = {"random": empty, "blocks": empty}
    if len(known) >= FEWEST:
        dealt = random_folds(known.index, splits=splits, seed=seed)
        told = {name: held_out(road, known, dealt)[0] for name, road in roads.items()}
        tables["random"] = error_table(known, told)
        off = [np.log(known / own) for name, own in told.items() if name not in BASELINES]
        reach = [correlation_range(stores, each) for each in off]
        checked["range_m"] = float(np.nanmax(reach)) if np.isfinite(reach).any() else np.nan
        checked["block_m"] = float(np.nanmax([LEAST_BLOCK, *reach])) if size is None else float(size)
        block = blocks(stores.loc[known.index], checked["block_m"])
        checked["blocks"], fold = block.nunique(), folds(block, splits=splits)
        if len(fold):
            points = {"points": stores, "buffer": buffer}
            checked["fold"] = fold
            checked["held_out"] = {name: held_out(road, known, fold, **points) for name, road in roads.items()}
            tables["blocks"] = error_table(known, {name: own for name, (own, *_) in checked["held_out"].items()})
    checked["errors"] = pd.concat(tables, names=["split"])
    return checked


def site_forecasts(roads, known, checked, *, level=LEVEL):
    """
    Sales of each site by each road, with the interval and whether the road may be used there.

    Parameters
    ----------
    roads : dict of function
        Roads by name, without the baselines.
    known : Series
        Money a month, by store.
    checked : dict
        As from `validated`.
    level : float
        Share of sites whose sales the interval is to hold; 0.8 from P10 to P90.

    Returns
    -------
    DataFrame
        By site and `road`: `sales_p50` (money a month), `sales_p10` and `sales_p90` (missing where the stores are too
        few; of another level than 0.8 they are its ends), `usable`, `reason` (a key of `sales_roads.REASONS`, or
        empty), `wape` (by blocks), `interval_n` (stores behind the interval), `level_carried` (the level they carry).
    """
    tables = {}
    for name, road in roads.items():
        _, at_sites = road(known, ())
        own, _, without = checked["held_out"].get(name, (pd.Series(dtype=float), None, pd.DataFrame()))
        off = np.log(known.reindex(own.index) / own).dropna()
        table = at_sites.rename(columns={"sales": "sales_p50"})
        bounds = conformal_interval(without.reindex(at_sites.index), off, checked["fold"], level=level)
        table["sales_p10"] = bounds["low"].clip(upper=table["sales_p50"])
        table["sales_p90"] = bounds["high"].clip(lower=table["sales_p50"])
        table["usable"] = table["reason"].eq("") & table["sales_p50"].notna()
        table["wape"] = checked["errors"]["wape"].get(("blocks", name), np.nan)
        table["interval_n"], table["level_carried"] = len(off), carried_level(len(off), level=level)
        tables[name] = table
    columns = ["sales_p10", "sales_p50", "sales_p90", "usable", "reason", "wape", "interval_n", "level_carried"]
    order = [(site, name) for site in next(iter(tables.values())).index for name in roads]
    found = pd.concat(tables, names=["road"]).swaplevel()
    return found.reindex(pd.MultiIndex.from_tuples(order, names=found.index.names))[columns]


def chosen_roads(forecasts):
    """
    For each site the usable road with the smallest error by blocks.

    Parameters
    ----------
    forecasts : DataFrame
        As from `site_forecasts`; of equal errors, and where no road was tried, the first road is taken.

    Returns
    -------
    DataFrame, one row a site
        `road`, `why` (`lowest_error`, `only_usable`, `not_tried`, `none`) and the road's columns; money missing where
        no road may be used.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["P1"], ["huff", "analogs"]], names=["site_id", "road"])
    >>> table = pd.DataFrame({"sales_p50": [8.0, 9.0], "usable": True, "wape": [0.3, 0.2]}, index=index)
    >>> chosen_roads(table)[["road", "why", "sales_p50"]].to_numpy().tolist()
    [['analogs', 'lowest_error', 9.0]]
    """
    rows = {}
    for site, each in forecasts.groupby(level=0, sort=False):
        each = each.droplevel(0)
        able = each[each["usable"]]
        if able.empty:
            rows[site] = {"road": "", "why": "none", "usable": False, "reason": each["reason"].iloc[0]}
            continue
        road = able["wape"].fillna(np.inf).idxmin()
        why = "not_tried" if np.isnan(able["wape"][road]) else "only_usable" if len(able) == 1 else "lowest_error"
        rows[site] = {"road": road, "why": why} | able.loc[road].to_dict()
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(forecasts.index.names[0])
    return table.reindex(columns=["road", "why", *forecasts.columns])


def interval_cover(road, known, checked, *, level=LEVEL):
    """
    Whether the intervals hold: those of each block of stores, made from the errors in the other blocks alone.

    Parameters
    ----------
    road, known
        As for `validation.held_out`.
    checked : dict
        As from `validated`.
    level : float
        As for `conformal_interval`.

    Returns
    -------
    Series of bool
        `inside`, by store; a store without an interval is left out.
    """
    fold = checked["fold"]
    inside = []
    for number in sorted(fold.unique()):
        held = fold.index[fold == number]
        rest = fold.drop(held)
        own, at_stores, _ = held_out(_without(road, held), known.drop(held), rest)
        off = np.log(known[own.index] / own)
        bounds = conformal_interval(at_stores.reindex(held), off, rest, level=level).dropna()
        inside.append(known[bounds.index].between(bounds["low"], bounds["high"]))
    return pd.concat(inside).rename("inside") if inside else pd.Series(dtype=bool, name="inside")


def _without(road, held):
    """A road that learns nothing of some stores more."""
    return lambda known, more: road(known, [*held, *more])


def chosen_gains(chosen, at_sites):
    """
    What the sales of the chosen road leave after what own stores lose.

    Parameters
    ----------
    chosen : DataFrame
        As from `chosen_roads`.
    at_sites : DataFrame
        As from `sales.site_sales`: `cannibalisation_rate`, which the Huff model tells whatever the level of the sales.

    Returns
    -------
    DataFrame
        By site, money a month: `transfer_loss` and `net_gain`, which add up to `sales_p50`.

    Examples
    --------
    >>> at_sites = pd.DataFrame({"cannibalisation_rate": [0.25]}, index=["P1"])
    >>> chosen_gains(pd.DataFrame({"sales_p50": [80.0]}, index=["P1"]), at_sites).loc["P1"].to_dict()
    {'transfer_loss': 20.0, 'net_gain': 60.0}
    """
    sales = chosen["sales_p50"].astype(float)
    loss = sales * at_sites["cannibalisation_rate"].reindex(chosen.index)
    return pd.DataFrame({"transfer_loss": loss, "net_gain": sales - loss})
