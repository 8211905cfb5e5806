"""Sales of candidate sites by each road, with their intervals; and how far each road was off on stores held out."""

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
    value_axis,
)

MARKS = ("o", "s", "D", "^", "v")


def site_roads(forecasts, chosen, names, *, title, currency, source, as_of="", lang="en", made=False, top=10):
    """
    Sales of each site by each road: a dot, its interval as a whisker; the road chosen is full, the others hollow.

    Parameters
    ----------
    forecasts : DataFrame
        By site and road: `sales_p10`, `sales_p50`, `sales_p90` (money a month), `usable`. A road that may not be used
        at a site is not drawn there.
    chosen : Series
        The road of each site, in the order to draw; empty where there is none.
    names : dict
        Road -> the name a reader sees, in order.
    title, currency, source, as_of, lang, made
        As for every chart of this module; the currency is its ISO 4217 code.
    top : int
        How many sites at most.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product([["P1"], ["huff", "analogs"]])
    >>> table = pd.DataFrame({"sales_p10": [80.0, None], "sales_p50": [100.0, 90.0], "sales_p90": [120.0, None]}, index)
    >>> names = {"huff": "Huff", "analogs": "Analogs"}
    >>> figure = site_roads(table.assign(usable=True), pd.Series({"P1": "huff"}), names, title="Sales", currency="CNY",
    ...                     source="model")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['P1']
    """
    shown = chosen.head(top)
    wide = 0.15 * len(names) + 0.13
    figure, axes, lang = frame(0.75 + wide * max(len(shown), 2), lang)
    drawn = forecasts.reindex(shown.index, level=0)
    money = drawn.loc[drawn["usable"].astype(bool), ["sales_p10", "sales_p50", "sales_p90"]]
    largest = float(np.nanmax([0.0, *money.to_numpy(dtype=float).ravel()]))
    step, unit = money_scale(largest, currency, lang)
    apart = (np.arange(len(names)) - (len(names) - 1) / 2) * 0.8 / max(len(names), 1)
    for turn, road in enumerate(names):
        for place, site in enumerate(shown.index):
            if (site, road) in money.index:
                full = shown[site] == road
                _whisker(axes, place + apart[turn], money.loc[(site, road)] / step, turn, full=full)
    for place, site in enumerate(shown.index):
        if not shown[site]:
            axes.annotate("—", (0, place), **beside())
        if place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color="#f6f6f6", zorder=0)
    labels_down(axes, shown.index)
    axes.set_ylim(len(shown) - 0.45, -0.55)
    axes.set_xlim(0, largest / step * 1.04 or 1.0)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(words.say("chart.sales_month", lang, unit=unit)), size=9, color=QUIET)
    _keys(figure, axes, names, lang)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def road_errors(errors, names, *, title, source, as_of="", lang="en", made=False):
    """
    How far each road and each baseline was off on stores held out: split at random and split by blocks.

    Parameters
    ----------
    errors : DataFrame
        By `split` (`random`, `blocks`) and road, with `wape`, as from `site_forecasts.validated`.
    names : dict
        Road or baseline -> the name a reader sees, in order.
    title, source, as_of, lang, made
        As for every chart of this module.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product([["random", "blocks"], ["huff"]])
    >>> errors = pd.DataFrame({"wape": [0.1, 0.2]}, index)
    >>> figure = road_errors(errors, {"huff": "Huff"}, title="Errors", source="model")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['10.0%', '20.0%']
    """
    figure, axes, lang = frame(0.75 + 0.42 * max(len(names), 2), lang)
    places, handles = np.arange(len(names)), []
    for turn, (split, colour) in enumerate((("random", COLOURS[4]), ("blocks", COLOURS[0]))):
        values = np.array([errors["wape"].get((split, road), np.nan) for road in names], dtype=float) * 100
        at = places + (turn - 0.5) * 0.38
        handles.append(axes.barh(at, np.nan_to_num(values), height=0.36, color=colour))
        for place, value in zip(at, values):
            axes.annotate("—" if np.isnan(value) else f"{value:.1f}%", (np.nan_to_num(value), place), **beside())
    labels_down(axes, names.values())
    value_axis(axes.xaxis, lang)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    axes.set_xlabel(words.say("chart.road_error", lang), size=9, color=QUIET)
    axes.margins(x=0.14)
    legend(figure, handles, [words.say("chart.split_random", lang), words.say("chart.split_blocks", lang)])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def _whisker(axes, place, money, turn, *, full):
    colour = COLOURS[turn % len(COLOURS)]
    low, middle, high = money
    if low == low and high == high:
        axes.plot([low, high], [place, place], color=colour, linewidth=2.2 if full else 1.0, solid_capstyle="butt")
    inside = colour if full else "white"
    axes.plot(
        [middle], [place], MARKS[turn % len(MARKS)], color=colour, markersize=5.5, markerfacecolor=inside, zorder=3
    )


def _keys(figure, axes, names, lang):
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=COLOURS[t % len(COLOURS)], marker=MARKS[t % len(MARKS)], linestyle="", markersize=5.5)
        for t in range(len(names))
    ]
    full = Line2D([], [], color=INK, marker="o", linewidth=2.2, markersize=5.5)
    told = words.say("chart.road_chosen", lang), words.say("chart.road_interval", lang)
    joined = "，" if lang == "zh" else ", "
    legend(figure, [*marks, full], [*(legible(str(name)) for name in names.values()), joined.join(told)])
