"""A territory's targets handed down to its stores, exactly."""

import numpy as np
import pandas as pd

from expansion_kit.targets.breakdown.calendars import calendar, day_weights, spans
from expansion_kit.targets.breakdown.periods import stacked
from expansion_kit.targets.breakdown.plan_rows import plan_rows
from expansion_kit.targets.breakdown.replanning import opening_amounts
from expansion_kit.targets.splitting.allocation import split
from expansion_kit.targets.splitting.apportionment import MOST_PARTS, share_out, whole_weights
from expansion_kit.targets.splitting.exact import listed

MOST_ROWS = 100_000  # about 14 MB of targets.csv; above it stores stand by month, quarter and year only
_COARSE = ("year", "quarter", "month")


def store_targets(plan, weights, parents, *, openings=None):
    """
    Rows of stores below the territories of a plan.

    Each month_week of a territory is split over its stores by largest remainder, in whole money units, with what each
    store is expected to sell in that month; so that stores add up to their territory in every period (and a store's
    year is within one unit a month_week of its share). What openings bring stays with them.

    Parameters
    ----------
    plan : DataFrame
        One metric of one year as `periods.breakdown` gives it, of territories; one or several tiers.
    weights : DataFrame, shape (n_stores, 12)
        Expected sales of the stores that are there (ramp and closures counted), by month of the plan year; money, at
        least 0. Of a month in which no store of a territory weighs anything its year counts, or all alike.
    parents : Series
        Territory of each store.
    openings : DataFrame, optional
        What `breakdown` was given: `territory_id`, `period`, `value`, `opening_date`, and `store_id` of each opening.

    Returns
    -------
    DataFrame
        The columns of `targets.csv` at level `store`; locks are on territories, none is here. Of more rows than
        `MOST_ROWS` only years, quarters and months, which month_weeks and weeks would make too many.

    Raises
    ------
    ValueError
        If a territory of the plan has no store, or a store no weights.

    Examples
    --------
    >>> from expansion_kit.targets.breakdown.periods import breakdown
    >>> plan = breakdown(pd.Series([900], pd.Index(["T1"], name="territory_id")), year=2027, plan_id="P1")
    >>> even = pd.DataFrame(1.0, ["S1", "S2"], [f"2027-{month:02}" for month in range(1, 13)])
    >>> rows = store_targets(plan, even, pd.Series("T1", even.index))
    >>> rows.loc[rows["period_type"] == "year", "value"].sum()
    np.int64(900)
    """
    year, (plan_id,) = int(plan["period"].iloc[0][:4]), plan["plan_id"].unique()
    cells = calendar(year)
    finest = plan[(plan["level"] == "territory") & (plan["period_type"] == "month_week")]
    amounts = finest.pivot(index=["territory_id", "tier", "metric"], columns="period", values="value")
    amounts = amounts[cells.index].astype("int64")
    brought = _brought(openings, cells, year)
    tables = []
    for (territory, tier, metric), row in amounts.iterrows():
        new = brought.get(territory, pd.DataFrame(0, [], cells.index, dtype="int64"))
        own = weights.reindex(sorted(parents.index[parents == territory]))
        if own.isna().to_numpy().any() or own.empty:
            raise ValueError(f"territory {territory} has no store with weights in each month: {listed(own.index)}")
        shares = _over_stores(row.to_numpy() - new.sum().to_numpy(), own[cells["month"]].T.to_numpy(float).clip(min=0))
        ids, values = [*own.index, *new.index], np.vstack([shares.T, new.to_numpy()])
        heads = pd.DataFrame({"store_id": ids}, dtype=object)
        tables.append((heads.assign(metric=metric, tier=tier, territory_id=territory, level="store"), values))
    heads, values = pd.concat([part for part, _ in tables], ignore_index=True), np.vstack([part for _, part in tables])
    periods = spans(cells)
    if len(heads) * len(periods) > MOST_ROWS:
        periods = periods[periods["period_type"].isin(_COARSE)]
    made = periods["period_type"].eq("month_week").map({True: "largest_remainder", False: "sum"}).to_numpy(object)
    return stacked([(heads, values, np.zeros((1, 1), bool), made[None, :])], periods, plan_id)


def _brought(openings, cells, year):
    """What each opening brings in each month_week, by territory."""
    if openings is None or openings.empty:
        return {}
    rows = plan_rows(openings.groupby("store_id")["value"].sum())
    amounts = pd.DataFrame(opening_amounts(openings, rows, cells, day_weights(year)), rows["store_id"], cells.index)
    homes = openings.drop_duplicates("store_id").set_index("store_id")["territory_id"]
    return dict(tuple(amounts.groupby(homes.reindex(amounts.index).to_numpy())))


def _over_stores(amounts, weights):
    """Each month_week (n_cells,) over the stores (n_cells, n_stores)."""
    whole = np.broadcast_to(weights.sum(axis=0), weights.shape)
    weights = np.where(weights.any(axis=1, keepdims=True), weights, whole if whole.any() else 1.0)
    if weights.shape[1] <= MOST_PARTS:
        return share_out(amounts, whole_weights(weights))
    starts = np.arange(0, weights.shape[1], -(-weights.shape[1] // MOST_PARTS))
    groups = _over_stores(amounts, np.add.reduceat(weights, starts, axis=1))
    parts = np.split(weights, starts[1:], axis=1)
    return np.hstack([_over_stores(groups[:, n], part) for n, part in enumerate(parts)])


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
