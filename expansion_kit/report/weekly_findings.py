"""What the weekly report says: sentences for who has a minute, and the tables beneath, in words."""

import pandas as pd

from expansion_kit import words
from expansion_kit.charts.figures import money_scale

MONEY = ("target_to_date", "actual_to_date", "gap", "last_year_to_date", "coverage_gap", "productivity_gap")
MONEY += ("asked", "outlets", "volume", "mix", "price", "due", "collected", "arrears", "sales", "expected")
MONEY += ("amount", "spent", "over", "gap_money", "projected")
SHARES = ("attainment", "projected_attainment", "collection_rate", "completion", "expense_rate", "expense_rate_target")
SHARES += ("used",)
CHANGES = ("yoy", "deviation")
SIGNED = ("gap", "gap_money", "coverage_gap", "productivity_gap", "asked", "outlets", "volume", "mix", "price", "over")
_LARGEST = 9e6  # no coarser than thousands, or 万: a small gap must not read as 0


def table(rows, columns, *, currency, lang, reference=False):
    """
    A table as a reader sees it: one money unit for all of it, shares in percent, codes in words.

    Parameters
    ----------
    rows : DataFrame
        With `columns`; what is missing is a dash.
    columns : sequence of str
        Those to show, in order; those that `rows` has not, or that hold nothing at all, are left out.
    currency : str
        ISO 4217 code.
    lang : str
        `en` or `zh`.
    reference : bool
        True where nobody set the target and a forecast stands in for it: it is called a reference.

    Returns
    -------
    tuple (list, list)
        Headers and rows as `documents.grid` takes them: cells of (text, is a number).

    Examples
    --------
    >>> rows = pd.DataFrame({"name": ["North"], "gap": [-120_000.0], "attainment": [0.912]})
    >>> headers, lines = table(rows, ["name", "gap", "attainment"], currency="CNY", lang="en")
    >>> [text for text, _ in headers], [text for text, _ in lines[0]]
    (['Name', 'Gap (thousand CNY)', 'Attainment'], ['North', '-120', '91.2%'])
    """
    shown = [name for name in columns if name in rows and (rows[name].notna() & (rows[name] != "")).any()]
    amounts = rows[[name for name in shown if name in MONEY]].astype(float)
    largest = amounts.abs().max().max() if len(amounts.columns) else 0.0
    step, unit = money_scale(min(largest, _LARGEST), currency, lang)
    headers = [(_header(name, unit, lang, reference), _is_number(name)) for name in shown]
    cells = {name: [_cell(name, value, step, lang, reference) for value in rows[name]] for name in shown}
    lines = [[(cells[name][place], _is_number(name)) for name in shown] for place in range(len(rows))]
    return headers, lines


def in_words(rows, columns, *, currency, lang, reference=False):
    """
    The same as a DataFrame of texts, for a notebook: the first column is its index.

    Parameters
    ----------
    rows, columns, currency, lang, reference
        As in `table`.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> rows = pd.DataFrame({"name": ["North"], "gap": [-120_000.0], "attainment": [0.912]})
    >>> in_words(rows, ["name", "gap", "attainment"], currency="CNY", lang="zh").reset_index().iloc[0].to_dict()
    {'名称': 'North', '差额（万元）': '-12.0', '达成率': '91.2%'}
    """
    headers, lines = table(rows, columns, currency=currency, lang=lang, reference=reference)
    texts = pd.DataFrame([[text for text, _ in line] for line in lines], columns=[text for text, _ in headers])
    return texts.set_index(texts.columns[0]) if headers else texts


def _say(key, lang, reference, **values):
    """A text, or where nobody set the target and the text speaks of it, the one that speaks of a reference."""
    instead = key.removeprefix("weekly.")
    if reference and instead in words.family("weekly.reference_", lang):
        key = f"weekly.reference_{instead}"
    return words.say(key, lang, **values)


def _header(name, unit, lang, reference):
    header = _say(f"weekly.column_{name}", lang, reference)
    return words.say("weekly.with_unit", lang, header=header, unit=unit) if name in MONEY else header


def _is_number(name):
    return name in (*MONEY, *SHARES, *CHANGES, "kpi_score")


def _cell(name, value, step, lang, reference):
    if value is None or value is pd.NaT or value != value or value == "":
        return "—"
    if name in MONEY:
        digits = 1 if step == 1e4 else 0
        return f"{value / step:{'+' if name in SIGNED else ''}z,.{digits}f}"
    if name in SHARES or name in CHANGES:
        return f"{value:{'+' if name in CHANGES else ''}z.1%}"
    if name == "kpi_score":
        return f"{value:.0f}"
    if name in ("problems", "note"):
        return reasons(value, lang, reference=reference)
    if name in ("cause", "status"):
        return words.say(f"weekly.{name}_{value}", lang)
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def reasons(codes, lang, *, reference=False):
    """
    Codes parted by `;` as words; `reference` as in `table`.

    >>> reasons("attainment;anomaly", "en")
    'below target, unusual sales'
    """
    named = [_say(f"weekly.reason_{code}", lang, reference) for code in str(codes).split(";") if code]
    return ("、" if lang == "zh" else ", ").join(named)


