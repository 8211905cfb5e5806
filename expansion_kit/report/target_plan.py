"""What every export of a plan shares: which targets add up, which follow from others, and their names and units."""

from expansion_kit import words
from expansion_kit.report.city_analysis import unit_words
from expansion_kit.schemas.plans import BALANCES, METRIC_UNITS, METRICS

TIERS = ("base", "target", "challenge")
FORMATS = {"money": "#,##0", "store": "#,##0", "share": "0.0%"}
_IDS = ("plan_id", "territory_id", "store_id", "level")
_COLUMNS = (*_IDS, "metric", "tier", "period_type", "period", "value", "locked")


def adds_up(metric):
    """Whether a target of territories adds up to that of the network."""
    return METRIC_UNITS[metric] != "share"


def adds_over_time(metric):
    """
    Whether months of a target add up to the year; what stands at the end of a period does not.

    >>> [adds_over_time(metric) for metric in ("sales", "goods_on_credit", "expense_rate")]
    [True, False, False]
    """
    return adds_up(metric) and metric not in BALANCES


def metric_name(metric, lang):
    """
    A target in words.

    >>> metric_name("goods_on_credit", "zh"), metric_name("expense_rate", "en")
    ('铺货额', 'Expense rate')
    """
    return words.say(f"targets.metric_{metric}", lang)


def tier_name(tier, lang):
    """
    A tier of targets in words.

    >>> [tier_name(tier, "zh") for tier in TIERS]
    ['目标', '冲刺', '挑战']
    """
    return words.say(f"targets.tier_{tier}", lang)


def metric_unit(metric, lang, currency):
    """
    The unit of a target.

    >>> metric_unit("sales", "zh", "CNY"), metric_unit("openings", "en", "CNY"), metric_unit("share", "en", "CNY")
    ('元', 'stores', '%')
    """
    return unit_words(METRIC_UNITS[metric], lang, currency)


def period_name(period, lang):
    """
    A year, quarter or month for a header; `schemas` reads both spellings back.

    >>> [period_name(period, "zh") for period in ("2027", "2027-Q1", "2027-02")], period_name("2027-02", "en")
    (['2027年', '2027年第1季度', '2027年2月'], '2027-02')
    """
    if lang == "en":
        return period
    year, _, part = period.partition("-")
    if not part:
        return f"{year}年"
    return f"{year}年第{part[1]}季度" if part[0] == "Q" else f"{year}年{int(part)}月"


def checked_plan(targets):
    """
    The months and years of one plan, of territories and stores.

    Parameters
    ----------
    targets : DataFrame
        The columns of `targets.csv`.

    Returns
    -------
    DataFrame
        The same rows but for those of the network, quarters and weeks, which are sums.

    Raises
    ------
    ValueError
        If columns are missing, a metric or tier is unknown, a row is doubled, or there is not exactly one plan of one
        year with months.
    """
    absent = [name for name in _COLUMNS if name not in targets]
    if absent:
        raise ValueError(f"targets lack the columns {', '.join(absent)}")
    plan = targets[targets["level"].isin(["territory", "store"]) & targets["period_type"].isin(["year", "month"])]
    for column, known in (("metric", METRICS), ("tier", TIERS)):
        unknown = sorted(set(plan[column]) - set(known))
        if unknown:
            raise ValueError(f"{column} must be one of {', '.join(known)}, but is {', '.join(unknown)}")
    double = plan.duplicated(["tier", "metric", "level", "territory_id", "store_id", "period"])
    for column, found in (("plan_id", plan["plan_id"].unique()), ("year", plan["period"].str[:4].unique())):
        if len(found) != 1:
            raise ValueError(f"targets must be of one {column}, but hold {', '.join(map(str, found)) or 'none'}")
    if double.any() or not (plan["period_type"] == "month").any():
        raise ValueError(f"targets must hold months, and each row once; {double.sum()} rows are doubled")
    return plan
