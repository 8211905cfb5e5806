"""
The family of targets: metrics around sales. Money is split; rates are derived from sums, so that parts and means agree.

`METRICS` is the list of metrics and how each adds up: a `flow` over time and territories, a `level` (what stands at the
end of a period) over territories only, a `rate` not at all.
"""

from math import fsum

import pandas as pd

from expansion_kit.targets.breakdown.periods import COLUMNS
from expansion_kit.targets.splitting.allocation import split
from expansion_kit.targets.splitting.exact import listed, whole_number

METRICS = {
    "sales": "flow",
    "openings": "flow",
    "expense": "flow",
    "expense_rate": "rate",
    "receivable": "flow",
    "collected": "flow",
    "collection_rate": "rate",
    "goods_on_credit": "level",
    "coverage": "rate",
    "share": "rate",
}
RATES = {
    "expense_rate": ("expense", "sales"),
    "collection_rate": ("collected", "receivable"),
    "coverage": ("covered", "coverable"),
    "share": ("sales", "market"),
}
HOW = METRICS | {"covered": "level", "coverable": "level", "market": "flow"}  # those that only stand under a rate, too


def amounts(base, rate, *, metric, total=None, unit=1, locks=None):
    """
    Money that goes with a base: due of sales, collected of due, goods on credit of sales.

    Parameters
    ----------
    base : Series, shape (n_cells,)
        Money by (`territory_id`, `period`) or by key.
    rate : float or Series
        Share of the base; one for all, or by territory (the first level of the index), or by cell.
    metric : str
        What the result is called.
    total : int, optional
        Whole money units; without it the sum of rate times base, rounded to the rounding unit.
    unit : int
        Rounding unit.
    locks : dict, optional
        Whole money units by cell, as `money_locks` gives them; kept.

    Returns
    -------
    Series, shape (n_cells,)
        Named `metric`, int64 on the index of `base`; adds up to the total exactly.

    Raises
    ------
    ValueError
        If a base or rate is missing or negative, or locks cannot be kept (with what binds).

    Examples
    --------
    Goods on credit of a fifth of sales:

    >>> sales = pd.Series([250_000, 100_000], pd.MultiIndex.from_product([["T1"], ["2027-10", "2027-11"]]))
    >>> amounts(sales, 0.2, metric="goods_on_credit").tolist()
    [50000, 20000]
    """
    cells = base.astype(float) * by_cell(rate, base.index)
    bad = cells.index[~(cells >= 0)]
    if len(bad):
        raise ValueError(f"base and rate must be known and at least 0, but are not for {listed(bad)}")
    return exact_cells(cells, total=total, unit=unit, locks=locks).rename(metric)


def money_locks(locks, money, *, metric):
    """
    What is locked of an amount by month, and of the rate above which it stands.

    Parameters
    ----------
    locks : DataFrame
        `territory_id`, `period`, `metric`, `value`; of other metrics and periods nothing is taken.
    money : DataFrame
        Index (`territory_id`, `period`); for a locked rate the column it is a share of.
    metric : str
        `expense`, `collected` ...

    Returns
    -------
    dict
        `{(territory_id, period): value}` in whole money units; a locked rate is turned into money of its month.

    Raises
    ------
    ValueError
        If amount and rate of one cell are both locked, a cell is locked twice, or an amount is not whole.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("T5", "2027-02")], names=["territory_id", "period"])
    >>> row = {"territory_id": ["T5"], "period": ["2027-02"], "metric": ["expense_rate"], "value": [0.08]}
    >>> money_locks(pd.DataFrame(row), pd.DataFrame({"sales": [1_000_000]}, index), metric="expense")
    {('T5', '2027-02'): 80000}
    """
    over = {name: below for name, (above, below) in RATES.items() if above == metric and name != "share"}
    held = {}
    for row in locks.itertuples():
        cell = row.territory_id, row.period
        if cell not in money.index or (row.metric != metric and row.metric not in over):
            continue
        if cell in held:
            raise ValueError(f"{metric} of {cell[0]} in {cell[1]} is locked twice")
        value = round(row.value * money.loc[cell, over[row.metric]]) if row.metric in over else row.value
        held[cell] = whole_number(value, f"the lock of {metric} of {cell[0]} in {cell[1]}")
    return held


