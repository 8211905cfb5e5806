"""JSON that is no GeoJSON: lists of records, as map services and other programs hand them out, to rows of cells."""

import json

import pandas as pd

_KEY, _VALUE = "key", "value"


def records(document):
    """
    The rows of a JSON document.

    Rows are the objects of a list; of an object, those of the one list of objects in it (`pois` of AMap, `results` of
    Baidu), else one row an entry: `key` with the fields of its object, or with `value`. Objects inside a row are its
    columns, parted by dots; an empty list is an empty cell (as AMap writes one), any other list is its JSON.

    Parameters
    ----------
    document : list or dict
        As `json.loads` gives it.

    Returns
    -------
    DataFrame of object

    Raises
    ------
    ValueError
        If there are no records in it.

    Examples
    --------
    >>> records({"status": 0, "results": [{"name": "A", "location": {"lat": 31.2, "lng": 121.4}, "tel": []}]})
      name  location.lat  location.lng tel
    0    A          31.2         121.4
    >>> records({"黄浦": 678670}).to_dict("records")
    [{'key': '黄浦', 'value': 678670}]
    """
    rows = _rows(document)
    if not rows:
        raise ValueError("neither features nor records: no list of objects in it")
    flat = [dict(_cells(row)) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    return pd.DataFrame([[row.get(name, "") for name in names] for row in flat], columns=names, dtype=object)


def _rows(document):
    if isinstance(document, list):
        return document if all(isinstance(row, dict) for row in document) else []
    if not isinstance(document, dict):
        return []
    lists = [value for value in document.values() if value and isinstance(value, list) and _rows(value)]
    if len(lists) == 1:
        return lists[0]
    if lists or any(isinstance(value, list) for value in document.values()):
        return []
    inside = [value if isinstance(value, dict) else {_VALUE: value} for value in document.values()]
    return [{_KEY: key} | row for key, row in zip(document, inside)]


def _cells(row, path=""):
    for name, value in row.items():
        if isinstance(value, dict) and value:
            yield from _cells(value, f"{path}{name}.")
        elif isinstance(value, list | dict):
            yield f"{path}{name}", json.dumps(value, ensure_ascii=False) if value else ""
        else:
            yield f"{path}{name}", "" if value is None else value
