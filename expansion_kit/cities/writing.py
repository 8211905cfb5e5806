"""A new city folder: to fill in by hand, or from tables that a source has read."""

import datetime
import json
import tomllib
from pathlib import Path

import geopandas
import pandas as pd

from .. import files, geo
from ..schemas import TABLES, SchemaError, columns, key_of
from ..words import family, say, unit
from .config import checked
from .examples import example_row
from .making_room import make_room
from .steps import STEPS, guide

_BY_FILE = ("basemap", "network", "pings", "mall_units")  # outlines and streams; nobody types them into a sheet
_NOTE, _REQUIRED, _EXAMPLE = "E7E6E6", "FFE699", "F2F2F2"  # colours of rows that are not read


def new_city(folder, *, lang="zh", about=None):
    """
    A new city folder with `city.toml` and one workbook to fill in: a sheet a table, units, drop-downs, an example row.

    Parameters
    ----------
    folder : str or Path
        Must not hold a `city.toml` yet.
    lang : str
        Language of the headers, notes and messages: `zh` or `en`.
    about : dict of str to str, optional
        Settings of `city.toml` that are known already, such as `name`, `currency` and `own_brand`.

    Returns
    -------
    Path
        The workbook.

    Raises
    ------
    FileExistsError
        If there is a city already; nothing is overwritten.
    SchemaError
        If a setting is at fault; nothing is written.
    """
    folder = Path(folder)
    workbook = folder / say("template.workbook", lang)
    _refuse_to_overwrite(folder, lang, "city.toml", workbook.name)
    about = usual_settings(lang) | (about or {})
    _refuse_faults(about, lang)
    sheets, sources = {say("template.read_me", lang): _read_me(lang)}, {}
    for table in in_order():
        title = say(f"table.{table}", lang)
        sheets[title] = _sheet(table, lang, about["currency"])
        sources[table] = {"file": workbook.name, "sheet": title, "source": "", "as_of": "", "method": ""}
    files.write_xlsx(workbook, sheets)
    files.write_text(folder / "city.toml", say("template.toml_note", lang) + "\n" + _toml(about, sources))
    return workbook


def usual_settings(lang):
    """What `city.toml` of a new city says where nobody says otherwise."""
    chinese = lang == "zh"
    return {
        "name": say("template.city_name", lang),
        "country": "CN" if chinese else "",
        "currency": "CNY" if chinese else "",
        "timezone": "Asia/Shanghai" if chinese else "",
        "language": lang,
        "datum": "gcj02" if chinese else "wgs84",
        "crs": "auto",
        "own_brand": "",
    }


def in_order():
    """
    The tables that are typed into a workbook: those of the first step first, the rest as in the data dictionary.

    >>> in_order()[:3]
    ['stores', 'brands', 'stations']
    """
    wanted = [table for least, more in STEPS.values() for table in (least, *more)]
    return [table for table in dict.fromkeys([*wanted, *TABLES]) if table not in _BY_FILE]


def write_city(folder, about, tables, sources, *, lang="en"):
    """
    A city folder from tables: `city.toml` and one file a table (GeoJSON for polygons and lines, CSV for the rest).

    Parameters
    ----------
    folder : str or Path
        Must not hold a `city.toml` yet.
    about : dict
        Settings of `city.toml`, without tables.
    tables : dict of str to DataFrame
        Columns of the data dictionary; the key as column or as index; polygons as GeoDataFrame in WGS-84.
    sources : dict of str to dict
        `source`, `as_of` and `method` of each table.
    lang : str
        `zh` writes Chinese headers and words, as a Chinese user would fill them in.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileExistsError
        If there is a city already; nothing is overwritten.
    ValueError
        If a table or column is not in the data dictionary, a table has no source, or a setting is at fault
        (`SchemaError`).
    """
    folder = Path(folder)
    unsourced = [table for table in tables if table not in sources]
    if unsourced:
        raise ValueError(f"tables without a source: {', '.join(unsourced)}; no figure without its source")
    money = about.get("currency", "")
    outgoing = {table: _outgoing(table, frame, lang, money) for table, frame in tables.items()}
    _refuse_to_overwrite(folder, lang, "city.toml")
    stated = {table: {"file": _file_of(table, frame), **sources[table]} for table, frame in outgoing.items()}
    _refuse_faults({**about, "tables": stated}, lang)
    _refuse_to_overwrite(folder, lang, *(source["file"] for source in stated.values()))
    for table, frame in outgoing.items():
        _write(folder, table, frame)
    files.write_text(folder / "city.toml", _toml(about, stated))
    return folder


