"""What a store earns: the month's sales down to its profit, and how the money that was put in comes back."""

import numpy as np

from expansion_kit import words
from expansion_kit.charts.figures import (
    COLOURS,
    INK,
    LINE,
    QUIET,
    finish,
    frame,
    legible,
    money_scale,
    number,
    value_axis,
)

STEPS = {
    "sales": ("sales",),
    "goods": ("goods",),
    "occupancy": ("rent", "property_fee", "promotion_levy"),
    "staff": ("staff",),
    "other_fixed": ("other_fixed",),
    "variable_costs": ("variable_costs",),
    "royalty": ("royalty", "advertising_levy"),
}
_GAIN, _COST, _LOSS = COLOURS[0], "#9fb8c9", COLOURS[5]


def month_accounts(accounts, *, title, currency, source, as_of="", lang="en", made=False):
    """
    An ordinary month of a grown store: sales, what goes off them, and the operating profit that is left.

    Parameters
    ----------
    accounts : Series
        Money: the lines of `candidates.unit_economics.cash_flow` (costs below 0) of a year or of its months, and
        `months`, how many are summed (1 without it). Lines that are absent or missing are drawn as a dash.
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this package.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.Series({"sales": 120.0, "goods": -50.0, "operating_profit": 70.0})
    >>> figure = month_accounts(lines, title="S1", currency="CNY", source="plan")
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['120', '−50 · 42%']
    """
    figure, axes, lang = frame(2.6, lang)
    unit = draw_month(axes, accounts, currency=currency, lang=lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def cash_course(course, *, title, currency, source, as_of="", lang="en", made=False):
    """
    The sum of cash from the first day on: how deep it goes, when the money is back, and how wide it may spread.

    Parameters
    ----------
    course : DataFrame, index month
        Money: `cumulative`, as in `candidates.unit_economics.cash_flow`; `cash_p10`, `cash_p90` where they are known.
    currency, title, source, as_of, lang, made
        As in `month_accounts`.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> course = pd.DataFrame({"cumulative": [-10.0, 0.0, 10.0]})
    >>> figure = cash_course(course, title="S1", currency="CNY", source="plan")
    >>> figure.axes[0].get_xlabel()
    'Months from the first day of the lease'
    """
    figure, axes, lang = frame(2.4, lang)
    unit = draw_cash(axes, course, currency=currency, lang=lang)
    axes.set_ylabel(legible(unit), size=9, color=QUIET)
    axes.set_xlabel(words.say("chart.lease_months", lang), size=9, color=QUIET)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def draw_month(axes, accounts, *, currency, lang, size=9):
    """Draw `month_accounts` on axes, letters of `size` points; gives the unit of the money."""
    months = accounts.get("months", 1)
    money = [sum(accounts.get(line, np.nan) for line in lines) / months for lines in STEPS.values()]
    profit = accounts.get("operating_profit", np.nan) / months
    amounts = np.array([*money, profit], dtype=float)
    ends = np.cumsum(np.nan_to_num(amounts[:-1]))
    left = np.array([0.0, *(ends[1:] - np.nan_to_num(amounts[1:-1])), 0.0])
    largest = np.nanmax([*np.abs(amounts), 0.0])
    step, unit = money_scale(largest, currency, lang)
    colours = [_GAIN, *[_COST] * (len(amounts) - 2), _GAIN if profit >= 0 else _LOSS]
    places = np.arange(len(amounts))
    axes.barh(places, np.nan_to_num(amounts) / step, left=left / step, color=colours, height=0.62)
    for place, amount in enumerate(amounts):
        spot = (max(left[place], left[place] + np.nan_to_num(amount), 0.0) / step, place)
        said = _step_text(amount / step, amounts[0] / step, lang, first=place == 0)
        axes.annotate(said, spot, xytext=(3, 0), textcoords="offset points", va="center", size=size, color=INK)
    axes.set_yticks(places, [*_step_names(lang), words.say("chart.operating_profit", lang)])
    axes.set_ylim(len(places) - 0.45, -0.55)
    axes.tick_params(labelsize=size)
    axes.axvline(0, color=QUIET, linewidth=0.8)
    high, low = max(ends.max(initial=0.0), largest), min(ends.min(initial=0.0), np.nan_to_num(profit), 0.0)
    axes.set_xlim(low / step * 1.05, (high + 0.3 * (high - low)) / step or 1.0)
    value_axis(axes.xaxis, lang)
    return unit


def draw_cash(axes, course, *, currency, lang, size=9):
    """Draw `cash_course` on axes, letters of `size` points; gives the unit of the money."""
    known = course.reindex(columns=["cumulative", "cash_p10", "cash_p90"]).astype(float)
    step, unit = money_scale(np.nanmax(np.abs(known.to_numpy()), initial=0.0), currency, lang)
    month, total = known.index.to_numpy(dtype=float), known["cumulative"] / step
    if known[["cash_p10", "cash_p90"]].notna().any(axis=None):
        low, high = known["cash_p10"] / step, known["cash_p90"] / step
        axes.fill_between(month, low, high, color=_GAIN, alpha=0.18, linewidth=0)
        for bound, ends in (("P10", low), ("P90", high)):
            near = {"xytext": (3, 0), "textcoords": "offset points", "annotation_clip": False}
            axes.annotate(bound, (month[-1], ends.iloc[-1]), va="center", size=size * 0.85, color=QUIET, **near)
    axes.plot(month, total, color=_GAIN, linewidth=1.8)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.grid(True, color=LINE, linewidth=0.6)
    axes.tick_params(labelsize=size)
    axes.set_xlim(0, max(month.max(initial=1.0), 1.0))
    axes.set_xticks(np.arange(0, month.max(initial=1.0) + 1, 6 if len(month) <= 42 else 12))
    _mark_payback(axes, month, total.to_numpy(), lang, size)
    value_axis(axes.yaxis, lang)
    return unit


def _mark_payback(axes, month, total, lang, size):
    """A dot where the sum comes back to 0 for good, with its month."""
    short = np.flatnonzero(total < 0)
    if not len(short) or short[-1] + 1 >= len(total):
        return
    at = short[-1]
    when = month[at] + (month[at + 1] - month[at]) * -total[at] / (total[at + 1] - total[at])
    axes.plot(when, 0, "o", color=_LOSS, markersize=5, zorder=5)
    text = words.say("chart.paid_back", lang, month=f"{when:.1f}")
    aside = ("right", (-4, 5)) if when > month[-1] * 0.6 else ("left", (4, -5 - size))
    axes.annotate(text, (when, 0), xytext=aside[1], textcoords="offset points", ha=aside[0], size=size, color=INK)


def _step_text(amount, sales, lang, *, first):
    if amount != amount:
        return "—"
    said = number(amount, lang).replace("-", "−")
    return said if first or not sales > 0 else f"{said} · {abs(amount) / sales:.0%}"


def _step_names(lang):
    return [words.say(f"chart.step_{name}", lang) for name in STEPS]
