"""The tables of a plan in the planner's words: headers, money in one unit, shares in percent, codes as sentences."""

import pandas as pd

from expansion_kit import words
from expansion_kit.charts.figures import money_scale
from expansion_kit.report.target_plan import metric_name, period_name

MONEY = ("last_year", "forecast", "proposed", "target", "potential", "market", "competitive_target", "sales_p10")
MONEY += ("sales_p50", "sales_p90", "added", "sales_openings", "sales_comparable", "extra_sales", "cost", "expected")
MONEY += ("sales", "stretch", "challenge")
SHARES = ("required_growth", "target_to_forecast", "share_now", "share_reachable", "chance", "backtest_wape", "uplift")
SHARES += ("seasonal_naive_wape", "standard_error", "deviation", "growth", "comparable_growth", "wape", "expense_rate")
SHARES += ("collection_rate", "share", "target_to_potential", "proposed_over_forecast_share", "met", "least_attained")
SHARES += ("most_attained", "attainment_cv", "return_on_spend", "bias")
COUNTS = ("openings", "stores", "promotions", "rank")
CODES = ("bound", "aim", "verdict", "rule", "basis", "level", "model", "interval_method")
TEXTS = ("note", "kind", "first_rival", "period")
_LARGEST = 9e6  # no coarser than thousands, or 万


def in_words(table, *, lang, currency):
    """
    A table as a reader sees it; columns it does not know stay as they are.

    Parameters
    ----------
    table : DataFrame
    lang : str
        `en` or `zh`.
    currency : str
        ISO 4217 code.

    Returns
    -------
    DataFrame
        Texts; what is missing is a dash. Columns that hold nothing at all are left out.

    Examples
    --------
    >>> table = pd.DataFrame({"target": [1_250_000.0], "chance": [0.31]}, index=["T1"])
    >>> in_words(table, lang="zh", currency="CNY").iloc[0].to_dict()
    {'目标（万元）': '125', '达成概率': '31.0%'}
    """
    table = table.loc[:, (table.notna() & (table != "")).any()]
    amounts = table[[name for name in table if name in MONEY]].astype(float)
    largest = amounts.abs().max().max() if len(amounts.columns) and len(amounts) else 0.0
    step, unit = money_scale(min(largest, _LARGEST), currency, lang)
    shown = {_header(name, unit, lang): [_cell(name, value, step, lang) for value in table[name]] for name in table}
    return pd.DataFrame(shown, table.index)


def _header(name, unit, lang):
    if name in MONEY:
        said = words.say(f"targets.column_{name}", lang)
        return words.say("targets.with_unit", lang, header=said, unit=unit)
    return words.say(f"targets.column_{name}", lang) if name in (*SHARES, *COUNTS, *CODES, *TEXTS) else name


def _cell(name, value, step, lang):
    if name in CODES and value not in ("", None) and value == value:
        code, _, rest = str(value).partition(":")
        return words.say(f"targets.code_{code}", lang) + (f" ({rest.strip()})" if rest else "")
    if value is None or value != value or value == "":
        return "" if name in (*CODES, "note") else "—"
    if name == "note":
        return "; ".join(words.say(f"targets.note_{code}", lang) for code in value.split(";"))
    if name in MONEY:
        value = value / step
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}".removesuffix(".0")
    if name in SHARES:
        return f"{value:.1%}"
    return f"{value:,.10g}" if name in COUNTS else value


def conflicts_in_words(conflicts, *, lang, names=None):
    """
    What proposals contradict each other in, a sentence each.

    Parameters
    ----------
    conflicts : DataFrame
        As `targets.proposals.conflicts` gives it.
    lang : str
    names : dict or Series, optional
        Names of territories by id.

    Returns
    -------
    list of str

    Examples
    --------
    >>> row = {"territory_id": "T5", "period": "2027-02", "metric": "sales", "conflict": "two_owners"}
    >>> rows = pd.DataFrame([row | {"owners": "Han / Fang", "values": "1010000 / 1050000"}])
    >>> conflicts_in_words(rows, lang="en")
    ['T5, Sales 2027-02: several managers (Han / Fang) propose different figures: 1,010,000 / 1,050,000']
    """
    names = {} if names is None else dict(names)
    said = []
    for row in conflicts.to_dict("records"):
        place = names.get(row["territory_id"], row["territory_id"])
        what = "" if pd.isna(row["metric"]) else f"{metric_name(row['metric'], lang)} {_period(row['period'], lang)}"
        values = " / ".join(f"{float(value):,.10g}" for value in row["values"].split(" / ")) if row["values"] else ""
        told = words.say(f"targets.found_{row['conflict']}", lang, owners=row["owners"], values=values)
        where = words.say("targets.place_and_target", lang, place=place, what=what) if what else str(place)
        said.append(words.say("targets.where_what", lang, where=where, told=told))
    return said


def clashes_in_words(clashes, *, lang, names=None):
    """
    Which locks contradict the target of their year, a sentence each.

    Parameters
    ----------
    clashes : DataFrame
        As `targets.plans.lock_clashes` gives it.
    lang : str
    names : dict or Series, optional
        Names of territories by id.

    Returns
    -------
    list of str

    Examples
    --------
    >>> row = {"territory_id": "T1", "tier": "base", "total": 1_000_000, "locks": "2027-Q1 1,200,000"}
    >>> clashes_in_words(pd.DataFrame([row]), lang="zh", names={"T1": "东区"})
    ['东区：2027 年目标 1,000,000 与以下锁定值无法同时成立：2027-Q1 1,200,000']
    """
    names = {} if names is None else dict(names)
    return [
        words.say(
            "targets.clash",
            lang,
            place=names.get(key, key),
            tier=words.say(f"targets.tier_{tier}", lang),
            year=locks[:4],
            total=f"{total:,.0f}",
            locks=locks,
        )
        for key, tier, total, locks in clashes.itertuples(index=False, name=None)
    ]


def _period(period, lang):
    try:
        return period_name(str(period), lang)
    except (ValueError, IndexError):
        return str(period)