def exact_cells(cells, *, total=None, unit=1, locks=None):
    """
    Whole amounts in proportion to amounts that are not whole.

    Parameters
    ----------
    cells : Series
        Money before rounding, at least 0; distinct keys.
    total : int, optional
        Whole money units; without it the locks and what the free cells come to, rounded to the rounding unit.
    unit : int
    locks : dict, optional
        Whole money units by key.

    Returns
    -------
    Series
        int64 on the index of `cells`, adding up to the total.

    Examples
    --------
    >>> exact_cells(pd.Series([10.4, 10.4, 10.4])).tolist()
    [11, 10, 10]
    """
    locks = dict(locks or {})
    if total is None:
        free = fsum(value for key, value in cells.items() if key not in locks)
        total = sum(locks.values()) + round(free / unit) * unit
    total = whole_number(total, "total")
    if total == 0 and not locks:
        return pd.Series(0, cells.index, dtype="int64")
    return split(total, cells, unit=unit, locks=locks)


def rates(money):
    """
    Every rate whose two parts are there.

    Parameters
    ----------
    money : DataFrame
        Columns among `sales`, `expense`, `receivable`, `collected`, and, for coverage and share, `covered` and
        `coverable` (zones, outlets or households: say which) and `market` (money all brands sell).

    Returns
    -------
    DataFrame
        On the index of `money`: `expense_rate` (expense over sales), `collection_rate` (collected over due), `coverage`
        (covered over coverable), `share` (sales over market), as far as there; missing where the divisor is 0.

    Examples
    --------
    >>> rates(pd.DataFrame({"sales": [250_000], "expense": [20_000]}))["expense_rate"].tolist()
    [0.08]
    """
    table = pd.DataFrame(index=money.index)
    for name, (above, below) in RATES.items():
        if above in money and below in money:
            table[name] = money[above] / money[below].where(money[below] > 0)
    return table


def summed(money, by):
    """
    Money of groups: flows added up, levels added over territories and taken from the last month.

    Parameters
    ----------
    money : DataFrame
        Index (`territory_id`, `period`), period a month; columns of flows and levels.
    by : DataFrame
        On the same index: the groups' ids; rows of one group are one row of the result.

    Returns
    -------
    DataFrame
        Index = the ids of `by`; the columns of `money`; missing where a part is.

    Raises
    ------
    ValueError
        If a column is a rate or unknown.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["T1"], ["2027-01", "2027-02"]], names=["territory_id", "period"])
    >>> money = pd.DataFrame({"sales": [5, 7], "goods_on_credit": [2, 3]}, index)
    >>> summed(money, pd.DataFrame({"year": "2027"}, index)).loc["2027"].tolist()
    [12, 3]
    """
    wrong = [name for name in money if HOW.get(name, "rate") == "rate"]
    if wrong:
        raise ValueError(f"rates are derived, not summed; nor is what is unknown: {listed(wrong)}")
    ids = [by[name] for name in by]
    month = money.index.get_level_values("period")
    last = pd.Series(month, money.index).groupby(ids).transform("max") == month
    parts = {}
    for name in money:
        values = money[name].where(last, 0) if HOW[name] == "level" else money[name]
        whole = values.notna().groupby(ids).all()
        parts[name] = values.groupby(ids).sum() if whole.all() else values.groupby(ids).sum().where(whole)
    return pd.DataFrame(parts)


