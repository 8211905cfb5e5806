"""
Overture's GeoParquet files, read where they matter: only row groups whose box touches ours, only the columns we use.

Each row has a `bbox` struct whose smallest and greatest values stand in the statistics of every row group; so of a file
of the whole world only the groups near the city are read, batch by batch.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..words import say

MOST = 1_000_000  # rows kept in one city; more is a country, and needs a box
_BATCH = 32_768
_ROUNDED = 2e-5  # degrees that the box of a row may be off: it is held in single precision
_RELEASE = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?:-(?:alpha|beta))?\.\d+(?!\d)")
_SIDES = ("west", "south", "east", "north")


def parts(path):
    """
    The Parquet files of a path: the file itself, or all in a folder and below.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    path = Path(path)
    found = [path] if path.is_file() else sorted(part for part in path.rglob("*.parquet") if part.name[0] not in "._")
    if not found:
        raise FileNotFoundError(str(path))
    return found


def box_of(text, lang):
    """
    A box as it is typed: west, south, east and north in degrees.

    >>> box_of("24.9,60.1,25.0,60.2", "en"), box_of("", "en")
    ((24.9, 60.1, 25.0, 60.2), None)
    """
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in re.split(r"[,;，；\s]+", text.strip()))
    except ValueError:
        raise ValueError(say("source.overture_bad_box", lang, found=text)) from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(say("source.overture_bad_box", lang, found=text))
    return west, south, east, north


def release_of(files):
    """
    The release that the files' paths or their metadata state, and its day; two empty texts where they do not.

    >>> release_of([Path("release/2026-01-21.0/theme=places/type=place/part-0.zstd.parquet")])
    ('2026-01-21.0', '2026-01-21')
    """
    told = {found[0]: found[1] for file in files for found in _RELEASE.finditer(str(Path(file).absolute()))}
    told = told or {found[0]: found[1] for file in files for found in _RELEASE.finditer(_metadata(file))}
    return next(iter(told.items())) if len(told) == 1 else ("", "")


def _metadata(file):
    import pyarrow.parquet

    if not Path(file).is_file():
        return ""
    kept = pyarrow.parquet.read_metadata(file).metadata or {}
    return " ".join(value.decode("utf-8", "replace") for key, value in kept.items() if key != b"ARROW:schema")


def read(files, columns, *, box=None, keep=None, lang="en"):
    """
    Rows in a box, with only the columns that are asked for, batch by batch.

    Parameters
    ----------
    files : list of Path
    columns : dict of str to tuple
        Our name to the path of the field: `{"name": ("names", "primary")}`; what the files lack is None in every row.
    box : tuple of float, optional
        West, south, east, north in degrees; everything where it is not given.
    keep : function, optional
        Of each batch (DataFrame) the rows to keep.
    lang : str
        Of the messages.

    Returns
    -------
    table : DataFrame
        The columns, with `geometry` as shapely objects.
    counts : dict of str to int
        `files`, `rows` (in the files), `inside` (of them in the box).

    Raises
    ------
    ValueError
        If a file is no Parquet, lacks `id`, `geometry` or (with a box) `bbox`, or more than `MOST` rows are kept.
    """
    import pyarrow
    import pyarrow.dataset as data

    counts = {"files": len(files), "rows": 0, "inside": 0}
    kept, total = [], 0
    for file in files:
        try:
            source = data.dataset(str(file), format="parquet")
            counts["rows"] += source.count_rows()
        except pyarrow.ArrowException as error:
            raise ValueError(say("source.overture_no_parquet", lang, file=file.name, found=error)) from None
        _demand(source.schema, file, box, lang)
        fields = {name: data.field(*path) for name, path in columns.items() if _has(source.schema, path)}
        near = {"batch_size": _BATCH, "batch_readahead": 2, "fragment_readahead": 1, "use_threads": False}
        for batch in source.scanner(columns=fields, filter=_touches(box), **near).to_batches():
            rows = _inside(batch.to_pandas(), box)
            counts["inside"] += len(rows)
            rows = keep(rows.reindex(columns=[*columns])) if keep else rows.reindex(columns=[*columns])
            total += len(rows)
            if total > MOST:
                raise ValueError(say("source.overture_too_many", lang, most=f"{MOST:,}"))
            kept.append(rows.astype(object))
    table = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=[*columns])
    return table, counts


def _demand(schema, file, box, lang):
    lacking = [name for name in ("id", "geometry", *(["bbox"] if box else [])) if name not in schema.names]
    if lacking:
        raise ValueError(say("source.overture_lacks", lang, file=file.name, columns=", ".join(lacking)))


def _has(schema, path):
    """Whether a file has a field, also one inside a struct."""
    kind = schema
    for name in path:
        at = kind.get_field_index(name) if hasattr(kind, "get_field_index") else -1
        if at < 0:
            return False
        kind = kind.field(at).type
    return True


def _touches(box):
    """Rows whose box touches ours: a filter that row groups are passed over by."""
    import pyarrow.dataset as data

    if box is None:
        return None
    west, south, east, north = np.add(box, (-_ROUNDED, -_ROUNDED, _ROUNDED, _ROUNDED)).tolist()
    across = (data.field("bbox", "xmax") >= west) & (data.field("bbox", "xmin") <= east)
    return across & (data.field("bbox", "ymax") >= south) & (data.field("bbox", "ymin") <= north)


def _inside(rows, box):
    """Rows with a shape; of points those in the box to the last digit."""
    import shapely

    shapes = shapely.from_wkb(rows["geometry"].to_numpy(), on_invalid="ignore")
    rows = rows.assign(geometry=pd.Series(shapes, index=rows.index, dtype=object))
    good = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if box is not None:
        points = shapely.get_type_id(shapes) == 0
        west, south, east, north = box
        x, y = shapely.get_x(shapes), shapely.get_y(shapes)
        good &= ~points | ((x >= west) & (x <= east) & (y >= south) & (y <= north))
    return rows[np.asarray(good, dtype=bool)]
