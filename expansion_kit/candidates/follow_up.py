"""
Whom to call this week, and why: what was promised, how long it is overdue, how long nobody has spoken with a prospect.

A priority is chance x value x urgency, and every factor stands beside it. The urgency of a promise grows from 0 (due in
a full week) over 1 (due today) to 3 (two weeks late); without one it counts from the day on which a silence has lasted
`quiet` days, and for a prospect nobody has spoken with from `first_call` days after the stage began. It is doubled
towards the last stage, where waiting costs most.
"""

import numpy as np
import pandas as pd

from expansion_kit import words
from expansion_kit.candidates.stages import STAGES

REASONS = ("overdue", "due", "never_contacted", "quiet", "no_next_step")
_MOST = 3.0  # urgency of what is two weeks late, or more
_FACTORS = ("chance", "value", "urgency")
_COLUMNS = (
    *("stage", "days_in_stage", "last_contact", "days_since_contact", "contacts", "channel", "note"),
    *("next_action", "next_date", "overdue_days", "chance", "value"),
    *("urgency_time", "urgency_stage", "urgency", "priority", "missing"),
)


def follow_ups(prospects, contacts, as_of, *, chance=None, value=None, stages=None, within=7, quiet=21, first_call=2):
    """
    Open prospects with their last contact, what was promised, and in which order to call them.

    What was promised is what the last contact says; of several on that day the promise with the earliest date counts.
    Contacts after `as_of` are not known yet.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        `prospects` table, index `prospect_id`; those with an `outcome` are left out.
    contacts : DataFrame or None
        `contacts` table: `prospect_id`, `date`, and if there `channel`, `note`, `next_action`, `next_date`.
    as_of : date or str
        The day on which the list is made.
    chance : Series, optional
        Chance of signing, 0 to 1 (or score / 100), by prospect. A factor that is not handed in is left out for all.
    value : Series, optional
        What signing is worth, by prospect: expected sales of the territory wanted, or the capital; any one unit.
    stages : sequence of str, optional
        The city's own stages in order.
    within : int
        Days of the week to plan: a promise due by then is a reason to call.
    quiet : int
        Days without contact, and without a promise still to come, after which silence is a reason.
    first_call : int
        Days within which a new prospect is to be called.

    Returns
    -------
    DataFrame, shape (n_open, ...)
        Index `prospect_id`, highest priority first: `rank` (missing where a factor is), `call` (this week), `reasons`
        (tuple of `REASONS`), `stage`, `days_in_stage`, `last_contact`, `days_since_contact`, `contacts` (number),
        `channel`, `note`, `next_action`, `next_date`, `overdue_days` (missing without a date; 0 if not yet due),
        `chance`, `value`, `urgency_time`, `urgency_stage`, `urgency`, `priority`, `missing` (factors nobody knows, by
        name). Those whose priority is not known come after the others, the most urgent first. `.attrs`: `factors` (what
        the priority is made of), `later` (contacts after `as_of`, left out), `closed` (prospects left out).

    Raises
    ------
    ValueError
        If a chance is outside 0 to 1 or a value is below 0.

    Examples
    --------
    >>> people = pd.DataFrame({"stage": ["enquiry", "deposit"]}, index=pd.Index(["P1", "P2"], name="prospect_id"))
    >>> said = pd.DataFrame({"prospect_id": ["P2"], "date": ["2027-03-01"], "next_date": ["2027-03-05"]})
    >>> follow_ups(people, said, "2027-03-08")[["reasons", "overdue_days"]].T.to_dict("list")
    {'P2': [('overdue',), 3.0], 'P1': [('never_contacted',), nan]}
    """
    as_of = pd.Timestamp(as_of).normalize()
    closed = prospects.reindex(columns=["outcome"])["outcome"].notna()
    people = prospects[~closed.to_numpy()]
    table, later = _last(people, contacts, as_of)
    table["stage"] = people["stage"]
    since = pd.to_datetime(people.reindex(columns=["stage_since"])["stage_since"])
    table["days_in_stage"] = (as_of - since).dt.days.astype(float)
    table["overdue_days"] = (as_of - table["next_date"]).dt.days.astype(float).clip(lower=0)
    table["reasons"] = _reasons(table, as_of, within, quiet)
    table["call"] = table["reasons"].map(lambda keys: keys not in ((), ("no_next_step",)))
    table["call"] |= (table["reasons"].map(len) > 0) & (table["days_since_contact"] >= within)
    given = {"chance": chance, "value": value}
    for name, factor in given.items():
        table[name] = np.nan if factor is None else factor.reindex(table.index).astype(float)
    if ((table["chance"] < 0) | (table["chance"] > 1)).any() or (table["value"] < 0).any():
        raise ValueError("a chance lies between 0 and 1, and a value is at least 0")
    table["urgency_time"] = _urgency_time(table, as_of, within, quiet, first_call)
    table["urgency_stage"] = _urgency_stage(table["stage"], STAGES if stages is None else stages)
    table["urgency"] = table["urgency_time"] * table["urgency_stage"]
    used = [name for name in _FACTORS if name == "urgency" or given[name] is not None]
    ranked = _ranked(table, used)
    ranked.attrs |= {"factors": used, "later": later, "closed": int(closed.sum())}
    return ranked


