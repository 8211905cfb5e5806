"""Where the year stands: attainment against the target to date, what a gap is made of, the run rate to year end."""

import numpy as np
import pandas as pd

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
    money_scale,
    value_axis,
)

_SHORT, _REACHED = COLOURS[5], COLOURS[0]


def attainment(figures, *, title, currency, source, as_of="", lang="en", made=False, reference=False):
    """
    Actual to date as bars, the target to date as a mark on each: short bars are orange.

    Parameters
    ----------
    figures : DataFrame
        Index names; `actual_to_date` and `target_to_date` (money; missing ones are drawn as a dash).
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this module.
    reference : bool
        True where nobody set the target and a forecast stands in for it: it is called a reference.

    Returns
    -------
    Figure

    Examples
    --------
    >>> figures = pd.DataFrame({"actual_to_date": [90.0], "target_to_date": [100.0]}, index=["North"])
    >>> figure = attainment(figures, title="Attainment", currency="CNY", source="books")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['90%']
    """
    figure, axes, lang = frame(0.7 + 0.3 * max(len(figures), 2), lang)
    actual, target = figures["actual_to_date"], figures["target_to_date"]
    largest = np.nanmax([actual.max(), target.max(), 0.0])
    step, unit = money_scale(largest, currency, lang)
    places, short = np.arange(len(figures)), (actual < target).to_numpy()
    colours = np.where(short, _SHORT, _REACHED)
    axes.barh(places, actual.fillna(0) / step, color=colours, height=0.56)
    marks = axes.vlines(target / step, places - 0.4, places + 0.4, color=INK, linewidth=2.4)
    for place, (sold, wanted) in enumerate(zip(actual, target)):
        text = f"{sold / wanted:.0%}" if wanted > 0 and sold == sold else "—"
        axes.annotate(text, (np.nanmax([sold, wanted, 0.0]) / step, place), **beside())
    labels_down(axes, figures.index)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    axes.margins(x=0.14)
    axes.set_xlim(left=0)
    keys = [axes.barh([0], [0], color=colour) for colour in (_REACHED, _SHORT)]
    what = "reference" if reference else "target"
    names = [words.say(f"chart.{name}", lang) for name in (f"reached_{what}", f"below_{what}", f"{what}_to_date")]
    legend(figure, [*keys, marks], names)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def gap_split(parts, *, title, currency, source, as_of="", lang="en", made=False):
    """
    What each gap to target is made of: parts that help to the right, parts that hurt to the left, a point at the gap.

    Parameters
    ----------
    parts : DataFrame
        Index names; columns parts (`coverage`, `productivity`, or `asked`, `outlets`, `volume`, `mix`, `price`); money;
        a row adds up to the gap. A row with something missing is drawn as a dash.
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this module.

    Returns
    -------
    Figure

    Examples
    --------
    >>> parts = pd.DataFrame({"coverage": [-200.0], "productivity": [50.0]}, index=["North"])
    >>> figure = gap_split(parts, title="Gap", currency="CNY", source="books")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Coverage (outlets)', 'Productivity (per outlet)', 'Gap']
    """
    figure, axes, lang = frame(0.8 + 0.32 * max(len(parts), 2), lang)
    known = parts.notna().all(axis=1)
    shown = parts.where(known, 0.0)
    step, unit = money_scale(np.nanmax([shown.abs().max().max(), 1.0]), currency, lang)
    places = np.arange(len(parts))
    right, left, handles = np.zeros(len(parts)), np.zeros(len(parts)), []
    for turn, name in enumerate(parts.columns):
        size = (shown[name] / step).to_numpy()
        start = np.where(size >= 0, right, left)
        handles.append(axes.barh(places, size, left=start, height=0.62, color=COLOURS[turn], edgecolor="white"))
        right, left = right + size.clip(min=0), left + size.clip(max=0)
    gaps = (shown.sum(axis=1) / step).to_numpy()
    point = axes.plot(gaps[known], places[known], "D", color=INK, markersize=5, markeredgecolor="white", zorder=3)[0]
    for place, gap in enumerate(gaps):
        text = f"{gap:+,.0f}" if known.iloc[place] else "—"
        axes.annotate(text, (right[place], place), **beside())
    axes.axvline(0, color=QUIET, linewidth=0.8)
    labels_down(axes, parts.index)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    axes.margins(x=0.12)
    names = [words.say(f"chart.gap_{name}", lang) for name in parts.columns]
    legend(figure, [*handles, point], [*names, words.say("chart.gap", lang)])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def run_rate(actual, target, end, *, title, currency, source, as_of="", lang="en", made=False, reference=False):
    """
    The year added up: actual and target; a fan to the projected year end.

    Parameters
    ----------
    actual : Series
        Money a month of the year so far; index months (`2026-01`), in order.
    target : Series
        Money a month of the whole year; index its months.
    end : mapping
        `projected_p10`, `projected`, `projected_p90` (money of the year; missing ones are not drawn).
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this module.
    reference : bool
        As in `attainment`.

    Returns
    -------
    Figure

    Examples
    --------
    >>> months = [f"2026-{month:02}" for month in range(1, 13)]
    >>> end = {"projected_p10": 90.0, "projected": 100.0, "projected_p90": 110.0}
    >>> actual, target = pd.Series(8.0, months[:6]), pd.Series(10.0, months)
    >>> figure = run_rate(actual, target, end, title="Year", currency="CNY", source="books")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Actual', 'Target', 'Run rate to year end', '80 % range (P10 to P90)']
    """
    figure, axes, lang = frame(2.7, lang)
    months = [str(month) for month in target.index]
    sold, wished = actual.cumsum().to_numpy(), target.cumsum().to_numpy()
    ends = pd.Series(dict(end), dtype=float)
    largest = np.nanmax([wished[-1], ends.max(), *sold])
    step, unit = money_scale(largest, currency, lang)
    now = len(sold) - 1
    lines = [
        ("chart.actual", axes.plot(np.arange(len(sold)), sold / step, color=INK, linewidth=2.2)[0]),
        (
            "chart.reference" if reference else "chart.target",
            axes.plot(wished / step, color=COLOURS[2], linewidth=1.6, linestyle="--")[0],
        ),
    ]
    if 0 <= now < len(months) - 1 and ends["projected"] == ends["projected"]:
        course = (wished[now:] - wished[now]) / (wished[-1] - wished[now])
        ahead = np.arange(now, len(months))
        way = {name: (sold[-1] + course * (value - sold[-1])) / step for name, value in ends.items()}
        line = axes.plot(ahead, way["projected"], color=COLOURS[0], linewidth=2.2)[0]
        lines.append(("chart.projected", line))
        if ends.notna().all():
            fan = axes.fill_between(ahead, way["projected_p10"], way["projected_p90"], color="#b9d3e6", lw=0)
            lines.append(("chart.range", fan))
    axes.axhline(wished[-1] / step, color=LINE, linewidth=1)
    if ends["projected"] == ends["projected"] and wished[-1] > 0:
        share = ends["projected"] / wished[-1]
        axes.annotate(f"{share:.0%}", (len(months) - 1, ends["projected"] / step), **beside())
    axes.set_xticks(np.arange(len(months)), [month[5:] for month in months])
    axes.set_xlabel(f"{words.say('chart.month', lang)} ({months[0][:4]})", size=9, color=QUIET)
    axes.set_ylim(0, 1.08 * largest / step)
    axes.set_xlim(-0.3, len(months) - 0.1)
    axes.set_ylabel(legible(words.say("chart.cumulative", lang, unit=unit)), size=9, color=QUIET)
    value_axis(axes.yaxis, lang)
    legend(figure, [line for _, line in lines], [words.say(name, lang) for name, _ in lines])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
