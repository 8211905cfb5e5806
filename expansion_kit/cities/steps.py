"""What to fill in first, and what it gives: the order that a new city is guided in."""

from ..words import say

STEPS = {
    "map": ("stores", ("brands", "stations", "generators", "stores_before")),
    "report": (
        "zones",
        (
            *("zone_footfall", "zone_rents", "market_sales", "listings"),
            *("foot_counts", "sensor_counts", "choices", "travel"),
        ),
    ),
    "sites": ("sites", ()),
    "prospects": ("prospects", ("contacts", "stage_moves", "bids", "budgets")),
    "targets": ("sales", ("territories", "proposals", "expenses", "promotions", "locks", "actions")),
}
"""For each result the table that it needs at least, and those that make it better."""


def guide(lang):
    """
    The steps as a reader sees them, a row each.

    Parameters
    ----------
    lang : str
        `en` or `zh`.

    Returns
    -------
    list of dict of str to str
        `gives`, `least` (sheet and columns), `more` (sheets), `files`.

    Examples
    --------
    >>> guide("en")[0]["gives"], guide("zh")[3]["least"]
    ('store placement map', '意向客户：跟进阶段')
    """
    comma = say("guide.comma", lang)
    return [
        {
            "gives": say(f"guide.gives_{step}", lang),
            "least": say(
                "guide.sheet", lang, sheet=say(f"table.{least}", lang), columns=say(f"guide.least_{step}", lang)
            ),
            "more": comma.join(say(f"table.{table}", lang) for table in more) or "—",
            "files": say(f"guide.files_{step}", lang),
        }
        for step, (least, more) in STEPS.items()
    ]


def what_next(city):
    """
    What a city gives as it is filled in, and what is still empty, in plain words.

    Parameters
    ----------
    city : City

    Returns
    -------
    list of str
        Sentences in the city's language; none where nothing is left to say.

    """
    lang, steps = city.language, dict(zip(STEPS, guide(city.language)))
    zones = city.provenance[city.provenance["table"] == "zones"]
    stand_in = (zones["source"] == say("template.stand_in", lang)).any()
    filled = set(city.counts) - ({"zones"} if stand_in else set())
    empty = [steps[step] for step, (least, _) in STEPS.items() if least not in filled]
    told = []
    if not filled:
        told.append(say("guide.nothing", lang, **steps["map"]))
    elif empty:
        told += [say("guide.still_empty", lang), *(say("guide.open", lang, **step) for step in empty)]
    if city.name == say("template.city_name", lang):
        told.append(say("guide.no_name", lang, name=city.name))
    if not city.own_brand:
        told.append(say("guide.no_own_brand", lang))
    return told
