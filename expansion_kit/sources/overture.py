"""
Overture Maps' places and divisions (GeoParquet), as published monthly, into a city folder.

Data: Overture Maps Foundation. Places: CDLA-Permissive-2.0, parts Apache-2.0 and CC0-1.0; divisions: ODbL-1.0, of
OpenStreetMap contributors and geoBoundaries. Nothing is downloaded here.
"""

import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..brands import bare, normalise_brand
from ..cities import write_city
from ..words import family, say
from .overture_kinds import kind_of
from .overture_parts import box_of, parts, read, release_of

INDEPENDENT = "independent"
SUBTYPES = ("county", "localadmin", "locality", "borough", "macrohood", "neighborhood", "microhood")
"""Divisions that may be zones of a city, from large to small."""

LEAST_CONFIDENCE = 0.5
_PLACE = {
    "id": ("id",),
    "geometry": ("geometry",),
    "name": ("names", "primary"),
    "category": ("categories", "primary"),
    "taxon": ("taxonomy", "primary"),
    "hierarchy": ("taxonomy", "hierarchy"),
    "basic": ("basic_category",),
    "confidence": ("confidence",),
    "operating_status": ("operating_status",),
    "brand": ("brand", "names", "primary"),
    "brand_names": ("brand", "names", "common"),
    "wikidata": ("brand", "wikidata"),
    "addresses": ("addresses",),
    "sources": ("sources",),
}
_DIVISION = {
    "id": ("id",),
    "geometry": ("geometry",),
    "name": ("names", "primary"),
    "names": ("names", "common"),
    "subtype": ("subtype",),
    "class": ("class",),
    "is_land": ("is_land",),
    "country": ("country",),
}
_TWIN_M = 30.0  # places of one name and kind this near each other are one, told by two sources
_HOLD_ALL = 0.9  # share of the stores that divisions of one subtype must hold
_DEGREE_M = 111_320.0


def import_overture(places, into, *, divisions=None, lang="en", **choice):
    """
    Write Overture's places and divisions as a city folder.

    Parameters
    ----------
    places, divisions : str or Path
        A Parquet file, or a folder of them (`theme=places/type=place`, `theme=divisions/type=division_area`).
    into : str or Path
        City folder to write; see `cities.write_city`.
    lang : str
        Language of the city's outputs and of the report, `en` or `zh`.
    **choice
        Of `read_overture`.

    Returns
    -------
    DataFrame
        The report of `read_overture`.

    Raises
    ------
    FileNotFoundError, FileExistsError, ValueError
        As `read_overture` and `cities.write_city`; nothing is written then.
    """
    about, tables, sources, report = read_overture(places, divisions=divisions, lang=lang, **choice)
    write_city(into, about, tables, sources, lang=lang)
    return report


def read_overture(
    places,
    *,
    divisions=None,
    lang="en",
    box="",
    subtype="",
    confidence=LEAST_CONFIDENCE,
    brand="",
    categories=(),
    name="",
    country="",
    currency="",
    as_of="",
):
    """
    Overture's places and divisions as tables of our columns.

    Parameters
    ----------
    places, divisions : str or Path
        A Parquet file, or a folder of them; without divisions a city has no zones of its own.
    lang : str
        Language of the city's outputs, of the zones' names where they have several, and of the report.
    box : str
        `west,south,east,north` in degrees: only what lies there is read; everything where it is empty.
    subtype : str
        Of the divisions that become zones; the smallest one that holds nine in ten stores where it is empty.
    confidence : float
        Places that Overture is less sure of (0 to 1) are left out; those closed for good are kept as closed.
    brand : str
        The own brand.
    categories : sequence of str
        Categories of stores to keep, in our words; all of them where it is empty.
    name, country, currency : str
        Of the city; the country is that of most addresses where it is empty.
    as_of : str
        Date of the data; that of the release where path or file state it.

    Returns
    -------
    about : dict
        Top level of `city.toml`.
    tables : dict of DataFrame
        Those of `stores`, `brands`, `generators`, `stations`, `zones` that there are.
    sources : dict of dict
        `source`, `as_of`, `method` a table.
    report : DataFrame
        What was read, dropped, flagged or is missing: `table, file, action, rows, reason`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a file is not Overture's, an option names what is not there, or no shop lies in the box.
    """
    notes, box = [], box_of(box, lang)
    files = _parts(places, lang)

    def note(table, file, action, rows, key, **values):
        if rows or action == "read":
            notes.append((table, file, action, int(rows), say(key, lang, **values)))

    found = _places(files, box, confidence, lang, note)
    country = country.upper() or _most(_first_address(found["addresses"], "country"))
    stores = _stores(found[found["table"] == "stores"], lang)
    if stores.empty:
        raise ValueError(say("source.overture_no_shop", lang))
    stores = _chosen(stores, categories, note, files[0].name, lang)
    stores["brand"], brands = _brands(stores, brand, note, files[0].name)
    tables = {"stores": stores[[c for c in stores if c not in ("called", "spellings", "wikidata")]], "brands": brands}
    tables |= {table: _people_go(found[found["table"] == table]) for table in ("generators", "stations")}
    told = {"stores": files}
    if divisions is not None:
        told["zones"] = _parts(divisions, lang)
        tables["zones"] = _zones(told["zones"], stores, box, subtype, lang, note)
    tables = {table: frame for table, frame in tables.items() if frame is not None and len(frame)}
    sources = {table: _source(table, told.get(table, files), as_of, lang, note) for table in tables}
    about = {"name": name or files[0].parent.name, "country": country, "currency": currency.upper(), "language": lang}
    about |= {"datum": "wgs84", "crs": "auto"} | ({"own_brand": brand} if brand else {})
    return about, tables, sources, pd.DataFrame(notes, columns=["table", "file", "action", "rows", "reason"])


