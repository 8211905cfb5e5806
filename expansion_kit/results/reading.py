"""Result files read back as tables, for who compares runs: what stands there, and nothing computed again."""

import hashlib
import io
import zipfile
from pathlib import Path

import pandas as pd

from .. import files, words
from .records import PROVENANCE, RECORD, read_record

FORM = "city_analysis.xlsx"
COMPARED = ("site_scores.csv", "prospect_scores.csv", "forecast.csv", "targets.csv")
_OURS = b">expansion_kit</dc:creator>"


def read_results(folder):
    """
    What a results folder holds, as far as its record names it.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    dict
        `run.json` as a dict; by file name the tables of `COMPARED` and of provenance as DataFrames of texts (`""` where
        a cell is empty); the form of `city_analysis.xlsx` with the columns group, item, value, unit, note, source,
        as_of, method in the words of the run; and `changed`, the names of these files that are not as the run wrote
        them. A file that is not there has no entry.
    """
    folder = Path(folder)
    record = read_record(folder)
    found = {RECORD: record, "changed": []}
    for name in (*COMPARED, FORM, PROVENANCE):
        stated = record.get("files", {}).get(name, {})
        if not (stated or name == PROVENANCE) or not (folder / name).is_file():
            continue
        if stated and hashlib.sha256((folder / name).read_bytes()).hexdigest() != stated["sha256"]:
            found["changed"].append(name)
        found[name] = _form(folder / name, _language(record)) if name == FORM else _csv(folder / name)
    return found


def refuse_other_workbook(path, lang):
    """Refuse to write over a workbook that is not one of ours, before the work begins."""
    if not path.exists():
        return
    try:
        with zipfile.ZipFile(path) as book:
            ours = _OURS in book.read("docProps/core.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        ours = False
    if not ours:
        raise FileExistsError(words.say("run.other_workbook", lang, file=path.name))


def _language(record):
    return record["notebooks"]["1"]["parameters"]["lang"]


def _csv(path):
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return table.map(files.original)


def _form(path, lang):
    """The first sheet below its heading, with our names for its columns."""
    from openpyxl import load_workbook

    names = {header: name for name, header in words.family("analysis.form_", lang).items()}
    book = load_workbook(io.BytesIO(path.read_bytes()), read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    head = next(at for at, row in enumerate(rows) if row[0] == words.say("analysis.form_group", lang))
    table = pd.DataFrame(rows[head + 1 :], columns=[names[header] for header in rows[head]], dtype=object)
    texts = table.columns.drop("value")
    table[texts] = table[texts].map(lambda text: files.original(str(text)) if text is not None else "")
    return table