def family(money, *, plan_id, tier="base", method="given"):
    """
    Targets of all metrics: months, quarters and the year of territories and of the network.

    Parameters
    ----------
    money : DataFrame
        Index (`territory_id`, `period`), all months of one year for each territory; columns as in `rates`, and
        `openings`, `goods_on_credit`.
    plan_id, tier : str
    method : str or dict
        How the months of territories came about; one for all, or by metric.

    Returns
    -------
    DataFrame
        Columns of `targets.csv` (`periods.COLUMNS`): rows of the metrics of `METRICS` that are there; a rate is derived
        at every level from the sums (`method` is `derived`), a flow of a quarter, a year and the network is a sum
        (`sum`), a level is that of the last month (`end_of_period`).

    Raises
    ------
    ValueError
        If a month is missing or stands twice, or a column is unknown.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["T1"], [f"2027-{month:02}" for month in range(1, 13)]])
    >>> money = pd.DataFrame({"sales": 250_000, "expense": 20_000}, index.set_names(["territory_id", "period"]))
    >>> targets = family(money, plan_id="P1")
    >>> targets.query("period == '2027' and level == 'network'")[["metric", "value"]].values.tolist()
    [['sales', 3000000.0], ['expense', 240000.0], ['expense_rate', 0.08]]
    """
    _check_months(money)
    month = money.index.get_level_values("period")
    quarter = [f"{text[:4]}-Q{(int(text[5:]) + 2) // 3}" for text in month]
    periods = {"year": month.str[:4], "quarter": quarter, "month": month}
    tables = []
    for level in ("network", "territory"):
        for kind, period in periods.items():
            by = pd.DataFrame({"period": period}, money.index)
            by.insert(0, "territory_id", "" if level == "network" else money.index.get_level_values("territory_id"))
            sums = summed(money, by)
            wide = pd.concat([sums, rates(sums)], axis=1)
            rows = wide[[name for name in METRICS if name in wide]].melt(
                var_name="metric", value_name="value", ignore_index=False
            )
            tables.append(rows.reset_index().assign(level=level, period_type=kind))
    table = pd.concat(tables, ignore_index=True)
    first = table["level"].eq("territory") & table["period_type"].eq("month")
    given = table["metric"].map(method if isinstance(method, dict) else dict.fromkeys(METRICS, method))
    table["method"] = given.where(first, "sum").mask(_late(table), "end_of_period")
    table["method"] = table["method"].mask(table["metric"].isin(RATES), "derived")
    table["territory_id"] = table["territory_id"].where(table["level"] == "territory", None)
    return _dated(table).assign(plan_id=plan_id, store_id=None, tier=tier, locked=False)[list(COLUMNS)]


def _late(table):
    return table["metric"].map(METRICS).eq("level") & table["period_type"].ne("month")


def _dated(table):
    """With the first and last day of each period, and its days."""
    ends = {"year": "Y", "quarter": "Q", "month": "M"}
    spans = table[["period_type", "period"]].drop_duplicates()
    every = [pd.Period(text.replace("-Q", "Q"), ends[kind]) for kind, text in spans.itertuples(index=False)]
    spans["period_start"] = [span.start_time for span in every]
    spans["period_end"] = [span.end_time.normalize() for span in every]
    spans["days"] = (spans["period_end"] - spans["period_start"]).dt.days + 1
    return table.merge(spans, how="left", on=["period_type", "period"])


def _check_months(money):
    if list(money.index.names) != ["territory_id", "period"] or not money.index.is_unique:
        raise ValueError("money must have the index (territory_id, period), each pair once")
    unknown = [name for name in money if name not in HOW or HOW[name] == "rate"]
    if unknown:
        raise ValueError(f"these are no amounts (rates are derived): {listed(unknown)}")
    months = money.index.get_level_values("period")
    year = sorted(set(months.str[:4]))
    every = {f"{year[0]}-{month:02}" for month in range(1, 13)} if year else set()
    counts = pd.Series(months).groupby(money.index.get_level_values("territory_id")).size()
    if len(year) != 1 or set(months) != every or (counts != 12).any():
        raise ValueError("every territory needs the twelve months of one year")


def by_cell(values, index):
    """
    A number for all, or by territory, or by cell, on an index of cells.

    Parameters
    ----------
    values : float or Series
    index : MultiIndex
        Of cells, territories first.

    Returns
    -------
    Series

    Examples
    --------
    >>> cells = pd.MultiIndex.from_product([["T1", "T2"], ["2027-01"]])
    >>> by_cell(pd.Series({"T1": 0.1}), cells).tolist()
    [0.1, nan]
    """
    if not isinstance(values, pd.Series):
        return pd.Series(float(values), index)
    if values.index.nlevels == index.nlevels:
        return values.reindex(index).astype(float)
    return pd.Series(values.reindex(index.get_level_values(0)).to_numpy(float), index)
