"""A table whose columns are only proposed, into a city folder: it is not read before the user confirms `city.toml`."""

import tomllib
from pathlib import Path

import geopandas
import pandas as pd

from .. import files
from ..schemas import SchemaError
from ..schemas.parsing import as_text
from ..words import say
from .config import checked
from .making_room import make_room
from .writing import toml_value


def add_unconfirmed(folder, about, table, frame, stated, columns):
    """
    A file as it came, with the columns that its headers most likely mean, for the user to confirm in `city.toml`.

    Parameters
    ----------
    folder : str or Path
        City folder, made where it has no `city.toml` yet.
    about : dict
        Settings of a new `city.toml`.
    table : str
    frame : DataFrame
        Cells as they stand in the file; a column `geometry` of shapes makes it GeoJSON.
    stated : dict of str to (str, str)
        Settings of the table and the remark behind each; a setting without value is only remarked on.
    columns : dict of str to (str, str)
        By header our column (empty: not read) and the reason.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileExistsError
        If the city has the table, or a file of its name; nothing is overwritten but the entry of a sheet that nobody
        has filled in.
    ValueError
        If `city.toml` cannot be read, or a setting is at fault (`SchemaError`).
    """
    folder, toml = Path(folder), Path(folder) / "city.toml"
    text = toml.read_text(encoding="utf-8-sig") if toml.exists() else ""
    there = tomllib.loads(text)
    lang = there.get("language", about.get("language", "en"))
    shaped = "geometry" in frame
    name = f"{table}.{'geojson' if shaped else 'csv'}"
    text = make_room(folder, text, table, name, lang)
    settings = {} if there else {"name": folder.name, **about}
    laid = "".join(f"{key} = {toml_value(value)}\n" for key, value in settings.items())
    laid += text.rstrip("\n") + "\n" * bool(text) + _section(table, {"file": (name, ""), **stated}, columns, lang)
    _, faults = checked(tomllib.loads(laid), laid)
    mine = [f for f in faults if f.code != "unconfirmed" and (not there or f.column.startswith(f"tables.{table}"))]
    if mine:
        raise SchemaError(mine, lang)
    if shaped:
        shapes = geopandas.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")
        files.write_geojson(folder / name, shapes)
    else:
        files.write_csv(folder / name, pd.DataFrame(frame).map(as_text), index=False)
    files.write_text(toml, laid)
    return folder / name


def _section(table, stated, columns, lang):
    lines = ["", f"[tables.{table}]", f"confirmed = false  # {_remark(say('template.confirm', lang))}"]
    for name, (value, remark) in stated.items():
        behind = f"  # {_remark(remark)}" if remark else ""
        lines.append(f"{name} = {toml_value(value)}{behind}" if value else f'# {name} = ""{behind}')
    lines += ["", f"[tables.{table}.columns]  # {_remark(say('template.confirm_columns', lang))}"]
    lines += [
        f"{toml_value(str(header))} = {toml_value(ours)}  # {_remark(why)}" for header, (ours, why) in columns.items()
    ]
    return "\n".join(lines) + "\n"


def _remark(text):
    """A comment stands on one line and holds no control signs."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
