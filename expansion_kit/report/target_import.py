"""The twin of a plan for planning suites: one row a component, territory and period, and no row that is a sum."""

from expansion_kit.report.target_plan import tier_name
from expansion_kit.schemas.plans import METRIC_UNITS

COLUMNS = {
    "version": "the plan's id",
    "scenario": "tier of the target: base, target, challenge",
    "scenario_name": "the tier in the reader's language, as the workbook calls it: target, stretch, challenge",
    "component": "what is planned: sales, openings, expense, expense_rate …",
    "entity": "id of the store, or of the territory that has none; a text (007 is not 7)",
    "entity_type": "store or territory",
    "parent": "territory of a store; empty for a territory",
    "period_type": "year, quarter, month, week or month_week; one in a file",
    "period": "2027, 2027-Q1, 2027-02, 2027-W07 (ISO 8601 weeks), 2027-02/2027-W07",
    "first_day": "first day of the period within the plan year, ISO 8601",
    "last_day": "last day, included",
    "value": "plain number with a point, no thousands separators; money in the main unit, rates as shares (0.08)",
    "unit": "ISO 4217 code of the money, store, or share",
    "locked": "true where the figure was fixed by hand",
    "method": "how the figure came about",
}
"""The columns of `targets_import.csv`; values of a component in units other than `share` may be added."""


def target_import(targets, *, currency, lang="en", period_type="month"):
    """
    A plan as planning suites take it in.

    Parameters
    ----------
    targets : DataFrame
        The columns of `targets.csv`; several plans, metrics and tiers may stand below each other.
    currency : str
        ISO 4217 code of the money.
    lang : str
        Language of `scenario_name`.
    period_type : str
        Which periods: `month` (default), `week`, `month_week`, `quarter` or `year`.

    Returns
    -------
    DataFrame
        Columns as `COLUMNS` tells; sorted, whatever the order of the targets. Of each component the stores of a
        territory, or the territory where it has none; so that nothing counts twice.

    Raises
    ------
    ValueError
        If there are no rows of that period type, or a row is doubled.
    """
    rows = targets[(targets["period_type"] == period_type) & targets["level"].isin(["territory", "store"])]
    if rows.empty:
        raise ValueError(f"targets hold no {period_type} rows of territories or stores")
    rows = rows.assign(parent=rows["territory_id"].where(rows["level"] == "store").astype(object))
    key = ["plan_id", "tier", "metric"]
    above = set(rows.loc[rows["parent"].notna(), [*key, "parent"]].itertuples(index=False, name=None))
    ids = zip(*(rows[name] for name in (*key, "territory_id", "level")))
    rows = rows[[level == "store" or (*of, territory) not in above for *of, territory, level in ids]]
    table = rows.assign(
        entity=rows["store_id"].where(rows["level"] == "store", rows["territory_id"]),
        scenario_name=[tier_name(tier, lang) for tier in rows["tier"]],
        unit=rows["metric"].map(METRIC_UNITS).replace("money", currency),
    ).rename(
        columns={
            "plan_id": "version",
            "tier": "scenario",
            "metric": "component",
            "level": "entity_type",
            "period_start": "first_day",
            "period_end": "last_day",
        }
    )
    order = ["version", "component", "scenario", "entity", "first_day"]
    if table.duplicated([*order, "entity_type", "period"]).any():
        raise ValueError("a target stands twice")
    return table.sort_values([*order, "period"], kind="stable")[list(COLUMNS)].reset_index(drop=True)
