"""
The only writer: a file appears whole or not at all, is the same bytes for the same input, and cannot run code.

Texts come from data that strangers typed. `escape` makes one safe in a page, `as_json` in a script, `harmless` in a
spreadsheet; nothing else in the package does. The writers return the SHA-256 of what they wrote.

A path that is a symbolic link is replaced, not followed; a folder on the way may be a link, and is followed.
"""

from .appending import append_bytes, csv_line, locked, whole_lines
from .safety import as_json, escape, harmless, original
from .workbooks import Formula, steady_zip, write_workbooks, write_xlsx
from .writing import write_bytes, write_csv, write_geojson, write_json, write_text

__all__ = [
    "Formula",
    "append_bytes",
    "as_json",
    "csv_line",
    "escape",
    "harmless",
    "locked",
    "original",
    "steady_zip",
    "whole_lines",
    "write_bytes",
    "write_csv",
    "write_geojson",
    "write_json",
    "write_text",
    "write_workbooks",
    "write_xlsx",
]
