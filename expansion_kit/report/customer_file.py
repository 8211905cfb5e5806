"""
The customer file (客户档案): a page a prospect, for the owner's own use, with name and phone, without a request.

Every text in it comes from people; each is escaped in the one place where templates are filled.
"""

import pandas as pd

from expansion_kit import words
from expansion_kit.files.values import is_missing
from expansion_kit.report.market_report import template

_IDENTITY = ("company", "phone", "wechat", "owner", "lead_source", "capital", "liquid_capital", "retail_years")
_IDENTITY += ("stores_run", "brands_run", "brand_sales", "local", "own_premises", "credit_grade", "hours_week")
_MONEY = {"capital", "liquid_capital", "brand_sales"}


def customer_files(
    prospects,
    contacts,
    follow,
    *,
    city,
    lang,
    as_of,
    currency,
    stages,
    scores=None,
    matches=None,
    lacking=None,
    names=None,
    made=False,
):
    """
    The files of some prospects as one HTML page: next step, identity, stage, score, wish and match, contacts.

    Parameters
    ----------
    prospects : DataFrame, shape (n, ...)
        The prospects to show, in this order; `prospects` table, index `prospect_id`.
    contacts : DataFrame or None
        `contacts` table; contacts after `as_of` are left out.
    follow : DataFrame
        As `prospects.follow_up.follow_ups` returns it, with `reasons_text` (why to call, in words); a prospect who is
        not in it (closed) has no next step.
    city : str
        Its name.
    lang : str
        `en` or `zh`.
    as_of : date or str
        Day of the file.
    currency : str
        ISO 4217 code of the money.
    stages : dict of str to str
        Stages in order, as they stand in the table -> as a reader calls them.
    scores : DataFrame, optional
        By prospect: `score` (0 to 100) and `reasons_text` (why, in words).
    matches : DataFrame, optional
        As `prospects.matching.match` returns it.
    lacking : Series, optional
        By prospect, the documents still to be handed in for the next stage, in words; empty for none.
    names : dict or Series, optional
        Names of territories by id.
    made : bool
        True marks the page as made-up data.

    Returns
    -------
    str
        One HTML page (内部资料), the same for the same input.
    """
    as_of = pd.Timestamp(as_of).normalize()
    told = {"lang": lang, "currency": currency, "names": {} if names is None else dict(names), "stages": stages}
    said = pd.DataFrame(columns=["prospect_id", "date"]) if contacts is None else contacts
    said = said[pd.to_datetime(said["date"]) <= as_of]
    records = [
        _file(
            person,
            said[said["prospect_id"] == person.name],
            follow.loc[person.name] if person.name in follow.index else None,
            scores.loc[person.name] if scores is not None and person.name in scores.index else None,
            matches[matches["prospect_id"] == person.name] if matches is not None else None,
            "" if lacking is None else lacking.get(person.name, ""),
            **told,
        )
        for _, person in prospects.iterrows()
    ]
    page = {"title": words.say("customer.title", lang, city=city), "day": f"{as_of:%Y-%m-%d}", "files": records}
    return template("customer_file.html.j2").render(**page, lang=lang, made=made, say=words.say)


def _file(person, said, follow, score, matches, lacking, *, lang, currency, names, stages):
    head = " · ".join(str(part) for part in (person.name, person.get("name")) if not is_missing(part))
    territory = person.get("territory_id")
    wish = "—" if is_missing(territory) else _named(territory, names)
    stage = stages.get(person["stage"], person["stage"])
    return {
        "head": head,
        "sub": " · ".join([str(stage), words.say("customer.wishes", lang, territory=wish)]),
        "identity": [(words.say(f"customer.{n}", lang), _shown(n, person.get(n), lang, currency)) for n in _IDENTITY],
        "stages": _stages(person["stage"], stages),
        "documents": _documents(person, follow, lacking, lang),
        "score": "—" if score is None or is_missing(score["score"]) else f"{score['score']:.0f} / 100",
        "reasons": "" if score is None else score.get("reasons_text", ""),
        "match": _match(wish, matches, names, lang),
        "history": _history(said, lang),
        **_next(follow, lang),
    }


