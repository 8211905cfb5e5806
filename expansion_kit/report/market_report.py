"""The market report: one self-contained HTML page, without a script and without a request."""

import base64
from importlib.resources import files as package_files

import pandas as pd

from expansion_kit import words
from expansion_kit.charts import number
from expansion_kit.files import escape
from expansion_kit.report.naming import column_name, table_name

METHODS = ("measured", "estimated", "assumed", "simulated")
FACT = {"label": "", "value": None, "unit": "", "source": ""}
SECTION = {"title": "", "text": (), "figure": None, "alt": "", "table": None, "source": "", "as_of": "", "method": ""}


def market_report(*, title, subtitle, lang, made, facts, sections, missing, provenance):
    """
    The market report as HTML: headline figures, sections, how each figure came about, what is missing and why.

    Parameters
    ----------
    title, subtitle : str
        Plain text, like every other text here: nothing is read as markup.
    lang : str
        `en` or `zh`.
    made : bool
        True marks the page as made-up data.
    facts : list of dict
        Headline tiles: `label`, `value` (a number or a finished text), and if wanted `unit`, `source`.
    sections : list of dict
        `title`, and if wanted `text` (a sentence, or a list of them: one paragraph each), `figure` (PNG bytes from
        `charts`, with source and date beneath), `alt` (what the figure shows; the title by default), `table`
        (DataFrame, its index as first column when named), `source`, `as_of`, `method`.
    missing : dict
        What is missing -> why.
    provenance : DataFrame
        Columns `table`, `column`, `source`, `as_of`, `method` (measured, estimated, assumed or simulated).

    Returns
    -------
    str
        One HTML page; the same for the same input.

    Raises
    ------
    ValueError
        If the language is not one of the two, or a section or fact has a key the page would not show.

    Examples
    --------
    >>> facts = [{"label": "Zones", "value": 425, "unit": "dong", "source": "SGIS"}]
    >>> table = pd.DataFrame({"table": ["zones"], "column": ["population"], "source": ["SGIS"],
    ...                       "as_of": ["2021"], "method": ["measured"]})
    >>> page = market_report(title="Seoul {{7*7}}", subtitle="", lang="en", made=False, facts=facts, sections=[],
    ...                      missing={"sales": "no own stores"}, provenance=table)
    >>> "425" in page, "{{" in page, "<script" in page
    (True, False, False)
    """
    told = contents(facts=facts, sections=sections, provenance=provenance, lang=lang)
    return template("market_report.html.j2").render(
        title=title, subtitle=subtitle, lang=lang, made=made, missing=missing, say=words.say, **told
    )


def contents(*, facts, sections, provenance, lang):
    """
    What every form of the report shows (page, Word, PDF), in words and in its order.

    Parameters
    ----------
    facts, sections, provenance, lang
        As in `market_report`.

    Returns
    -------
    dict
        `facts`, `sections` (texts as a list, table cells as texts, source lines as `notes`) and `methods` (a heading a
        method, with its rows: table, columns, source, date).

    Raises
    ------
    ValueError
        As in `market_report`.
    """
    words.say("report.key_figures", lang)  # refuses an unknown language by name
    _refuse_unknown("fact", facts, FACT)
    _refuse_unknown("section", sections, SECTION)
    return {
        "facts": [FACT | fact for fact in facts],
        "sections": [_shown_section(SECTION | section, lang) for section in sections],
        "methods": _by_method(provenance, lang),
    }


def _refuse_unknown(what, entries, known):
    for entry in entries:
        if unknown := sorted(set(entry) - set(known)):
            raise ValueError(f"a {what} of the report has {unknown}; it may have {sorted(known)}")


def _shown_section(section, lang):
    text = [section["text"]] if isinstance(section["text"], str) else section["text"]
    drawn = section["figure"] is not None  # then source and date stand beneath the drawing
    notes = [
        words.say("report.source", lang, source=section["source"]) if section["source"] and not drawn else "",
        words.say("report.as_of", lang, as_of=section["as_of"]) if section["as_of"] and not drawn else "",
        words.say("report.method", lang, method=_method_name(section["method"], lang)) if section["method"] else "",
    ]
    joined = ("；" if lang == "zh" else " · ").join(note for note in notes if note)
    return section | {"text": text, "table": _cells(section["table"], lang), "notes": joined}


def template(name):
    """A template of this room; every value in it is escaped in this one place, except a picture's bytes."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    def shown(value):
        return value if isinstance(value, Markup) else escape(value)

    environment = Environment(
        autoescape=False, finalize=shown, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["picture"] = lambda data: Markup(base64.b64encode(data).decode("ascii"))
    environment.filters["number"] = lambda value, lang: value if isinstance(value, str) else number(value, lang)
    return environment.from_string((package_files(__package__) / name).read_text(encoding="utf-8"))


def _cells(table, lang):
    """Headers and rows of texts, with the columns that hold numbers; None without a table."""
    if table is None:
        return None
    flat = table.reset_index(allow_duplicates=True) if any(table.index.names) else table
    numeric = [pd.api.types.is_numeric_dtype(flat.iloc[:, place]) for place in range(flat.shape[1])]
    rows = [[cell(value, lang) for value in row] for row in flat.astype(object).itertuples(index=False, name=None)]
    return {"headers": list(zip(flat.columns, numeric)), "rows": [list(zip(row, numeric)) for row in rows]}


def cell(value, lang):
    """
    A number as it stands in a table, in one unit down its column, never 万 here and there; a text as it is.

    >>> cell(33495578.0, "zh"), cell(0.256, "zh"), cell(None, "zh"), cell("007", "zh")
    ('33,495,578', '0.26', '—', '007')
    """
    if pd.isna(value):
        return "—"
    if isinstance(value, bool) or not pd.api.types.is_number(value):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else number(value, lang)


def _by_method(provenance, lang):
    """A heading for each method, and its rows: table, columns of one source together, source, date."""
    told = provenance[["table", "column", "source", "as_of", "method"]].fillna("").astype(str)
    told["column"] = [column_name(*pair, lang) for pair in zip(told["column"], told["table"])]
    told["table"] = told["table"].map(lambda table: table_name(table, lang))
    groups = []
    for method in sorted(told["method"].unique(), key=lambda name: (*METHODS, name).index(name)):
        rows = told[told["method"] == method]
        together = rows.groupby(["table", "source", "as_of"], sort=False)["column"].agg(
            lambda names: _comma(names, lang)
        )
        groups.append((_method_name(method, lang), [(t, names, s, d) for (t, s, d), names in together.items()]))
    return groups


def _comma(names, lang):
    return ("、" if lang == "zh" else ", ").join(dict.fromkeys(names))


def _method_name(method, lang):
    if method in METHODS:
        return words.say(f"report.method_{method}", lang)
    return method or words.say("report.method_unknown", lang)
