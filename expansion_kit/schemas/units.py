"""
What stands in the brackets of a header: a unit that is understood, one that is not, or a remark.

`面积(万平方米)` is 10,000 of the column's m2, `面积(亩)` a unit that no column has, `面积(使用面积)` no unit at all.
A figure in a unit that is not understood must never be taken for one in the column's own unit.
"""

import re
import unicodedata

_MULTIPLES = {
    "十": 10.0,
    "百": 100.0,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "十亿": 1e9,
    "百亿": 1e10,
    "千亿": 1e11,
    "k": 1e3,
    "000": 1e3,
    "000s": 1e3,
    "thousand": 1e3,
    "thousands": 1e3,
    "mn": 1e6,
    "mln": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "lakh": 1e5,
    "lakhs": 1e5,
    "crore": 1e7,
    "crores": 1e7,
}
_WORDS = {  # how people write a part of a unit, and our word for it; what is no unit of ours fits no column
    "money": "元 圆 块 块钱",
    "person": "person persons people ppl pax head 人 人次 名 位 口",
    "household": "household households 户",
    "store": "store stores shop shops 家 间",
    "order": "order orders 单 笔",
    "unit": "unit units piece pieces pcs 件 杯 份",
    "any": "个",
    "m2": "m2 sqm ㎡ 平米 平方米 平 平方",
    "km2": "km2 sqkm 平方公里 平方千米",
    "m": "m metre metres meter meters 米",
    "km": "km 公里 千米",
    "day": "day days d 天 日",
    "week": "week weeks wk 周 星期",
    "month": "month months mo 月 个月",
    "quarter": "quarter quarters qtr 季 季度",
    "year": "year years yr yrs 年",
    "hour": "hour hours hr hrs h 小时 时",
    "minute": "minute minutes min mins 分钟 分",
    "share": "% percent pct",
    "permille": "‰",
    "degree": "degree degrees deg ° 度",
    "foreign": "亩 公顷 坪 평 sqft ft2 sqfeet 平方英尺 ha acre acres 厘米 cm 毫米 mm 英尺 ft mile miles 英里 秒 s 角",
}
_TIMES_OF = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
_TIMES_OF |= {"annual": "year", "annually": "year", "hourly": "hour"}
_CURRENCIES = {
    "CNY": "cny rmb yuan 人民币 ¥ ￥",
    "USD": "usd us$ $ dollar dollars 美元 美金",
    "EUR": "eur euro euros € 欧元",
    "GBP": "gbp £ 英镑",
    "KRW": "krw won ₩ 韩元 韩币 원",
    "JPY": "jpy yen ¥ 日元 日圆 円",
    "HKD": "hkd hk$ $ 港币 港元",
    "TWD": "twd ntd nt$ $ 台币 新台币",
    "SGD": "sgd s$ $ 新币 新加坡元",
    "MOP": "mop 澳门元",
    "AUD": "aud a$ $ 澳元",
    "CAD": "cad c$ $ 加元",
    "INR": "inr rs ₹ 卢比",
}
_SCALED = {"km2": ("m2", 1e6), "share": ("share", 0.01), "permille": ("share", 0.001)}
_COUNTED = {"person", "household", "store", "order", "unit"}
_PERIODS = {"hour", "day", "week", "month", "quarter", "year"}
_RENTS = {"rent_sqm_day": "day", "rent_sqm_month": "month"}  # a contract rent is the same by day, month and year
_DAYS = {"day": 1.0, "month": 365 / 12, "year": 365.0}
_PER_HEAD = {"income", "spend_per_head"}  # 元/人/月 says of these what their names say
_SEPARATORS = {"/", "每", "per", "·", "*", "a", "an"}


def _table(words):
    pairs = [(unicodedata.normalize("NFKC", w), ours) for ours, written in words.items() for w in written.split()]
    table = {}
    for word, ours in pairs:
        table.setdefault(word, set()).add(ours)
    return table


