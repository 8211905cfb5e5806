"""What a table that comes into a city meets there: nothing, the empty sheet of a new workbook, or figures to keep."""

import tomllib
from pathlib import Path

from ..words import say
from .config import checked
from .limits import Unreadable
from .reading import read_raw


def empty_sheet(folder, table):
    """
    The sheet of a new city's workbook that a table is to be typed into, where nobody has typed anything yet.

    Parameters
    ----------
    folder : str or Path
    table : str

    Returns
    -------
    dict of str to str or None
        Its `file` and `sheet`; None where the city has no such entry, or figures in it.

    Examples
    --------
    >>> empty_sheet("nowhere", "stores") is None
    True
    """
    toml = Path(folder) / "city.toml"
    if not toml.is_file():
        return None
    config, _ = checked(tomllib.loads(toml.read_text(encoding="utf-8-sig")))
    source = config.tables.get(table)
    if source is None or not source.sheet or source.updates:
        return None
    try:
        filled = len(read_raw(Path(folder) / source.file, table=table, sheet=source.sheet).frame)
    except Unreadable:
        return None
    return None if filled else {"file": source.file, "sheet": source.sheet}


def make_room(folder, text, table, file, lang):
    """
    `city.toml` as a table may be added to it: without the entry of its sheet where that is still empty.

    Parameters
    ----------
    folder : Path
    text : str
        `city.toml`; empty where there is none yet.
    table : str
    file : str
        The file that the table comes as.
    lang : str

    Returns
    -------
    str

    Raises
    ------
    FileExistsError
        If the city has the table, or a file of its name; nothing is overwritten.
    """
    stated = tomllib.loads(text).get("tables", {}).get(table)
    if stated is not None:
        text = _without(text, table) if empty_sheet(folder, table) else None
        if text is None:
            raise FileExistsError(_taken(table, stated, lang))
    if (folder / file).exists():
        raise FileExistsError(say("template.exists", lang, file=file, folder=folder.name))
    return text


def _taken(table, stated, lang):
    there = {"file": "—"} | (stated if isinstance(stated, dict) else {})
    if there.get("sheet"):
        return say("template.has_sheet", lang, table=table, file=there["file"], sheet=there["sheet"])
    return say("template.has_table", lang, table=table, file=there["file"])


def _without(text, table):
    """The text without the sections of a table; None where they are not written the way that we write them."""
    kept, inside = [], False
    for line in text.splitlines():
        if line.startswith("["):
            parts = [part.strip().strip("\"'") for part in line.partition("]")[0].strip("[").split(".")]
            inside = parts[:2] == ["tables", table]
        kept += [] if inside else [line]
    cut, wanted = "\n".join(kept) + "\n", tomllib.loads(text)
    del wanted["tables"][table]
    try:
        left = tomllib.loads(cut)
    except tomllib.TOMLDecodeError:
        return None
    return cut if left | {"tables": left.get("tables", {})} == wanted else None
