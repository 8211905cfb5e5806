"""Sliders for JupyterLab: weights and vetoes move, and the ranking of the sites follows at once."""

import os

import numpy as np
import pandas as pd

from expansion_kit import words
from expansion_kit.candidates.score.certainty import rank_certainty
from expansion_kit.candidates.score.criteria import shares
from expansion_kit.candidates.score.scoring import score, vetoes
from expansion_kit.charts.figures import COLOURS
from expansion_kit.files import escape

SCORES = 2_000_000  # drawn at most at a time, so that a slider is followed at once
CELL = "padding:3px 8px;text-align:{};white-space:nowrap;border-bottom:1px solid #d0d0d0"


def ranked_sites(measures, criteria, *, facts=None, rules=(), draws=10_000, seed=0, **options):
    """
    The sites in the order of their score, those that a veto rules out at the end without a rank.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `candidates.score.scoring.score`.
    facts, rules
        As `measures` and `rules` in `candidates.score.scoring.vetoes`; without facts the measures serve.
    draws, seed, **options
        As in `candidates.score.certainty.rank_certainty`; fewer draws where there are many sites, two million scores
        in all.

    Returns
    -------
    DataFrame, shape (n_sites, ...)
        On the sites' index, in the new order: what `score` returns, `veto`, and `p_top1`, the probability of being
        first. `rank` and `p_top1` are among the sites that are not ruled out.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": "benefit", "low": 0, "high": 10, "weight": 1}, index=["sales"])
    >>> sites = pd.DataFrame({"sales": [9, 7, 8], "area": [10, 50, 60]}, index=["S1", "S2", "S3"])
    >>> rules = [("area", "<", 40, "score.veto_area_small")]
    >>> ranked_sites(sites, criteria, rules=rules)[["score", "rank", "p_top1", "veto"]]
        score  rank  p_top1                   veto
    S3   80.0     1     1.0
    S2   70.0     2     0.0
    S1   90.0  <NA>     NaN  score.veto_area_small
    """
    scored = score(measures, criteria).join(vetoes(measures if facts is None else facts, rules)["veto"])
    open_sites = scored.index[scored["veto"] == ""]
    draws = int(min(draws, max(200, SCORES // max(len(open_sites), 1))))
    among = measures.loc[open_sites]
    scored["rank"] = score(among, criteria)["rank"].reindex(scored.index)
    scored["p_top1"] = rank_certainty(among, criteria, places=[1], draws=draws, seed=seed, **options)["p_top1"]
    turn = np.lexsort((-scored["score"].fillna(-1).to_numpy(), scored["rank"].fillna(len(scored) + 1).to_numpy(int)))
    return scored.iloc[turn]


def ranking_html(ranked, names, labels, *, lang, top=15):
    """
    A ranking as HTML: rank, name, score, chance of being first, coverage, and a bar of where the points come from.

    Parameters
    ----------
    ranked : DataFrame
        From `ranked_sites`.
    names : Series
        Name of each site, on the sites' index.
    labels : dict
        Criterion -> the name a reader sees, in the order to stack.
    lang : str
        `en` or `zh`.
    top : int
        How many sites at most.

    Returns
    -------
    str

    Examples
    --------
    >>> row = {"rank": 1, "score": 80.0, "p_top1": 1.0, "coverage_pct": 100.0, "veto": "", "contribution_sales": 80.0}
    >>> names, labels = pd.Series({"S1": "<North>"}), {"sales": "Sales"}
    >>> html = ranking_html(pd.DataFrame([row], index=["S1"]), names, labels, lang="en")
    >>> "&lt;North&gt;" in html and "<North>" not in html
    True
    """
    standing, out = ranked[ranked["rank"].notna()], ranked[ranked["veto"] != ""]
    colours = {name: COLOURS[turn % len(COLOURS)] for turn, name in enumerate(labels)}
    titles = [words.say(f"panel.{name}", lang) for name in ("rank", "site", "score", "p_top1", "known", "parts")]
    rows = [_cells(_row(row, names[site], labels, colours), "td") for site, row in standing.head(top).iterrows()]
    counts = {"n": len(standing), "out": len(out), "unknown": len(ranked) - len(standing) - len(out)}
    said = [words.say("panel.counts", lang, **counts)]
    if len(standing) > top:
        said.append(words.say("panel.more", lang, n=len(standing) - top))
    barred = [
        words.say("panel.ruled_site", lang, site=names[site], reason=_reasons(veto, lang))
        for site, veto in out["veto"].head(top).items()
    ]
    below = f"<p>{escape(words.say('panel.ruled_out', lang, sites=' · '.join(barred)))}</p>" if barred else ""
    key = '<span style="margin-right:14px"><span style="color:{}" aria-hidden="true">■</span> {}</span>'
    return (
        f'<div style="overflow-x:auto;font-size:13px;line-height:1.35"><p>{escape(" ".join(said))}</p>'
        f"<p>{''.join(key.format(colours[name], escape(label)) for name, label in labels.items())}</p>"
        f'<table style="border-collapse:collapse"><thead>{_cells(map(escape, titles), "th")}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table>{below}<p>{escape(words.say('panel.chance_note', lang))}</p></div>"
    )


def site_sliders(measures, criteria, *, names, labels, lang, facts=None, rules=(), top=15, live=None, **options):
    """
    Sliders for the weights and the veto limits, above a ranking that follows them.

    Every slider can be moved with the arrow keys. Where nobody could move them (a run without a front end, a printed
    notebook) the ranking comes as a plain table.

    Parameters
    ----------
    measures, criteria, facts, rules
        As in `ranked_sites`; the limits of the rules move within the known values.
    names : Series
        Name of each site, on the sites' index.
    labels : dict
        Criterion -> the name a reader sees.
    lang : str
        `en` or `zh`.
    top : int
        How many sites the ranking shows at most.
    live : bool, optional
        Whether there is a front end with widgets. Not given: true where a Jupyter server started the kernel.
    **options
        As in `candidates.score.certainty.rank_certainty`: draws, seed, known, concentration, errors, min_coverage.

    Returns
    -------
    ipywidgets.VBox or DataFrame
        The panel: weights, limits, a button that puts them back, the ranking; else the table.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": "benefit", "low": 0, "high": 10, "weight": 1}, index=["sales"])
    >>> sites = pd.DataFrame({"sales": [9, 7]}, index=["S1", "S2"])
    >>> given = {"names": pd.Series({"S1": "North", "S2": "South"}), "labels": {"sales": "Sales"}, "lang": "en"}
    >>> site_sliders(sites, criteria, **given, live=False)
        site  rank  score  chance of first
    S1 North     1   90.0              1.0
    S2 South     2   70.0              0.0
    """
    given, rules = {"facts": measures if facts is None else facts, **options}, [tuple(rule) for rule in rules]
    if not (_has_front_end() if live is None else live):
        return _plain(ranked_sites(measures, criteria, rules=rules, **given).head(top), names, lang)
    import ipywidgets

    weights = {name: _weight_slider(share, labels[name]) for name, share in shares(criteria).items()}
    limits = {rule: slider for rule in rules if (slider := _limit_slider(rule, given["facts"], lang)) is not None}
    sliders, table = [*weights.values(), *limits.values()], ipywidgets.HTML()

    def follow(_=None):
        stated = criteria.assign(weight=[float(weights[name].value) for name in criteria.index])
        moved = [(*rule[:2], limits[rule].value if rule in limits else rule[2], rule[3]) for rule in rules]
        table.value = _ranking(measures, stated, moved, given, names=names, labels=labels, lang=lang, top=top)

    for slider in sliders:
        slider.continuous_update = len(measures) <= 200  # else the ranking follows when the slider is let go
        slider.observe(follow, names="value")
    follow()
    boxes = [_group("panel.weights", weights.values(), lang)]
    boxes += [_group("panel.vetoes", limits.values(), lang)] if limits else []
    return ipywidgets.VBox([*boxes, _reset_button(sliders, lang), table])


def _has_front_end():
    """A Jupyter server names the notebook to the kernels it starts, Voila itself; a run without a front end neither."""
    return bool(os.environ.get("JPY_SESSION_NAME")) or os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")


def _ranking(measures, criteria, rules, given, *, names, labels, lang, top):
    if not criteria["weight"].any():
        return f"<p>{escape(words.say('panel.no_weight', lang))}</p>"
    weighed = {name: f"{labels[name]} {share:.0%}" for name, share in shares(criteria).items()}
    return ranking_html(ranked_sites(measures, criteria, rules=rules, **given), names, weighed, lang=lang, top=top)


def _plain(ranked, names, lang):
    shown = {"site": names.reindex(ranked.index), "rank": ranked["rank"]}
    shown |= {"score": ranked["score"].round(1), "p_top1": ranked["p_top1"].round(2)}
    return pd.DataFrame({words.say(f"panel.{name}", lang): column for name, column in shown.items()})


def _row(row, name, labels, colours):
    parts = {criterion: row[f"contribution_{criterion}"] for criterion in labels}
    chance = "—" if row["p_top1"] != row["p_top1"] else f"{row['p_top1']:.0%}"
    piece = '<span title="{}: {:.1f}" style="display:inline-block;height:12px;width:{:.1f}px;background:{}"></span>'
    drawn = [
        piece.format(escape(labels[criterion]), points, 2 * points, colours[criterion])
        for criterion, points in parts.items()
        if points > 0
    ]
    return [
        str(row["rank"]),
        escape(name),
        f"{row['score']:.1f}",
        chance,
        f"{row['coverage_pct']:.0f}%",
        "".join(drawn),
    ]


def _cells(cells, tag):
    sides = ("right", "left", "right", "right", "right", "left")
    made = [f'<{tag} style="{CELL.format(side)}">{cell}</{tag}>' for side, cell in zip(sides, cells)]
    return f"<tr>{''.join(made)}</tr>"


def _reasons(veto, lang):
    return ", ".join(words.say(key, lang) for key in veto.split("; "))


def _weight_slider(share, label):
    import ipywidgets

    return ipywidgets.IntSlider(round(100 * share), 0, 100, 1, **_look(label))


def _limit_slider(rule, facts, lang):
    """A slider for the limit of one rule over the known values; none where nothing is known or it is no number."""
    import ipywidgets

    column, _, limit, reason = rule
    known = pd.to_numeric(facts[column], errors="coerce").dropna()
    if known.empty or not isinstance(limit, int | float):
        return None
    low, high = min(known.min(), limit), max(known.max(), limit)
    step = 10.0 ** np.floor(np.log10(max((high - low) / 50, 1e-9)))
    named = column in words.family("panel.limit_", lang)
    label = words.say(f"panel.limit_{column}", lang) if named else words.say(reason, lang)
    ends = {"min": np.floor(low / step) * step, "max": np.ceil(high / step) * step, "step": step}
    form = ",.0f" if step >= 1 else f".{int(round(-np.log10(step)))}f"
    return ipywidgets.FloatSlider(float(limit), readout_format=form, **ends, **_look(label))


def _look(label):
    return {"description": label, "style": {"description_width": "16em"}, "layout": {"width": "min(36em, 98%)"}}


def _group(title, sliders, lang):
    import ipywidgets

    heading = ipywidgets.HTML(f"<b>{escape(words.say(title, lang))}</b>")
    wrapped = ipywidgets.Layout(flex_flow="row wrap")
    return ipywidgets.VBox([heading, ipywidgets.HBox(list(sliders), layout=wrapped)])


def _reset_button(sliders, lang):
    import ipywidgets

    button, first = ipywidgets.Button(description=words.say("panel.reset", lang)), [s.value for s in sliders]

    def back(_):
        for slider, value in zip(sliders, first):
            slider.value = value

    button.on_click(back)
    return button