_UNITS, _MONEY = _table(_WORDS), _table(_CURRENCIES)
_SPELLED = sorted({*_MULTIPLES, *_UNITS, *_MONEY, *_TIMES_OF, *_SEPARATORS}, key=len, reverse=True)
_WORDS_OF_LETTERS = "|".join(re.escape(word) for word in _SPELLED if word.isascii() and word.isalnum())
_SIGNS = "|".join(re.escape(word) for word in _SPELLED if not (word.isascii() and word.isalnum()))
_CODES = "|".join(code.lower() for code in _CURRENCIES) + "|rmb"
_TOKEN = re.compile(
    rf"\s+|(?:{_SIGNS})|(?:k|mn?|bn)(?=(?:{_CODES})(?![a-z0-9]))|(?:{_WORDS_OF_LETTERS})(?![a-z0-9])"
    rf"|(?:{_CODES})(?=k(?![a-z0-9])|mn?(?![a-z0-9])|bn(?![a-z0-9])|000)|."
)
_INTRODUCED = re.compile(r"^\s*(单位|个人|units?\s*$|in\s)")
_LIKE_A_UNIT = re.compile(
    r"[/%‰°$€£¥₩₹每]|元(?!旦)|[美港台欧澳]币|人民币|美金|英镑|日圆|卢比|平方|平米|公里|公顷|亩|坪|英尺|(?<![a-z])k?m2"
    r"|百分[比数点]|[十百千]?万(?=$|[元人户家单件平米])|亿|(?<![\d年])000"
    r"|(?<![a-z])(?:k|m|mn|mm|mil|mln|mio|bn|mrd|tsd|per|hundreds?|thousands?|millions?|billions?|lakhs?|crores?"
    rf"|dollars?|euros?|yuan|won|yen|sqm|sqft|sqkm|km|pct|percent)(?![a-z])|{_CODES}"
)


def multiple(remark, unit, *, column="", currency=""):
    """
    What a figure is multiplied by to be in the column's unit, as the header's brackets say.

    Parameters
    ----------
    remark : str
        What stands in the brackets.
    unit : str
        The column's unit in our words, such as `money/m2/month`; empty where the column has none of its own.
    column : str
        The column's name.
    currency : str
        ISO 4217 code of the city; money of another, or of one that is not known, does not fit.

    Returns
    -------
    float or None
        1 for a remark that is no unit; None for a unit that is not the column's, or not understood.

    Examples
    --------
    >>> [multiple(remark, "m2") for remark in ("万平方米", "使用面积", "亩", "km²", "sqft/floor")]
    [10000.0, 1.0, None, 1000000.0, None]
    >>> multiple("元/天", "money/m2/day"), multiple("$000", "money/month", currency="USD")
    (None, 1000.0)

    A rent a m2 and month is one a day, in months of 365/12 days:

    >>> round(multiple("元/㎡/月", "money/m2/day", column="rent_sqm_day"), 6)
    0.032877
    """
    plain = re.sub(r"['‘’‛′_]", " ", unicodedata.normalize("NFKC", remark)).lower()
    factors = []
    for part in re.split(r"[,;、:]", plain):
        part = _INTRODUCED.sub("", part)
        tokens = [token for token in _TOKEN.findall(part) if token.strip()]
        known = all(token in _MULTIPLES or token in _SEPARATORS or _units_of(token, currency) for token in tokens)
        if known and tokens:
            factors.append(_product(tokens, unit.split("/"), column, currency))
        elif _LIKE_A_UNIT.search(part):
            factors.append(None)
    if None in factors:
        return None
    result = 1.0
    for factor in factors:
        result *= factor
    return result


def _units_of(token, currency):
    """Our words for a part of a unit; several where people mean several."""
    if token in _MONEY:
        return {"money"} if currency in _MONEY[token] else {"foreign"}
    return _UNITS.get(token) or ({_TIMES_OF[token]} if token in _TIMES_OF else set())


def _product(tokens, unit, column, currency):
    """The multiple that a unit stands for, or None where it is not the column's."""
    times, base, under, beneath = 1.0, None, set(), False
    for token in tokens:
        if token in _SEPARATORS:
            beneath = True
            continue
        if token in _MULTIPLES:
            if beneath:
                return None
            times *= _MULTIPLES[token]
            continue
        (word,) = _units_of(token, currency)
        if beneath or token in _TIMES_OF:
            under.add(word)
        elif base in (None, word):
            base = word
        elif base == "money" and word == "foreign" or base == "foreign":
            base = "foreign"
        else:
            return None
    return _fitted(times, base, under, unit, column)


def _fitted(times, base, under, unit, column):
    own, beneath = unit[0], {"hour" if part == "h" else part for part in unit[1:]}
    if base in _PERIODS and base in beneath and not under and times == 1.0:
        base, under = None, {base}  # 销售额(月) for sales a month
    base, scale = _SCALED.get(base, (base, 1.0))
    if own == "":
        fits = base in {None, "money", "share", "any", *_COUNTED} and not under
    elif base is None:
        fits = own not in ("share", "degree")
    else:
        fits = base == own or (base == "any" and own in _COUNTED)
    under = under - {"person"} if column in _PER_HEAD else under
    if column in _RENTS and len(under) == 2 and (period := under & set(_DAYS)):
        scale *= _DAYS[_RENTS[column]] / _DAYS[min(period)]
        under = under - period | {_RENTS[column]}
    without_time = beneath - _PERIODS
    fits = fits and (not under or under == beneath or (under == without_time and bool(without_time)))
    return times * scale if fits else None
