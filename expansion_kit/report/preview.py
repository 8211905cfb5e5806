"""A table as a notebook shows it: the reader's words, units and digits, in place of names and floats of the code."""

import datetime

import numpy as np
import pandas as pd

from expansion_kit.files.values import is_missing
from expansion_kit.report.city_analysis import headed, unit_words, worded
from expansion_kit.report.market_report import cell

_SHARES = ("share", "share/year")
_AS_THEY_ARE = ("year", "degree")


def preview(table, lang, *, currency="", about=None, rows=20):
    """
    The first rows of a table for the eye: headers in words with their unit, numbers with separators, shares in percent.

    Parameters
    ----------
    table : DataFrame
        Columns named as in the data dictionary or the texts of the measures (any other name stays as it is), or in
        words already. Lists and dicts are written out.
    lang : str
        `en` or `zh`.
    currency : str
        ISO 4217 code, the unit of money.
    about : str, optional
        Table of the data dictionary that says first what the columns and a named index mean, or `""` for any; without
        it they are in words already and stay.
    rows : int
        Shown at most; a last row of … says that there are more.

    Returns
    -------
    DataFrame
        Texts; what is missing is a dash. Jupyter escapes them where they are shown.

    Examples
    --------
    >>> zones = pd.DataFrame({"population": [23267.0], "income": [None]}, index=pd.Index(["Z001"], name="zone_id"))
    >>> preview(zones, "zh", currency="CNY", about="zones").reset_index().iloc[0].to_dict()
    {'片区编号': 'Z001', '常住人口（人）': '23,267', '人均月收入（元/月）': '—'}
    """
    told = {"about": about, "lang": lang, "currency": currency}
    flat = pd.DataFrame(table).head(rows)
    columns = [_column(flat.iloc[:, place], flat.columns[place], **told) for place in range(flat.shape[1])]
    levels = [_column(flat.index.get_level_values(place), name, **told) for place, name in enumerate(flat.index.names)]
    if len(table) > rows:
        columns, levels = ([(header, [*texts, "…"]) for header, texts in part] for part in (columns, levels))
    names = [header or None for header, _ in levels]
    texts = [texts for _, texts in levels]
    index = pd.MultiIndex.from_arrays(texts, names=names) if len(levels) > 1 else pd.Index(texts[0], name=names[0])
    shown = pd.concat([pd.Series(texts, index, dtype=object) for _, texts in columns], axis=1) if columns else None
    return pd.DataFrame(index=index) if shown is None else shown.set_axis([header for header, _ in columns], axis=1)


def _column(values, name, *, about, lang, currency):
    """Its header and its texts."""
    header, unit = (name or "", "") if about is None or name is None else headed(name, about, lang, currency)
    if unit in _SHARES:  # the sign stands in the cells
        header = header.removesuffix("（%）").removesuffix(" (%)")
    plain = values.astype(object)
    texts = [_text(value, unit, str(name), about=about, lang=lang, currency=currency) for value in plain]
    return str(header), texts


def _text(value, unit, name, *, about, lang, currency):
    comma = "、" if lang == "zh" else ", "
    told = {"about": about, "lang": lang, "currency": currency}
    if isinstance(value, dict):
        return comma.join(f"{key}: {_text(item, '', str(key), **told)}" for key, item in value.items()) or "—"
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        held = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return comma.join(_text(item, unit, name, **told) for item in held) or "—"
    if is_missing(value) or value == "":
        return "—"
    if isinstance(value, datetime.date):
        return f"{value:%Y-%m-%d}"
    if name == "unit":
        return unit_words(value, lang, currency)
    said = worded(value, name if about is not None else "", about, lang)
    if isinstance(said, str | bool) or not pd.api.types.is_number(said):
        return str(said)
    if unit in _AS_THEY_ARE:
        return f"{said:.8g}"
    return f"{said:.1%}" if unit in _SHARES else cell(said, lang)
