"""
The workbook of targets that a planner works in: months to change, sums as live formulas, edits read back as locks.

A sheet a target holds the months of its base tier; the two higher tiers stand beside them by year. What territories are
asked for may be changed; stores, which have no locks, and rates follow. Weeks and the months of the higher tiers are in
`targets.csv`, `targets_wide.csv` and `targets_import.csv`. `sources.target_edits` reads it.
"""

import pandas as pd

from expansion_kit import words
from expansion_kit.files import Formula
from expansion_kit.report.target_overview import overview_sheet, week_sheet
from expansion_kit.report.target_plan import (
    FORMATS,
    TIERS,
    adds_over_time,
    adds_up,
    checked_plan,
    metric_name,
    metric_unit,
    period_name,
    tier_name,
)
from expansion_kit.schemas.plans import METRIC_UNITS, METRICS, RATES

FACE = {"zh": "Microsoft YaHei", "en": "Arial"}
_LOCKED, _SUM = "D9D9D9", "F2F2F2"
_TOTAL = ()  # the key of the last row


def target_workbook(targets, *, city, lang, currency, names=None, first_open="", made=False, overview=None):
    """
    A plan as sheets for `files.write_xlsx`.

    Parameters
    ----------
    targets : DataFrame
        The columns of `targets.csv`; one plan. Stores stand on a sheet of their own, to read.
    city : str
        Its name.
    lang : str
        `en` or `zh`.
    currency : str
        ISO 4217 code of the money.
    names : dict or Series, optional
        Names of territories and stores by id.
    first_open : str
        First month that may still be changed, as `2027-04`; empty for all.
    made : bool
        True marks each sheet as made-up data.
    overview : DataFrame, optional
        What stands beside the annual targets, as `target_overview.overview_sheet` takes it; a sheet of its own.

    Returns
    -------
    dict of str to dict
        Sheet title to layout; the weeks of sales have a sheet where they are not too many. Months of
        territories that may be changed are coloured; locked ones are grey; quarters, years and the network are
        formulas, and so are rates whose two amounts are in the plan.

    Raises
    ------
    ValueError
        As `target_plan.checked_plan`.
    """
    plan = checked_plan(targets)
    plan_id, year = plan["plan_id"].iloc[0], plan["period"].iloc[0][:4]
    monthly = plan[(plan["period_type"] == "month") & (plan["tier"] == "base")]
    mark = [words.say("report.made", lang)] if made else []
    told = {"lang": lang, "first_open": first_open, "names": {} if names is None else dict(names), "sheets": {}}
    laid = {}
    for metric in (name for name in METRICS if (monthly["metric"] == name).any()):
        said = words.say("targets.sheet_about", lang, city=city, plan=plan_id)
        of = {"name": metric_name(metric, lang), "unit": metric_unit(metric, lang, currency)}
        heading = [words.say("targets.sheet_title", lang, year=year, **of), said, *mark]
        colours = words.say("targets.sheet_colours" if first_open == "" else "targets.sheet_past", lang)
        for level in ("store", "territory"):
            rows, others = (part[(part["metric"] == metric) & (part["level"] == level)] for part in (monthly, plan))
            if len(rows):
                follows = level == "store" or not adds_up(metric)
                above = [*heading, words.say("targets.sheet_follows", lang) if follows else colours]
                layout = _sheet(metric, level, rows, others, top=len(above) + 2, **told)
                laid[sheet_name(metric, level, lang)] = layout | {"heading": above, "font": FACE[lang]}
    order = sorted(laid, key=lambda title: title not in {metric_name(metric, lang) for metric in METRICS})
    about = _about(plan_id, city=city, year=year, mark=mark, first_open=first_open, lang=lang)
    named = {"names": told["names"], "face": FACE[lang], "lang": lang}
    more = _to_read(
        targets, overview, city=city, year=year, unit=metric_unit("sales", lang, currency), mark=mark, **named
    )
    return {title: laid[title] for title in order} | more | {words.say("targets.about", lang): about}


