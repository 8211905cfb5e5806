"""The options of the notebooks, and the check of what was typed."""

import math
import re
from fractions import Fraction

from .. import words

OPTIONS = {
    1: {
        "spend": (float, 0, None),
        "spend_worker": (float, 0, None),
        "spend_passer": (float, 0, None),
        "category": (str, None, None),
        "walk_minutes": (float, 1, 60),
        "ring_m": (float, 50, 20_000),
        "potential_growth": (float, -0.2, 0.5),
    },
    2: {
        "centre": (str, None, None),
        "paper": (str, None, None),
        "walk_minutes": (float, 1, 60),
        "mall": (str, None, None),
        "stops": (int, 2, 40),
        "tiles": (str, None, None),
        "tile_key": (str, None, None),
    },
    3: {
        "alpha": (float, 0, 5),
        "decay": (float, 0, 10),
        "radius_m": (float, 1, 50_000),
        "min_area_sqm": (float, 0, None),
        "max_ocr": (float, 0, 1),
        "protected_m": (float, 0, None),
        "spend": (float, 0, None),
        "spend_worker": (float, 0, None),
        "outside": (float, 0, 0.95),
        "estimate_outside": (int, 0, 1),
        "new_sites": (int, 1, 100),
        "budget": (float, 0, None),
        "spacing_m": (float, 0, 50_000),
        "per_territory": (int, 1, None),
        "per_period": (int, 1, None),
        "discount_rate": (float, 0, 1),
        "vat_rate": (float, 0, 0.5),
        "start_month": (int, 1, 12),
        "fit_out_sqm": (float, 0, None),
        "equipment": (float, 0, None),
        "opening_cost": (float, 0, None),
        "working_capital": (float, 0, None),
        "staff_month": (float, 0, None),
        "other_fixed_month": (float, 0, None),
        "gross_margin": (float, 0, 1),
        "variable_rate": (float, 0, 1),
        "advertising_levy": (float, 0, 1),
    },
    4: {
        "day": (str, None, None),
        "territories": (int, 1, 500),
        "tolerance": (float, 0, 0.5),
        "exclusive": (int, 0, 1),
        "visits": (int, 2, 40),
        "protected_m": (float, 0, None),
        "spend": (float, 0, None),
        "spend_worker": (float, 0, None),
    },
    5: {
        "plan_year": (int, 1990, 2100),
        "keep_until": (str, None, None),
        "total": (int, 1, None),
        "growth": (float, -0.9, 1),
        "rule": (str, None, None),
        "weight": (float, 0, 1),
        "floor": (float, 0, 2),
        "cap": (float, 0, 10),
        "unit": (int, 1, None),
        "stretch": (float, 1, 3),
        "challenge": (float, 1, 5),
        "tiers": (str, None, None),
        "openings": (int, 0, 10_000),
        "opening_sales": (float, 0, None),
        "credit_share": (float, 0, 1),
        "margin": (float, 0, 1),
        "price_change": (float, -0.5, 0.5),
        "set_aside": (int, 0, 1),
        "category": (str, None, None),
        "spend": (float, 0, None),
        "spend_worker": (float, 0, None),
        "potential_growth": (float, -0.2, 0.5),
    },
    6: {
        "tracked_total": (int, 1, None),
        "tracked_growth": (float, -0.9, 1),
        "false_alarm": (float, 0.001, 0.2),
        "problem_below": (float, 0, 2),
        "base_pay": (float, 0, None),
    },
}
"""The options each notebook knows: kind, least and greatest value. An option goes to every notebook that knows it."""


_SIZES = {"": 1, "%": Fraction(1, 100), "％": Fraction(1, 100), "万": 10**4, "亿": 10**8, "千万": 10**7, "百万": 10**6}
_SIZES |= {"万元": 10**4, "亿元": 10**8, "元": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9}


def checked_options(options, lang):
    """
    Options as they were typed, checked against what the notebooks know.

    Parameters
    ----------
    options : dict
        Name to value; texts that hold a number count as numbers, also as people write them: `8%`, `5000万`, `1.2亿`,
        `50 million`, `46,000,000`.
    lang : str
        Language of the message.

    Returns
    -------
    dict
        Name to value of the right kind.

    Raises
    ------
    ValueError
        If an option is not known, of another kind, or out of bounds; all of them in one message.

    Examples
    --------
    >>> checked_options({"plan_year": "2027", "growth": 0.05}, "en")
    {'plan_year': 2027, 'growth': 0.05}
    >>> checked_options({"total": "5000万"}, "zh"), checked_options({"growth": "8%"}, "zh")
    ({'total': 50000000}, {'growth': 0.08})
    """
    known = {name: rule for rules in OPTIONS.values() for name, rule in rules.items()}
    checked, wrong = {}, []
    for name, value in (options or {}).items():
        if name not in known:
            wrong.append(words.say("run.option_unknown", lang, name=name, known=", ".join(sorted(known))))
            continue
        kind, least, most = known[name]
        number = _as_kind(value, kind)
        if number is None:
            wrong.append(words.say(f"run.option_{kind.__name__}", lang, name=name, found=value))
        elif (least is not None and number < least) or (most is not None and number > most):
            bounds = f"{'…' if least is None else least} – {'…' if most is None else most}"
            wrong.append(words.say("run.option_bounds", lang, name=name, found=value, bounds=bounds))
        else:
            checked[name] = number
    for growth, total in (("growth", "total"), ("tracked_growth", "tracked_total")):
        if {growth, total} <= set(checked):
            wrong.append(words.say("run.option_both", lang, growth=growth, total=total))
    if wrong:
        raise ValueError("\n".join(wrong))
    return checked


def _as_kind(value, kind):
    if kind is str:
        return str(value)
    number = _number(value)
    if number is None:
        return None
    if isinstance(value, bool) or not math.isfinite(number) or (kind is int and not number.is_integer()):
        return None
    return kind(number)


_NUMBER = re.compile(r"([-+]?(?:\d{1,3}(?:[,，]\d{3})+|\d+|(?=\.\d))(?:\.\d*)?)\s*([^\s\d.,]*)")


def _number(value):
    """A number as it is typed; as text also with thousands separators, in percent, 万 and 亿, million."""
    try:
        return float(value)
    except TypeError:
        return None
    except ValueError:
        found = _NUMBER.fullmatch(str(value).strip())
    if found is None or found[2].casefold() not in _SIZES:
        return None
    size = _SIZES[found[2].casefold()]
    return float(Fraction(found[1].replace(",", "").replace("，", "")) * size)
