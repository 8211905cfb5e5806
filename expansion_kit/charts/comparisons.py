"""Bars: one measure compared, scores taken apart, the prospects' pipeline."""

import numpy as np

from expansion_kit import words
from expansion_kit.charts.figures import (
    COLOURS,
    QUIET,
    beside,
    finish,
    frame,
    labels_down,
    legend,
    legible,
    number,
    shorten,
    value_axis,
)


def bars(values, *, title, unit, source, as_of="", lang="en", made=False, top=20, highlight=(), in_order=False):
    """
    Horizontal bars, the longest first, each with its value.

    Parameters
    ----------
    values : Series
        One bar an entry, the label from the index; missing values are drawn as a dash.
    title, unit, source, as_of, lang, made
        As for every chart of this module.
    top : int
        How many bars at most.
    highlight : collection
        Index entries in the second colour, such as the own brand.
    in_order : bool
        True keeps the order of the series (days of a week).

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> figure = bars(pd.Series({"A": 3, "B": 5}), title="Stores", unit="stores", source="register")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['B', 'A']
    """
    shown = (values if in_order else values.sort_values(ascending=False, kind="stable")).head(top)
    figure, axes, lang = frame(0.55 + 0.27 * max(len(shown), 2), lang)
    places = np.arange(len(shown))
    colours = [COLOURS[1] if label in highlight else COLOURS[0] for label in shown.index]
    axes.barh(places, shown.fillna(0), color=colours, height=0.68)
    for place, value in zip(places, shown):
        axes.annotate(number(value, lang), (0 if value != value else max(value, 0), place), **beside())
    labels_down(axes, shown.index)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    axes.margins(x=0.14)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def contributions(scores, names, *, title, source, as_of="", lang="en", made=False, top=15):
    """
    Where the score of each of the best sites comes from: one stacked bar a site.

    Parameters
    ----------
    scores : DataFrame
        Index site names or ids; columns `score` (0 to 100) and `contribution_<criterion>` (points, which sum to it).
    names : dict
        Criterion -> the name a reader sees, in the order to stack.
    title, source, as_of, lang, made
        As for every chart of this module.
    top : int
        How many sites at most, the best first.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"score": [60], "contribution_demand": [40], "contribution_rent": [20]}, index=["S1"])
    >>> figure = contributions(scores, {"demand": "Demand", "rent": "Rent"}, title="Sites", source="model")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Demand', 'Rent']
    """
    best = scores.sort_values("score", ascending=False, kind="stable").head(top)
    figure, axes, lang = frame(0.9 + 0.27 * max(len(best), 2), lang)
    places, left, handles = np.arange(len(best)), np.zeros(len(best)), []
    for turn, criterion in enumerate(names):
        part = best[f"contribution_{criterion}"].fillna(0).to_numpy()
        colour, hatch = COLOURS[turn % len(COLOURS)], "" if turn < len(COLOURS) else "///"
        kwargs = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.7}
        handles.append(axes.barh(places, part, left=left, height=0.7, **kwargs))
        left = left + part
    for place, score in zip(places, best["score"]):
        axes.annotate("—" if score != score else f"{score:.0f}", (max(left[place], 0), place), **beside())
    labels_down(axes, best.index)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(words.say("chart.score", lang), size=9, color=QUIET)
    axes.margins(x=0.08)
    legend(figure, handles, [legible(shorten(str(name), 18)) for name in names.values()])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def pipeline(counts, *, title, unit, source, as_of="", lang="en", made=False):
    """
    The prospects' pipeline: how many stand at each stage, and how many came at least so far.

    Parameters
    ----------
    counts : Series
        Prospects that stand at each stage now; index the stages' names in their order.
    title, unit, source, as_of, lang, made
        As for every chart of this module.

    Returns
    -------
    Figure
        Light bars: came at least so far (this stage and all later ones), with the share of the stage before;
        dark bars: stand here now.

    Examples
    --------
    >>> import pandas as pd
    >>> figure = pipeline(pd.Series({"enquiry": 6, "visit": 4}), title="Pipeline", unit="prospects", source="log")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['10', '4 · 40%']
    """
    reached = counts[::-1].cumsum()[::-1]
    figure, axes, lang = frame(0.9 + 0.36 * max(len(counts), 2), lang)
    places = np.arange(len(counts))
    light = axes.barh(places, reached, color="#b9d3e6", height=0.74)
    dark = axes.barh(places, counts, color=COLOURS[0], height=0.4)
    for place, (now, before) in enumerate(zip(reached, [None, *reached.iloc[:-1]])):
        share = f" · {now / before:.0%}" if before else ""
        axes.annotate(number(now, lang) + share, (now, place), **beside())
    labels_down(axes, counts.index)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    axes.margins(x=0.2)
    legend(figure, [light, dark], [words.say("chart.reached", lang), words.say("chart.standing", lang)])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