def _to_read(targets, overview, *, city, year, unit, mark, names, face, lang):
    """The year beside forecast and proposals, and the weeks: sheets that are not read back."""
    of_sales = targets[
        (targets["metric"] == "sales") & (targets["tier"] == "base") & (targets["period_type"] == "week")
    ]
    level = "territory" if (of_sales["level"] == "territory").any() else "store"
    told, laid = {"city": city, "year": year, "unit": unit}, {}
    if overview is not None:
        heading = [words.say("targets.overview_heading", lang, **told), words.say("targets.only_read", lang), *mark]
        title = words.say("targets.sheet_overview", lang)
        laid[title] = overview_sheet(overview, names=names, heading=heading, face=face, lang=lang)
    heading = [words.say("targets.weeks_heading", lang, **told), words.say("targets.weeks_read", lang), *mark]
    weeks = week_sheet(of_sales[of_sales["level"] == level], names=names, heading=heading, face=face, lang=lang)
    return laid | ({words.say("targets.sheet_weeks", lang): weeks} if weeks is not None else {})


def sheet_name(metric, level, lang):
    """
    The title of a target's sheet.

    >>> sheet_name("sales", "store", "zh"), sheet_name("sales", "territory", "en")
    ('销售额-门店', 'Sales')
    """
    name = metric_name(metric, lang)
    return words.say("targets.sheet_stores", lang, name=name) if level == "store" else name


def _sheet(metric, level, rows, others, *, top, sheets, lang, first_open, names):
    """The layout of one target of the territories or of the stores; `sheets` keeps what other sheets refer to."""
    ids = ["territory_id", "store_id"] if level == "store" else ["territory_id"]
    rows = rows.assign(**{name: rows[name].fillna("") for name in ids})
    table = rows.pivot(index=ids, columns="period", values=["value", "locked"]).sort_index()
    months, keys = list(table["value"].columns), [key if level == "store" else (key,) for key in table.index]
    amounts = [sheets.get((part, level)) for part in RATES.get(metric, ())]
    derived = bool(amounts) and all(amounts)
    parts = _parts(months) if adds_over_time(metric) or derived else dict.fromkeys(months)
    letters = dict(zip(parts, _letters(len(ids) + 2, len(parts))))
    sheet = {"title": sheet_name(metric, level, lang), "keys": keys, "letters": letters, "parts": parts, "top": top}
    sheet["rows"] = {key: row for row, key in enumerate([*keys, _TOTAL], start=top)}
    sheets[metric, level] = sheet
    values = {}
    for period in parts:
        figures = table["value"][period].tolist() if period in months else [None] * len(keys)
        if derived:
            values[period] = _ratios(sheet, *amounts, period, figures)
        else:
            values[period] = _cells(sheet, period, figures, added=adds_up(metric))
    locked = table["locked"].eq(True) if level == "territory" and adds_up(metric) else {}
    width = max(13, 3 + len(f"{rows['value'].sum():,.0f}"))
    layout = _layout(sheet, values, locked, width=width, first_open=first_open, lang=lang)
    _put_ids(layout, keys, level, names=names, lang=lang)
    if adds_up(metric):
        _put_tiers(layout, others, ids, keys, top=top, width=width, lang=lang)
    formats = FORMATS[METRIC_UNITS[metric]]
    layout["formats"] = dict.fromkeys(layout["table"], formats)
    return layout | {"table": pd.DataFrame(layout["table"], dtype=object)}


def _parts(months):
    """The year, then each quarter behind its months, with the periods that are added; None for a month."""
    quarters = {}
    for month in months:
        quarters.setdefault(f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}", []).append(month)
    parts = {months[0][:4]: list(quarters)}
    for quarter, inside in quarters.items():
        parts |= dict.fromkeys(inside) | {quarter: inside}
    return parts


def _cells(sheet, period, figures, *, added):
    """A column: figures, or sums of the row; the sum of all at the end."""
    letters, top, column = sheet["letters"], sheet["top"], []
    letter, inside = letters[period], sheet["parts"][period]
    for row, value in enumerate(figures, start=top):
        if inside:
            column.append(Formula("=" + "+".join(f"{letters[part]}{row}" for part in inside)))
        else:
            column.append(None if pd.isna(value) else value)
    return [*column, Formula(f"=SUM({letter}{top}:{letter}{top + len(column) - 1})") if added else None]


