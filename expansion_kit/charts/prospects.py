"""Prospects: the pipeline, how many go on from each stage, who is stuck, and whether a card's chances hold."""

import numpy as np

from expansion_kit import words
from expansion_kit.charts.figures import (
    COLOURS,
    INK,
    LINE,
    QUIET,
    beside,
    finish,
    frame,
    labels_down,
    legend,
    legible,
    number,
    value_axis,
)

_LIGHT = "#b9d3e6"


def pipeline(counts, *, title, unit, source, as_of="", lang="en", made=False):
    """
    The prospects' pipeline: how many stand at each stage, and how many came at least so far.

    Parameters
    ----------
    counts : Series
        Prospects that stand at each stage now; index the stages' names in their order.
    title, unit, source, as_of, lang, made
        As for every chart.

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
    light = axes.barh(places, reached, color=_LIGHT, height=0.74)
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


def conversion(rates, *, title, source, level=0.9, as_of="", lang="en", made=False):
    """
    Share that goes on from each stage (or that signs, by source or owner), with its interval.

    Parameters
    ----------
    rates : DataFrame
        Index the names a reader sees, in order; `rate`, `low`, `high` (0 to 1), `few`, and the counts: `reached` and
        `passed` (`candidates.conversion.conversion`) or `closed` and `signed` (`signing_rates`).
    level : float
        Confidence of the intervals, for the legend.
    title, source, as_of, lang, made
        As for every chart.

    Returns
    -------
    Figure
        A point and a line a row, with the share and how many of how many; hollow where it rests on few, a dash where
        there are none.

    Examples
    --------
    >>> import pandas as pd
    >>> rates = {"rate": [0.8], "low": [0.6], "high": [0.9], "few": [False], "reached": [20], "passed": [16]}
    >>> rates = pd.DataFrame(rates, index=["enquiry"])
    >>> [text.get_text() for text in conversion(rates, title="Conversion", source="log").axes[0].texts]
    ['80% · 16/20']
    """
    whole, part = ("reached", "passed") if "reached" in rates else ("closed", "signed")
    figure, axes, lang = frame(0.9 + 0.32 * max(len(rates), 2), lang)
    places = np.arange(len(rates))
    rate, few = rates["rate"].to_numpy(dtype=float), rates["few"].to_numpy(dtype=bool)
    interval = axes.hlines(places, rates["low"], rates["high"], color=_LIGHT, linewidth=5)
    size = {"markersize": 5.5, "clip_on": False, "zorder": 3, "in_layout": False}
    sure = axes.plot(rate[~few], places[~few], "o", color=COLOURS[0], **size)[0]
    unsure = axes.plot(rate[few], places[few], "o", color=COLOURS[0], markerfacecolor="white", **size)[0]
    for place, (share, n, k) in enumerate(zip(rate, rates[whole], rates[part])):
        text = "—" if share != share else f"{share:.0%} · {int(k)}/{int(n)}"
        axes.annotate(text, (1.0, place), **(beside() | {"xytext": (9, 0)}))
    labels_down(axes, rates.index)
    _share_axis(axes.xaxis)
    axes.set_xlim(min(0.5, np.floor(10 * np.nan_to_num(rates["low"].min(), nan=0.5)) / 10), 1.0)
    handles, named = [sure, interval], [words.say("chart.share", lang), words.say("chart.interval", lang, level=level)]
    if (few & ~np.isnan(rate)).any():
        handles, named = [*handles, unsure], [*named, words.say("chart.few_prospects", lang)]
    legend(figure, handles, named)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def days_in_stage(times, limits, *, title, source, as_of="", lang="en", made=False):
    """
    How long those under way have stood at each stage so far, beside the days from which they count as stuck.

    Parameters
    ----------
    times : DataFrame
        As `candidates.pipeline.time_so_far`, the index in the reader's words: `count`, `median`, `p90`, `longest`.
    limits : Series
        Days from which a prospect is stuck, on the same index; missing where there is none.
    title, source, as_of, lang, made
        As for every chart.

    Returns
    -------
    Figure
        Bar from 0 to the median, line on to the 90 % quantile, a mark at the limit; the days are on a square-root axis,
        because a few stand for years. Stages where nobody stands are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> times = pd.DataFrame({"count": [4], "median": [20.0], "p90": [50.0], "longest": [60.0]}, index=["visit"])
    >>> figure = days_in_stage(times, pd.Series({"visit": 21.0}), title="Days", source="log")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['20 · n=4']
    """
    shown = times[times["median"].notna()]
    figure, axes, lang = frame(0.9 + 0.34 * max(len(shown), 2), lang)
    places = np.arange(len(shown))
    axes.set_xscale("function", functions=(lambda days: np.sqrt(np.maximum(days, 0)), np.square))
    bar = axes.barh(places, shown["median"], color=COLOURS[0], height=0.5)
    line = axes.hlines(places, shown["median"], shown["p90"], color=COLOURS[4], linewidth=4)
    limit = limits.reindex(shown.index)
    mark = axes.plot(limit, places, "|", color=COLOURS[5], markersize=15, markeredgewidth=2.2)[0]
    for place, (median, far, n) in enumerate(zip(shown["median"], shown["p90"], shown["count"])):
        edge = np.nanmax([far, limit.iloc[place]])
        axes.annotate(f"{number(median, lang)} · n={int(n)}", (edge, place), **beside())
    labels_down(axes, shown.index)
    largest = float(np.nanmax([shown["p90"].max(), limit.max(), 1.0])) if len(shown) else 1.0
    ticks = [tick for tick in (0, 10, 30, 100, 200, 400, 700, 1000, 1500, 2000, 3000) if tick <= largest * 1.2]
    axes.set_xticks(ticks, [number(tick, lang) for tick in ticks])
    axes.set_xlim(0, largest * 1.75)
    axes.grid(True, axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(words.say("chart.days_so_far", lang), size=9, color=QUIET)
    said = words.say("chart.stay_median", lang), words.say("chart.stay_p90", lang), words.say("chart.stay_limit", lang)
    legend(figure, [bar, line, mark], said)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def calibration(bands, *, title, source, level=0.9, as_of="", lang="en", made=False):
    """
    What a card foretold and what became of it, by band.

    Parameters
    ----------
    bands : DataFrame
        As `candidates.score_checks.calibration_bands`: `foretold`, `rate`, `low`, `high` (0 to 1), `prospects`.
    level : float
        Confidence of the intervals, for the legend.
    title, source, as_of, lang, made
        As for every chart.

    Returns
    -------
    Figure
        Points on the diagonal: the chances mean what they say. Each with the number of its prospects.

    Examples
    --------
    >>> import pandas as pd
    >>> bands = pd.DataFrame({"foretold": [0.3], "rate": [0.4], "low": [0.2], "high": [0.6], "prospects": [30]})
    >>> [text.get_text() for text in calibration(bands, title="Chances", source="log").axes[0].texts]
    ['n=30']
    """
    figure, axes, lang = frame(3.4, lang)
    line = axes.plot([0, 1], [0, 1], "--", color=QUIET, linewidth=1)[0]
    interval = axes.vlines(bands["foretold"], bands["low"], bands["high"], color=_LIGHT, linewidth=5)
    dots = axes.plot(bands["foretold"], bands["rate"], "o", color=COLOURS[0], markersize=6)[0]
    for x, y, n in zip(bands["foretold"], bands["low"], bands["prospects"]):
        axes.annotate(f"n={int(n)}", (x, y), **(beside() | {"xytext": (0, -7), "ha": "center", "size": 8}))
    axes.set(xlim=(0, 1.04), ylim=(0, 1.04))
    for axis in (axes.xaxis, axes.yaxis):
        _share_axis(axis)
    axes.set_xlabel(words.say("chart.foretold", lang), size=9, color=QUIET)
    axes.set_ylabel(words.say("chart.came_true", lang), size=9, color=QUIET)
    named = [words.say("chart.share", lang), words.say("chart.interval", lang, level=level)]
    legend(figure, [dots, interval, line], [*named, words.say("chart.as_foretold", lang)])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def score_distribution(score, signed, *, title, unit, source, bins=12, as_of="", lang="en", made=False):
    """
    Scores of the signed and of the lost, above and below one line: the less they overlap, the better the card.

    Parameters
    ----------
    score : Series
        Of closed prospects; missing ones are left out.
    signed : Series of bool
        On the same index.
    bins : int
        Steps of the score.
    title, unit, source, as_of, lang, made
        As for every chart; `unit` of the score.

    Returns
    -------
    Figure
        Signed above, lost below; share of each kind in a step, so that both sides have the same area.

    Examples
    --------
    >>> import pandas as pd
    >>> score, signed = pd.Series([1.0, 2.0]), pd.Series([False, True])
    >>> figure = score_distribution(score, signed, title="Scores", unit="points", source="log")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Signed (1)', 'Lost (1)']
    """
    figure, axes, lang = frame(2.9, lang)
    known = score.notna()
    score, signed = score[known], signed.astype(bool)[known]
    edges = np.histogram_bin_edges(score, bins) if len(score) else np.linspace(0, 1, bins + 1)
    handles, named = [], []
    for side, colour, sign in ((signed, COLOURS[0], 1), (~signed, COLOURS[1], -1)):
        share = np.histogram(score[side], edges)[0] / max(int(side.sum()), 1)
        style = {"color": colour, "align": "edge", "edgecolor": "white", "linewidth": 0.7}
        handles.append(axes.bar(edges[:-1], sign * share, np.diff(edges), **style))
        named.append(words.say("chart.signed" if sign > 0 else "chart.lost", lang, n=int(side.sum())))
    axes.axhline(0, color=INK, linewidth=0.8)
    most = max(np.abs(axes.get_ylim()))
    axes.set_ylim(-most, most)
    _share_axis(axes.yaxis)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    axes.set_ylabel(words.say("chart.share_of_kind", lang), size=9, color=QUIET)
    legend(figure, handles, named)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def _share_axis(axis):
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0%}"))
    axis.grid(True, color=LINE, linewidth=0.6)
    axis.axes.set_axisbelow(True)
