"""What a plan of territories says, in sentences: how even it is, whether it holds together, what stands in the way."""

from expansion_kit import words

_COUNTS = ("too_few_zones", "locked_apart", "too_few_with_measure")


def plan_sentences(table, measures, tolerance, *, lang, causes=None, names=None, zone_names=None):
    """
    The balance of a plan in words.

    Parameters
    ----------
    table : DataFrame
        As from `territories.balance.territory_table`.
    measures : dict of str to str
        Columns of the table, the main one first, to what a reader calls them.
    tolerance : float or dict of str to float
        As it was given for the plan.
    lang : str
        `en` or `zh`.
    causes : DataFrame, optional
        As from `plan_territories`; none for the present territories.
    names, zone_names : Series or dict, optional
        Names of territories and zones by id.

    Returns
    -------
    list of str
        Not escaped.

    Examples
    --------
    >>> import pandas as pd
    >>> even = {"stores": 5.0, "stores_deviation": 0.0, "stores_unknown": 0, "connected": True, "bridges": 0}
    >>> table = pd.DataFrame([even, even], index=["T1", "T2"])
    >>> plan_sentences(table, {"stores": "Stores"}, 0.05, lang="en")[1]
    'All 2 territories are in one piece.'
    """
    called = _caller(names)
    lines = []
    for measure, name in measures.items():
        limit = tolerance.get(measure, 0.05) if isinstance(tolerance, dict) else tolerance
        lines += _balance_lines(table, measure, name, limit, called, lang)
    apart, held = table.index[~table["connected"].astype(bool)], table.index[table["bridges"] > 0]
    if len(apart):
        lines.append(words.say("territory.in_pieces", lang, names=_joined(apart, called, lang)))
    else:
        lines.append(words.say("territory.in_one_piece", lang, n=len(table)))
    if len(held):
        lines.append(words.say("territory.bridged", lang, names=_joined(held, called, lang)))
    if causes is not None and len(causes):
        lines += [_cause_line(row, measures, called, _caller(zone_names), lang) for _, row in causes.iterrows()]
        lines.append(words.say("territory.nearest", lang))
    return lines


def redraw_sentences(summary, *, lang, names=None):
    """
    What a redrawing changes, in words.

    Parameters
    ----------
    summary : Series
        As from `redraw_territories`.
    lang : str
        `en` or `zh`.
    names : Series or dict, optional
        Names of territories by id.

    Returns
    -------
    list of str
        Not escaped.

    Examples
    --------
    >>> import pandas as pd
    >>> done = {"moves": 3, "assigned": 0, "at_least": 2, "fewest": False, "within": True, "opened": (), "closed": ()}
    >>> redraw_sentences(pd.Series(done), lang="en")
    ['3 zones change hands; any plan within the tolerance needs at least 2.']
    """
    moves = summary["moves"]
    if not summary["within"]:
        lines = [words.say("territory.moves_short", lang, n=moves)]
    elif summary["fewest"]:
        lines = [
            words.say("territory.moves_fewest", lang, n=moves) if moves else words.say("territory.moves_none", lang)
        ]
    else:
        lines = [words.say("territory.moves", lang, n=moves, least=summary["at_least"])]
    called = _caller(names)
    if summary["opened"]:
        lines.append(words.say("territory.opened", lang, names=_joined(summary["opened"], called, lang)))
    if summary["closed"]:
        lines.append(words.say("territory.closed", lang, names=_joined(summary["closed"], called, lang)))
    if summary["assigned"]:
        lines.append(words.say("territory.assigned", lang, n=summary["assigned"]))
    return lines


def _balance_lines(table, measure, name, limit, called, lang):
    away = table[f"{measure}_deviation"]
    shares = {"measure": name, "spread": f"{away.abs().max():.1%}", "limit": _share(limit)}
    if away.notna().all() and away.abs().max() <= limit + 1e-9:
        lines = [words.say("territory.balanced", lang, **shares)]
    elif away.notna().any():
        far = away.abs().idxmax()
        more = {"name": called(far), "deviation": f"{away[far]:+.1%}".replace("-", "−")}
        lines = [words.say("territory.unbalanced", lang, **shares, **more)]
    else:
        lines = []
    unknown = int(table[f"{measure}_unknown"].sum()) if f"{measure}_unknown" in table else 0
    return lines + ([words.say("territory.unknown", lang, measure=name, n=unknown)] if unknown else [])


def _cause_line(row, measures, called, zone_called, lang):
    count = row["cause"] in _COUNTS
    values = {"name": called(row["territory_id"]), "zone": zone_called(row["zone_id"])}
    values["measure"] = measures.get(row["measure"], row["measure"])
    values["value"] = f"{row['value']:.0f}" if count else f"{row['value']:.1%}"
    values["limit"] = f"{row['limit']:.0f}" if count else _share(row["limit"])
    certainty = words.say("territory.proven", lang) if row["proven"] else words.say("territory.not_proven", lang)
    return words.say(f"territory.cause_{row['cause']}", lang, certainty=certainty, **values)


def _share(value):
    return f"{value:.1%}".replace(".0%", "%")


def _caller(names):
    known = {} if names is None else dict(names.items())
    return lambda name: str(known.get(name, name))


def _joined(ids, called, lang):
    return ("、" if lang == "zh" else ", ").join(called(name) for name in ids)