def _ratios(sheet, above, beneath, period, figures):
    """A column of rates: one amount over the other, empty where the other is nothing; figures where one is not told."""
    column = []
    for key, value in zip([*sheet["keys"], _TOTAL], [*figures, None]):
        if key in above["rows"] and key in beneath["rows"]:
            over, under = (f"'{of['title']}'!{of['letters'][period]}{of['rows'][key]}" for of in (above, beneath))
            column.append(Formula(f'=IF({under}=0,"",{over}/{under})'))
        else:
            column.append(None if pd.isna(value) else value)
    return column


def _layout(sheet, values, locked, *, width, first_open, lang):
    """Figures with headers, and what of them may be changed, is locked or follows from others."""
    layout = {"table": {}, "inputs": {}, "fills": {}, "widths": {}, "totals": 1}
    for period, column in values.items():
        name = period_name(period, lang)
        own = [period in locked and not isinstance(value, Formula) for value in column[:-1]]
        fixed = locked[period].tolist() if period in locked else [False] * len(own)
        layout["table"][name] = column
        may = [free and not lock and period >= first_open for free, lock in zip(own, fixed)]
        layout["inputs"][name] = [*may, False]
        colours = [_SUM if not free else _LOCKED if lock else None for free, lock in zip(own, fixed)]
        layout["fills"][name] = [*colours, _SUM]
        layout["widths"][name] = width
    return layout | {"frozen": len(sheet["keys"][0]) + 1}


def _put_ids(layout, keys, level, *, names, lang):
    """Ids and name in front; the last row is the network."""
    total = words.say("targets.total", lang)
    front = {words.say("targets.territory_id", lang): [*(key[0] for key in keys), total]}
    if level == "store":
        front[words.say("targets.store_id", lang)] = [*(key[1] for key in keys), None]
    front[words.say("targets.name", lang)] = [*(names.get(key[-1]) for key in keys), None]
    layout["widths"] |= dict.fromkeys(front, 11) | {words.say("targets.name", lang): 18}
    layout["table"] = front | layout["table"]


def _put_tiers(layout, others, ids, keys, *, top, width, lang):
    """The years of the higher tiers behind the months."""
    for tier in TIERS[1:]:
        rows = others[(others["tier"] == tier) & (others["period_type"] == "year")]
        if len(rows):
            year = period_name(rows["period"].iloc[0], lang)
            name = words.say("targets.tier_year", lang, tier=tier_name(tier, lang), year=year)
            known = dict(zip(zip(*(rows[name].fillna("") for name in ids)), rows["value"].tolist()))
            letter = _letters(len(layout["table"]) + 1, 1)[0]
            total = Formula(f"=SUM({letter}{top}:{letter}{top + len(keys) - 1})")
            layout["table"][name] = [*(known.get(key) for key in keys), total]
            layout["fills"][name] = [None] * len(keys) + [_SUM]
            layout["widths"][name] = width


def _letters(first, count):
    from openpyxl.utils import get_column_letter

    return [get_column_letter(at) for at in range(first, first + count)]


def _about(plan_id, *, city, year, mark, first_open, lang):
    """What the workbook is and how it is used; the plan's id stands here and is read back."""
    item, told = (words.say(f"targets.about_{name}", lang) for name in ("item", "told"))
    rows = {
        words.say("targets.about_plan", lang): plan_id,
        words.say("targets.about_year", lang): year,
        words.say("targets.about_open", lang): first_open or words.say("targets.about_all", lang),
        words.say("targets.about_who", lang): None,
        words.say("targets.about_change_title", lang): words.say("targets.about_change", lang),
        words.say("targets.about_sums_title", lang): words.say("targets.about_sums", lang),
        words.say("targets.about_rates_title", lang): words.say("targets.about_rates", lang),
        words.say("targets.about_tiers_title", lang): words.say("targets.about_tiers", lang),
        words.say("targets.about_rest_title", lang): words.say("targets.about_rest", lang),
    }
    return {
        "heading": [words.say("targets.about_heading", lang, city=city, year=year), *mark],
        "table": pd.DataFrame({item: list(rows), told: list(rows.values())}, dtype=object),
        "widths": {item: 24, told: 90},
        "inputs": {told: [value is None for value in rows.values()]},
        "font": FACE[lang],
    }
