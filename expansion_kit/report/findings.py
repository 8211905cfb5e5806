"""Findings: figures put into sentences, so that a reader without time knows what a chart says."""

from expansion_kit import words
from expansion_kit.charts import number, people_per_hour

_QUANTILES = {"least": 0, "low": 0.25, "median": 0.5, "high": 0.75, "most": 1}


def zones_sentence(population, *, lang):
    """
    How many zones the city has, how many people live there, and where that is not known.

    Parameters
    ----------
    population : Series
        Residents per zone; missing where unknown.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> zones_sentence(pd.Series([1000, 2500, None]), lang="en")
    'The area has 3 zones; 3,500 people live in the 2 zones whose population is known, and that of 1 is unknown.'
    """
    counts = {"zones": number(len(population), lang), "people": number(population.sum(), lang)}
    if population.notna().all() and len(population):
        return words.say("report.zones_all", lang, **counts)
    if population.isna().all():
        return words.say("report.zones_none", lang, zones=counts["zones"])
    known = number(int(population.notna().sum()), lang)
    return words.say(
        "report.zones_some", lang, known=known, unknown=number(int(population.isna().sum()), lang), **counts
    )


def beyond_zones_sentence(zone_ids, areas, *, lang):
    """
    Why the stores of the zones add up to less than the city has.

    Parameters
    ----------
    zone_ids : Series
        The zone of each store; missing where it lies in none.
    areas : Series
        The ground of each zone; missing where it is a point.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str
        Empty where every store lies in a zone.

    Examples
    --------
    >>> import pandas as pd
    >>> beyond_zones_sentence(pd.Series(["Z1", "Z1", None]), pd.Series([1.5]), lang="en")
    'Stores in no outlined zone (outside of all, or without a position): 1 of 3; the city counts them, no zone does.'
    """
    total, beyond = len(zone_ids), int(zone_ids.isna().sum())
    if not beyond:
        return ""
    if areas.isna().all():
        return words.say("report.zones_without_ground", lang, stores=number(total, lang))
    counts = {"n": number(beyond, lang), "stores": number(total, lang)}
    return words.say("report.beyond_zones", lang, **counts)


def brands_sentence(stores, *, lang, top=3):
    """
    How many stores there are, and which brands have most of them.

    Parameters
    ----------
    stores : Series
        Stores per brand; the entry `independent` (stores of no chain) is named apart.
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
    >>> brands_sentence(pd.Series({"A": 30, "independent": 60, "B": 10}), lang="en")
    'Of 100 stores, 60% belong to no chain; the largest chains are A (30, 30%) and B (10, 10%).'
    """
    total, alone = stores.sum(), stores.get("independent", 0)
    if not total:
        return words.say("report.brands_none", lang)
    chains = stores.drop("independent", errors="ignore").sort_values(ascending=False, kind="stable")
    named = [f"{brand} ({number(n, lang)}, {n / total:.0%})" for brand, n in chains[chains > 0].head(top).items()]
    values = {"total": number(total, lang), "share": f"{alone / total:.0%}", "brands": listed(named, lang)}
    if not named:
        return words.say("report.brands_alone", lang, total=values["total"])
    if not alone:
        return words.say("report.brands_chains", lang, total=values["total"], brands=values["brands"])
    return words.say("report.brands", lang, **values)


def concentration_sentence(hhi, *, lang):
    """
    What the Herfindahl-Hirschman index of the chains' stores says, by the bounds of the US merger guidelines of 2023.

    Parameters
    ----------
    hhi : float
        Sum of squared shares in percent of the stores of chains, 0 to 10,000.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    References
    ----------
    U.S. Department of Justice and Federal Trade Commission (2023). Merger Guidelines, guideline 1.

    Examples
    --------
    >>> concentration_sentence(1200, lang="en")
    'By chains, the market is moderately concentrated (HHI 1,200 of their store counts, single shops left out;
     below 1,000 is fragmented, above 1,800 highly concentrated).'
    """
    level = "low" if hhi < 1000 else "middle" if hhi <= 1800 else "high"
    named = words.say(f"report.concentration_{level}", lang)
    return words.say("report.concentration", lang, level=named, hhi=f"{hhi:,.0f}")