def _shown(name, value, lang, currency):
    if is_missing(value):
        return "—"
    if name in _MONEY:
        return words.money(float(value), currency, lang)
    if isinstance(value, bool) or name in ("local", "own_premises"):
        return words.say("customer.yes" if value else "customer.no", lang)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("|", words.say("prospect.comma", lang))


def _named(key, names):
    return f"{names[key]} ({key})" if key in names else str(key)


def _stages(stage, stages):
    """Every stage with its state; a stage that is none of them stands alone."""
    order = list(stages)
    if stage not in order:
        return [(stage, "here")]
    here = order.index(stage)
    return [(stages[name], "done" if at < here else "here" if at == here else "") for at, name in enumerate(order)]


def _documents(person, follow, lacking, lang):
    days = None if follow is None else follow.get("days_in_stage")
    since = person.get("stage_since")
    return [
        (words.say("customer.since", lang), "—" if is_missing(since) else f"{since:%Y-%m-%d}"),
        (words.say("customer.days", lang), "—" if is_missing(days) else f"{days:.0f}"),
        (words.say("customer.documents", lang), _shown("documents", person.get("documents"), lang, "")),
        (words.say("customer.lacking", lang), lacking or "—"),
        (words.say("customer.outcome", lang), _outcome(person.get("outcome"), lang)),
    ]


def _outcome(outcome, lang):
    return words.say("customer.outcome_open" if is_missing(outcome) else f"customer.outcome_{outcome}", lang)


def _match(wish, matches, names, lang):
    rows = [(words.say("customer.wish", lang), wish)]
    if matches is None:
        return [*rows, (words.say("customer.matched", lang), "—")]
    if matches.empty:
        return [*rows, (words.say("customer.matched", lang), words.say("customer.no_match", lang))]
    for row in matches.to_dict("records"):
        place = {"site": row["site_id"], "territory": _named(row["territory_id"], names), "fit": f"{row['fit']:.0f}"}
        rows.append((words.say("customer.matched", lang), words.say("customer.match_row", lang, **place)))
        if not is_missing(row.get("second_site_id")):
            place = {"site": row["second_site_id"], "territory": _named(row["second_territory_id"], names)}
            place["fit"] = f"{row['second_fit']:.0f}"
            rows.append((words.say("customer.second", lang), words.say("customer.match_row", lang, **place)))
    return rows


def _history(said, lang):
    """Newest first."""
    columns = ["channel", "note", "next_action", "next_date"]
    said = said.reindex(columns=["date", *columns]).assign(key=said.index.astype(str))
    rows = []
    for row in said.sort_values(["date", "key"], ascending=False).to_dict("records"):
        when = " · ".join(part for part in (f"{row['date']:%Y-%m-%d}", row["channel"]) if not is_missing(part))
        day = "" if is_missing(row["next_date"]) else f"{row['next_date']:%Y-%m-%d}"
        agreed = " ".join(part for part in (row["next_action"], day) if not is_missing(part) and part)
        agreed = words.say("customer.agreed", lang, what=agreed) if agreed else ""
        rows.append((when, "—" if is_missing(row["note"]) else row["note"], agreed))
    return rows


def _next(follow, lang):
    """What is promised by when, how late it is, and why to call."""
    if follow is None:
        return {"next": words.say("customer.closed", lang), "late": False, "why": ""}
    action, day, late = (follow.get(name) for name in ("next_action", "next_date", "overdue_days"))
    parts = ["" if is_missing(action) else str(action), "" if is_missing(day) else f"{day:%Y-%m-%d}"]
    text = " · ".join(part for part in parts if part) or words.say("customer.nothing_agreed", lang)
    overdue = not is_missing(late) and late > 0
    if overdue:
        text += f" · {words.say('customer.late', lang, n=f'{late:.0f}')}"
    return {"next": text, "late": overdue, "why": follow.get("reasons_text", "")}
