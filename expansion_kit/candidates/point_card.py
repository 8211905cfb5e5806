"""
How well each prospect fits by an expert's point card: a judgement, with its reasons, vetoes and missing answers.

Prospects are told apart by their id only: no name, telephone or address goes into a score or comes out of this module,
and a card that asks for a protected personal attribute is refused.
"""

import numpy as np
import pandas as pd

from expansion_kit import words
from expansion_kit.candidates.personal import refuse_persons
from expansion_kit.candidates.scoring import score, vetoes

DEFAULT_CARD = {
    "questions": {
        "liquid_capital": {"at_least": ((0, 0), (200_000, 8), (400_000, 15), (800_000, 22))},
        "capital": {"at_least": ((0, 0), (300_000, 4), (600_000, 8), (1_000_000, 12))},
        "retail_years": {"at_least": ((0, 0), (1, 4), (3, 9), (5, 14))},
        "stores_run": {"at_least": ((0, 0), (1, 7), (3, 11), (6, 14))},
        "brands_run": {"names_at_least": ((0, 0), (1, 4), (2, 6))},
        "local": {"answers": {True: 8, False: 0}},
        "own_premises": {"answers": {True: 8, False: 0}},
        "credit_grade": {"answers": {"A": 16, "B": 11, "C": 4, "D": 0}},
    },
    "vetoes": (
        ("liquid_capital", "<", 100_000, "prospect.veto_liquid_capital"),
        ("credit_grade", "==", "D", "prospect.veto_credit_grade"),
    ),
}
"""Money in yuan. A card for another currency or brand has the same form: points from a floor up, or by answer."""

REASONS_SHOWN = 3


def point_card(prospects, card=None, *, min_coverage=0.6):
    """
    Score of each prospect by an expert's point card, with its reasons, vetoes and missing answers.

    The score is the points won of those that the known answers could win. Nothing missing is filled: a missing answer
    is listed and lowers the coverage. The points are a judgement, not fitted to outcomes.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        `prospects` table; a question's column may be absent.
    card : dict, optional
        As `DEFAULT_CARD`: `questions` by column, each {"at_least": ((floor, points), ...)}, {"names_at_least": ...}
        (how many names a text lists, parted by |) or {"answers": {answer: points}}; `vetoes` as in `scoring.vetoes`.
    min_coverage : float
        Least share of the card's points that the known answers must stand for, above 0 and up to 1.

    Returns
    -------
    DataFrame, shape (n_prospects, ...)
        On the prospects' index: `score` (0-100), `rank`, `coverage_pct`, `enough_known`, `note`, `unknown` and
        `contribution_<question>` as in `scoring.score`; `veto` and `veto_unknown` as in `scoring.vetoes`; `reasons`, a
        tuple of (question, points above or below a middling answer): the three best, then the three worst.

    Raises
    ------
    ValueError
        If the card asks for a protected or contact attribute, is not well formed, or does not know an answer.

    Examples
    --------
    >>> years, local = {"at_least": ((0, 0), (3, 60))}, {"answers": {True: 40, False: 0}}
    >>> prospects = pd.DataFrame({"retail_years": [4, 1], "local": [False, None]}, index=["P1", "P2"])
    >>> table = point_card(prospects, {"questions": {"retail_years": years, "local": local}})
    >>> table[["score", "coverage_pct", "unknown"]].to_dict("list")
    {'score': [60.0, 0.0], 'coverage_pct': [100.0, 60.0], 'unknown': ['', 'local']}
    >>> table.loc["P1", "reasons"]
    (('retail_years', 30.0), ('local', -20.0))
    """
    card = DEFAULT_CARD if card is None else card
    questions, rules = card["questions"], card.get("vetoes", ())
    asked = list(dict.fromkeys([*questions, *(rule[0] for rule in rules)]))
    refuse_persons([*asked, *(a for q in questions.values() for a in q.get("answers", ())), *(r[2] for r in rules)])
    criteria, answers = _criteria(questions), pd.DataFrame(prospects).reindex(columns=asked).astype(object)
    points = {name: _points(answers[name], name, question) for name, question in questions.items()}
    scored = score(pd.DataFrame(points, index=prospects.index), criteria, min_coverage=min_coverage)
    reasons = _reasons(scored, criteria["weight"])
    contributions = [name for name in scored if name.startswith("contribution_")]
    return pd.concat(
        [scored.drop(columns=contributions), vetoes(answers, rules), reasons, scored[contributions]], axis=1
    )