def reasons_text(reasons, lang):
    """
    Reasons to call in words.

    Parameters
    ----------
    reasons : Series of tuple
        As in `follow_ups`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    Series of str
        `reasons_text`, on the index given.

    Examples
    --------
    >>> reasons_text(pd.Series([("overdue", "quiet"), ()]), "en").tolist()
    ['promise overdue, silent for long', '']
    """
    comma = words.say("prospect.comma", lang)
    texts = [comma.join(words.say(f"follow.reason_{key}", lang) for key in keys) for keys in reasons]
    return pd.Series(texts, index=reasons.index, name="reasons_text", dtype=object)


def _last(people, contacts, as_of):
    """Each prospect's last contact and promise; and how many contacts lie after the day."""
    columns = ["prospect_id", "date", "channel", "note", "next_action", "next_date"]
    said = (
        pd.DataFrame(columns=columns) if contacts is None else contacts.reindex(columns=columns).reset_index(drop=True)
    )
    said = said.assign(date=pd.to_datetime(said["date"]), next_date=pd.to_datetime(said["next_date"]))
    later = int((said["date"] > as_of).sum())
    said = said[(said["date"] <= as_of) & said["prospect_id"].isin(people.index)]
    texts = said[["channel", "note", "next_action"]].astype("string").fillna("")
    order = [said["date"], said["next_date"], texts["next_action"] == "", *(texts[name] for name in texts)]
    order = pd.concat([part.rename(place) for place, part in enumerate(order)], axis=1)
    order = order.sort_values([*order], ascending=[False, True, True, True, True, True], na_position="last")
    last = said.loc[order.index].drop_duplicates("prospect_id").set_index("prospect_id").reindex(people.index)
    table = pd.DataFrame({"last_contact": last["date"]}, index=people.index)
    table["days_since_contact"] = (as_of - last["date"]).dt.days.astype(float)
    table["contacts"] = said["prospect_id"].value_counts().reindex(people.index).fillna(0).astype("int64")
    return table.join(last[["channel", "note", "next_action", "next_date"]]), later


def _reasons(table, as_of, within, quiet):
    promised, never = table["next_date"], table["contacts"] == 0
    known = {
        "overdue": promised < as_of,
        "due": (promised >= as_of) & (promised <= as_of + pd.Timedelta(days=within)),
        "never_contacted": never,
        "quiet": (table["days_since_contact"] >= quiet) & ~(promised >= as_of),
        "no_next_step": ~never & promised.isna(),
    }
    rows = zip(*(known[name] for name in REASONS))
    keys = [tuple(name for name, holds in zip(REASONS, row) if holds) for row in rows]
    return pd.Series(keys, index=table.index, dtype=object)


def _urgency_time(table, as_of, within, quiet, first_call):
    """0 to 3; missing for a prospect nobody has spoken with whose stage began nobody knows when."""
    late = (as_of - table["next_date"]).dt.days
    late = late.fillna(table["days_since_contact"] - quiet).fillna(table["days_in_stage"] - first_call)
    return (1 + late / within).clip(0, _MOST)


def _urgency_stage(stage, stages):
    """1 at the first stage to 2 at the last; missing for a stage that is not one of them."""
    stages = list(stages)
    written = {words.say(f"prospect.stage_{name}", lang): name for name in STAGES for lang in words.LANGUAGES}
    places = {name: 1 + place / max(len(stages) - 1, 1) for place, name in enumerate(stages)}
    return stage.map({text: places[name] for text, name in written.items() if name in places} | places).astype(float)


def _ranked(table, used):
    table["priority"] = table[used].prod(axis=1, skipna=False)
    lacks = table[used].isna()
    table["missing"] = ["; ".join(name for name in used if row[name]) for row in lacks.to_dict("records")]
    rank = table["priority"].rank(ascending=False, method="min")
    table.insert(0, "rank", rank.astype("Int64"))
    order = table.assign(_id=table.index.astype(str)).sort_values(
        ["priority", "urgency", "_id"], ascending=[False, False, True], na_position="last", kind="stable"
    )
    head = ["rank", "call", "reasons"]
    columns = [*head, *(name for name in _COLUMNS if name in order)]
    return order[columns].rename_axis("prospect_id")
