"""Through the day, the months and the years: foot traffic, sales with their forecast, targets."""

import re

import numpy as np
import pandas as pd

from expansion_kit import words
from expansion_kit.charts.figures import (
    COLOURS,
    INK,
    QUIET,
    beside,
    cell_text,
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


def band_edges(bands):
    """
    First and last hour of time bands such as `06-11`.

    Parameters
    ----------
    bands : Index of str
        `HH-HH`, hours 0 to 24; a band past midnight (`21-02`) ends above 24.

    Returns
    -------
    DataFrame
        Columns `start`, `end` (hours), the bands as index.

    Raises
    ------
    ValueError
        If a band cannot be read.

    Examples
    --------
    >>> band_edges(["00-06", "21-02"]).to_numpy().tolist()
    [[0, 6], [21, 26]]
    """
    edges = []
    for band in bands:
        found = re.fullmatch(r"\s*(\d{1,2})(?::00)?\s*[-–~～]\s*(\d{1,2})(?::00)?\s*", str(band))
        start, end = (int(hour) for hour in found.groups()) if found else (99, 99)
        if max(start, end) > 24 or start == end:
            raise ValueError(f"a time band must look like 06-11 (hours 0 to 24), but one is {band!r}")
        edges.append((start, end if end > start else end + 24))
    return pd.DataFrame(edges, index=pd.Index(bands), columns=["start", "end"])


def people_per_hour(people):
    """
    People per hour of each time band: bands of unequal length become comparable.

    Parameters
    ----------
    people : Series or DataFrame
        People in the whole band; index of bands as in `band_edges`.

    Returns
    -------
    Series or DataFrame
        Same index (and columns), people per hour; a Series is named `people_per_hour`.

    Examples
    --------
    >>> people_per_hour(pd.Series({"00-06": 600, "06-11": 1000})).to_dict()
    {'00-06': 100.0, '06-11': 200.0}
    """
    edges = band_edges(people.index)
    rates = people.div(edges["end"] - edges["start"], axis=0)
    return rates if isinstance(people, pd.DataFrame) else rates.rename("people_per_hour")


def _hours(bands):
    """`band_edges`, or None where a band is no span of hours (`morning`, an empty one)."""
    try:
        return band_edges(bands)
    except ValueError:
        return None


def profile(people, *, title, source, as_of="", lang="en", made=False):
    """
    Foot traffic through the day: people per hour by time band, one line a type of day (a heat map above three).

    Where a band is no span of hours (`morning`, 早上, an empty one), bars of the people in each whole band.

    Parameters
    ----------
    people : DataFrame
        People in the whole band on one day of the type (not per hour: the chart divides by the band's hours);
        index time bands such as `06-11`, columns types of day (`weekday`, `weekend`, `mon` …).
    title, source, as_of, lang, made
        As for every chart of this module.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If no band has a figure.

    Examples
    --------
    >>> counts = pd.DataFrame({"weekday": [600, 1000]}, index=["00-06", "06-11"])
    >>> profile(counts, title="Day", source="count").axes[0].get_ylabel()
    'People per hour'
    """
    if not people.notna().any(axis=None):
        raise ValueError("a profile needs at least one time band with a figure, but there is none")
    hours = _hours(people.index)
    if hours is None:
        figure, lang = _profile_bars(people, lang)
        return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
    edges = hours.sort_values("start")
    rates = people_per_hour(people).loc[edges.index]
    figure, axes, lang = frame(2.6 if len(people.columns) <= 3 else 1.1 + 0.3 * len(people.columns), lang)
    names = [_day_name(day, lang) for day in people.columns]
    bounds = sorted({*edges["start"], *edges["end"]})
    axes.set_xticks(bounds[:: 1 + len(bounds) // 14])
    axes.set_xlabel(words.say("chart.hour_of_day", lang), size=9, color=QUIET)
    if len(names) <= 3:
        _profile_steps(axes, edges, rates, names, lang)
    else:
        _profile_heat(axes, edges, rates, names, lang)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def _day_name(day, lang):
    known = ("all", "weekday", "weekend", "holiday", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return words.say(f"chart.day_{day}", lang) if day in known else legible(shorten(str(day), 20))


def _profile_bars(people, lang):
    """A group of bars a band, a bar a type of day; the figure and the language it is drawn in."""
    thick = 0.8 / len(people.columns)
    figure, axes, lang = frame(0.6 + len(people) * (0.12 + 0.2 * len(people.columns)), lang)
    places, drawn = np.arange(len(people)), []
    for turn, day in enumerate(people.columns):
        down = places + (turn - (len(people.columns) - 1) / 2) * thick
        colour, hatch = COLOURS[turn % len(COLOURS)], "" if turn < len(COLOURS) else "///"
        drawn.append(axes.barh(down, people[day].fillna(0), height=thick * 0.92, color=colour, hatch=hatch))
        for place, value in zip(down, people[day]):
            axes.annotate(number(value, lang), (0 if value != value else value, place), **beside())
    labels_down(axes, ["" if band is None or band != band else band for band in people.index])
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(words.say("chart.people_in_band", lang), size=9, color=QUIET)
    axes.margins(x=0.14)
    legend(figure, drawn, [_day_name(day, lang) for day in people.columns])
    return figure, lang


def _profile_steps(axes, edges, rates, names, lang):
    lines = []
    for place, day in enumerate(rates.columns):
        (line,) = axes.plot([], [], color=COLOURS[place], linewidth=2.2, linestyle=("-", "--", ":")[place])
        axes.hlines(rates[day], edges["start"], edges["end"], color=COLOURS[place], linewidth=2.6)
        corners = pd.DataFrame({"hour": edges.to_numpy().ravel(), "rate": rates[day].repeat(2).to_numpy()})
        axes.plot(corners["hour"], corners["rate"], color=COLOURS[place], linewidth=1, linestyle=line.get_linestyle())
        lines.append(line)
    axes.set_ylim(0, float(rates.max().max()) * 1.12 or 1.0)
    axes.set_ylabel(words.say("chart.people_per_hour", lang), size=9, color=QUIET)
    value_axis(axes.yaxis, lang)
    legend(axes.figure, lines, names)


def _profile_heat(axes, edges, rates, names, lang):
    steps = np.append(edges["start"].to_numpy(), edges["end"].iloc[-1])
    rows = np.arange(len(names) + 1)
    axes.pcolormesh(steps, rows, rates.T.to_numpy(), cmap="YlGnBu", vmin=0, edgecolors="white", linewidth=1)
    for row, day in enumerate(rates.columns):
        for start, end, rate in zip(edges["start"], edges["end"], rates[day]):
            dark = rate > 0.55 * rates.max().max()
            axes.text((start + end) / 2, row + 0.5, number(rate, lang), **cell_text(dark))
    axes.set_yticks(rows[:-1] + 0.5, names)
    axes.invert_yaxis()
    axes.set_title(words.say("chart.people_per_hour", lang), size=9, color=QUIET, loc="left")


def history_forecast(history, forecast, *, title, currency, source, as_of="", lang="en", made=False, target=None):
    """
    Sales so far, the forecast with its 80 % range, the same period last year, and the target when there is one.

    Parameters
    ----------
    history : Series
        Money per period; index periods such as `2027-02`, `2027-Q1` or `2027-W07`, in order, a gap as a missing value.
    forecast : DataFrame
        Columns `sales_p10`, `sales_p50`, `sales_p90` (money per period); index the periods that follow.
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this module.
    target : Series, optional
        Money per period, index periods of the forecast.

    Returns
    -------
    Figure

    Examples
    --------
    >>> history = pd.Series([9.0, 10.0, 11.0], index=["2025-01", "2025-02", "2025-03"])
    >>> forecast = pd.DataFrame({"sales_p10": [8.0], "sales_p50": [9.0], "sales_p90": [10.0]}, index=["2026-01"])
    >>> history_forecast(history, forecast, title="Sales", currency="CNY", source="books").axes[0].get_ylabel()
    'CNY'
    """
    figure, axes, lang = frame(3.0, lang)
    periods = [str(p) for p in (*history.index, *forecast.index)]
    largest = np.nanmax([history.max(), forecast["sales_p90"].max()])
    step, unit = money_scale(largest, currency, lang)
    after = np.arange(len(history), len(periods))
    before = history.set_axis(periods[: len(history)]) / step
    last_year = before.reindex([f"{int(p[:4]) - 1}{p[4:]}" for p in periods[len(history) :]])
    # The forecast starts where sales end, so that no gap is taken for a fall.
    begin = after[:1] - 1 if len(history) and np.isfinite(before.iloc[-1]) else after[:0]
    along = np.concatenate([begin, after])
    fan = {name: np.concatenate([before.iloc[begin], forecast[name] / step]) for name in forecast}
    likely = axes.fill_between(along, fan["sales_p10"], fan["sales_p90"], color="#b9d3e6", lw=0)
    middle = axes.plot(along, fan["sales_p50"], color=COLOURS[0], linewidth=2.2)[0]
    lines = [
        (words.say("chart.actual", lang), axes.plot(before.to_numpy(), color=INK, linewidth=1.6)[0]),
        (words.say("chart.forecast", lang), middle),
        (words.say("chart.range", lang), likely),
    ]
    if last_year.notna().any():
        drawn = axes.plot(after, last_year.to_numpy(), color=COLOURS[5], linewidth=1.4, linestyle=":")
        lines.append((words.say("chart.last_year", lang), drawn[0]))
    if target is not None:
        wished = target.set_axis(target.index.astype(str)).reindex(periods[len(history) :]) / step
        drawn = axes.plot(after, wished.to_numpy(), color=COLOURS[2], linewidth=1.6, linestyle="--")
        lines.append((words.say("chart.target", lang), drawn[0]))
    _period_axis(axes, periods)
    axes.set_ylim(0, 1.08 * largest / step)
    axes.set_ylabel(legible(unit), size=9, color=QUIET)
    value_axis(axes.yaxis, lang)
    legend(figure, [line for _, line in lines], [name for name, _ in lines])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def _period_axis(axes, periods):
    firsts = [i for i, p in enumerate(periods) if re.fullmatch(r"\d{4}-(01|Q1|W01)", p)]
    ticks = firsts if 2 <= len(firsts) <= 8 else range(0, len(periods), -(-len(periods) // 6))
    axes.set_xticks(list(ticks), [periods[i] for i in ticks])
    axes.set_xlim(-0.5, len(periods) - 0.5)


def target_heat(targets, *, title, currency, source, as_of="", lang="en", made=False):
    """
    Targets by territory and month: a table whose cells are darker where the target is larger.

    Parameters
    ----------
    targets : DataFrame
        Money; index territories, columns months (`2027-02`).
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this module.

    Returns
    -------
    Figure
        Numbers in 万 (Chinese) or thousands and millions (English), the unit above the table.

    Examples
    --------
    >>> targets = pd.DataFrame({"2027-01": [1_200_000], "2027-02": [800_000]}, index=["North"])
    >>> figure = target_heat(targets, title="Targets", currency="CNY", source="plan")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1,200', '800']
    """
    figure, axes, lang = frame(0.75 + 0.25 * max(len(targets), 2), lang)
    largest = float(np.nanmax(targets.to_numpy(dtype=float)))
    step, unit = money_scale(largest, currency, lang)
    cells = targets.to_numpy(dtype=float) / step
    axes.imshow(np.ma.masked_invalid(cells), cmap="YlGnBu", vmin=0, vmax=largest / step, aspect="auto")
    digits, size = 0 if largest / step >= 100 else 1, 6.5 if largest / step >= 1000 else 7.5
    for (row, column), value in np.ndenumerate(cells):
        text = "—" if np.isnan(value) else f"{value:,.{digits}f}".removesuffix(".0")
        axes.text(column, row, text, **cell_text(value > 0.55 * largest / step, size))
    months = [str(month) for month in targets.columns]
    years = {month[:4] for month in months}
    axes.set_xticks(np.arange(len(months)), [month[5:] for month in months] if len(years) == 1 else months)
    axes.set_xlabel(f"{words.say('chart.month', lang)} ({', '.join(sorted(years))})", size=9, color=QUIET)
    labels_down(axes, targets.index, width=18)
    axes.set_ylim(len(targets) - 0.5, -0.5)
    axes.set_title(legible(unit), size=9, color=QUIET, loc="left")
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
