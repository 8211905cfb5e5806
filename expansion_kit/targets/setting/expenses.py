"""
Expense targets by item: what is fixed is spread over more sales, what is variable goes with them.
"""

import pandas as pd

from expansion_kit.targets.setting.family import by_cell, exact_cells
from expansion_kit.targets.splitting.exact import listed

COMPETITION = "competition"
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def expense_items(expenses, *, per=None):
    """
    What an item costs a month, or as a share of sales.

    Parameters
    ----------
    expenses : DataFrame
        `territory_id`, `item`, `kind` (`fixed`, `variable`), `amount` (money of the period) or `rate` (share of sales),
        `period` (month, quarter or year).
    per : str, optional
        `month`, `quarter` or `year`: what an amount without a period is for.

    Returns
    -------
    DataFrame
        Index (`territory_id`, `item`): `kind`, `amount` (money a month of a fixed item; the mean of the months it was
        given for) and `rate` (of a variable one; the mean of its rows).

    Raises
    ------
    ValueError
        If an item is fixed here and variable there, lacks its amount or rate, or nobody says what an amount is for.

    Examples
    --------
    >>> rows = [("T1", "rent", "fixed", 36_000, None, "2026-Q4"), ("T1", "ads", "variable", None, 0.02, None)]
    >>> table = pd.DataFrame(rows, columns=["territory_id", "item", "kind", "amount", "rate", "period"])
    >>> expense_items(table)[["amount", "rate"]].values.tolist()  # ads, rent
    [[nan, 0.02], [12000.0, nan]]
    """
    rows, keys = expenses.reset_index(drop=True), ["territory_id", "item"]
    columns = {name: pd.to_numeric(rows[name]) if name in rows else float("nan") for name in ("amount", "rate")}
    rows = rows.assign(**columns)
    fixed = rows["kind"] == "fixed"
    lacking = rows["amount"].where(fixed, rows["rate"]).isna()
    kinds = rows.groupby(keys)["kind"].nunique()
    rows["months"] = _months(rows, per)
    faults = {
        "fixed in one row and variable in another": kinds.index[kinds > 1],
        "without the amount of a fixed or the rate of a variable item": _named(rows[lacking]),
        "amounts without a period; say per='month'": _named(rows[fixed & rows["months"].isna()]),
    }
    faults = [f"{fault}: {listed(where)}" for fault, where in faults.items() if len(where)]
    if faults:
        raise ValueError("expenses are " + "; ".join(faults))
    table = rows.groupby(keys).agg(kind=("kind", "first"), amount=("amount", "sum"), months=("months", "sum"))
    table["amount"] = (table["amount"] / table["months"]).where(table["kind"] == "fixed")
    table["rate"] = rows.groupby(keys)["rate"].mean().where(table["kind"] == "variable")
    return table[["kind", "amount", "rate"]]


