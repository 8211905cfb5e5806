"""Texts that strangers typed, made safe where they come to stand: a page, a script, a spreadsheet."""

import json
import re

from .values import is_missing, jsonable

_DROPPED = {
    code: None for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)) if chr(code) not in "\t\n\r"
}
_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in "\"'{}$`\\\n\r\u2028\u2029"}
_ESCAPED = _DROPPED | _ENTITIES | {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}

_JSON_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_JSON_UNSAFE = re.compile("[<>&{}\u2028\u2029]")

# OWASP "CSV Injection": a cell that starts with = + - @ (half or full width), tab, CR or LF runs, also behind what a
# spreadsheet skips (spaces, quotes, a BOM). | and % start DDE calls and old macros; NUL is named by OWASP ASVS 1.2.10.
# A spreadsheet whose separator is ; or tab does not see our quotes, and starts a cell (or row) in the middle of a text.
_SKIPPED = r"[^\S\t\n\r]|['\"\x01-\x08\x0e-\x1f\x7f\ufeff\u200b\u2060]"
_RUNS = r"[=+\-@|%\0＝＋－＠﹢﹣﹦﹫]"
_NEW_CELL = rf"(?<![^;\t\n\r])(?=(?:{_SKIPPED})*{_RUNS})"
_LEADING_BREAK = rf"\A(?=(?:{_SKIPPED})*[\t\n\r])"
_DANGER = re.compile(f"{_NEW_CELL}|{_LEADING_BREAK}")
_MADE_HARMLESS = re.compile(f"{_NEW_CELL}'|{_LEADING_BREAK}'")


def escape(text):
    """
    A text made safe in HTML, in an attribute, in a JavaScript string or template literal, and in a Jinja template.

    Parameters
    ----------
    text : object
        Any text or number from data; missing is empty.

    Returns
    -------
    str
        Without control characters; `< > & " ' { } $`, backtick, backslash and line breaks stand as entities.

    Examples
    --------
    >>> escape("T`UOMO ${x} {{7*7}}"), escape("<b>"), escape(None), escape(7)
    ('T&#96;UOMO &#36;&#123;x&#125; &#123;&#123;7*7&#125;&#125;', '&lt;b&gt;', '', '7')
    """
    return "" if is_missing(text) else str(text).translate(_ESCAPED)


def as_json(value):
    """
    JSON to stand inside a `<script>` element, also where a Jinja pass follows.

    Parameters
    ----------
    value : dict, list, array, Series or scalar
        Missing numbers become `null`; the order of keys is kept.

    Returns
    -------
    str
        Compact; inside strings `< > & { }` and the Unicode line separators stand as `\\uXXXX`.

    Raises
    ------
    ValueError
        If a number is infinite.
    TypeError
        If a value has no place in JSON (a path, a geometry).

    Examples
    --------
    >>> print(as_json({"name": "</script>{{7*7}}", "sales": [1, float("nan")]}))
    {"name":"\\u003c/script\\u003e\\u007b\\u007b7*7\\u007d\\u007d","sales":[1,null]}
    """
    text = json.dumps(jsonable(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _JSON_STRING.sub(lambda string: _JSON_UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", string[0]), text)


def harmless(text):
    """
    A text that no spreadsheet runs: an apostrophe stands before each place where a formula could start.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        The text itself where nothing could run. `original` takes exactly these apostrophes away again.

    References
    ----------
    OWASP, CSV Injection; OWASP ASVS 5.0, requirement 1.2.10.

    Examples
    --------
    >>> harmless('=HYPERLINK("x")'), harmless("星巴克"), harmless("tea;=1+1")
    ('\\'=HYPERLINK("x")', '星巴克', "tea;'=1+1")
    """
    return _DANGER.sub("'", text)


def original(text):
    """
    The text that `harmless` was given: its exact inverse.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> original("'=1+1"), original("'t Hart"), original(harmless("'-"))
    ('=1+1', "'t Hart", "'-")
    """
    return _MADE_HARMLESS.sub("", text)
