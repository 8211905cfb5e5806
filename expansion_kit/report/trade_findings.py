"""Findings about trade areas, white space, rivals' moves and what goes with what: figures put into sentences."""

from expansion_kit import words
from expansion_kit.charts import number
from expansion_kit.report.findings import listed


def walk_sentence(people, *, minutes, method, lang):
    """
    How many people live within a walk of the places looked at.

    Parameters
    ----------
    people : Series
        People by place; missing where unknown.
    minutes : float
        Of the walk.
    method : str
        How the areas were made, `streets`, `table` or `line`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> walk_sentence(pd.Series([1000.0, 3000.0, 5000.0]), minutes=10, method="line", lang="en")
    'Within 10 minutes on foot (straight line times a detour, no street network) live a median of 3,000 people;
     over the 3 places from 1,000 to 5,000.'
    """
    known = people.dropna()
    if known.empty:
        return words.say("report.walk_none", lang)
    cuts = {"least": known.min(), "median": known.median(), "most": known.max()}
    told = {name: number(value, lang) for name, value in cuts.items()}
    how = words.say(f"report.by_{method}", lang)
    return words.say("report.walk", lang, minutes=f"{minutes:g}", method=how, n=len(known), **told)


def overlap_sentence(shared, names, *, lang):
    """
    How much own stores' trade areas lie over one another.

    Parameters
    ----------
    shared : DataFrame, index `area`, `other`
        As from `trade_areas.overlap`, with `population_share`.
    names : Series
        Of the areas.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> pairs = pd.MultiIndex.from_tuples([("A", "B"), ("B", "A")], names=["area", "other"])
    >>> shared = pd.DataFrame({"population_share": [0.5, 0.25]}, index=pairs)
    >>> overlap_sentence(shared, pd.Series({"A": "North", "B": "South"}), lang="en")
    'Pairs of own stores whose trade areas overlap: 1; most of all North, which shares 50% of its people with South. An
     overlap is a reason to look, not an estimate of lost sales.'
    """
    share = shared["population_share"].dropna()
    share = share[share > 0]
    if share.empty:
        return words.say("report.overlap_none", lang)
    area, other = share.idxmax()
    pairs = len({frozenset(pair) for pair in share.index})
    told = {"area": names.get(area, area), "other": names.get(other, other), "share": f"{share.max():.0%}"}
    return words.say("report.overlap", lang, pairs=pairs, **told)


def white_space_sentence(cells, names, *, unit, lang, n=3):
    """
    Where most demand is left over within reach of one place, and how much of the city's demand is left over in all.

    Parameters
    ----------
    cells : DataFrame
        As from `white_space.white_space`, best first.
    names : Series
        The zone each cell lies in.
    unit : str
        Of the money, for readers.
    lang : str
        `en` or `zh`.
    n : int
        How many cells are named.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"demand": [80.0, 20.0], "unserved": [20.0, 5.0], "reachable_unserved": [25.0, 6.0]},
    ...                      index=["a", "b"])
    >>> white_space_sentence(cells, pd.Series({"a": "North", "b": "South"}), unit="CNY a month", lang="en", n=1)
    '25% of the stated demand is more than the shops within reach sell today. Most of it can be reached from North (25
     CNY a month).'
    """
    known = cells[cells["reachable_unserved"] > 0]
    if known.empty:
        return words.say("report.white_none", lang)
    first = known.assign(place=names.reindex(known.index)).drop_duplicates("place").head(n)
    left = first.set_index("place")["reachable_unserved"]
    named = [f"{place} ({number(value, lang)} {unit})" for place, value in left.items()]
    share = cells["unserved"].sum() / cells.loc[cells["unserved"].notna(), "demand"].sum()
    return words.say("report.white", lang, share=f"{share:.0%}", places=listed(named, lang))


def goes_with_sentence(found, *, measure, outcome, lang):
    """
    Whether a measure goes with an outcome over the zones, and with what certainty.

    Parameters
    ----------
    found : dict
        As from `foot_traffic.rank_correlation`.
    measure, outcome : str
        Their names for readers.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> found = {"rank_correlation": -0.15, "low": -0.25, "high": -0.04, "zones": 420}
    >>> goes_with_sentence(found, measure="Foot traffic", outcome="sales per store", lang="en")
    'Warning: foot traffic does not predict sales per store here: rank correlation -0.15 (95% interval -0.25 to -0.04)
     over 420 zones. Do not rank sites by it.'
    """
    values = {name: f"{found[name]:.2f}" for name in ("rank_correlation", "low", "high")}
    if found["rank_correlation"] != found["rank_correlation"]:
        return words.say("report.goes_unknown", lang, measure=measure, outcome=outcome, zones=found["zones"])
    key = "report.goes_not" if found["low"] <= 0 or found["rank_correlation"] < 0.3 else "report.goes"
    shown = {"measure": measure[:1].lower() + measure[1:] if lang == "en" else measure, "outcome": outcome}
    return words.say(key, lang, zones=found["zones"], **shown, **values)


