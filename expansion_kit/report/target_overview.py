"""Two sheets to read in the workbook of targets: the year beside forecast and proposals, and the weeks."""

import pandas as pd

from expansion_kit import words
from expansion_kit.files import Formula
from expansion_kit.report.target_plan import FORMATS

MOST_WEEK_ROWS = 500
_MONEY = ("last_year", "forecast", "proposed", "sales_openings", "target")
_SHARES = ("required_growth", "chance")
_COLUMNS = ("last_year", "forecast", "proposed", "owner", "openings", "sales_openings", "target", *_SHARES, "bound")
_GREY = "F2F2F2"


def overview_sheet(figures, *, names, heading, face, lang):
    """
    The annual target of each territory or store beside what it came from.

    Parameters
    ----------
    figures : DataFrame
        Index ids; of the columns `last_year` (last twelve months), `forecast`, `proposed`, `sales_openings`, `target`
        (money), `owner` (who proposes), `openings` (count), `required_growth`, `chance` (shares), `bound` (`lock`,
        `floor`, `cap` or empty) those that are known; a column without any value is left out.
    names : dict
        Names by id.
    heading : list of str
        Lines above.
    face : str
        Font.
    lang : str
        `en` or `zh`.

    Returns
    -------
    dict
        A sheet for `files.write_xlsx`; sums of money and openings are formulas at its end.

    Examples
    --------
    >>> figures = pd.DataFrame({"target": [300], "proposed": [None]}, index=["T1"])
    >>> sheet = overview_sheet(figures, names={"T1": "North"}, heading=["Year"], face="Arial", lang="en")
    >>> sheet["table"].values.tolist()
    [['T1', 'North', 300], ['Total', None, '=SUM(C3:C3)']]
    """
    shown = [name for name in _COLUMNS if name in figures and (figures[name].notna() & (figures[name] != "")).any()]
    top, last = len(heading) + 2, len(heading) + 1 + len(figures)
    total = words.say("targets.total", lang)
    table = {
        words.say("targets.territory_id", lang): [*figures.index, total],
        words.say("targets.name", lang): [*(names.get(key) for key in figures.index), None],
    }
    formats, widths = {}, dict(zip(table, (12, 18)))
    for place, name in enumerate(shown):
        letter, header = _letter(3 + place), words.say(f"targets.column_{name}", lang)
        adds = name in (*_MONEY, "openings") and figures[name].notna().all()
        end = Formula(f"=SUM({letter}{top}:{letter}{last})") if adds else None
        table[header] = [*(_value(name, value, lang) for value in figures[name]), end]
        formats[header] = FORMATS["share" if name in _SHARES else "money"]
        widths[header] = 16 if name in _MONEY else 12
    fills = {header: [None] * len(figures) + [_GREY] for header in table}
    look = {"formats": formats, "widths": widths, "fills": fills, "totals": 1, "frozen": 2, "font": face}
    return {"heading": heading, "table": pd.DataFrame(table, dtype=object), **look}


def week_sheet(weeks, *, names, heading, face, lang):
    """
    Targets by ISO week of the year.

    Parameters
    ----------
    weeks : DataFrame
        Rows of `targets.csv` of one metric, tier and level (territories or stores), period type `week`.
    names, heading, face, lang
        As in `overview_sheet`.

    Returns
    -------
    dict or None
        A sheet for `files.write_xlsx`; None without weeks or with more rows than `MOST_WEEK_ROWS`.

    Examples
    --------
    >>> rows = {"territory_id": ["T1", "T1"], "level": "territory", "period": ["2027-W02", "2027-W01"]}
    >>> rows |= {"period_start": ["2027-01-11", "2027-01-04"], "value": [7, 5]}
    >>> sheet = week_sheet(pd.DataFrame(rows), names={}, heading=["Weeks"], face="Arial", lang="en")
    >>> sheet["table"].iloc[0].tolist()
    ['T1', None, 5, 7]
    """
    if weeks.empty:
        return None
    key = f"{weeks['level'].iloc[0]}_id"
    values = weeks.pivot(index=key, columns="period", values="value").sort_index()
    if len(values) > MOST_WEEK_ROWS:
        return None
    order = weeks.assign(start=pd.to_datetime(weeks["period_start"])).sort_values("start", kind="stable")
    top, last = len(heading) + 2, len(heading) + 1 + len(values)
    id_name = words.say(f"targets.{key}", lang)
    table = {id_name: [*values.index, words.say("targets.total", lang)]}
    table[words.say("targets.name", lang)] = [*(names.get(one) for one in values.index), None]
    for place, period in enumerate(order["period"].unique()):
        letter = _letter(3 + place)
        table[period] = [*values[period].tolist(), Formula(f"=SUM({letter}{top}:{letter}{last})")]
    periods = list(table)[2:]
    width = max(10, 3 + len(f"{values.to_numpy().sum(axis=0).max():,.0f}"))
    look = {"formats": dict.fromkeys(periods, FORMATS["money"]), "widths": dict.fromkeys(periods, width)}
    look["widths"] |= dict(zip(list(table)[:2], (12, 18)))
    look["fills"] = {header: [None] * len(values) + [_GREY] for header in table}
    return {
        "heading": heading,
        "table": pd.DataFrame(table, dtype=object),
        "totals": 1,
        "frozen": 2,
        "font": face,
    } | look


def _value(name, value, lang):
    if pd.isna(value) or value == "":
        return None
    if name == "bound":
        return words.say(f"targets.code_{value}", lang)
    return round(value) if name in (*_MONEY, "openings") else value


def _letter(at):
    from openpyxl.utils import get_column_letter

    return get_column_letter(at)