def sells_no_more(notes):
    """
    Who has closed, by the codes of `tracking.track`; they are shown, but not judged.

    Parameters
    ----------
    notes : Series
        Codes parted by `;`.

    Returns
    -------
    Series
        bool, on the index of `notes`.

    Examples
    --------
    >>> sells_no_more(pd.Series(["gap;ended", "new", None])).tolist()
    [True, False, False]
    """
    return notes.map(lambda codes: "ended" in str(codes).split(";")).astype(bool)


def points(standings, alarms, actions, *, as_of, currency, lang, false_alarm, reference=False):
    """
    The week in sentences, the most important first.

    Parameters
    ----------
    standings : DataFrame
        As it stands in `tracking.csv`: a row for the network, each territory and each store. Who no longer sells (in
        `note`) is not counted among the stores.
    alarms : DataFrame
        Anomalies of the last period, with the column `tested` (series that were looked at).
    actions : DataFrame
        As `measures.measures` gives it.
    as_of : str
        Last day that counts.
    currency, lang : str
    false_alarm : float
        The alarm's stated false rate.
    reference : bool
        As in `table`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> row = {"level": "network", "name": "All", "actual_to_date": 96.0, "target_to_date": 100.0, "gap": -4.0}
    >>> row |= {"attainment": 0.96, "problems": ""}
    >>> none = pd.DataFrame({"status": []})
    >>> options = {"as_of": "2027-01-31", "currency": "CNY", "lang": "en", "false_alarm": 0.02}
    >>> points(pd.DataFrame([row]), pd.DataFrame(), none, **options)[0]
    'To 2027-01-31 sales are CNY 96, 96.0% of the target to date (CNY -4).'
    """
    shown = standings.reindex(columns=[*standings.columns, *(set(_READ) - set(standings.columns))])
    network = shown[shown["level"] == "network"].iloc[0]
    said = [*_network(network, as_of, currency, lang, reference), *_territories(shown, currency, lang, reference)]
    stores = shown[shown["level"] == "store"]
    ended = sells_no_more(stores["note"])
    if len(stores):
        flagged = stores["problems"].fillna("").ne("") & ~ended
        values = {"n": int(flagged.sum()), "of": int((~ended).sum()), "ended": int(ended.sum())}
        key = "weekly.point_stores_ended" if ended.any() else "weekly.point_stores"
        said.append(words.say(key, lang, **values))
    if len(alarms):
        tested = int(alarms["tested"].iloc[0])
        expect = f"{false_alarm * tested:.1f}"
        values = {"n": len(alarms), "of": tested, "rate": f"{false_alarm:.0%}", "expect": expect}
        said.append(words.say("weekly.point_alarms", lang, **values))
    counts = actions["status"].value_counts()
    values = {status: int(counts.get(status, 0)) for status in ("overdue", "soon", "missing")}
    return [*said, words.say("weekly.point_actions", lang, **values)]


_READ = ("last_year_to_date", "yoy", "projected", "projected_p10", "projected_p90", "projected_attainment")
_READ += ("collection_rate", "arrears", "completion", "cause", "problems", "note")


def _network(row, as_of, currency, lang, reference):
    def amount(value):
        return words.money(value, currency, lang)

    values = {"actual": amount(row["actual_to_date"]), "gap": amount(row["gap"]), "as_of": as_of}
    known = pd.notna(row["attainment"])
    share = f"{row['attainment']:.1%}" if known else "—"
    said = [_say("weekly.point_sales", lang, reference, share=share, **values)]
    if pd.notna(row["yoy"]):
        values = {"last_year": amount(row["last_year_to_date"]), "change": f"{row['yoy']:+.1%}"}
        said.append(words.say("weekly.point_last_year", lang, **values))
    if pd.notna(row["projected"]):
        values = {"end": amount(row["projected"]), "share": f"{row['projected_attainment']:.1%}"}
        if pd.notna(row["projected_p10"]):
            values |= {"low": amount(row["projected_p10"]), "high": amount(row["projected_p90"])}
            said.append(_say("weekly.point_run_rate", lang, reference, **values))
        else:
            said.append(_say("weekly.point_run_rate_alone", lang, reference, **values))
    if pd.notna(row["collection_rate"]):
        values = {"rate": f"{row['collection_rate']:.1%}", "arrears": amount(row["arrears"])}
        completion = f"{row['completion']:.1%}" if pd.notna(row["completion"]) else "—"
        said.append(words.say("weekly.point_collections", lang, completion=completion, **values))
    return said


def _territories(shown, currency, lang, reference):
    """How many are short, and the three that are short by most, each with its cause where known."""
    rows = shown[shown["level"] == "territory"]
    short = rows[rows["gap"] < 0].sort_values("gap", kind="stable")
    if rows.empty:
        return []
    if short.empty:
        return [_say("weekly.point_none_short", lang, reference, of=len(rows))]
    named = []
    for row in short.head(3).to_dict("records"):
        cause = (
            words.say(f"weekly.cause_{row['cause']}", lang) if isinstance(row["cause"], str) and row["cause"] else ""
        )
        values = {"name": row["name"], "gap": words.money(row["gap"], currency, lang), "cause": cause}
        named.append(words.say("weekly.short_with_cause" if cause else "weekly.short_one", lang, **values))
    worst = ("、" if lang == "zh" else "; ").join(named)
    return [_say("weekly.point_short", lang, reference, n=len(short), of=len(rows), worst=worst)]
