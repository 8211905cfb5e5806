"""Candidate sites: how sure each rank is, which criterion decides, what other rules of ranking say."""

import numpy as np

from expansion_kit import words
from expansion_kit.charts.figures import (
    COLOURS,
    INK,
    LINE,
    QUIET,
    cell_text,
    finish,
    frame,
    labels_down,
    legend,
    legible,
    shorten,
    value_axis,
)
from expansion_kit.charts.zones import scale_bar

RANKS = ((1, 1), (2, 3), (4, 5), (6, 10))
DEPTHS = ("#084a7d", "#2f7fb8", "#86b9dc", "#cfe2f0", "#efefef")  # the first ranks are darkest, all others pale
RULES = {"score": "o", "weighted_sum": "s", "topsis": "^", "outranking": "D"}


def ranked_map(sites, rank, *, title, source, as_of="", lang="en", made=False, zones=None, stores=None, top=15):
    """
    Where the ranked sites are: the best with their rank, the others as small dots.

    Parameters
    ----------
    sites : GeoDataFrame
        Points in metres.
    rank : Series
        1, 2 ... on the sites' index; a site without one is drawn hollow.
    title, source, as_of, lang, made
        As for every chart of this module.
    zones, stores : GeoDataFrame, optional
        Outlines beneath, and the own stores, in the same coordinate reference system.
    top : int
        Ranks that are written out.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> sites = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 900], [0, 900]), index=["P1", "P2"], crs=32652)
    >>> figure = ranked_map(sites, pd.Series({"P1": 2, "P2": 1}), title="Sites", source="survey")
    >>> [text.get_text() for text in figure.axes[0].texts[:2]]
    ['2', '1']
    """
    figure, axes, lang = frame(4.6, lang)
    if zones is not None and len(zones):
        zones.geometry.boundary[zones.geom_type != "Point"].plot(ax=axes, color=LINE, linewidth=0.5, zorder=1)
    place = sites.geometry.dropna()
    known = rank.reindex(place.index).astype("Float64")
    groups = [("chart.own_store", stores, {"s": 9, "color": COLOURS[2], "linewidths": 0})]
    groups += [
        ("chart.ranked_later", place[(known > top).fillna(False)], {"s": 16, "color": "#7f9fbe", "linewidths": 0})
    ]
    groups += [("chart.not_ranked", place[known.isna()], {"s": 16, "facecolor": "white", "edgecolor": QUIET})]
    handles, texts = [], []
    for key, points, look in groups:
        if points is not None and len(points):
            at = points.geometry
            handles.append(axes.scatter(at.x, at.y, zorder=2, **look))
            texts.append(words.say(key, lang, n=len(points)))
    best = known[(known <= top).fillna(False)].sort_values(ascending=False, kind="stable")
    for turn, (site, number) in enumerate(best.items()):
        disc = {"boxstyle": "circle,pad=0.22", "facecolor": DEPTHS[0], "edgecolor": "white", "linewidth": 0.8}
        look = {"ha": "center", "va": "center", "size": 8.5, "color": "white", "weight": "bold", "zorder": 3 + turn}
        axes.text(place[site].x, place[site].y, f"{number:.0f}", bbox=disc, **look)
    axes.update_datalim(np.column_stack([place.x, place.y]))
    axes.set(aspect="equal", xticks=[], yticks=[], xlabel="", ylabel="", xmargin=0.06, ymargin=0.06)
    axes.autoscale_view()
    axes.spines[:].set_visible(False)
    scale_bar(axes, lang)
    if handles:
        legend(figure, handles, texts)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def rank_certainty(acceptability, *, title, source, as_of="", lang="en", made=False, top=12):
    """
    How often each site has which rank when weights and measurements are not certain: one stacked bar a site.

    Parameters
    ----------
    acceptability : DataFrame, shape (n_sites, n_ranks)
        Index site names, in the order to show; columns 1, 2, ... up to at least 10 or the number of sites; 0 to 1. A
        site of missing values is left out.
    title, source, as_of, lang, made
        As for every chart of this module.
    top : int
        How many sites at most, the first ones.

    Returns
    -------
    Figure
        Ranks 1, 2 to 3, 4 to 5, 6 to 10 and all others, with the chance in per cent where there is room for it.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({1: [0.7, 0.3], 2: [0.3, 0.7]}, index=["S1", "S2"])
    >>> figure = rank_certainty(table, title="Sites", source="model")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['70', '30', '30', '70']
    """
    known = acceptability.dropna()
    shown = known.head(top)
    parts = [shown.loc[:, [r for r in shown if low <= r <= high]].sum(axis=1) for low, high in RANKS]
    parts.append(1 - sum(parts))
    held = sum(low <= len(known) for low, _ in RANKS) + (len(known) > RANKS[-1][1])
    figure, axes, lang = frame(0.8 + 0.28 * max(len(shown), 2), lang)
    places, left, handles = np.arange(len(shown)), np.zeros(len(shown)), []
    for turn, (part, colour) in enumerate(zip(parts[:held], DEPTHS)):
        share = 100 * part.clip(lower=0).to_numpy()
        handles.append(axes.barh(places, share, left=left, height=0.74, color=colour, edgecolor="white", linewidth=0.6))
        for place in np.flatnonzero(share >= 6):
            axes.text(left[place] + share[place] / 2, place, f"{share[place]:.0f}", **cell_text(turn < 2, 8.5))
        left = left + share
    labels_down(axes, shown.index)
    axes.set_xlim(0, 100)
    value_axis(axes.xaxis, lang)
    axes.set_xlabel(words.say("chart.chance_of_rank", lang), size=9, color=QUIET)
    spans = [str(low) if low == high else f"{low}–{high}" for low, high in RANKS]
    named = [words.say("chart.rank_of", lang, rank=span) for span in spans] + [words.say("chart.rank_later", lang)]
    legend(figure, handles, named[:held])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def tornado(table, names, *, title, source, as_of="", lang="en", made=False, top=10):
    """
    Which criterion decides: the lead of the first site as one weight, or one of its measures, moves to its limits.

    Parameters
    ----------
    table : DataFrame
        What `candidates.score.sensitivity.tornado` returns, the widest swing first.
    names : dict
        Criterion -> the name a reader sees.
    title, source, as_of, lang, made
        As for every chart of this module.
    top : int
        How many bars at most.

    Returns
    -------
    Figure
        Points ahead of the next site; left of the zero line another site is first.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"lead": [2.0], "lead_low": [-1.0], "lead_high": [4.0]}
    >>> index = pd.MultiIndex.from_tuples([("rent", "weight")], names=["criterion", "moved"])
    >>> figure = tornado(pd.DataFrame(rows, index=index), {"rent": "Rent"}, title="Sites", source="model")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['Rent (weight)']
    """
    shown = table.head(top)
    figure, axes, lang = frame(0.85 + 0.3 * max(len(shown), 2), lang)
    lead, places = float(shown["lead"].iloc[0]) if len(shown) else 0.0, np.arange(len(shown))
    handles = []
    for end, colour in (("low", COLOURS[1]), ("high", COLOURS[0])):
        width = shown[f"lead_{end}"].to_numpy(float) - lead if len(shown) else places
        handles.append(axes.barh(places, width, left=lead, height=0.62, color=colour, alpha=0.9))
    for place, (low, high) in enumerate(shown[["lead_low", "lead_high"]].to_numpy(float) if len(shown) else ()):
        _ends(axes, place, low, high, lead)
    axes.axvline(lead, color=INK, linewidth=0.9)
    axes.axvline(0, color="#b00020", linewidth=1.2, linestyle=(0, (4, 3)))
    labels_down(axes, [_moved(names, row, lang) for row in shown.index], 34)
    value_axis(axes.xaxis, lang)
    axes.margins(x=0.16)
    axes.set_xlabel(words.say("chart.lead", lang), size=9, color=QUIET)
    legend(figure, handles, [words.say("chart.limit_low", lang), words.say("chart.limit_high", lang)])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def method_ranks(ranks, *, title, source, as_of="", lang="en", made=False, top=12):
    """
    The rank of each site by score and by other rules: marks close together, the order does not hang on the rule.

    Parameters
    ----------
    ranks : DataFrame, shape (n_sites, up to 4)
        What `candidates.score.comparison.method_ranks` returns, indexed by site names; a site of missing ranks is left
        out.
    title, source, as_of, lang, made
        As for every chart of this module.
    top : int
        How many sites at most, the best by the first column.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> ranks = pd.DataFrame({"score": [2, 1], "topsis": [1, 2]}, index=["S1", "S2"])
    >>> figure = method_ranks(ranks, title="Sites", source="model")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['S2', 'S1']
    """
    shown = ranks.dropna().astype(float).sort_values(list(ranks.columns[:1]), kind="stable").head(top)
    figure, axes, lang = frame(0.8 + 0.28 * max(len(shown), 2), lang)
    places, handles = np.arange(len(shown)), []
    axes.hlines(places, shown.min(axis=1), shown.max(axis=1), color=LINE, linewidth=4, zorder=1)
    for turn, (rule, mark) in enumerate((rule, mark) for rule, mark in RULES.items() if rule in shown):
        step = 0.13 * (turn - (len(shown.columns) - 1) / 2)  # beside each other where ranks are equal
        look = {"s": 34, "marker": mark, "color": COLOURS[turn], "edgecolors": "white", "linewidths": 0.6, "zorder": 2}
        handles.append(axes.scatter(shown[rule], places + step, **look))
    labels_down(axes, shown.index)
    last = max(int(shown.max(axis=None)) if len(shown) else 1, 5)
    axes.set_xlim(0.4, last + 0.6)
    axes.set_xticks(range(1, last + 1, 1 + last // 8))
    axes.grid(True, axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(words.say("chart.rank_axis", lang), size=9, color=QUIET)
    legend(figure, handles, [words.say(f"chart.rule_{rule}", lang) for rule in RULES if rule in shown])
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def _moved(names, row, lang):
    criterion, moved = row
    name = shorten(legible(str(names.get(criterion, criterion))), 22)
    return words.say("chart.moved_weight" if moved == "weight" else "chart.moved_measure", lang, name=name)


def _ends(axes, place, low, high, lead):
    """The figure at each end of a bar; where both limits lie on one side of the lead, only the farther one."""
    ends = (low, high) if (low - lead) * (high - lead) < 0 else (max(low, high, key=lambda end: abs(end - lead)),)
    for end in ends:
        right = end >= lead
        place_at = {
            "xytext": (3 if right else -3, 0),
            "textcoords": "offset points",
            "ha": "left" if right else "right",
        }
        axes.annotate(f"{end:+.1f}".replace("-", "−"), (end, place), va="center", size=8.5, color=INK, **place_at)
