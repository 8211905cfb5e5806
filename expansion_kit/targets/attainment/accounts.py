"""
Money due and collected, with the shortfall rolled into the next month, and expense actual against target by item.
"""

import numpy as np
import pandas as pd


def collections(due, collected, *, opening=None):
    """
    Collections by month, what was not collected rolled into the next month's plan.

    Parameters
    ----------
    due, collected : DataFrame
        Money; index months in order, columns keys, as `actuals.actuals` gives them.
    opening : Series, optional
        Arrears before the first month by key; taken as 0 where not given.

    Returns
    -------
    DataFrame
        One row a key and month with both figures: the key, `period`, `due`, `carried` (arrears of the months before;
        negative when more was collected than was due), `plan` (due and carried), `collected`, `arrears` (plan less
        collected), `collection_rate` (collected over due), `completion` (collected over plan; shares). After a missing
        month the arrears are not known.

    Examples
    --------
    100 due a month; 80 come, then 110:

    >>> months = pd.period_range("2027-01", "2027-02", freq="M")
    >>> due, collected = pd.DataFrame({"T1": [100, 100]}, months), pd.DataFrame({"T1": [80, 110]}, months)
    >>> collections(due, collected)[["carried", "plan", "completion", "arrears"]].round(3).values.tolist()
    [[0.0, 100.0, 0.8, 20.0], [20.0, 120.0, 0.917, 10.0]]
    """
    short = (due - collected).astype(float)
    begun = short.notna().cummax()
    start = pd.Series(0.0, short.columns) if opening is None else opening.reindex(short.columns).fillna(0.0)
    arrears = short.where(begun, 0.0).cumsum(skipna=False) + start
    carried = (
        arrears.shift(1)
        .fillna(start.to_frame(short.index[0]).T)
        .where(arrears.shift(1).notna() | ~begun.shift(1, fill_value=False))
    )
    plan = due + carried
    frames = {
        "due": due,
        "carried": carried,
        "plan": plan,
        "collected": collected,
        "arrears": arrears,
        "collection_rate": collected / due.where(due > 0),
        "completion": collected / plan.where(plan > 0),
    }
    name = due.columns.name or "key"
    table = pd.DataFrame({column: frame.T.stack(future_stack=True) for column, frame in frames.items()})
    table = table.rename_axis([name, "period"]).reset_index().astype({"due": float, "collected": float})
    return table[table["due"].notna() & table["collected"].notna()].reset_index(drop=True)


def collections_to_date(table):
    """
    The state of collections at the last month of each key.

    Parameters
    ----------
    table : DataFrame
        As `collections` gives it, for the months of one year.

    Returns
    -------
    DataFrame
        Index keys: `due`, `collected` (money to date), `collection_rate` (their ratio), `arrears` (money), `completion`
        (share of the last month's plan, arrears included), `last_month` (text).

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-02", freq="M")
    >>> due, collected = pd.DataFrame({"T1": [100, 100]}, months), pd.DataFrame({"T1": [80, 110]}, months)
    >>> collections_to_date(collections(due, collected))[["collection_rate", "arrears"]].values.tolist()
    [[0.95, 10.0]]
    """
    groups = table.groupby(table.columns[0])
    sums = groups[["due", "collected"]].sum()
    last = (
        groups[["arrears", "completion", "period"]].nth(-1).set_index(table[table.columns[0]].loc[groups.tail(1).index])
    )
    sums["collection_rate"] = sums["collected"] / sums["due"].where(sums["due"] > 0)
    last["last_month"] = last.pop("period").astype(str)
    return sums.join(last)


def expense_to_date(budgets, as_of):
    """
    What was spent of this year's budget by item, in periods that are over and whose spending is known.

    Parameters
    ----------
    budgets : DataFrame
        `budgets` table: `territory_id`, `item`, `period` (year, quarter or month), `amount`; `spent`.
    as_of : Timestamp

    Returns
    -------
    DataFrame
        `territory_id`, `item`, `amount`, `spent` (money, of the same periods), `over` (spent less amount), `used`
        (spent over amount, a share), `periods` (count compared), `unknown` (periods that are over without a figure).

    Examples
    --------
    >>> rows = {"territory_id": "T1", "item": "travel", "period": ["2027-Q1", "2027-Q2"], "amount": [10, 10]}
    >>> rows["spent"] = [12, None]
    >>> table = expense_to_date(pd.DataFrame(rows), pd.Timestamp("2027-06-30"))
    >>> table[["amount", "spent", "over", "used"]].values.tolist(), table["unknown"].tolist()
    ([[10.0, 12.0, 2.0, 1.2]], [1])
    """
    as_of, keys = pd.Timestamp(as_of), ["territory_id", "item"]
    ends = budgets["period"].map(_end_of)
    over = budgets[(ends <= as_of) & (ends.map(lambda end: end.year) == as_of.year)]
    spent = over["spent"] if "spent" in over else pd.Series(np.nan, over.index)
    known = spent.notna()
    parts = over[keys].assign(
        amount=over["amount"].where(known, 0.0), spent=spent.fillna(0.0), periods=known.astype(int), unknown=(~known)
    )
    table = parts.groupby(keys, sort=False).sum().reset_index().astype({"unknown": int, "periods": int})
    for name in ("amount", "spent"):
        table[name] = table[name].astype(float).where(table["periods"] > 0)
    table["over"] = table["spent"] - table["amount"]
    table["used"] = table["spent"] / table["amount"].where(table["amount"] > 0)
    return table[[*keys, "amount", "spent", "over", "used", "periods", "unknown"]]


def _end_of(period):
    """The last day of a period; of a week, which no year holds whole, its Sunday."""
    text = str(period)
    if "-W" in text:
        return pd.Timestamp.fromisocalendar(int(text[:4]), int(text[-2:]), 7)
    return pd.Period(text.replace("-Q", "Q")).end_time.normalize()


def expense_rate_target(expenses, target, *, months):
    """
    The expense rate that the items allow at a sales target: fixed amounts weigh less as sales grow.

    Parameters
    ----------
    expenses : DataFrame
        `expenses` table: `territory_id`, `item`, `kind`, `amount` (money of its period; a month where none is named) or
        `rate` (share of sales); either column may be absent. Of several periods of an item the latest counts.
    target : Series
        Sales target of so many months by territory (money).
    months : int

    Returns
    -------
    Series
        Named `expense_rate_target`, index of `target`; a share; missing without items.

    Examples
    --------
    >>> rows = {"territory_id": "T1", "item": ["rent", "ads"], "kind": ["fixed", "variable"]}
    >>> rows |= {"amount": [2.0, None], "rate": [None, 0.05]}
    >>> expense_rate_target(pd.DataFrame(rows), pd.Series({"T1": 200.0}), months=2).round(4).to_dict()
    {'T1': 0.07}
    """
    rows = expenses.assign(**{name: expenses.get(name, np.nan) for name in ("period", "amount", "rate")})
    ends = rows["period"].map(lambda text: pd.Timestamp.min if pd.isna(text) else _end_of(text))
    rows = (
        rows.assign(end=ends).sort_values("end", kind="stable").drop_duplicates(["territory_id", "item"], keep="last")
    )
    monthly = rows["amount"] / rows["period"].map(_months_of)
    fixed = monthly.groupby(rows["territory_id"]).sum().reindex(target.index)
    rate = rows["rate"].groupby(rows["territory_id"]).sum().reindex(target.index)
    return (fixed * months / target.where(target > 0) + rate).rename("expense_rate_target")


def _months_of(period):
    text = "" if pd.isna(period) else str(period)
    return 3 if "-Q" in text else 12 if len(text) == 4 else 1
