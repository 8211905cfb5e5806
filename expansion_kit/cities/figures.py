"""Figures over time: what cannot be added up, forecast or kept is told before a run meets it."""

import numpy as np
import pandas as pd

from ..schemas import ERROR, WARNING
from ..schemas.parsing import days_of, period_of
from .tracing import files_of, traced

_KINDS = {
    "day": r"\d{4}-\d{2}-\d{2}",
    "week": r"\d{4}-W\d{2}",
    "month": r"\d{4}-\d{2}",
    "quarter": r"\d{4}-Q\d",
    "year": r"\d{4}",
    "month_week": r"\d{4}-\d{2}/\d{4}-W\d{2}",
}
_WHOLE = ("sales", "openings")  # metrics that are split into whole units
_HAPPENED = (("prospects", "stage_since"), ("stage_moves", "date"), ("contacts", "date"))
_AHEAD, _STRAY, _ENOUGH = 31, 0.05, 5  # days beyond all others; share of all dates; dates that tell what is usual


def check_figures(tables, config, lines):
    """
    Faults of sales, market sales and locks, and of dates that lie after all others.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Placed tables.
    config : CityConfig
    lines : dict of str to sequence of int
        Line in its file of each row of each table.

    Returns
    -------
    list of Fault
        Errors for figures that no sum can take; warnings for what only keeps a result from being made.
    """
    files, faults = files_of(config, lines), []
    checks = {"sales": (_basis, _owners, _monthly), "market_sales": (_market,), "locks": (_locks,)}
    for table, rules in checks.items():
        if table in tables:
            for rule in rules:
                faults += rule(tables, files)
    return faults + _ahead(tables, config, files)


def _rows(mask):
    return mask.to_numpy(bool).nonzero()[0]


def _kinds(periods):
    """The kind of each period; missing where there is no period."""
    kinds = periods.where(periods.isna(), "")
    for kind, pattern in _KINDS.items():
        kinds = kinds.mask(periods.astype(object).str.fullmatch(pattern, na=False), kind)
    return kinds


def _basis(tables, files):
    """Sales with and without VAT, or of shops and to shops, do not add up; nor do those that do not say."""
    if "basis" not in tables["sales"]:
        return []
    basis = tables["sales"]["basis"]
    known = basis.dropna()
    rows, silent = _rows(basis.notna() & (basis != (known.iloc[0] if len(known) else ""))), _rows(basis.isna())
    if len(rows):
        found = ", ".join(known.unique())
        return [traced(ERROR, "mixed_basis", tables, files, "sales", "basis", rows, found=found)]
    if len(known) and len(silent):
        return [traced(ERROR, "basis_in_part", tables, files, "sales", "basis", silent, found=known.iloc[0])]
    return []


def _owners(tables, files):
    """A territory's sales are its own rows or those of its stores, never both; all rows name one or none does."""
    sales, faults = tables["sales"], []
    if "territory_id" not in sales or sales["territory_id"].isna().all():
        return []
    lost = _rows(sales["territory_id"].isna())
    if len(lost) and "store_id" in sales:  # with neither of the two it is reported already
        faults.append(traced(ERROR, "territory_in_part", tables, files, "sales", "territory_id", lost))
    if "store_id" in sales:
        of_stores = sales.loc[sales["store_id"].notna(), "territory_id"].dropna()
        twice = _rows(sales["store_id"].isna() & sales["territory_id"].isin(of_stores))
        if len(twice):
            found = sales["territory_id"].iloc[twice[0]]
            faults.append(traced(ERROR, "counted_twice", tables, files, "sales", "territory_id", twice, found=found))
    return faults


def _monthly(tables, files):
    periods = tables["sales"].get("period")
    if periods is None or periods.isna().all():
        return []
    kinds = _kinds(periods)
    found = list(kinds.dropna().unique())
    if found in (["month"], ["day"]):
        return []
    usual = "month" if "month" in found else "day"
    rows = _rows(kinds.notna() & (kinds != usual))
    told = {"found": periods.iloc[rows[0]]}
    return [traced(WARNING, "no_monthly", tables, files, "sales", "period", rows, **told)]


def _market(tables, files):
    """Of one category the periods are all months, all quarters or all years."""
    sales = tables["market_sales"]
    if not {"category", "period"} <= set(sales):
        return []
    kinds = _kinds(sales["period"])
    usual = kinds.groupby(sales["category"]).transform("first")
    rows = _rows(kinds.notna() & ((kinds != usual) | ~kinds.isin(["month", "quarter", "year"])))
    if not len(rows):
        return []
    told = {"found": sales["period"].iloc[rows[0]]}
    return [traced(ERROR, "mixed_periods", tables, files, "market_sales", "period", rows, **told)]


def _locks(tables, files):
    """A lock of sales is on a period that targets are split into, in whole units, of a territory that sells."""
    locks = tables["locks"]
    if not {"territory_id", "period", "metric", "value"} <= set(locks):
        return []
    of_sales, faults = locks["metric"] == "sales", []
    kinds = _kinds(locks["period"])
    rows = _rows(of_sales & kinds.isin(["week", "day"]))
    if len(rows):
        found = locks["period"].iloc[rows[0]]
        faults.append(traced(ERROR, "lock_period", tables, files, "locks", "period", rows, found=found))
    rows = _rows(locks["metric"].isin(_WHOLE) & (locks["value"] % 1 != 0) & locks["value"].notna())
    if len(rows):
        found = f"{locks['value'].iloc[rows[0]]:.10g}"
        faults.append(traced(ERROR, "lock_fraction", tables, files, "locks", "value", rows, found=found))
    sold = tables["sales"].get("territory_id") if "sales" in tables else None
    if sold is not None and sold.notna().any():
        rows = _rows(of_sales & locks["territory_id"].notna() & ~locks["territory_id"].isin(sold))
        if len(rows):
            found = locks["territory_id"].iloc[rows[0]]
            faults.append(traced(WARNING, "lock_unsold", tables, files, "locks", "territory_id", rows, found=found))
    return faults


def _ahead(tables, config, files):
    """A few dates far after all others are slips: they would move the day that every list counts from."""
    known = {(name, column): tables[name][column] for name, column in _HAPPENED if column in tables.get(name, ())}
    days = np.sort(pd.concat([pd.Series(dtype="datetime64[ns]"), *known.values()]).dropna().to_numpy())
    stated = [period_of(source.as_of) for source in config.tables.values()]
    stated = [pd.Timestamp(days_of(period)[1]) for period in stated if period]
    usual = pd.Series([*days, *stated], dtype="datetime64[ns]").drop_duplicates().sort_values()
    few = max(1, _STRAY * len(days))
    stray = len(days) - np.searchsorted(days, usual.to_numpy()) <= few
    leaps = usual[(usual.diff().dt.days > _AHEAD) & stray & (usual > max(stated, default=pd.Timestamp.min))]
    if leaps.empty or (not stated and len(days) < _ENOUGH + few):
        return []
    last, faults = usual[usual < leaps.iloc[0]].iloc[-1], []
    for (name, column), dates in known.items():
        rows = _rows(dates >= leaps.iloc[0])
        if len(rows):
            told = {"found": f"{dates.iloc[rows[0]]:%Y-%m-%d}", "last": f"{last:%Y-%m-%d}"}
            faults.append(traced(WARNING, "date_ahead", tables, files, name, column, rows, **told))
    return faults
