"""
A workbook for each manager to propose targets in (自下而上): last year and the forecast beside cells to fill in.

The sheet is a `proposals` table as it stands, one row a territory, target and period, so that `sources.proposals` and
`expansion-kit check` read what comes back.
"""

import pandas as pd

from expansion_kit import words
from expansion_kit.files import Formula
from expansion_kit.report.target_plan import FORMATS, adds_over_time, adds_up, metric_unit, period_name
from expansion_kit.report.target_workbook import FACE
from expansion_kit.schemas.plans import METRIC_UNITS, METRICS

_WIDTHS = {
    "territory_id": 12,
    "name": 18,
    "metric": 16,
    "period": 13,
    "last_year": 15,
    "forecast": 15,
    "value": 16,
    "unit": 9,
    "owner": 14,
    "note": 30,
}


def proposal_sheets(
    owners, *, year, city, lang, currency, metrics=("sales",), last_year=None, forecast=None, names=None, made=False
):
    """
    Sheets to propose targets in, for each manager.

    Parameters
    ----------
    owners : Series
        Manager of each territory; index `territory_id`, each once.
    year : int
        Plan year.
    city : str
        Its name.
    lang : str
        `en` or `zh`.
    currency : str
        ISO 4217 code of the money.
    metrics : sequence of str
        Targets that are proposed.
    last_year, forecast : DataFrame, optional
        What is shown beside: `territory_id`, `metric`, `period` (months, of the year before and of the plan year),
        `value`.
    names : dict or Series, optional
        Names of territories by id.
    made : bool
        True marks the sheets as made-up data.

    Returns
    -------
    dict of str to dict
        By manager the sheets of one workbook, for `files.write_xlsx`: the table to fill in, and how it is done.

    Raises
    ------
    ValueError
        If a territory has no manager or stands twice, or a metric is unknown.
    """
    unknown = [metric for metric in metrics if metric not in METRICS]
    if unknown:
        raise ValueError(f"metrics must be of {', '.join(METRICS)}, but are {', '.join(unknown)}")
    alone = owners.index[owners.isna() | (owners == "")]
    if len(alone) or not owners.index.is_unique:
        raise ValueError(f"each territory needs one manager; none for {', '.join(alone) or '—'}")
    names = {} if names is None else dict(names)
    beside = {"last_year": _known(last_year), "forecast": _known(forecast)}
    made_of = {"year": year, "city": city, "lang": lang, "currency": currency, "metrics": metrics, "names": names}
    return {
        owner: _workbook(owner, sorted(of.index), beside=beside, made=made, **made_of)
        for owner, of in owners.sort_index().groupby(owners, sort=True)
    }


def _known(table):
    if table is None:
        return {}
    keys = zip(table["territory_id"], table["metric"], table["period"].astype(str))
    return dict(zip(keys, table["value"].tolist()))


def _workbook(owner, territories, *, year, city, lang, currency, metrics, names, beside, made):
    rows, formats, breaks = [], [], []
    for territory in territories:
        for metric in metrics:
            told = {"territory_id": territory, "name": names.get(territory), "metric": _choice(metric, lang)}
            told |= {"unit": _unit(metric, lang, currency), "owner": owner}
            periods = _periods(territory, metric, year, beside, first=len(rows) + 2, lang=lang)
            rows += [told | period for period in periods]
            formats += [FORMATS[METRIC_UNITS[metric]]] * len(periods)
            breaks += [True] + [False] * (len(periods) - 1)
    headers = {name: words.say(f"targets.proposal_{name}", lang) for name in _WIDTHS}
    table = pd.DataFrame(rows, columns=list(_WIDTHS), dtype=object)
    table = table.where(table.notna(), None)
    sheet = {
        "table": table.rename(columns=headers),
        "widths": {headers[name]: width for name, width in _WIDTHS.items()},
        "formats": {headers[name]: formats for name in ("last_year", "forecast", "value")},
        "inputs": {headers[name]: [True] * len(table) for name in ("value", "note")},
        "breaks": breaks,
        "frozen": 4,
        "font": FACE[lang],
    }
    steps = [words.say(f"targets.proposal_step_{n}", lang) for n in range(1, 6)]
    how = words.say("targets.proposal_how", lang)
    mark = [words.say("report.made", lang)] if made else []
    about = {
        "heading": [words.say("targets.proposal_heading", lang, city=city, year=year, owner=owner), *mark],
        "table": pd.DataFrame({how: steps}),
        "widths": {how: 100},
        "font": FACE[lang],
    }
    return {words.say("targets.proposal_sheet", lang): sheet, words.say("targets.about", lang): about}


def _unit(metric, lang, currency):
    """A bare % might be run by a spreadsheet."""
    return metric_unit(metric, lang, currency) if adds_up(metric) else words.say("analysis.percent", lang)


def _choice(metric, lang):
    """A target as table `proposals` reads it."""
    return METRICS[metric].partition("|")[0] if lang == "zh" else metric


def _periods(territory, metric, year, beside, *, first, lang):
    """The months with last year and forecast; and the year, whose sums are formulas where every month is known."""
    months = [
        {
            "period": period_name(f"{year}-{month:02}", lang),
            "last_year": beside["last_year"].get((territory, metric, f"{year - 1}-{month:02}")),
            "forecast": beside["forecast"].get((territory, metric, f"{year}-{month:02}")),
        }
        for month in range(1, 13)
    ]
    if not adds_over_time(metric):
        return months
    whole = {"period": period_name(f"{year}", lang)}
    for name, letter in (("last_year", "E"), ("forecast", "F")):
        if all(month[name] is not None for month in months):
            whole[name] = Formula(f"=SUM({letter}{first}:{letter}{first + 11})")
    return [*months, whole]
