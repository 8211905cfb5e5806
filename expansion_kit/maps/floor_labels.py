"""The texts on a mall floor that screen and print share: names of floors, labels inside units, notes, source line."""

import numpy as np

from expansion_kit import words
from expansion_kit.maps.floor_shapes import SYMBOLS, polygons
from expansion_kit.maps.floor_units import MISSING, shops


def floors(units):
    """
    The floors of a table in its order: pairs of mall and floor.

    >>> import pandas as pd
    >>> floors(pd.DataFrame({"mall": ["M", "M", "M"], "floor": ["2F", "1F", "2F"]}))
    [('M', '2F'), ('M', '1F')]
    """
    return list(dict.fromkeys(zip(units["mall"], units["floor"])))


def floor_label(floor, floors):
    """
    What a floor is called: with its mall where there are several.

    >>> floor_label(("M", "1F"), [("M", "1F"), ("M", "2F")]), floor_label(("M", "1F"), [("M", "1F"), ("N", "1F")])
    ('1F', 'M 1F')
    """
    several = len({mall for mall, _ in floors}) > 1
    return " ".join(part for part in (floor if several else floor[1:]) if part) or MISSING


def of_floor(units, floor):
    """The rows of one floor, a pair as from `floors`."""
    return units.loc[np.array([pair == floor for pair in zip(units["mall"], units["floor"])], dtype=bool)]


def label_texts(units, rows, *, plan, lang):
    """
    What may stand inside each unit, the fullest first.

    Parameters
    ----------
    units, rows : DataFrame
        From `floor_units` (or `planned`) and `details`.
    plan : bool
        Whether this is the plan: another brand than now is marked with an arrow.
    lang : str
        `en` or `zh`.

    Returns
    -------
    list of list of list of str
        For each unit the labels that are tried, each a list of lines; the last is its number in the list of units.
    """
    there = shops(units)
    tried = []
    facts = zip(there["number"], there["changes"], there["vacant"], rows.itertuples(index=False))
    for number, changes, vacant, row in facts:
        unit, brand, _, area, rent, commission, expiry = row
        head = [unit, f"→ {brand}" if plan and changes else brand]
        rent = words.say("mall.rent_is", lang, rent=rent) if rent == MISSING else rent
        terms = [words.say("mall.terms", lang, commission=commission), words.say("mall.until", lang, day=expiry)]
        terms = terms[:1] if vacant else terms  # nobody's lease ends
        full = [*head, area, rent, *terms]
        tried.append([full, full[:4], full[:3], head, [unit], [str(number)]])
    return tried


def notes(units, lang):
    """What a reader must know of these floors: what changes, what cannot be drawn."""
    there = shops(units)
    said = [words.say("mall.vacant_means", lang)] if there["vacant"].any() else []
    if there["changes"].any():
        said.append(words.say("mall.planned_means", lang, n=int(there["changes"].sum())))
    hidden = sum(not polygons(shape) for shape in there.geometry)
    if hidden:
        said.append(words.say("mall.no_outline", lang, n=hidden))
    return said if len(there) else [words.say("mall.empty", lang)]


def figure_notes(lang):
    """How the figures of a floor are reckoned."""
    return [words.say("mall.figures_means", lang)]


def symbol_names(units, lang):
    """The kinds of symbols that occur, in a fixed order, with their names."""
    there = set(units["kind"])
    return {kind: words.say(f"mall.kind_{kind}", lang) for kind in SYMBOLS if kind in there}


def own_label(own_brand, lang):
    """What the legend calls the own units."""
    return words.say("mall.own_brand", lang, brand=own_brand) if own_brand else words.say("mall.own", lang)
