"""Bars: one measure compared, scores taken apart, the bridge to the target."""

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
    money_scale,
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


def bridge(last_year, steps, target, *, title, currency, source, as_of="", lang="en", made=False):
    """
    Bridge from last year to the target: what each step adds or takes, one beneath the other.

    Parameters
    ----------
    last_year, target : float
        Money of a year.
    steps : Series
        Money each step adds (below 0: takes), in order; index `price`, `growth`, `own_growth`, `trend`, `stretch`,
        `openings`, `closures`, `cannibalisation`, `share`, or any text that is shown as it is.
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this module.

    Returns
    -------
    Figure
        Money from 0 on; each step with its sign and its share of last year.

    Raises
    ------
    ValueError
        If an amount is missing, or the steps do not lead from last year to the target.

    Examples
    --------
    >>> import pandas as pd
    >>> steps = pd.Series({"openings": 30_000.0, "share": -10_000.0})
    >>> figure = bridge(200_000.0, steps, 220_000.0, title="2027", currency="CNY", source="plan")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['200.0', '+30.0 · +15.0%', '−10.0 · −5.0%', '220.0 · +10.0%']
    """
    amounts = steps.to_numpy(dtype=float)
    ends = last_year + np.cumsum(amounts)
    reached = ends[-1] if len(ends) else last_year
    largest = np.abs([last_year, target, *ends]).max()
    if not np.isfinite(largest) or abs(reached - target) > 1e-6 * max(largest, 1.0):
        raise ValueError(f"the steps lead from {last_year} to {reached}, but the target is {target}")
    figure, axes, lang = frame(0.55 + 0.32 * (len(steps) + 2), lang)
    step, unit = money_scale(largest, currency, lang)
    left = np.array([0.0, *(ends - amounts), 0.0]) / step
    width = np.array([last_year, *amounts, target]) / step
    colours = [COLOURS[0], *(COLOURS[4] if amount >= 0 else COLOURS[1] for amount in amounts), COLOURS[0]]
    places = np.arange(len(width))
    axes.barh(places, width, left=left, color=colours, height=0.62)
    tops = np.array([last_year, *ends]) / step
    axes.vlines(tops, places[:-1], places[1:], color=QUIET, linewidth=0.8, zorder=0.5)
    texts = _bridge_texts(width, last_year / step)
    for place, (text, low, wide) in enumerate(zip(texts, left, width)):
        axes.annotate(text, (max(low, low + wide), place), **beside())
    ends_of_bridge = words.say("chart.last_year_sales", lang), words.say("chart.target", lang)
    labels_down(axes, [ends_of_bridge[0], *_step_names(steps.index, lang), ends_of_bridge[1]])
    axes.axvline(0, color=QUIET, linewidth=0.8)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    low, high = min(left.min(), (left + width).min(), 0.0), max((left + width).max(), left.max(), 0.0)
    axes.set_xlim(low - 0.02 * (high - low), high + 0.42 * (high - low) or 1.0)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def _bridge_texts(width, base):
    """The totals plain, the steps with their sign, both with what they are of last year's sales."""
    largest = np.abs(width).max()
    digits = 0 if largest >= 1000 else 1 if largest >= 100 else 2

    def signed(value, pattern):
        text = f"{value:{pattern}}".replace("-", "−")  # the sign as wide as the plus
        return text if any(digit in text for digit in "123456789") else text.lstrip("+−")

    def share(value):
        return f" · {signed(value / base, '+.1%')}" if base > 0 else ""

    start, *steps, target = width
    middle = [signed(value, f"+,.{digits}f") + share(value) for value in steps]
    return [signed(start, f",.{digits}f"), *middle, signed(target, f",.{digits}f") + share(target - start)]


def _step_names(keys, lang):
    names = {
        "price": words.say("chart.bridge_price", lang),
        "growth": words.say("chart.bridge_growth", lang),
        "own_growth": words.say("chart.bridge_own_growth", lang),
        "trend": words.say("chart.bridge_trend", lang),
        "stretch": words.say("chart.bridge_stretch", lang),
        "openings": words.say("chart.bridge_openings", lang),
        "closures": words.say("chart.bridge_closures", lang),
        "cannibalisation": words.say("chart.bridge_cannibalisation", lang),
        "share": words.say("chart.bridge_share", lang),
    }
    return [names.get(key, key) for key in keys]