def _parts(path, lang):
    try:
        return parts(path)
    except FileNotFoundError:
        raise FileNotFoundError(say("source.overture_no_file", lang, path=path)) from None


def _places(files, box, least, lang, note):
    """Places of ours that are sure enough, each once, with `table` and `kind`."""
    seen = {"unsure": 0, "none": 0}

    def keep(rows):
        closed = rows["operating_status"] == "permanently_closed"
        sure = pd.to_numeric(rows["confidence"], errors="coerce")
        good = closed | ~(sure < least)
        seen["unsure"] += int((~good).sum())
        rows = rows.assign(confidence=sure)[good]
        kinds = [kind_of(taxon or code, _listed(way), basic) for taxon, code, way, basic in _codes(rows)]
        rows = rows.assign(table=[table for table, _ in kinds], kind=[kind for _, kind in kinds])
        ours = rows["table"] != ""
        seen["none"] += int((~ours).sum())
        return rows[ours]

    found, counts = read(files, _PLACE, box=box, keep=keep, lang=lang)
    found = found.reindex(columns=[*_PLACE, "table", "kind"])
    file = files[0].name if len(files) == 1 else f"{files[0].name} … ({len(files)})"
    note("stores", file, "read", counts["inside"], "source.overture_places", total=f"{counts['rows']:,}")
    note("stores", file, "dropped", seen["unsure"], "source.overture_unsure", least=f"{least:g}")
    note("stores", file, "dropped", seen["none"], "source.overture_none")
    paused = (found["operating_status"] == "temporarily_closed").sum()
    closed = (found["operating_status"] == "permanently_closed") & (found["table"] == "stores")
    note("stores", file, "flagged", closed.sum(), "source.overture_closed")
    note("stores", file, "flagged", paused, "source.overture_paused")
    note("stores", file, "flagged", found["confidence"].isna().sum(), "source.overture_unknown")
    once = _once(found)
    note("stores", file, "dropped", len(found) - len(once), "source.overture_twice", metres=f"{_TWIN_M:g}")
    foreign = once[(once["table"] == "stores") & ~once["kind"].isin(family("category.", lang))]
    listed = ", ".join(sorted(foreign["kind"].unique())[:5])
    note("stores", file, "flagged", len(foreign), "source.overture_foreign", listed=listed)
    for table in ("generators", "stations"):
        note(table, file, "read", (once["table"] == table).sum(), f"source.overture_{table}")
        gone = (once["table"] == table) & (once["operating_status"] == "permanently_closed")
        note(table, file, "dropped", gone.sum(), "source.overture_gone")
    told = pd.Series([source.get("dataset") for each in once["sources"] for source in _listed(each)[:1]], dtype=object)
    counted = ", ".join(f"{name} {n:,}" for name, n in told.value_counts().sort_index().items())
    note("stores", file, "flagged", len(told), "source.overture_datasets", datasets=counted)
    return once


