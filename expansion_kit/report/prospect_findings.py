"""Prospects in the reader's words: tables with headers and codes as texts, broken rules, awards, who is left out."""

import pandas as pd

from expansion_kit import words
from expansion_kit.files.values import is_missing

MONEY = ("capital", "budget", "deposit", "amount", "amount_to_date", "spent", "left_to_date")
SHARES = ("share", "rate", "low", "high", "chance", "probability", "share_to_date")
SCORES = ("score", "fit", "second_fit", "margin", "iv", "iv_by_chance")
CODES = {
    "stage": "prospect.stage_",
    "result": "bid.result_",
    "decided_by": "bid.criterion_",
    "why_not": "match.reason_",
    "question": "prospect.question_",
    "outcome": "customer.outcome_",
    "kind": "trip.kind_",
}
_TERRITORIES = ("territory_id", "second_territory_id")


def in_words(table, *, lang, currency="", names=None):
    """
    A table as a reader sees it; a column that holds nothing is left out.

    Parameters
    ----------
    table : DataFrame
        Columns named as in `prospect.column_*`; codes as the functions of the room give them.
    lang : str
        `en` or `zh`.
    currency : str
        ISO 4217 code, for money.
    names : dict or Series, optional
        Names of territories by id.

    Returns
    -------
    DataFrame
        Texts; what is missing is a dash. The index is worded as a column of its name would be.

    Examples
    --------
    >>> table = pd.DataFrame({"stage": ["visit"], "chance": [0.314]}, index=pd.Index(["P1"], name="prospect_id"))
    >>> in_words(table, lang="zh").reset_index().iloc[0].to_dict()
    {'客户编号': 'P1', '加盟阶段': '考察', '成交概率': '31%'}
    """
    kept = table.loc[:, [not len(table) or not all(map(_absent, table[name])) for name in table]]
    told = {"lang": lang, "currency": currency, "names": {} if names is None else dict(names)}
    shown = {column: [_cell(name, value, **told) for value in kept[name]] for name, column in _headers(kept, lang)}
    at = table.index
    if isinstance(at, pd.MultiIndex):
        rows = [[_cell(name, value, **told) for value in at.get_level_values(name)] for name in at.names]
        index = pd.MultiIndex.from_arrays(rows, names=[words.say(f"prospect.column_{n}", lang) for n in at.names])
    else:
        called = words.say(f"prospect.column_{at.name}", lang) if at.name else None
        index = pd.Index([_cell(at.name, value, **told) for value in at], name=called, dtype=object)
    return pd.DataFrame(shown, index=index)


def fault_sentences(faults, *, lang, shown=8):
    """
    What in the pipeline breaks a rule or contradicts itself, a sentence a kind.

    Parameters
    ----------
    faults : DataFrame
        As from `prospects.pipeline.pipeline_faults`.
    lang : str
        `en` or `zh`.
    shown : int
        Prospects named by id at most; how many there are is said in any case.

    Returns
    -------
    list of str

    Examples
    --------
    >>> row = {"prospect_id": "P1", "fault": "early_contract", "stage": "contract", "detail": 19}
    >>> fault_sentences(pd.DataFrame([row]), lang="en")
    ['Contract too soon after disclosure (days between): 1 prospects: P1 (19).']
    """
    said = []
    for fault, rows in faults.groupby("fault", sort=False):
        if fault in ("never_disclosed", "never_handed"):
            detail = _detail(rows["detail"].iloc[0], lang)
            said.append(words.say(f"prospect.fault_{fault}", lang, found=detail))
            continue
        found = [_with_detail(key, detail, lang) for key, detail in zip(rows["prospect_id"], rows["detail"])]
        told = words.say("prospect.comma", lang).join(found[:shown]) + (" …" if len(found) > shown else "")
        what = words.say(f"prospect.fault_{fault}", lang)
        said.append(words.say("prospect.fault_found", lang, what=what, n=len(found), found=told))
    return said or [words.say("prospect.fault_none", lang)]


