"""Sentences on the sales of new sites: which road, how it was tried, what its interval rests on."""

import numpy as np

from expansion_kit.candidates.sales.conformal import LEVEL, carried_level
from expansion_kit.words import family, say


def road_name(road, lang):
    """
    A road or baseline in words; a road of one's own by its own name.

    >>> road_name("huff", "en"), road_name("analogs", "zh"), road_name("expert", "en")
    ('Huff share of potential', '类比店法', 'expert')
    """
    return say(f"site_sales.road_{road}", lang) if road in family("site_sales.road_", lang) else road


def reason_text(reason, lang):
    """
    Why a road may not be used at a site; empty where it may.

    >>> reason_text("unlike_all", "en"), reason_text("", "en")
    ('no own store is like it', '')
    """
    return say(f"site_sales.reason_{reason}", lang) if reason else ""


def choice_text(row, lang):
    """
    Which road a site's sales come from, and why.

    Parameters
    ----------
    row : Series
        A row of `chosen_roads`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> choice_text({"road": "huff", "why": "lowest_error", "wape": 0.123}, "en")
    'Huff share of potential: smallest error on blocks held out (12.3%)'
    """
    why = say(f"site_sales.why_{row['why']}", lang, wape=_share(row["wape"]))
    if not row["road"]:
        return why
    return road_name(row["road"], lang) + ("：" if lang == "zh" else ": ") + why


def checked_text(checked, road, lang):
    """
    How a road did on stores held out, at random and by blocks, and which of the two counts.

    Parameters
    ----------
    checked : dict
        As from `validated`, with both baselines.
    road : str
    lang : str
        `en` or `zh`.

    Returns
    -------
    str
    """
    wape = checked["errors"]["wape"]
    if not len(checked["fold"]):
        return say("site_sales.not_checked", lang, n=checked["stores"])
    if np.isnan(wape.get(("blocks", road), np.nan)):
        return say("site_sales.road_not_checked", lang, road=road_name(road, lang), n=checked["stores"])
    beside = {name: wape[("blocks", key)] for name, key in (("mean", "brand_mean"), ("nearest", "nearest_store"))}
    text = say(
        "site_sales.checked",
        lang,
        road=road_name(road, lang),
        random=_share(wape[("random", road)]),
        blocks=_share(wape[("blocks", road)]),
        n=checked["blocks"],
        km=checked["block_m"] / 1000,
        stores=int(checked["errors"]["stores"][("blocks", road)]),
        **{name: _share(value) for name, value in beside.items()},
    )
    if wape[("blocks", road)] < min(beside.values()):
        return text
    worse = say("site_sales.checked_no_better", lang, road=road_name(road, lang))
    return text + ("" if lang == "zh" else " ") + worse


def interval_text(n, lang, *, level=LEVEL):
    """
    What an interval rests on, or that the stores are too few for it, and what they carry instead.

    Parameters
    ----------
    n : int
        Errors at stores held out.
    lang : str
        `en` or `zh`.
    level : float
        As in `conformal_order`.

    Returns
    -------
    str

    Examples
    --------
    >>> interval_text(8, "en", level=0.9)
    '8 own stores carry no 90% interval; they carry one of 80%.'
    """
    carried = carried_level(n, level=level)
    if np.isnan(carried):
        return say("site_sales.interval_none", lang, n=n)
    if carried < level:
        return say("site_sales.interval_lower", lang, n=n, level=level, carried=carried)
    return say("site_sales.interval", lang, n=n, level=level)


def kind_text(kind, table, lang):
    """
    Whether a model beats the plain regression, in a sentence.

    Parameters
    ----------
    kind, table
        As from `validation.choose_kind`, with `plain` first.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str
        Empty where none could be tried.
    """
    if np.isnan(table["wape"]["plain"]):
        return ""
    plain = _share(table["wape"]["plain"])
    if kind == "plain":
        return say("site_sales.kind_plain", lang, wape=plain)
    name = say(f"site_sales.kind_name_{kind}", lang)
    return say("site_sales.kind_other", lang, kind=name, wape=_share(table["wape"][kind]), plain=plain)


def analogs_text(likes, names, lang):
    """
    The analogs of each place by name, with what each weighs.

    Parameters
    ----------
    likes : DataFrame
        As from `analogs`.
    names : Series
        Name of each store; the id stands in where it has none.
    lang : str
        `en` or `zh`.

    Returns
    -------
    Series
        `analogs_text`, by place.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_tuples([("P1", 1), ("P1", 2)], names=["site_id", "rank"])
    >>> likes = pd.DataFrame({"store_id": ["S1", "S2"], "weight": [0.75, 0.25]}, index=index)
    >>> analogs_text(likes, pd.Series({"S1": "Old Town", "S2": None}), "en").to_dict()
    {'P1': 'Old Town (75%), S2 (25%)'}
    """
    shown = likes["store_id"].map(names).fillna(likes["store_id"])
    each = shown.combine(likes["weight"], lambda name, weight: say("site_sales.analog", lang, name=name, weight=weight))
    return each.groupby(level=0, sort=False).agg(say("site_sales.comma", lang).join).rename("analogs_text")


def _share(value):
    return "—" if value is None or np.isnan(value) else f"{value:.1%}"
