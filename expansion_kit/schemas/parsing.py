"""
Cells as they come, text, to typed values; what cannot be read is left out and reported, never guessed.

Each `read_*` takes a Series of texts ("" is missing) and returns the typed Series, with the cells that could not be
read missing, and a Series of bool that marks them.
"""

import datetime
import re
import unicodedata

import numpy as np
import pandas as pd

from ..tiers import read_tiers

_YES = {"true", "yes", "y", "1", "是", "有", "对", "√", "✓"}
_ENDINGS = {"": 1.0, "%": 0.01, "万": 1e4, "亿": 1e8}
_NO = {"false", "no", "n", "0", "否", "无", "没有", "×", "✗"}
_MONEY = re.compile(r"([+-]?)\s*[¥$€£₩]?\s*(.*?)\s*元?")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_ONE_COMMA = re.compile(r"\D*[1-9]\d{0,2}[,，]\d{3}\D*")
_TOLD_COMMA = re.compile(r"\D*\d{1,3}([,，]\d{3}([,，]\d{3})+|([,，]\d{3})*\.\d+)\D*")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_TIME = re.compile(r"(.+?)[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})0*)?)?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WEEK = re.compile(r"(\d{4})[-年]?(?:W|第)(\d{1,2})周?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_COMPACT_MONTH = re.compile(r"(\d{4})(\d{2})")
_QUARTER = re.compile(r"(\d{4})[-年]?(?:Q|第)([1-4])(?:季度?)?")
_YEAR = re.compile(r"(\d{4})年?")
_OCTOBER = re.compile(r"\d{4}\.1")  # a workbook turns the number 2027.10 into 2027.1: October or January, nobody knows
_CLOCK = re.compile(r"(\d{1,2})(?:[点點时時]整?|:00(?::00)?)")
INVISIBLE = re.compile("[\0\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")  # marks that nobody sees
_OWN_UNIT = re.compile(r"[%％万亿]\s*元?\s*$")


def as_text(value):
    """
    A cell of any reader as the text that a person would have typed.

    >>> as_text(7.0), as_text(None), as_text(True), as_text(" 007 ")
    ('7', '', 'true', '007')
    """
    if isinstance(value, str):
        return _visible(value)
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, float | np.floating) and value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    return _visible(value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value))


def _visible(text):
    """Without what nobody sees: two ids that look the same are the same."""
    return (text if text.isascii() and "\0" not in text else INVISIBLE.sub("", text)).strip()


def _each(texts, read, dtype):
    """Read each different text once."""
    codes, uniques = pd.factorize(texts, use_na_sentinel=False)
    plain = [text if text.isascii() else unicodedata.normalize("NFKC", text).strip() for text in uniques]
    values = [None if text == "" else read(text) for text in plain]
    bad = np.array([value is None and text != "" for value, text in zip(values, uniques)], dtype=bool)
    typed = pd.Series(values, dtype=dtype)
    return (
        pd.Series(typed.array.take(codes), index=texts.index, name=texts.name),
        pd.Series(bad[codes] if len(bad) else np.zeros(len(texts), bool), index=texts.index),
    )


def _number(text):
    if _PLAIN_NUMBER.fullmatch(text):
        return _finite(float(text))
    sign, text = _MONEY.fullmatch(text).groups() if "\n" not in text else ("", "")
    ending = text[-1:] if text[-1:] in _ENDINGS else ""
    text = sign + text.removesuffix(ending).rstrip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    value = float(text)
    return _finite(value / 100 if ending == "%" else round(value * _ENDINGS[ending], 6))


def _finite(value):
    return value if np.isfinite(value) else None


def read_number(texts):
    """
    Numbers: `1,234.5`, `18%` (0.18), `3.2万` (32,000), `¥5`; not `nan`, `inf` or `1,5`.

    >>> values, bad = read_number(pd.Series(["1,234.5", "18%", "3.2万", "about 5", ""]))
    >>> values.tolist(), bad.tolist()
    ([1234.5, 0.18, 32000.0, nan, nan], [False, False, False, True, False])
    """
    return _each(texts, _number, float)


def clock_hours(texts):
    """
    Hours of the day as people write them, `18点`, `18时`, `18:00`, as plain numbers; a half hour stays as it is.

    >>> clock_hours(pd.Series(["18点", "7：00", "18:00:00", "9", "18:30", ""])).tolist()
    ['18', '7', '18', '9', '18:30', '']
    """
    plain = {text: unicodedata.normalize("NFKC", text).replace(" ", "") for text in texts.unique()}
    return texts.map({text: found[1] if (found := _CLOCK.fullmatch(same)) else text for text, same in plain.items()})


def own_unit(texts):
    """
    Cells of numbers that say their unit themselves, `18%` or `3.2万`: the sign, or an empty text.

    >>> own_unit(pd.Series(["18 %", "3.2万元", "7", ""])).tolist()
    ['%', '万', '', '']
    """
    signs = pd.Series("", index=texts.index)
    if re.search("[%％万亿]", "".join(texts)):
        found = {text: _OWN_UNIT.search(text) for text in texts.unique()}
        signs = texts.map({text: match[0][0].replace("％", "%") if match else "" for text, match in found.items()})
    return signs


def decimal_commas(texts):
    """
    Cells such as `1,234`, where nothing in the column tells whether the comma parts thousands or is a decimal sign.

    >>> decimal_commas(pd.Series(["1,234", "7"])).tolist(), decimal_commas(pd.Series(["1,234", "1,234,567"])).tolist()
    ([True, False], [False, False])
    """
    single = texts.str.fullmatch(_ONE_COMMA)
    told = texts.str.fullmatch(_TOLD_COMMA).any()
    return single & (not told)


