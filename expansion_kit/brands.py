"""The brand behind a shop's name: one chain stands in registers and on maps under a hundred spellings."""

import re
import unicodedata

import numpy as np
import pandas as pd

_ACCENTS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = re.compile("['`\u2018\u2019\u02bc]")
_BRACKETS = re.compile(r"[(\[{<【〔《「][^)\]}>】〕》」]*[)\]}>】〕》」]?")
_TOKENS = re.compile(r"[a-z0-9\u00df-\u024f]+|[^\W_a-z0-9\u00df-\u024f]+")
_LATIN = re.compile(r"[a-z0-9\u00df-\u024f]")
_BRANCH_WORDS = ("店", "점", "branch", "store", "shop")
_GLUED_BRANCH = ("店", "점")


def normalise_brand(names, aliases=None):
    """
    The brand behind each shop name.

    Width, case, accents, punctuation and what stands in brackets don't matter; the longest alias wins. A name matches

    - `exact`: it is an alias;
    - `branch`: it is one once the branch is cut off, as in `星巴克(南京西路店)`;
    - `begins`: it begins with an alias that ends in `*`, whatever follows; for tables that were read against the names;
    - `token`: an alias is made of whole words of it, as in `스타벅스 강남 2호점` (`메가` is not found in `메가박스`);
    - `glued`: an unspaced word of it begins with an alias and ends with 店 or 점, as in `喜茶万象城店` (two characters
      suffice, in Hangul three), or begins with an alias of four characters or more. The weakest: look at these.

    Parameters
    ----------
    names : Series of str, shape (n,)
        Shop names.
    aliases : Series or dict, optional
        Brand by alias; a brand's own name is an alias only if it is given as one. An alias that ends in `=` must be the
        whole name. Without aliases the brand is the normalised name without its branch (`text`).

    Returns
    -------
    DataFrame, shape (n,)
        `brand` (missing where none was found) and `matched`: `exact`, `branch`, `begins`, `token`, `glued`,
        `text` or `none`.

    Raises
    ------
    ValueError
        If one alias stands for two brands.

    Examples
    --------
    >>> names = pd.Series(["ＳＴＡＲＢＵＣＫＳ（人民广场店）", "메가커피 강남점", "메가박스 코엑스점"])
    >>> found = normalise_brand(names, {"Starbucks": "Starbucks", "메가": "MEGA", "메가커피": "MEGA"})
    >>> found["brand"].tolist(), found["matched"].tolist()
    (['Starbucks', 'MEGA', nan], ['branch', 'branch', 'none'])
    """
    known = None if aliases is None else _alias_table(aliases)
    unique = {name: _brand_of(name, known) for name in names.dropna().unique()}
    found = [unique.get(name, (np.nan, "none")) for name in names]
    return pd.DataFrame(found, columns=["brand", "matched"], index=names.index, dtype=object)


def bare(text):
    """
    A spelling without case, accents, spaces and signs: spellings that are alike are one.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> bare("UniCafé "), bare("Uni-Cafe")
    ('unicafe', 'unicafe')
    """
    return re.sub(r"[\W_]+|[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text).casefold())


def _normalise(text):
    """Text without width, case, accents and apostrophes; Hangul and kana stay whole."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", str(text)).casefold())
    return _APOSTROPHES.sub("", unicodedata.normalize("NFC", plain))


def _compact(text):
    return "".join(_TOKENS.findall(text))


def _alias_table(aliases):
    """Aliases by kind: `whole` (must be the name), `begins` (longest first), `any` (may be words of it)."""
    table, kinds = {}, {"=": "whole", "*": "begins"}
    known = {"whole": {}, "begins": {}, "any": {}}
    for alias, brand in dict(aliases).items():
        key = _compact(_normalise(alias))
        if table.setdefault(key, brand) != brand:
            raise ValueError(f"alias {alias!r} stands for two brands: {table[key]!r} and {brand!r}")
        if key:
            known[kinds.get(str(alias)[-1:], "any")][key] = brand
    known["begins"] = dict(sorted(known["begins"].items(), key=lambda item: -len(item[0])))
    return known


def _brand_of(name, known):
    """(brand, how it was matched) of one name."""
    text = _normalise(name)
    bare = _BRACKETS.sub(" ", text)
    bare = bare if _compact(bare) else text
    tokens = _TOKENS.findall(bare)
    stem = tokens[:-1] if len(tokens) > 1 and tokens[-1].endswith(_BRANCH_WORDS) else tokens
    if known is None:
        return (" ".join(stem) or np.nan), ("text" if stem else "none")
    whole, cut = _compact(text), "".join(stem)
    if whole in known["whole"]:
        return known["whole"][whole], "exact"
    beginning = next((key for key in known["begins"] if whole.startswith(key)), None)
    known, begins = known["any"], known["begins"]
    if whole in known:
        return known[whole], "exact"
    if cut in known:
        return known[cut], "branch"
    if beginning is not None:
        return begins[beginning], "begins"
    run = next((key for key in _runs(tokens) if key in known), None)
    if run is not None:
        return known[run], "token"
    words = [_compact(word) for word in bare.split()]
    start = next((key for word in words for key in _starts(word) if key in known), None)
    return (np.nan, "none") if start is None else (known[start], "glued")


def _runs(tokens):
    """Whole words that follow one another, joined; the longest first."""
    n = len(tokens)
    joined = ["".join(tokens[i:j]) for i in range(n) for j in range(i + 1, n + 1)]
    return sorted(joined, key=len, reverse=True)


def _starts(word):
    """Beginnings of an unspaced word that may be a brand with its branch glued on; the longest first."""
    if word.endswith(_GLUED_BRANCH):
        shortest = 3 if "\uac00" <= word[0] <= "\ud7a3" else 2
    else:
        shortest = 4
    ends = range(len(word) - 1, shortest - 1, -1)
    return [word[:end] for end in ends if not (_LATIN.match(word[end - 1]) and _LATIN.match(word[end]))]