def award_sentences(awards, *, lang, names=None):
    """
    Who wins each territory and by what, or why nobody does.

    Parameters
    ----------
    awards : DataFrame
        As from `prospects.bids.awards`.
    lang : str
        `en` or `zh`.
    names : dict or Series, optional
        Names of territories by id.

    Returns
    -------
    list of str

    Examples
    --------
    >>> row = {"winner": "P1", "score": 74.7, "runner_up": "P2", "margin": 33.9, "why": "won", "tied": "",
    ...     "decided_by": "deposit"}
    >>> award_sentences(pd.DataFrame([row], index=["T1"]), lang="en")
    ['T1: to P1 with 74.7 points, 33.9 ahead of P2; what tells most: deposit.']
    """
    names, said = {} if names is None else dict(names), []
    for territory, row in awards.iterrows():
        place = {"territory": names.get(territory, territory), "score": f"{row['score']:.1f}"}
        if row["why"] != "won":
            why = words.say(f"bid.result_{row['why']}", lang)
            found = f" ({row['tied'].replace('|', ', ')})" if row["tied"] else ""
            said.append(words.say("bid.not_awarded", lang, territory=place["territory"], why=why + found))
        elif is_missing(row["runner_up"]):
            said.append(words.say("bid.only_one", lang, winner=row["winner"], **place))
        else:
            by = words.say(f"bid.criterion_{row['decided_by']}", lang) if row["decided_by"] else "—"
            ahead = {"margin": f"{row['margin']:.1f}", "second": row["runner_up"], "by": by}
            said.append(words.say("bid.awarded", lang, winner=row["winner"], **place, **ahead))
    return said


def unmatched_sentences(unmatched, *, lang):
    """
    How many prospects are left without a site, by reason, the most frequent first.

    Parameters
    ----------
    unmatched : dict of str to str
        As in `.attrs` of `prospects.matching.match`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> unmatched_sentences({"P1": "veto", "P2": "owned", "P3": "owned"}, lang="en")
    ['2 without a site: their territory is held by somebody else', '1 without a site: ruled out by a veto']
    """
    counts = pd.Series(unmatched, dtype=object).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    reasons = {key: words.say(f"match.reason_{key}", lang) for key in counts.index}
    return [words.say("match.left_without", lang, n=n, reason=reasons[key]) for key, n in counts.items()]


def _headers(table, lang):
    return [(name, words.say(f"prospect.column_{name}", lang)) for name in table]


def _absent(value):
    return is_missing(value) or (isinstance(value, str | tuple) and not len(value))


def _cell(name, value, *, lang, currency, names):
    if _absent(value):
        return "—"
    if name == "left_out":
        return words.say(f"prospect.left_out_{value}", lang)
    if name in CODES:
        return words.family(CODES[name], lang).get(str(value), str(value))
    if name in _TERRITORIES:
        return str(names.get(value, value))
    if name in MONEY:
        return words.money(float(value), currency, lang)
    if name in SHARES:
        return f"{value:.0%}"
    if isinstance(value, tuple):
        return _detail(value, lang)
    return _plain(name, value)


def _plain(name, value):
    """A day, a text or a number."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, str) or not hasattr(value, "__float__"):
        return str(value)
    digits = 2 if name in ("iv", "iv_by_chance") else 1
    return f"{float(value):,.{digits}f}" if name in SCORES else f"{float(value):,.1f}".removesuffix(".0")


def _with_detail(key, detail, lang):
    told = _detail(detail, lang)
    return f"{key} ({told})" if told else str(key)


def _detail(detail, lang):
    """Documents and stages in words, a number as it is."""
    if isinstance(detail, tuple):
        known = words.family("prospect.document_", lang)
        return words.say("prospect.comma", lang).join(known.get(name, name) for name in detail)
    return words.family("prospect.stage_", lang).get(str(detail), str(detail))