def _codes(rows):
    texts = rows[["taxon", "category", "basic"]].astype(object).where(rows[["taxon", "category", "basic"]].notna(), "")
    return zip(texts["taxon"], texts["category"], rows["hierarchy"], texts["basic"])


def _listed(value):
    """A list of the file, empty where there is none."""
    return [] if value is None or np.isscalar(value) else list(value)


def _once(found):
    """Of places of one name and kind within some metres, the surest; of equals the first by id."""
    from scipy.spatial import cKDTree

    found = found.assign(sure=pd.to_numeric(found["confidence"], errors="coerce").fillna(0))
    found = found.sort_values(["sure", "id"], ascending=[False, True], kind="stable").reset_index(drop=True)
    if len(found) < 2:
        return found
    xy = shapely.get_coordinates(shapely.centroid(found["geometry"].to_numpy()))
    metres = xy * _DEGREE_M * np.array([np.cos(np.radians(xy[:, 1].mean())), 1])
    called = [f"{_plain(name)}|{kind}" for name, kind in zip(found["name"], found["kind"])]
    gone = set()
    for one, other in sorted(cKDTree(metres).query_pairs(_TWIN_M)):
        if one not in gone and called[one] == called[other] and called[one][0] != "|":
            gone.add(other)
    return found.drop(index=sorted(gone)).sort_values("id").reset_index(drop=True)


def _plain(name):
    return unicodedata.normalize("NFKC", name).casefold().strip() if isinstance(name, str) else ""


def _stores(found, lang):
    """Stores with what Overture calls their brand (`called`) and its other spellings."""
    points = shapely.centroid(found["geometry"].to_numpy())
    status = found["operating_status"].eq("permanently_closed").map({True: "closed", False: "open"})
    table = {
        "store_id": found["id"],
        "name": found["name"],
        "category": [_category(kind, lang) for kind in found["kind"]],
        "status": status,
        "address": _first_address(found["addresses"], "freeform"),
        "lon": shapely.get_x(points),
        "lat": shapely.get_y(points),
        "called": found["brand"],
        "spellings": [[text for _, text in _listed(names)] for names in found["brand_names"]],
        "wikidata": found["wikidata"],
    }
    return pd.DataFrame(table).reset_index(drop=True)


def _chosen(stores, categories, note, file, lang):
    """Stores of the categories that were asked for."""
    there = set(stores["category"])
    if absent := [name for name in categories if name not in there]:
        known = ", ".join(sorted(there))
        raise ValueError(say("source.overture_no_category", lang, found=", ".join(absent), known=known))
    kept = stores[stores["category"].isin(categories)] if categories else stores
    note("stores", file, "dropped", len(stores) - len(kept), "source.overture_other_categories")
    return kept.reset_index(drop=True)


def _category(kind, lang):
    """Our word, or Overture's."""
    return say(f"category.{kind}", lang) if kind in family("category.", lang) else kind.replace("_", " ")


def _first_address(addresses, part):
    """A part of the first address of each place."""
    told = [(_listed(each) or [{}])[0] for each in addresses]
    return pd.Series([(one or {}).get(part) for one in told], index=addresses.index, dtype=object)


def _most(texts):
    return min(texts.mode(), default="")


def _brands(stores, own, note, file):
    """The brand of each store, and the table of brands: what Overture states, then names that such a brand explains."""
    key = stores["called"].map(bare, na_action="ignore").replace("", None)
    usual = stores["called"].groupby(key).agg(_most)  # `UniCafe` and `Unicafe` are one
    usual = usual.to_dict() | ({bare(own): own} if own else {})
    stated = key.map(usual).astype(object)
    aliases = _aliases(usual, stated, stores["spellings"])
    brand = stated
    if aliases:
        named = normalise_brand(stores["name"], aliases)
        brand = stated.fillna(named["brand"].where(named["matched"].isin(["exact", "branch"])))
    note("stores", file, "flagged", int((brand.notna() & stated.isna()).sum()), "source.overture_by_name")
    note("stores", file, "flagged", int(brand.isna().sum()), "source.overture_independent")
    if own:
        note("stores", file, "flagged", int(brand.eq(own).sum()), "source.overture_own", brand=own)
        note("stores", file, "missing", int(not brand.eq(own).any()), "source.overture_no_own", brand=own)
    table = pd.DataFrame({"brand": sorted(brand.dropna().unique())})
    other = {name: sorted(t for t, of in aliases.items() if of == name and t != name) for name in table["brand"]}
    table["alias"] = table["brand"].map(lambda name: "|".join(other[name]) or None)
    table["own"] = table["brand"] == own
    table["category"] = table["brand"].map(stores["category"].groupby(brand).agg(_most))
    return brand.fillna(INDEPENDENT).astype(object), table


