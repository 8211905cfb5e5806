"""
Every text that a reader sees, in English and Chinese.

The texts stand in `words.toml`, one `[room.name]` with `en` and `zh` each; code asks for them by key, so that no
notebook, map or report speaks one language only.
"""

import tomllib
from functools import cache
from importlib.resources import files as package_files

LANGUAGES = ("en", "zh")


@cache
def _texts():
    return tomllib.loads((package_files(__package__) / "words.toml").read_text(encoding="utf-8"))


def say(key, lang, /, **values):
    """
    The text `key` in language `lang`, with `values` filled in.

    Parameters
    ----------
    key : str
        `room.name`, as in `words.toml`.
    lang : str
        `en` or `zh`.
    **values
        What stands in braces in the text. Values are put in as they are: they are never read as a template.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the language is not one of the two.
    KeyError
        If there is no such text.

    Examples
    --------
    >>> say("unit.stores", "en", n=3), say("unit.stores", "zh", n=3)
    ('3 stores', '3 家门店')
    """
    if lang not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, but is {lang!r}")
    room, name = key.split(".")
    return _texts()[room][name][lang].format(**values)


def family(prefix, lang):
    """
    All texts whose key begins with `prefix`, in the order of `words.toml`.

    Parameters
    ----------
    prefix : str
        `room.beginning`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    dict of str to str
        What follows the prefix, to the text.

    Examples
    --------
    >>> list(family("prospect.stage_", "zh").values())[:2]
    ['咨询', '申请']
    """
    room, beginning = prefix.split(".")
    return {n.removeprefix(beginning): t[lang] for n, t in _texts()[room].items() if n.startswith(beginning)}


def money(value, currency, lang):
    """
    An amount of money as a reader expects it: Chinese in 万 and 亿, English with thousands separators.

    Parameters
    ----------
    value : float
        In the currency's main unit.
    currency : str
        ISO 4217 code, such as `CNY`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str
        A missing value is a dash.

    Examples
    --------
    >>> money(1234567, "CNY", "zh"), money(1234567, "CNY", "en"), money(980, "CNY", "zh"), money(None, "CNY", "en")
    ('123.5 万元', 'CNY 1,234,567', '980 元', '—')
    """
    if value is None or value != value:
        return "—"
    if lang == "en":
        return f"{currency} {value:,.0f}"
    unit = currency_name(currency, lang)
    unit = " " + unit if unit.isascii() else unit
    if abs(value) >= 1e8:
        return f"{value / 1e8:,.2f} 亿{unit}"
    if abs(value) >= 1e4:
        return f"{value / 1e4:,.1f} 万{unit}"
    return f"{value:,.0f} {unit.strip()}"


def currency_name(currency, lang):
    """
    A currency as a unit beside a number: the common ones by name in Chinese, else the code.

    >>> currency_name("CNY", "zh"), currency_name("CNY", "en"), currency_name("KRW", "zh"), currency_name("XAU", "zh")
    ('元', 'CNY', '韩元', 'XAU')
    """
    return say(f"currency.{currency}", lang) if currency in family("currency.", lang) else currency


def unit(code, lang, currency=""):
    """
    A unit of the data dictionary in words; with a currency, its money by name.

    >>> unit("money/m2/day", "zh"), unit("money/m2/day", "en"), unit("money/m2/day", "zh", "CNY")
    ('金额/㎡/天', 'money/m²/day', '元/㎡/天')
    """
    money_name = currency_name(currency, lang)
    parts = code.split("/") if code else []
    named = [
        money_name if part == "money" and currency else say(f"unit.{part.replace(' ', '_')}", lang) for part in parts
    ]
    return "/".join(named)