def peak_sentence(people, *, lang):
    """
    When most people are on the street, per hour, and when fewest.

    Parameters
    ----------
    people : Series
        People in each whole time band (`HH-HH`) of one day.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> peak_sentence(pd.Series({"00-06": 600, "06-11": 1500}), lang="en")
    'Foot traffic is highest at 06-11 (300 people per hour) and lowest at 00-06 (100): 3.0 times as much.'
    """
    rates = people_per_hour(people).dropna()
    most, least = rates.idxmax(), rates.idxmin()
    if rates[least] <= 0 or rates[most] < 1.15 * rates[least]:
        key = "report.peak_only" if rates[least] <= 0 else "report.peak_even"
        return words.say(key, lang, most=most, high=number(rates[most], lang))
    values = {"high": number(rates[most], lang), "low": number(rates[least], lang)}
    return words.say("report.peak", lang, most=most, least=least, times=f"{rates[most] / rates[least]:.1f}", **values)


def spread_sentence(what, values, *, unit, lang):
    """
    Median, middle half and range of a measure over the zones, and how many zones have none.

    Parameters
    ----------
    what : str
        The measure's name for readers, such as `Ground-floor rent`.
    values : Series
        One value a zone; missing where unknown.
    unit : str
        Of the values, for readers.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> spread_sentence("Rent", pd.Series([100, 200, 300, 400, 500, None]), unit="CNY/m2/month", lang="en")
    'Rent: median 300 CNY/m2/month; half of the zones lie between 200 and 400, all between 100 and 500.
     5 of 6 zones have a figure.'
    """
    known = values.dropna()
    if known.empty:
        return words.say("report.spread_none", lang, what=what)
    cuts = {name: number(known.quantile(q), lang) for name, q in _QUANTILES.items()}
    return words.say("report.spread", lang, what=what, unit=unit, n=len(known), zones=len(values), **cuts)


def extremes_sentence(what, values, *, unit, lang, n=3):
    """
    The zones with the highest and with the lowest values of a measure.

    Parameters
    ----------
    what : str
        The measure's name for readers.
    values : Series
        One value a zone; the index holds the names to show.
    unit : str
        Of the values, for readers.
    lang : str
        `en` or `zh`.
    n : int
        How many zones at each end; fewer when the zones are few.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> extremes_sentence("Potential", pd.Series({"North": 9, "South": 4}), unit="k", lang="en")
    'Potential (k) is highest in North (9) and lowest in South (4).'
    """
    ranked = values.dropna().sort_values(ascending=False, kind="stable")
    n = min(n, len(ranked) // 2)
    if not n:
        return words.say("report.extremes_none", lang, what=what)
    named = [f"{zone} ({number(value, lang)})" for zone, value in ranked.items()]
    top, bottom = listed(named[:n], lang), listed(named[: -n - 1 : -1], lang)
    return words.say("report.extremes", lang, what=what, unit=unit, top=top, bottom=bottom)


def assumptions_sentence(provenance, *, lang):
    """
    What in the data is assumed rather than measured or estimated.

    Parameters
    ----------
    provenance : DataFrame
        Columns `table`, `column`, `method`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"table": ["zones"], "column": ["population"], "method": ["assumed"]})
    >>> assumptions_sentence(table, lang="en")
    'Assumed, not measured: zones.population. Please check before you decide.'
    """
    assumed = provenance[provenance["method"] == "assumed"]
    if assumed.empty:
        return words.say("report.assumed_none", lang)
    names = [f"{table}.{column}" for table, column in zip(assumed["table"], assumed["column"])]
    return words.say("report.assumed", lang, names=listed(names, lang))


def listed(names, lang):
    """
    Names in a row, as a sentence has them.

    Examples
    --------
    >>> listed(["A", "B", "C"], "en"), listed(["甲", "乙"], "zh")
    ('A, B and C', '甲、乙')
    """
    if lang == "zh" or len(names) < 2:
        return "、".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]
