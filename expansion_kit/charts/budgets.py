"""The expansion budget as bars: what was spent, and a mark for what was planned by now."""

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


def spending(figures, *, title, currency, source, as_of="", lang="en", made=False):
    """
    What was spent as bars, the budget to date as a mark on each: bars beyond it are orange.

    Parameters
    ----------
    figures : DataFrame
        Index names; `spent` and `amount_to_date` (money; a missing one is drawn as a dash).
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this room.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> figures = pd.DataFrame({"spent": [110.0, None], "amount_to_date": [100.0, 50.0]}, index=["North", "South"])
    >>> figure = spending(figures, title="Budget", currency="CNY", source="books")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['110%', '—']
    """
    figure, axes, lang = frame(0.7 + 0.3 * max(len(figures), 2), lang)
    spent, planned = figures["spent"].astype(float), figures["amount_to_date"].astype(float)
    step, unit = money_scale(np.nanmax([spent.max(), planned.max(), 0.0]), currency, lang)
    places = np.arange(len(figures))
    within, beyond = COLOURS[0], COLOURS[5]
    axes.barh(places, spent.fillna(0) / step, color=np.where(spent > planned, beyond, within), height=0.56)
    marks = axes.vlines(planned / step, places - 0.4, places + 0.4, color=INK, linewidth=2.4)
    for place, (paid, wanted) in enumerate(zip(spent, planned)):
        text = f"{paid / wanted:.0%}" if wanted > 0 and paid == paid else "—"
        axes.annotate(text, (np.nanmax([paid, wanted, 0.0]) / step, place), **beside())
    labels_down(axes, figures.index)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    axes.margins(x=0.14)
    axes.set_xlim(left=0)
    keys = [axes.barh([0], [0], color=colour) for colour in (within, beyond)]
    names = [words.say(f"chart.{name}", lang) for name in ("within_budget", "beyond_budget", "budget_to_date")]
    legend(figure, [*keys, marks], names)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
