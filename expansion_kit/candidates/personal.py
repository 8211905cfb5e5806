"""
What no card may ask about a prospect: protected personal attributes, names and contact details, refused by name.
"""

import re
import unicodedata

PERSONAL = re.compile(
    r"\b(name|phone|telephone|mobile|wechat|email|address)\b|姓名|电话|手机号|微信|邮箱|住址|地址", re.ASCII
)
PROTECTED = re.compile(
    r"\b(sex|sexual|gender|male|female|ages?|birth(day|date|place)?|born|zodiac|ethnic|ethnicity|races?|racial|native|hukou"
    r"|nationality|citizenship|religion|religious|faith|marital|married|unmarried|marriage|divorced|spouse|pregnant"
    r"|pregnancy|maternity|(has|number of) children|disability|disabled|health|illness|blood type|skin colou?r"
    r"|politics|political|party member|trade union|id (number|card))\b"
    r"|性别|^[男女]$|年龄|岁数|周岁|出生|生日|生肖|星座|血型|民族|种族|汉族|国籍|籍贯|户籍|户口|宗教|信仰"
    r"|婚姻|婚否|婚育|已婚|未婚|结婚|离婚|配偶|子女|生育|怀孕|健康|身体状况|病史|疾病|残疾|政治|党员|党派|性取向|身份证",
    re.ASCII,
)


def refuse_persons(names, answers=()):
    """
    Refuse questions about who somebody is, and their answers.

    Parameters
    ----------
    names : iterable
        Names of questions and vetoes, and answers that a card was given.
    answers : iterable
        Answers as they were found: refused only where they say a protected attribute (`telephone` may be a channel).

    Raises
    ------
    ValueError
        If one names a protected attribute or a contact detail; all of a kind are listed.

    Examples
    --------
    >>> refuse_persons(["capital", "marital_status"])
    Traceback (most recent call last):
        ...
    ValueError: a point card must not use protected personal attributes: marital_status
    """
    names = list(names)
    protected, contact = "protected personal attributes", "names or contact details"
    for pattern, meaning, asked in ((PROTECTED, protected, [*names, *answers]), (PERSONAL, contact, names)):
        found = [str(name) for name in asked if pattern.search(plain(name))]
        if found:
            raise ValueError(f"a point card must not use {meaning}: {', '.join(found)}")


def plain(name):
    """
    A name as plain words, so that a pattern with word limits finds them.

    >>> plain("dateOfBirth"), plain("客户_年龄2")
    ('date of birth', '客户 年龄')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W\d_]+", " ", unicodedata.normalize("NFKC", str(name)))
    return spaced.strip().casefold()