def add_table(folder, about, table, frame, source):
    """
    One more table for a city folder, which is made when it is not there yet.

    Parameters
    ----------
    folder : str or Path
    about : dict
        Settings for a new `city.toml`; of a city that is there, only `datum` counts (that of the new table).
    table : str
    frame : DataFrame
        Columns of the data dictionary.
    source : dict
        `source`, `as_of`, `method`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileExistsError
        If the city has the table, or a file of its name; nothing is overwritten but the entry of a sheet that nobody
        has filled in.
    ValueError
        If `city.toml` cannot be read.
    """
    folder = Path(folder)
    if not (folder / "city.toml").exists():
        return write_city(folder, {"name": folder.name, **about}, {table: frame}, {table: source})
    text = (folder / "city.toml").read_text(encoding="utf-8-sig")
    there = tomllib.loads(text)
    lang = there.get("language", "en")
    outgoing = _outgoing(table, frame, "en")
    file = _file_of(table, outgoing)
    stated = {"file": file, **source} | ({"datum": about["datum"]} if "datum" in about else {})
    text = make_room(folder, text, table, file, lang)
    _refuse_faults({"name": "?", "tables": {table: stated}}, lang)
    _write(folder, table, outgoing)
    files.write_text(folder / "city.toml", text.rstrip("\n") + "\n" + _toml({}, {table: stated}))
    return folder


def _file_of(table, frame):
    return f"{table}.{'geojson' if isinstance(frame, geopandas.GeoDataFrame) else 'csv'}"


def _write(folder, table, frame):
    path = folder / _file_of(table, frame)
    if isinstance(frame, geopandas.GeoDataFrame):
        files.write_geojson(path, frame)
    else:
        files.write_csv(path, frame, index=False)


def _refuse_to_overwrite(folder, lang, *names):
    for name in names:
        if (folder / name).exists():
            raise FileExistsError(say("template.exists", lang, file=name, folder=folder.name))


def _refuse_faults(stated, lang):
    """Settings that `load_city` would not take are not written."""
    _, faults = checked(stated)
    if faults:
        raise SchemaError(faults, lang)


def header_of(table, column, lang, currency):
    """Our name or the first Chinese header, of money that is not the yuan the first that does not say 元."""
    if lang != "zh" or column == "geometry":
        return column
    headers = columns(table)[column].metadata["headers"]
    return next(header for header in headers if currency == "CNY" or "元" not in header)


def _outgoing(table, frame, lang, currency=""):
    """Headers and words in the reader's language; points as lon and lat, a mall plan in metres as WKT."""
    key = key_of(table)
    if key and frame.index.name == key:
        frame = frame.reset_index()
    unknown = [name for name in frame.columns if name not in columns(table)]
    if unknown:
        raise ValueError(f"table {table!r} has no column {', '.join(map(repr, unknown))}")
    frame = frame[[name for name in columns(table) if name in frame.columns]]
    if "geometry" in frame and not isinstance(frame, geopandas.GeoDataFrame):
        frame = geopandas.GeoDataFrame(frame, geometry="geometry", crs=None if table == "mall_units" else "EPSG:4326")
    if isinstance(frame, geopandas.GeoDataFrame) and (frame.crs is None or frame.geom_type.eq("Point").all()):
        shapes = frame.geometry
        frame = pd.DataFrame(frame.drop(columns="geometry"))
        if shapes.crs is None:
            frame["geometry"] = shapes.to_wkt()
        else:
            shapes = geo.to_wgs84(shapes)
            frame["lon"], frame["lat"] = shapes.x, shapes.y
    else:
        frame = frame.drop(columns=["lon", "lat"]) if {"geometry", "lon", "lat"} <= set(frame) else frame.copy()
    for name in frame.columns:
        frame[name] = _words(columns(table)[name].metadata, frame[name], lang)
    return frame.rename(columns={name: header_of(table, name, lang, currency) for name in frame.columns})