def _aliases(usual, stated, spellings):
    """Brand by each of its spellings; one that two brands share, or that means more than itself, is none."""
    told = {}
    for brand, texts in zip(stated, spellings):
        for text in texts if isinstance(brand, str) else ():
            told.setdefault(bare(text), {}).setdefault(brand, text)
    taken = set(usual) | {""}
    more = {next(iter(of.values())): next(iter(of)) for key, of in told.items() if len(of) == 1 and key not in taken}
    more = {text: brand for text, brand in more.items() if "|" not in text and text[-1] not in "*="}
    return {brand: brand for brand in usual.values() if brand[-1] not in "*="} | more


def _people_go(found):
    points = shapely.centroid(found["geometry"].to_numpy())
    open_ = (found["operating_status"] != "permanently_closed").to_numpy()
    table = found[["id", "name", "kind"]].rename(columns={"id": "place_id"})
    return table.assign(lon=shapely.get_x(points), lat=shapely.get_y(points))[open_].reset_index(drop=True)


def _zones(files, stores, box, subtype, lang, note):
    """Areas on land of one subtype, those that lie mostly in the box."""

    def keep(rows):
        land = (rows["class"] == "land") | (rows["class"].isna() & rows["is_land"].eq(True))
        return rows[land & rows["subtype"].isin(SUBTYPES)]

    areas, counts = read(files, _DIVISION, box=box, keep=keep, lang=lang)
    file = files[0].name
    note("zones", file, "read", counts["inside"], "source.overture_divisions", total=f"{counts['rows']:,}")
    areas = gpd.GeoDataFrame(areas.drop(columns="geometry"), geometry=areas["geometry"].to_list(), crs="EPSG:4326")
    chosen = _subtype(areas, stores, subtype, lang)
    if not chosen:
        note("zones", file, "missing", 1, "source.overture_no_zones")
        return None
    note("zones", file, "dropped", counts["inside"] - (areas["subtype"] == chosen).sum(), "source.overture_other_kinds")
    areas = areas[areas["subtype"] == chosen].sort_values("id")
    note("zones", file, "flagged", len(areas), "source.overture_subtype", subtype=chosen)
    if box is not None:
        outside = ~areas.representative_point().within(shapely.box(*box))
        note("zones", file, "dropped", outside.sum(), "source.overture_outside")
        areas = areas[~outside]
        beyond = (~areas.within(shapely.box(*box))).sum()
        note("zones", file, "flagged", beyond, "source.overture_beyond")
    called = [dict(_listed(names)).get(lang) or name for names, name in zip(areas["names"], areas["name"])]
    note("zones", file, "missing", len(areas), "source.overture_no_residents")
    table = {"zone_id": areas["id"].to_numpy(), "name": called}
    return gpd.GeoDataFrame(table, geometry=areas.geometry.to_numpy(), crs=areas.crs)


def _subtype(areas, stores, stated, lang):
    """The one that is stated; else the smallest whose areas hold nearly all stores; empty where there is none."""
    known = [name for name in SUBTYPES if (areas["subtype"] == name).any()]
    if stated and stated not in known:
        raise ValueError(say("source.overture_no_subtype", lang, found=stated, known=", ".join(known) or "—"))
    if stated:
        return stated
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(stores["lon"], stores["lat"]), crs=areas.crs)
    for name in reversed(known):
        kind = areas.loc[areas["subtype"] == name, ["geometry"]]
        held = gpd.sjoin(points, kind, predicate="intersects").index.nunique()
        if len(kind) > 1 and held >= _HOLD_ALL * len(points):
            return name
    return known[0] if known else ""


def _source(table, files, as_of, lang, note):
    """Publisher, licence and release of a table."""
    release, day = release_of(files)
    theme = "divisions" if table == "zones" else "places"
    told = say(f"source.overture_{theme}_told", lang, release=release or say("source.overture_undated", lang))
    if not (as_of or day) and table in ("stores", "zones"):
        note(table, files[0].name, "missing", 1, "source.overture_no_date")
    return {"source": told, "as_of": as_of or day, "method": "assumed" if table == "brands" else "measured"}
