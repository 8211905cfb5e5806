"""
One coherent forecast of a whole network: stores (or territories), what lies above them, and the range of a year.

The forecast is of the outlets that are there. Above stores, a node's own forecast is made from the history of those
that sold all along, and the younger ones are added as they are forecast themselves; otherwise the growth that openings
of the past brought would be carried on, and openings to come would be counted twice. Where only territories are known,
that growth is in their history and stays in the forecast.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.forecast import backtest, forecast
from expansion_kit.targets.forecasting.hierarchy import all_levels
from expansion_kit.targets.forecasting.intervals import conformal_width, few_years
from expansion_kit.targets.forecasting.ramps import open_share, young_stores
from expansion_kit.targets.forecasting.reconciliation import coherent_paths, error_scenarios, reconcile

ORIGINS = 11  # earlier moments at which the network is forecast as a whole
FEW = 40  # units that are tested at so many; of more, each is tested at fewer and has its own range
STEADY = 0.5  # of a node's sales must be of outlets that sold all along, else it has no forecast of its own
BOUNDS = ["sales_p10", "sales_p50", "sales_p90"]
NODE = ["level", "key"]


class NetworkForecast(NamedTuple):
    """What `network_forecast` gives. Nodes are (`level`, `key`), the network first; months are texts."""

    middle: pd.DataFrame  # nodes x months, money: sums agree
    paths: pd.DataFrame  # nodes x (origin, month), money: sums agree; no columns where the history is too short
    models: pd.DataFrame  # nodes with a forecast of their own: model, backtest_wape, seasonal_naive_wape, note
    widths: pd.DataFrame  # of each unit and month, low and high over the middle, where only that is known
    tested: pd.DataFrame  # backtest of the units, as `forecast.backtest` gives it


def network_forecast(history, tree, *, horizon, country=None, seed=0, stores=None, curve=None):
    """
    Forecast of the outlets that are there, adding up over territory, region and network.

    Parameters
    ----------
    history : DataFrame, shape (n_months, n_units)
        As `history.monthly_history` gives it, by store or by territory.
    tree : DataFrame, shape (n_units,)
        Index the units; `territory_id`, `region_id` where these levels are wanted (`hierarchy.tree_of`).
    horizon : int
        Months ahead.
    country, seed
        As for `forecast.forecast`.
    stores : DataFrame, optional
        Index `store_id`; `opened`, `closed` (days): a store stops on its closing day.
    curve : DataFrame, optional
        As `ramps.ramp` gives it: stores younger than 13 months are forecast along it.

    Returns
    -------
    NetworkForecast
        Reconciled by `wls_struct`. Units that ended are left out; there are no nodes where all did.

    Examples
    --------
    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": 100.0, "T2": 50.0}, months).rename_axis(columns="territory_id")
    >>> made = network_forecast(history, pd.DataFrame(index=["T1", "T2"]), horizon=2)
    >>> made.middle["2027-02"].round(6).tolist(), made.middle.index.get_level_values("level").tolist()
    ([150.0, 100.0, 50.0], ['network', 'territory', 'territory'])
    """
    history = history.sort_index(axis=1)  # the pooled model draws its examples in the order of the series
    by, how = history.columns.name, {"horizon": horizon, "country": country, "seed": seed}
    tested = backtest(history, origins=ORIGINS if history.shape[1] <= FEW else None, **how)
    said = forecast(history, tested=tested, **how)
    plain = _wide(said, by).dropna()
    if plain.empty:
        nothing = pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=NODE))
        return NetworkForecast(nothing, nothing, nothing, nothing, tested)
    live, tree = history[plain.index], tree.loc[plain.index]
    steady = live.columns[live.notna().all()] if by == "store_id" else live.columns
    above = _above(live, tree, steady)
    above_tested = backtest(above, origins=ORIGINS, **how) if len(above.columns) else tested[:0]
    above_said = forecast(above, tested=above_tested, **how) if len(above.columns) else said[:0]
    over = _wide(above_said, by)
    units = _adjusted(plain, live, above, over, stores, curve)
    nodes = all_levels(units, tree)
    # What the forecasts above leave out: outlets that did not sell all along, and what closes.
    rest = nodes - all_levels(plain.mul(plain.index.isin(steady), axis=0), tree)
    over = over.set_axis(_nodes(over.index))
    own = pd.concat([over + rest.loc[over.index], nodes.xs("store", level="level", drop_level=False)]).clip(lower=0)
    errors = pd.concat([_chosen(above_said, above_tested, by), _chosen(said, tested, by)], ignore_index=True)
    middle, paths = _summed(reconcile(own, tree), tree), _paths(own, tree, errors)
    models = pd.concat([_models(above_said, by), _models(said, by)])
    changed = units.index[(units != plain).any(axis=1)]
    models.loc[_nodes(changed), "model"] = "opening_ramp"
    low, high = (_wide(said, by, bound).reindex(plain.index) / plain for bound in ("sales_p10", "sales_p90"))
    widths = pd.concat({"low": low, "high": high}, axis=1).drop(index=changed)
    bottom = {"store": by.removesuffix("_id")}
    named = (table.rename(index=bottom, level="level") for table in (middle, paths, models))
    return NetworkForecast(*named, widths, tested)


def forecast_table(made):
    """
    Every node and month of a network forecast as a long table, with its 80 % range.

    Parameters
    ----------
    made : NetworkForecast

    Returns
    -------
    DataFrame
        `level`, `key`, `period`, `sales_p10`, `sales_p50`, `sales_p90` (money), `model`, `backtest_wape`,
        `seasonal_naive_wape` (of the node's own forecast, before the sums were made to agree), `interval_method`
        (`coherent_paths`; `own_backtest`: the range of the unit's own forecast around the coherent middle; `none`),
        `note` (codes as in `forecast`).

    Examples
    --------
    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": 100.0}, months).rename_axis(columns="territory_id")
    >>> forecast_table(network_forecast(history, pd.DataFrame(index=["T1"]), horizon=1))["sales_p50"].tolist()
    [100.0, 100.0]
    """
    if made.middle.empty:
        return pd.DataFrame(columns=[*NODE, "period", *BOUNDS, *made.models.columns, "interval_method"])
    columns = [_ranges(made, [month]).assign(period=month) for month in made.middle]
    table = pd.concat(columns).reset_index().sort_values([*NODE, "period"], key=_order(made), ignore_index=True)
    units = table["level"].eq(made.middle.index[-1][0]) & (len(made.middle) > FEW or table["sales_p10"].isna())
    place = pd.MultiIndex.from_frame(table.loc[units, ["key", "period"]])
    for bound, name in (("sales_p10", "low"), ("sales_p90", "high")):
        ratio = made.widths[name].stack(future_stack=True).reindex(place).to_numpy(float)
        table.loc[units, bound] = table.loc[units, "sales_p50"] * ratio
    table["interval_method"] = np.where(units, "own_backtest", "coherent_paths")
    table["interval_method"] = table["interval_method"].where(table["sales_p10"].notna(), "none")
    told = made.models.reindex(pd.MultiIndex.from_frame(table[NODE])).reset_index(drop=True)
    told = told.set_axis(table.index).assign(note=told["note"].fillna("").to_numpy())
    told["model"] = told["model"].fillna("sum")
    return table.join(told)[
        [*NODE, "period", *BOUNDS, "model", "backtest_wape", "seasonal_naive_wape", "interval_method", "note"]
    ].reset_index(drop=True)


def year_outlook(made, periods):
    """
    The sum of some months of each node, with its 80 % range: bounds of a sum, not a sum of bounds.

    Parameters
    ----------
    made : NetworkForecast
    periods : sequence of str
        Months of the forecast.

    Returns
    -------
    DataFrame
        Index (`level`, `key`): `sales_p10`, `sales_p50`, `sales_p90` (money); bounds missing where the history is too
        short to have been tested over so many months four times.

    Examples
    --------
    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": 100.0}, months).rename_axis(columns="territory_id")
    >>> made = network_forecast(history, pd.DataFrame(index=["T1"]), horizon=2)
    >>> year_outlook(made, ["2027-01", "2027-02"])["sales_p50"].tolist()
    [200.0, 200.0]
    """
    periods = list(periods)
    return _ranges(made, list(periods))


def _ranges(made, periods):
    """
    Range of the sum of some months: split conformal on the relative errors of the coherent paths.

    As wide above as below, since a dozen overlapping paths tell how far off the sum was, but not to which side; and
    widened as `intervals.few_years` says, since they tell of few separate years.
    """
    middle, width = made.middle[periods].sum(axis=1), pd.Series(np.nan, made.middle.index)
    if len(made.paths.columns):
        inside = made.paths.loc[:, made.paths.columns.get_level_values(1).isin(periods)]
        sums = inside.T.groupby(level=0).sum().T
        sizes = np.log((sums.where(sums > 0)).div(middle.where(middle > 0), axis=0))
        width = sizes.apply(lambda row: conformal_width(row) if row.notna().all() else np.nan, axis=1)
        width *= few_years(sizes.columns)
    bounds = dict(zip(BOUNDS, (middle * np.exp(-width), middle, middle * np.exp(width))))
    return pd.DataFrame(bounds).rename_axis(NODE)


def _order(made):
    """Nodes in the order of the tree, months in theirs."""
    rank = {name: place for place, name in enumerate(dict.fromkeys(made.middle.index.get_level_values("level")))}
    return lambda column: column.map(rank) if column.name == "level" else column


def _above(live, tree, steady):
    """Histories of the nodes above the units, of the outlets that sold all along; a column a node."""
    if not len(steady):
        return pd.DataFrame(index=live.index).rename_axis(columns=live.columns.name)
    sums = all_levels(live[steady].T, tree.loc[steady]).drop(index="store", level="level")
    recent = all_levels(live.tail(12).T.fillna(0.0), tree).sum(axis=1).reindex(sums.index)
    kept = sums[sums[live.index[-12:]].sum(axis=1) >= STEADY * recent].T
    kept.columns = pd.Index(["|".join(node) for node in kept.columns], name=live.columns.name)
    return kept


def _nodes(names):
    """Columns of `_above`, and units, as nodes."""
    pairs = [name.split("|", 1) if "|" in name else ("store", name) for name in names]
    return pd.MultiIndex.from_tuples(list(map(tuple, pairs)), names=NODE)


def _wide(said, by, value="sales_p50"):
    return said.pivot(index=by, columns="period", values=value).astype(float)


def _adjusted(plain, live, above, over, stores, curve):
    """Forecasts of the units, the young ones along the ramp, and nothing from a closing day on."""
    if stores is None:
        return plain
    units, whole = plain.copy(), "network|network"
    if curve is not None and whole in above:
        ahead = over.loc[whole].set_axis(pd.PeriodIndex(over.columns, freq="M"))
        index = pd.concat([above[whole], ahead]) / above[whole].mean()
        young = young_stores(live, stores, curve, index).T.dropna()
        units.loc[young.index] = young.to_numpy()
    known = stores.reindex(units.index)
    closing = known[["closed"]] if "closed" in known else pd.DataFrame(index=known.index)
    return units * open_share(closing, units.columns).to_numpy()


def _summed(own, tree):
    """All nodes as sums of the units."""
    return all_levels(own.xs("store", level="level"), tree)


def _chosen(said, tested, by):
    """Backtest of what was chosen for each series, by node."""
    model = said.drop_duplicates(by).set_index(by)["model"]
    rows = tested[tested["model"].eq(tested[by].map(model))]
    nodes = _nodes(rows[by])
    return rows.assign(level=nodes.get_level_values("level"), key=nodes.get_level_values("key"))


def _models(said, by):
    first = said.drop_duplicates(by)
    return first[["model", "backtest_wape", "seasonal_naive_wape", "note"]].set_axis(_nodes(first[by]))


def _paths(own, tree, errors):
    """Coherent paths; a unit that was not tested at a moment is given the error of what lies above it."""
    if errors.empty or not (errors["predicted"] > 0).all():
        return pd.DataFrame(index=all_levels(own.xs("store", level="level"), tree).index)
    ratio = errors.assign(ratio=errors["sales"] / errors["predicted"])
    wide = ratio.pivot(index=NODE, columns=["origin", "period"], values="ratio")
    wide = wide.reindex(own.index)
    for node in own.index:
        wide.loc[node] = wide.loc[node].fillna(_error_above(node, tree, wide))
    known = wide.stack(["origin", "period"], future_stack=True).dropna().rename("sales").reset_index()
    scenarios = error_scenarios(known.assign(predicted=1.0), own)
    if scenarios.empty:
        return pd.DataFrame(index=all_levels(own.xs("store", level="level"), tree).index)
    return _summed(coherent_paths(own, tree, scenarios), tree)


def _error_above(node, tree, wide):
    """Errors of the nearest node above that was tested."""
    level, key = node
    homes = (
        tree.loc[key] if level == "store" else tree[tree["territory_id"] == key].iloc[0] if level == "territory" else {}
    )
    ladder = [("territory", homes.get("territory_id")), ("region", homes.get("region_id")), ("network", "network")]
    above = [one for one in ladder if one in wide.index and one[0] != level]
    found = pd.Series(np.nan, wide.columns)
    for one in above:
        found = found.fillna(wide.loc[one])
    return found
