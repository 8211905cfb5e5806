"""
The list of prospects to follow up (意向客户跟进表), for the owner's own use: names and phones, and cells to fill in.

What is filled in comes back through `sources.follow_up_edits` as new contacts; nothing is overwritten. Of all results
only this workbook, the customer file and a trip plan that asks for them hold names and phones.
"""

import pandas as pd

from expansion_kit import words
from expansion_kit.report.target_workbook import FACE

INPUTS = ("contact_date", "contact_channel", "contact_result", "contact_action", "contact_next")
CHANNELS = ("phone", "wechat", "meeting", "store", "visit")
_WHO = ("prospect_id", "name", "company", "phone", "wechat")
_WIDTHS = {
    "rank": 5,
    "prospect_id": 9,
    "name": 12,
    "company": 18,
    "phone": 14,
    "wechat": 14,
    "owner": 8,
    "reasons": 18,
    "stage": 11,
    "days_in_stage": 9,
    "territory": 13,
    "last_contact": 11,
    "days_since_contact": 9,
    "note": 18,
    "next_action": 12,
    "next_date": 11,
    "overdue_days": 8,
    "contact_date": 11,
    "contact_channel": 8,
    "contact_result": 20,
    "contact_action": 12,
    "contact_next": 11,
    "priority": 12,
    "chance": 9,
    "value": 13,
    "urgency": 9,
    "missing": 14,
}
_ONLY_ALL = {"company", "wechat", "days_in_stage", "territory", "days_since_contact", "overdue_days"}
_ONLY_ALL |= {"priority", "chance", "value", "urgency", "missing"}  # so that the week fits on paper
_FORMATS = {"chance": "0%", "value": "#,##0", "priority": "#,##0", "urgency": "0.00", "rank": "0", "phone": "@"}
_FORMATS |= dict.fromkeys(("last_contact", "next_date", "contact_date", "contact_next"), "yyyy-mm-dd")
_DAYS = ("last_contact", "next_date")


def follow_up_workbook(table, prospects, *, city, lang, as_of, stage_names=None, reasons=None, names=None, made=False):
    """
    The follow-up list as sheets for `files.write_xlsx`: whom to call this week, everybody, and how it is done.

    Parameters
    ----------
    table : DataFrame, shape (n, ...)
        As `prospects.follow_up.follow_ups` returns it; index `prospect_id`.
    prospects : DataFrame
        `prospects` table, for names, phones and owners.
    city : str
        Its name.
    lang : str
        `en` or `zh`.
    as_of : date or str
        Day of the list.
    stage_names, reasons : Series, optional
        Stage and reasons in words, by prospect; as they stand in the table unless given.
    names : dict or Series, optional
        Names of territories by id.
    made : bool
        True marks each sheet as made-up data.

    Returns
    -------
    dict of str to dict
        Sheet title to layout. Five cells of each row are to be filled in; the two sheets are read back together.
    """
    names = {} if names is None else dict(names)
    shown = table.join(prospects.reindex(columns=[*_WHO[1:], "owner", "territory_id"]))
    shown["stage"] = shown["stage"] if stage_names is None else stage_names.reindex(table.index)
    shown["reasons"] = shown["reasons"].map("; ".join) if reasons is None else reasons.reindex(table.index)
    shown["territory"] = [names.get(key, key) for key in shown["territory_id"]]
    shown["missing"] = [_factors(keys, lang) for keys in shown["missing"]]
    shown[list(INPUTS)] = None
    shown = shown.reset_index()[list(_WIDTHS)]
    day = f"{pd.Timestamp(as_of):%Y-%m-%d}"
    calls = table["call"].to_numpy(bool)
    mark = [words.say("report.made", lang)] if made else []
    about = {"city": city, "day": day, "n": int(calls.sum())}
    week = [words.say("follow.title_week", lang, **about), words.say("follow.own_use", lang), *mark]
    everyone = [
        words.say("follow.title_all", lang, city=city, day=day, n=len(shown)),
        words.say("follow.own_use", lang),
    ]
    return {
        words.say("follow.sheet_week", lang): _sheet(shown[calls].drop(columns=_ONLY_ALL), week, lang),
        words.say("follow.sheet_all", lang): _sheet(shown, [*everyone, *mark], lang),
        words.say("targets.about", lang): _how(table, lang, mark),
    }


def _sheet(rows, heading, lang):
    headers = {name: words.say(f"follow.{name}", lang) for name in rows}
    rows = rows.astype(object).where(rows.notna(), None)
    for name in _DAYS:
        rows[name] = [None if value is None else value.date() for value in rows[name]]
    inputs = {headers[name]: [True] * len(rows) for name in INPUTS}
    return {
        "table": rows.rename(columns=headers),
        "heading": heading,
        "widths": {headers[name]: _WIDTHS[name] for name in rows},
        "formats": {headers[name]: shown for name, shown in _FORMATS.items() if name in headers},
        "inputs": inputs,
        "choices": {headers["contact_channel"]: [words.say(f"follow.channel_{name}", lang) for name in CHANNELS]},
        "frozen": 3,
        "font": FACE[lang],
    }


def _how(table, lang, mark):
    used = table.attrs.get("factors", ["chance", "value", "urgency"])
    product = " × ".join(words.say(f"follow.{name}", lang) for name in used)
    steps = [words.say(f"follow.step_{n}", lang) for n in range(1, 5)]
    steps.append(words.say("follow.step_priority", lang, product=product))
    how = words.say("follow.how", lang)
    table = pd.DataFrame({how: steps})
    return {
        "heading": [words.say("follow.how_title", lang), *mark],
        "table": table,
        "widths": {how: 110},
        "font": FACE[lang],
    }


def _factors(keys, lang):
    comma = words.say("prospect.comma", lang)
    return comma.join(words.say(f"follow.{key}", lang) for key in keys.split("; ") if key) or None