def reasons_text(scores, lang):
    """
    The reasons of a point card in words: veto, what speaks for and against, what is not known.

    Parameters
    ----------
    scores : DataFrame, shape (n_prospects, ...)
        What `point_card` returns. A question or veto without a text is shown by its own name.
    lang : str
        `en` or `zh`.

    Returns
    -------
    Series, shape (n_prospects,)
        `reasons_text`, on the prospects' index.

    Examples
    --------
    >>> table = point_card(pd.DataFrame({"liquid_capital": [900_000], "credit_grade": ["D"]}), min_coverage=0.3)
    >>> reasons_text(table, "en")[0].split(" Unknown")[0]
    'Veto: credit grade D. For: liquid capital +28.9. Against: credit grade -21.1.'
    """
    rows = zip(scores["note"], scores["veto"], scores["reasons"], scores["unknown"])
    return pd.Series([_sentence(*row, lang) for row in rows], index=scores.index, name="reasons_text", dtype=object)


def extremes(points):
    """
    The questions that speak most for a prospect, then those that speak most against.

    Parameters
    ----------
    points : DataFrame, shape (n_prospects, n_questions)
        Points of each question above (or below) a neutral answer; missing where not known.

    Returns
    -------
    Series, shape (n_prospects,)
        `reasons`: tuple of (question, points), at most three of each kind; ties in the order of the questions.

    Examples
    --------
    >>> extremes(pd.DataFrame({"capital": [3.0], "local": [-1.0], "credit_grade": [5.0]}))[0]
    (('credit_grade', 5.0), ('capital', 3.0), ('local', -1.0))
    """
    rows = []
    for row in points.itertuples(index=False, name=None):
        said = list(zip(points.columns, row))
        best = sorted((reason for reason in said if reason[1] > 0), key=lambda reason: -reason[1])
        worst = sorted((reason for reason in said if reason[1] < 0), key=lambda reason: reason[1])
        rows.append(tuple(best[:REASONS_SHOWN] + worst[:REASONS_SHOWN]))
    return pd.Series(rows, index=points.index, name="reasons", dtype=object)


def _criteria(questions):
    rows = {}
    for name, question in questions.items():
        if len(question) != 1 or not set(question) <= {"answers", "at_least", "names_at_least"}:
            raise ValueError(
                f"question {name!r} must have one of at_least, names_at_least or answers, but has {sorted(question)}"
            )
        won = list(dict(*question.values()).values())
        if not won or min(won) == max(won):
            raise ValueError(f"question {name!r} gives every answer the same points")
        rows[name] = {"direction": "benefit", "low": min(won), "high": max(won), "weight": max(won) - min(won)}
    if not rows:
        raise ValueError("a point card needs at least one question")
    return pd.DataFrame.from_dict(rows, orient="index")


def _points(answers, name, question):
    if "answers" in question:
        points = answers.map(question["answers"]).astype(float)
        wrong = answers.notna() & points.isna()
    else:
        if "names_at_least" in question:  # `A|B` names two, a number stays one
            names = answers.astype("string").str.count(r"\|") + 1
            answers = pd.to_numeric(answers, errors="coerce").astype("Float64").fillna(names)
        floors, won = (np.array(part, float) for part in zip(*next(iter(question.values()))))
        if (np.diff(floors) <= 0).any():
            raise ValueError(f"question {name!r}: the floors must rise")
        number = pd.to_numeric(answers, errors="coerce").astype(float)
        wrong = (answers.notna() & number.isna()) | (number < floors[0])
        place = np.searchsorted(floors, number.fillna(floors[0]).to_numpy(), side="right") - 1
        points = pd.Series(won[place], index=answers.index).where(number.notna())
    if wrong.any():
        found = ", ".join(f"{key}: {answers[key]}" for key in answers.index[wrong][:5])
        raise ValueError(f"question {name!r}: {wrong.sum()} answers that the card does not know ({found})")
    return points


def _reasons(scored, weights):
    points = scored[[f"contribution_{name}" for name in weights.index]].set_axis(weights.index, axis="columns")
    known_weight = (points.notna() * weights).sum(axis=1)
    above = (points - np.outer(50 / known_weight, weights)).round(1)
    return extremes(above)


def _sentence(note, veto, reasons, unknown, lang):
    named = [(words.say("prospect.reason", lang, question=_question(q, lang), points=p), p > 0) for q, p in reasons]
    parts = {
        "note": [_text(key, lang, key) for key in _split(note)],
        "veto": [_text(key, lang, key) for key in _split(veto)],
        "for": [text for text, good in named if good],
        "against": [text for text, good in named if not good],
        "unknown": [_question(name, lang) for name in _split(unknown)],
    }
    comma = words.say("prospect.comma", lang)
    said = [words.say(f"prospect.reasons_{kind}", lang, items=comma.join(i)) for kind, i in parts.items() if i]
    return "".join(said).strip()


def _split(listed):
    return listed.split("; ") if listed else []


def _question(name, lang):
    return _text(f"prospect.question_{name}", lang, name)


def _text(key, lang, otherwise):
    if key.count(".") != 1:
        return otherwise
    try:
        return words.say(key, lang)
    except KeyError:
        return otherwise