def expense_targets(sales, items, *, base=None, elasticity=None, surcharge=None, locks=None, total=None, unit=1):
    """
    Expense of each item, territory and month for targets of sales.

    Parameters
    ----------
    sales : Series, shape (n_cells,)
        Targets by (`territory_id`, `period`), period a month (money).
    items : DataFrame
        As `expense_items` gives it.
    base : Series, optional
        Sales by the same cells at which the rates were measured (last year's); needed with `elasticity`.
    elasticity : float or dict, optional
        Economies of scale of variable items, stated, one for all or by item: an expense is rate x base x (sales /
        base)^elasticity. 1 (where not given) is a constant rate; 0.8 lets the rate fall by 2 % when sales grow by 10 %.
    surcharge : Series, optional
        By territory: share of sales added against competition, an item of its own (`competition`).
    locks : dict, optional
        The expense of a territory and month, whole money units, as `family.money_locks` gives it; its items share it in
        proportion.
    total : int, optional
        The expense of all, whole money units, split in proportion; without it the sum of the items, rounded.
    unit : int
        Rounding unit.

    Returns
    -------
    DataFrame
        `territory_id`, `item`, `kind`, `period`, `expense` (int64; adds up to the total exactly). The expense rate is
        derived: `family.rates`.

    Raises
    ------
    ValueError
        If sales are missing or negative, a territory has no items, an elasticity is not within 0 and 1 or has no base.

    Examples
    --------
    Sales that double from 100,000 bring a rate of 10 % fixed and 2 % variable down from 12 % to 7 %:

    >>> cells = pd.MultiIndex.from_tuples([("T1", "2027-01")], names=["territory_id", "period"])
    >>> rows = {("T1", "rent"): ("fixed", 10_000, None), ("T1", "ads"): ("variable", None, 0.02)}
    >>> items = pd.DataFrame.from_dict(rows, orient="index", columns=["kind", "amount", "rate"])
    >>> items.index = pd.MultiIndex.from_tuples(items.index, names=["territory_id", "item"])
    >>> [int(expense_targets(pd.Series([money], cells), items)["expense"].sum()) for money in (100_000, 200_000)]
    [12000, 14000]
    """
    _check_sales(sales, items)
    if base is None and elasticity is not None:
        raise ValueError("economies of scale need the base: the sales at which the rates were measured")
    cells = sales.rename("sales").reset_index().merge(items.reset_index(), on="territory_id")
    cells["money"] = cells["amount"].astype(float)
    variable = (cells["kind"] == "variable").to_numpy()
    usual = cells.set_index(["territory_id", "period"]).index
    scale = _scale(cells, None if base is None else base.reindex(usual).to_numpy(float), elasticity)
    cells.loc[variable, "money"] = (cells["rate"].astype(float) * scale)[variable]
    if surcharge is not None:
        more = (sales * by_cell(surcharge, sales.index).fillna(0)).rename("money").reset_index()
        more = more[more["money"] > 0].assign(item=COMPETITION, kind="variable")
        cells = pd.concat([cells, more], ignore_index=True)
    table = cells[["territory_id", "item", "kind", "period", "money"]]
    keys = pd.MultiIndex.from_frame(table[["territory_id", "item", "period"]])
    money = table["money"].set_axis(keys)
    held = _locked_items(money, locks or {})
    return table.drop(columns="money").assign(expense=exact_cells(money, total=total, unit=unit, locks=held).to_numpy())


def _locked_items(money, locks):
    """The items of locked cells, each with its share of the lock."""
    held = {}
    for (territory, period), value in locks.items():
        own = money[[key for key in money.index if key[0] == territory and key[2] == period]]
        if own.empty:
            raise ValueError(f"the expense of {territory} in {period} is locked, but there are no sales")
        held |= exact_cells(own, total=value).to_dict()
    return held


def _scale(cells, base, elasticity):
    """Sales that the rate is taken of: themselves, or less where there are economies of scale."""
    if elasticity is None:
        return cells["sales"].astype(float)
    by_item = elasticity if isinstance(elasticity, dict) else dict.fromkeys(cells["item"], elasticity)
    unknown = sorted(set(by_item) - set(cells["item"]))
    if unknown or not all(0 <= value <= 1 for value in by_item.values()):
        raise ValueError(f"elasticities must be of items and lie within 0 and 1, but are {by_item}")
    power = cells["item"].map(by_item).fillna(1.0)
    wrong = (power < 1) & (cells["kind"] == "variable") & ~(base > 0)
    if wrong.any():
        raise ValueError(f"base must be above 0, but is not for {listed(_named(cells[wrong]))}")
    scaled = base * (cells["sales"] / pd.Series(base).where(base > 0)) ** power
    return cells["sales"].astype(float).where(power == 1, scaled)


def _check_sales(sales, items):
    if list(sales.index.names) != ["territory_id", "period"] or not sales.index.is_unique:
        raise ValueError("sales must have the index (territory_id, period), each pair once")
    bad = sales.index[~(sales >= 0)]
    if len(bad):
        raise ValueError(f"sales must be known and at least 0, but are not for {listed(bad)}")
    territories = sales.index.get_level_values("territory_id").unique()
    without = territories.difference(items.index.get_level_values("territory_id"))
    if len(without):
        raise ValueError(f"there are no expense items for {listed(without)}")


def _months(rows, per):
    """Months that each row's amount is for."""
    if per is not None and per not in MONTHS:
        raise ValueError(f"per must be one of {', '.join(MONTHS)}, but is {per!r}")
    periods = rows["period"].astype(object) if "period" in rows else pd.Series(None, rows.index, dtype=object)
    lengths = {r"\d{4}": 12, r"\d{4}-Q[1-4]": 3, r"\d{4}-\d{2}": 1}
    months = pd.Series(float("nan"), rows.index)
    for pattern, length in lengths.items():
        months = months.mask(periods.str.fullmatch(pattern, na=False).astype(bool), length)
    return months.fillna(MONTHS[per]) if per else months


def _named(rows):
    return [f"{territory} {item}" for territory, item in rows[["territory_id", "item"]].drop_duplicates().to_numpy()]
