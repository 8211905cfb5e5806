"""Who else is there: brands behind shop names, rivals nearby, shares and concentration."""

import re
import unicodedata

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo

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
    - `token`: an alias is made of whole words of it, as in `스타벅스 강남 2호점` (`메가` is not found in `메가박스`);
    - `glued`: an unspaced word of it begins with an alias and ends with 店 or 점, as in `喜茶万象城店` (two characters
      suffice, in Hangul three), or begins with an alias of four characters or more. The weakest: look at these.

    Parameters
    ----------
    names : Series of str, shape (n,)
        Shop names.
    aliases : Series or dict, optional
        Brand by alias; a brand's own name is an alias only if it is given as one. Without aliases the brand is the
        normalised name without its branch (`text`).

    Returns
    -------
    DataFrame, shape (n,)
        `brand` (missing where none was found) and `matched`: `exact`, `branch`, `token`, `glued`, `text` or `none`.

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


def rivals_within(points, stores, radius):
    """
    Number of rival stores around each point.

    Parameters
    ----------
    points : GeoDataFrame, shape (n,)
        Points in metres. Where they are stores themselves (same index name), a store is not its own rival.
    stores : GeoDataFrame
        Stores that trade, with `own` (bool), in the same coordinate reference system.
    radius : float
        Metres, straight line.

    Returns
    -------
    Series, shape (n,)
        `rivals_within`; missing for a point without a position.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or `radius` is not above 0.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> places = gpd.points_from_xy([0, 300, 600], [0, 0, 0], crs=crs)
    >>> stores = gpd.GeoDataFrame({"own": [True, False, False]}, geometry=places)
    >>> rivals_within(gpd.GeoDataFrame(geometry=places[:1]), stores, 500).tolist()
    [1.0]
    """
    geo.check_metres(points, stores)
    if not radius > 0:
        raise ValueError(f"radius must be above 0 m, but is {radius}")
    rivals = stores[~stores["own"].to_numpy(dtype=bool)]
    here = points.geometry.to_numpy()
    at, rival_at = shapely.STRtree(rivals.geometry.to_numpy()).query(here, predicate="dwithin", distance=radius)
    if points.index.name is not None and points.index.name == stores.index.name:
        at = at[points.index.to_numpy()[at] != rivals.index.to_numpy()[rival_at]]
    counts = pd.Series(np.bincount(at, minlength=len(points)).astype(float), index=points.index, name="rivals_within")
    return counts.mask(shapely.is_missing(here))


def share_of_stores(stores):
    """
    Each brand's share of the number of stores.

    Parameters
    ----------
    stores : DataFrame
        With `brand`. Independent shops counted as one brand are not one rival: leave them out or say so.

    Returns
    -------
    Series
        `share_of_stores` by brand, largest first; adds up to 1.

    Examples
    --------
    >>> share_of_stores(pd.DataFrame({"brand": ["A", "B", "A", "A"]})).to_dict()
    {'A': 0.75, 'B': 0.25}
    """
    counts = stores.groupby("brand", observed=True).size().sort_values(ascending=False, kind="stable")
    return (counts / counts.sum()).rename("share_of_stores")


def hhi(shares):
    """
    Concentration of a market (Herfindahl-Hirschman index).

    Parameters
    ----------
    shares : Series
        Shares that add up to 1.

    Returns
    -------
    float
        From near 0 (many small ones) to 1 (one has all); times 10,000 in the competition authorities' points.

    Raises
    ------
    ValueError
        If the shares don't add up to 1.

    Examples
    --------
    >>> hhi(pd.Series([0.5, 0.3, 0.2]))
    0.38
    """
    if not np.isclose(shares.sum(), 1.0) or (shares < 0).any() or shares.isna().any():
        raise ValueError(f"shares must be at least 0 and add up to 1, but add up to {shares.sum():g}")
    return float((shares**2).sum())


def location_quotient(part, whole):
    """
    How much more of something a zone has than the city: its share of the zone over its share of the city.

    Parameters
    ----------
    part, whole : Series
        Numbers by zone, such as own stores and all stores, or cafes and all shops; on the same zones.

    Returns
    -------
    Series
        `location_quotient` by zone; 1 is as in the city; missing where the whole is 0 or unknown.

    Examples
    --------
    >>> location_quotient(pd.Series({"Z1": 10, "Z2": 30}), pd.Series({"Z1": 100, "Z2": 100})).to_dict()
    {'Z1': 0.5, 'Z2': 1.5}
    """
    both = part.reindex(whole.index)
    known = both.notna() & whole.notna()
    return (both * whole[known].sum() / (whole.where(whole > 0) * both[known].sum())).rename("location_quotient")


def _normalise(text):
    """Text without width, case, accents and apostrophes; Hangul and kana stay whole."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", str(text)).casefold())
    return _APOSTROPHES.sub("", unicodedata.normalize("NFC", plain))


def _compact(text):
    return "".join(_TOKENS.findall(text))


def _alias_table(aliases):
    table = {}
    for alias, brand in dict(aliases).items():
        key = _compact(_normalise(alias))
        if table.setdefault(key, brand) != brand:
            raise ValueError(f"alias {alias!r} stands for two brands: {table[key]!r} and {brand!r}")
    table.pop("", None)
    return table


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
    if whole in known:
        return known[whole], "exact"
    if cut in known:
        return known[cut], "branch"
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
