"""What is asked of each territory: three tiers beside last year and the forecast's range."""

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
    value_axis,
)

TIERS = ("base", "target", "challenge")


def target_tiers(figures, *, title, currency, source, as_of="", lang="en", made=False):
    """
    Target, stretch and challenge of each territory as marks, over last year's sales and the forecast's range.

    Parameters
    ----------
    figures : DataFrame
        Index names; `base`, `target`, `challenge` (money of the year), `last_year` (money, may be missing),
        `sales_p10`, `sales_p90` (money; missing where there is no range).
    currency : str
        ISO 4217 code of the money.
    title, source, as_of, lang, made
        As for every chart of this module.

    Returns
    -------
    Figure
        The growth that the target asks for stands behind each row.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"last_year": 100.0, "base": 110.0, "target": 118.0, "challenge": 125.0}
    >>> figure = target_tiers(pd.DataFrame([row], ["North"]), title="Targets", currency="CNY", source="plan")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['Target +10%']
    """
    figure, axes, lang = frame(0.7 + 0.36 * max(len(figures), 2), lang)
    figures = figures.reindex(columns=["last_year", "sales_p10", "sales_p90", *TIERS]).astype(float)
    step, unit = money_scale(figures.max().max(), currency, lang)
    shown, places = figures / step, np.arange(len(figures))
    before = axes.barh(places, shown["last_year"].fillna(0), height=0.6, color="#dbe6ee")
    handles, names = [before], [words.say("chart.last_year_sales", lang)]
    known = shown[["sales_p10", "sales_p90"]].notna().all(axis=1).to_numpy()
    if known.any():
        ends = shown["sales_p10"][known], shown["sales_p90"][known]
        handles.append(axes.hlines(places[known], *ends, color=COLOURS[4], linewidth=9, alpha=0.75))
        names.append(words.say("chart.range", lang))
    for tier, colour, wide in zip(TIERS, (COLOURS[0], COLOURS[1], COLOURS[5]), (3.4, 2.2, 2.2)):
        handles.append(axes.vlines(shown[tier], places - 0.36, places + 0.36, color=colour, linewidth=wide))
        names.append(words.say(f"chart.tier_{tier}", lang))
    growth = figures["base"] / figures["last_year"].where(figures["last_year"] > 0) - 1
    asked = words.say("chart.tier_base", lang) + " "
    for place, (share, far) in enumerate(zip(growth, shown.max(axis=1))):
        axes.annotate("—" if np.isnan(share) else asked + f"{share:+.0%}".replace("-", "−"), (far, place), **beside())
    labels_down(axes, figures.index)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(legible(unit), size=9, color=QUIET)
    axes.set_xlim(0, 1.22 * np.nanmax([shown.max().max(), 1e-9]))
    legend(figure, handles, names)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