def _words(metadata, values, lang):
    if metadata["kind"] == "day":
        return pd.to_datetime(values).dt.date
    if lang != "zh":
        return values
    if metadata["kind"] == "choice":
        return values.map({name: words[0] for name, words in metadata["options"].items()}, na_action="ignore")
    if metadata["kind"] == "flag":
        return values.map({True: "是", False: "否"}, na_action="ignore")
    return values


def _sheet(table, lang, currency):
    """Header, a row of units and meanings, and an example row; both are marked, grey and never read."""
    note, example, offered, fills = {}, {}, {}, {}
    made_up = example_row(table, lang)
    for name, column in columns(table).items():
        if column.metadata["kind"] == "shape":
            continue
        header = header_of(table, name, lang, currency)
        note[header] = _note(column.metadata, lang, currency)
        example[header] = _shown(made_up.get(name, ""), column.metadata, lang)
        fills[header] = [_REQUIRED if column.metadata["required"] else _NOTE, _EXAMPLE]
        if column.metadata["kind"] == "choice":
            offered[header] = [w[0] if lang == "zh" else n for n, w in column.metadata["options"].items()]
        elif name == "stage":
            offered[header] = list(family("prospect.stage_", lang).values())
            example[header] = offered[header][0]
        elif column.metadata["kind"] == "flag":
            offered[header] = ["是", "否"] if lang == "zh" else ["yes", "no"]
    first = next(iter(note))
    note[first] = f"{say('template.note_mark', lang)} {note[first]}"
    example[first] = f"{say('template.example_mark', lang)} {example[first]}"
    typed = pd.DataFrame([note, example], dtype=object)
    return {"table": typed, "choices": offered, "fills": fills, "frozen": 1}


def _note(metadata, lang, currency):
    parts = [say("template.required", lang)] if metadata["required"] else []
    parts += [unit(metadata["unit"], lang, currency)] if metadata["unit"] else []
    return "; ".join(([metadata["meaning"]] if lang == "en" else []) + parts)


def _shown(value, metadata, lang):
    """A cell of the example as a person would type it."""
    if metadata["kind"] == "choice" and value:
        return metadata["options"][value][0] if lang == "zh" else value
    if metadata["kind"] == "flag" and value != "":
        return ("是" if value else "否") if lang == "zh" else ("yes" if value else "no")
    return value


def _read_me(lang):
    """The first sheet: what to fill in first and what it gives, below the rules that hold for every sheet."""
    rules = [say(f"template.step_{n}", lang) for n in range(1, 7)]
    steps = [{"turn": turn} | step for turn, step in enumerate(guide(lang), 1)]
    names = {name: say(f"guide.column_{name}", lang) for name in ("turn", "gives", "least", "more", "files")}
    return {
        "table": pd.DataFrame(steps)[list(names)].rename(columns=names),
        "heading": [say("template.how", lang), *(f"{n}. {rule}" for n, rule in enumerate(rules, 1))],
        "widths": dict(zip(names.values(), (8, 26, 50, 44, 42))),
    }


def _toml(about, tables):
    lines = [f"{name} = {toml_value(value)}" for name, value in about.items() if value is not None]
    return "\n".join(lines) + "\n" + sections({f"[tables.{table}]": stated for table, stated in tables.items()})


def sections(named):
    """Sections of `city.toml`, by their headings; what is None is left out."""
    lines = []
    for heading, stated in named.items():
        lines += [
            "",
            heading,
            *(f"{name} = {toml_value(value)}" for name, value in stated.items() if value is not None),
        ]
    return "\n".join(lines) + "\n" if lines else ""


def toml_value(value):
    """JSON writes strings, numbers, booleans and lists as TOML reads them, but for one sign."""
    if isinstance(value, datetime.date):
        return f'"{value.isoformat()}"'
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{json.dumps(k, ensure_ascii=False)} = {toml_value(v)}" for k, v in value.items()) + " }"
        )
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