def changes_sentence(balance, *, since, lang, top=3):
    """
    What chains did between two dates.

    Parameters
    ----------
    balance : DataFrame
        As from `store_changes.changes_by_brand`.
    since : str
        The earlier date, as told by its source.
    lang : str
        `en` or `zh`.
    top : int
        How many brands are named.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> balance = pd.DataFrame({"before": [10], "opened": [3], "closed": [1], "taken_over": [0], "given_up": [0],
    ...                         "now": [12], "moved": [0]}, index=["Tea"])
    >>> changes_sentence(balance, since="2025-10", lang="en")
    'Since 2025-10, 3 stores opened, 1 closed, 0 moved and 0 took another brand. Largest changes: Tea (10 to 12).'
    """
    net = (balance["now"] - balance["before"]).abs().sort_values(ascending=False, kind="stable")
    named = [f"{brand} ({balance.at[brand, 'before']} → {balance.at[brand, 'now']})" for brand in net[net > 0].index]
    named = [name.replace(" → ", f" {words.say('report.to', lang)} ") for name in named[:top]]
    counts = {name: int(balance[name].sum()) for name in ("opened", "closed", "moved", "taken_over")}
    text = words.say("report.changes", lang, since=since, **counts)
    return text + (words.say("report.changes_top", lang, brands=listed(named, lang)) if named else "")


def clustering_sentence(brand, found, *, lang):
    """
    Whether the stores of a brand stand closer together than shops do by chance.

    Parameters
    ----------
    brand : str
    found : Series
        As from `clustering.nearest_neighbour`, by simulation among all stores.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.Series({"n": 40, "mean_m": 380.0, "expected_m": 500.0, "p": 0.02})
    >>> clustering_sentence("Tea", found, lang="en")
    'Tea (40 stores): the nearest store of the brand is 380 m away on average, 500 m if drawn from all stores by chance:
     closer together than chance (p = 0.02).'
    """
    verdict = "chance" if not found["p"] <= 0.05 else "closer" if found["mean_m"] < found["expected_m"] else "apart"
    told = {"n": int(found["n"]), "mean": f"{found['mean_m']:,.0f}", "drawn": f"{found['expected_m']:,.0f}"}
    verdict = words.say(f"report.cluster_{verdict}", lang)
    return words.say("report.cluster", lang, brand=brand, verdict=verdict, p=f"{found['p']:.2f}", **told)


def scenarios_sentence(totals, *, currency, lang):
    """
    What the market potential comes to in the last year of each scenario.

    Parameters
    ----------
    totals : DataFrame
        Money a month; index scenarios (low, base, high), columns years from 0 (today).
    currency : str
        ISO 4217 code.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> totals = pd.DataFrame({0: [1e6, 1e6], 3: [1e6, 1.2e6]}, index=["low", "high"])
    >>> scenarios_sentence(totals, currency="CNY", lang="en")
    'In 3 years the market potential is between CNY 1,000,000 and CNY 1,200,000 a month (today CNY 1,000,000), if the
     stated growth comes.'
    """
    last = totals[totals.columns.max()]
    told = {"low": last.min(), "high": last.max(), "today": totals[0].iloc[0]}
    told = {name: words.money(value, currency, lang) for name, value in told.items()}
    return words.say("report.scenarios", lang, years=int(totals.columns.max()), **told)


def counted_sentence(weeks, names, *, lang):
    """
    Passers-by a week at the places counted by hand, with their intervals.

    Parameters
    ----------
    weeks : DataFrame
        As from `foot_counts.expand_to_week`.
    names : Series
        Of the places.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> weeks = pd.DataFrame({"people_week": [9000.0], "people_week_low": [8000.0], "people_week_high": [10000.0]},
    ...                      index=["P1"])
    >>> counted_sentence(weeks, pd.Series({"P1": "Gate"}), lang="en")
    'Counted by hand, passers-by a week (90% interval): Gate 9,000 (8,000 to 10,000).'
    """
    known = weeks.dropna(subset=["people_week_low"])
    if known.empty:
        return words.say("report.counted_none", lang)
    to = words.say("report.to", lang)
    rows = known[["people_week", "people_week_low", "people_week_high"]].itertuples(name=None)
    named = [
        f"{names.get(place, place)} {number(week, lang)} ({number(low, lang)} {to} {number(high, lang)})"
        for place, week, low, high in rows
    ]
    return words.say("report.counted", lang, places=listed(named, lang))


def twins_sentence(twins, names, *, lang, n=3):
    """
    Which zones are most like those of the best own stores.

    Parameters
    ----------
    twins : DataFrame
        As from `twin_areas.twin_areas`.
    names : Series
        Of the zones.
    lang : str
        `en` or `zh`.
    n : int
        How many zones are named.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> twins = pd.DataFrame({"twin_of": ["Z1"], "distance": [0.4]}, index=["Z2"])
    >>> twins_sentence(twins, pd.Series({"Z1": "North", "Z2": "South"}), lang="en")
    'Most like the zones of the best own stores: South (like North).'
    """
    known = twins.dropna(subset=["distance"]).head(n)
    if known.empty:
        return words.say("report.twins_none", lang)
    like = [
        words.say("report.like", lang, zone=names.get(zone, zone), other=names.get(other, other))
        for zone, other in known["twin_of"].items()
    ]
    return words.say("report.twins", lang, zones=listed(like, lang))