def _date(text):
    found = _DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text)
    if not found:
        return None
    try:
        return datetime.date(*map(int, found.groups()))
    except ValueError:
        return None


def read_day(texts):
    """
    Days: `2027-02-14`, `2027/2/14`, `2027年2月14日`, `20270214`.

    >>> read_day(pd.Series(["2027年2月14日", "2027-02-30"]))[0].astype(str).tolist()
    ['2027-02-14', 'NaT']
    """
    return _each(texts, lambda text: (found := _date(text)) and _stamp(found), "datetime64[ns]")


def _stamp(value):
    """None for a year that pandas has no room for, such as 9999."""
    return pd.Timestamp(value) if 1678 <= value.year <= 2261 else None


def _moment(text):
    found = _TIME.fullmatch(text)
    date = _date(found[1] if found else text)
    if not (found and date):
        return date and _stamp(date)
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    try:
        time = datetime.time(hour, minute, second, int((found[5] or "0").ljust(6, "0")))
    except ValueError:
        return None
    return _stamp(datetime.datetime.combine(date, time))


def read_moment(texts):
    """
    Local times: `2027-02-14 08:00`, `2027/2/14 8:00:30`, `2027-02-14T08:00`; a day alone is its beginning.

    >>> read_moment(pd.Series(["2027-02-14 08:00", "morning"]))[1].tolist()
    [False, True]
    """
    return _each(texts, _moment, "datetime64[ns]")


def read_flag(texts):
    """
    Yes or no, in English or Chinese.

    >>> read_flag(pd.Series(["是", "no", "maybe", ""]))[0].tolist()
    [True, False, <NA>, <NA>]
    """
    words = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
    return _each(texts, lambda text: words.get(text.lower()), "boolean")


def read_choice(texts, options):
    """
    One of the `options` (a dict from our word to the other words that are understood).

    >>> read_choice(pd.Series(["门面", "MALL", "pier"]), {"street": ["门面"], "mall": ["商场"]})[0].tolist()
    ['street', 'mall', None]
    """
    words = {other.lower(): name for name, others in options.items() for other in [name, *others]}
    return _each(texts, lambda text: words.get(text.lower()), object)


def _week(year, week):
    try:
        datetime.date.fromisocalendar(year, week, 1)
    except ValueError:
        return None
    return f"{year:04d}-W{week:02d}"


def period_of(text):
    """
    A period in its one spelling, or None if there is no such period.

    >>> [period_of(t) for t in ("2027年2月", "2027-W53", "2026-W53", "2027Q1", "202713", "2027/2/3", "2027")]
    ['2027-02', None, '2026-W53', '2027-Q1', None, '2027-02-03', '2027']
    """
    period = _period(text.strip().upper())
    return period if period and "1678" <= period[:4] <= "2261" else None


def _period(text):
    if _OCTOBER.fullmatch(text):
        return None
    if found := _WEEK.fullmatch(text):
        return _week(int(found[1]), int(found[2]))
    if found := _QUARTER.fullmatch(text):
        return f"{found[1]}-Q{found[2]}"
    if found := _MONTH.fullmatch(text) or _COMPACT_MONTH.fullmatch(text):
        return f"{found[1]}-{int(found[2]):02d}" if 1 <= int(found[2]) <= 12 else None
    if found := _YEAR.fullmatch(text):
        return found[1]
    found = _date(text)
    return found.isoformat() if found else _month_week(text)


def _month_week(text):
    """The part of an ISO week inside a month, as targets are split: `2027-02/2027-W07`."""
    parts = text.split("/")
    if len(parts) != 2:
        return None
    month, week = (_period(part.strip()) for part in parts)
    if not (month and week and len(month) == 7 and "W" in week and "Q" not in month):
        return None
    first, last = days_of(f"{month}/{week}")
    return f"{month}/{week}" if first <= last else None


def days_of(period):
    """
    First and last day of a period in its one spelling.

    >>> [str(day) for day in days_of("2027-02")], [str(day) for day in days_of("2026-W53")]
    (['2027-02-01', '2027-02-28'], ['2026-12-28', '2027-01-03'])
    >>> [str(day) for day in days_of("2027-01/2026-W53")]
    ['2027-01-01', '2027-01-03']
    """
    if "/" in period:
        begins, ends = zip(*map(days_of, period.split("/")))
        return max(begins), min(ends)
    year, rest = int(period[:4]), period[5:]
    if len(rest) == 5:
        day = datetime.date.fromisoformat(period)
        return day, day
    if rest.startswith("W"):
        monday = datetime.date.fromisocalendar(year, int(rest[1:]), 1)
        return monday, monday + datetime.timedelta(days=6)
    first, months = 1, 12
    if rest:
        first, months = (int(rest[1]) * 3 - 2, 3) if rest.startswith("Q") else (int(rest), 1)
    after = datetime.date(year + (first + months > 12), (first + months - 1) % 12 + 1, 1)
    return datetime.date(year, first, 1), after - datetime.timedelta(days=1)


def read_period(texts):
    """
    Periods in their one spelling (`period_of`).

    >>> read_period(pd.Series(["2027年2月", "2027-13"]))[1].tolist()
    [False, True]
    """
    return _each(texts, period_of, object)


def _steps(text):
    try:
        return ";".join(f"{start:.15g}:{rate:.15g}" for start, rate in read_tiers(text)) or None
    except ValueError:
        return None


def read_steps(texts):
    """
    Steps of a turnover rate in their one spelling (`tiers.read_tiers`).

    >>> values, bad = read_steps(pd.Series(["0:0.1； 200000：0.08", "10万以上8%", ""]))
    >>> values.tolist(), bad.tolist()
    (['0:0.1;200000:0.08', None, None], [False, True, False])
    """
    return _each(texts, _steps, object)
