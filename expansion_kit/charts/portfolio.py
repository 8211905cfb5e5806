"""Sets of sites: what each further site brings, and how sure the choice of each is."""

import numpy as np

from expansion_kit import words
from expansion_kit.charts.figures import (
    COLOURS,
    INK,
    QUIET,
    beside,
    finish,
    frame,
    labels_down,
    legend,
    legible,
    money_scale,
    number,
    value_axis,
)


def set_gains(curve, *, title, currency, source, as_of="", lang="en", made=False, chosen=None):
    """
    Net gain by number of sites: the best set of each size, beside the best singles together and added up alone.

    Parameters
    ----------
    curve : DataFrame
        As from `candidates.portfolio.portfolio.gain_curve`: by count `best_set`, `best_singles`, `alone`, `bound` and
        `proved`.
    title, source, as_of, lang, made
        As for every chart of this module.
    currency : str
        ISO 4217 code of the money, a month.
    chosen : int, optional
        Number of sites of the plan, marked.

    Returns
    -------
    Figure
        An unproved set is drawn hollow, with a line up to its bound.

    Examples
    --------
    >>> import pandas as pd
    >>> curve = pd.DataFrame({"best_set": 9.0, "best_singles": 9.0, "alone": 9.0, "bound": 9.0, "proved": True}, [1])
    >>> figure = set_gains(curve, title="Gain", currency="CNY", source="model")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Best set', 'Best singles, together', 'Best singles, added up']
    """
    figure, axes, lang = frame(2.7, lang)
    step, unit = money_scale(float(curve[["best_set", "alone", "bound"]].max().max()), currency, lang)
    x = curve.index.to_numpy()
    alone = axes.plot(x, curve["alone"] / step, color=COLOURS[7], linestyle=(0, (4, 3)), linewidth=1.2)[0]
    singles = axes.plot(x, curve["best_singles"] / step, color=COLOURS[1], marker="s", markersize=4.5, linewidth=1.4)[0]
    best = axes.plot(x, curve["best_set"] / step, color=COLOURS[0], marker="o", markersize=6, linewidth=1.8)[0]
    handles = [best, singles, alone]
    texts = [
        words.say("chart.best_set", lang),
        words.say("chart.best_singles", lang),
        words.say("chart.singles_alone", lang),
    ]
    open_gap = curve[~curve["proved"].astype(bool)]
    if len(open_gap):
        low, high = open_gap["best_set"] / step, open_gap["bound"] / step
        axes.vlines(open_gap.index, low, high, color=COLOURS[0], linewidth=1.0)
        hollow = {"color": COLOURS[0], "markerfacecolor": "white", "markersize": 6, "linestyle": ""}
        handles += axes.plot(open_gap.index, low, marker="o", **hollow)
        texts.append(words.say("chart.unproved", lang))
    if chosen in curve.index:
        value = float(curve.loc[chosen, "best_set"])
        at = {"xy": (chosen, value / step), "xytext": (-8, 8), "textcoords": "offset points", "ha": "right"}
        axes.annotate(number(value / step, lang), **at, size=9, color=INK, weight="bold")
        axes.plot([chosen], [value / step], "o", color=COLOURS[0], markersize=11, alpha=0.35)
    axes.set_xticks(x[:: 1 + len(x) // 12])
    axes.set_xlabel(words.say("chart.sites_chosen", lang), size=9, color=QUIET)
    axes.set_ylabel(words.say("chart.net_gain_month", lang, unit=legible(unit)), size=9, color=QUIET)
    axes.set_ylim(0, None)
    value_axis(axes.yaxis, lang)
    legend(figure, handles, texts)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def choice_shares(plan, *, title, source, as_of="", lang="en", made=False, top=12):
    """
    How often each site is in the best set when the inputs move within their errors; the chosen ones stand out.

    Parameters
    ----------
    plan : DataFrame
        Index site names or ids; `chosen` (bool) and `chosen_share` (0 to 1).
    title, source, as_of, lang, made
        As for every chart of this module.
    top : int
        Sites at most beside the chosen ones, those chosen most often.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> plan = pd.DataFrame({"chosen": [True, False], "chosen_share": [0.8, 0.2]}, index=["S1", "S2"])
    >>> figure = choice_shares(plan, title="How sure", source="model")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['80%', '20%']
    """
    ranked = plan.sort_values("chosen_share", ascending=False, kind="stable")
    others = ranked[~ranked["chosen"] & (ranked["chosen_share"] > 0)].head(top)
    shown = ranked[ranked["chosen"] | ranked.index.isin(others.index)]
    figure, axes, lang = frame(0.7 + 0.27 * max(len(shown), 2), lang)
    places, held = np.arange(len(shown)), shown["chosen"].to_numpy(dtype=bool)
    share = 100 * shown["chosen_share"].fillna(0).to_numpy()
    inside = axes.barh(places[held], share[held], color=COLOURS[0], height=0.68)
    outside = axes.barh(places[~held], share[~held], color="#c9c9c9", height=0.68)
    for place, value in zip(places, shown["chosen_share"]):
        axes.annotate(
            "—" if value != value else f"{value:.0%}", (0 if value != value else 100 * value, place), **beside()
        )
    labels_down(axes, shown.index)
    axes.set_xlim(0, 112)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.grid(True, axis="x", color="#d0d0d0", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(words.say("chart.share_of_draws", lang), size=9, color=QUIET)
    if len(others):
        legend(figure, [inside, outside], [words.say("chart.in_the_set", lang), words.say("chart.not_in_it", lang)])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
