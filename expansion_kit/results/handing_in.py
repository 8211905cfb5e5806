"""The results of one notebook while it runs."""

from pathlib import Path

import pandas as pd

from .. import files, words
from .options import OPTIONS, checked_options
from .records import PROVENANCE, PROVENANCE_COLUMNS, RECORD, RESULTS, ours, read_record, refuse_foreign, versions

_WRITERS = {
    ".csv": files.write_csv,
    ".geojson": files.write_geojson,
    ".html": files.write_text,
    ".docx": files.write_bytes,
    ".pdf": files.write_bytes,
    ".png": files.write_bytes,
    ".xlsx": files.write_xlsx,
    ".zip": files.write_workbooks,
}


def open_results(city, *, notebook, output="", lang="", seed=0, options=None):
    """
    Open the results of one notebook; files it left in an earlier run are removed.

    Parameters
    ----------
    city : City
    notebook : int
        A key of `RESULTS`.
    output : str or Path
        Folder of the results; empty means `output` in the city folder.
    lang : str
        `en` or `zh`; empty means the city's language.
    seed : int
    options : dict, optional
        The notebook's options, literals only.

    Returns
    -------
    Results

    Raises
    ------
    ValueError
        If there is no such notebook or language.
    FileExistsError
        If the folder holds a file called as one of the notebook's, and no `run.json`: somebody else's.
    """
    if notebook not in RESULTS:
        raise ValueError(f"notebook must be one of {sorted(RESULTS)}, but is {notebook!r}")
    lang = lang or city.language
    if lang not in words.LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(words.LANGUAGES)}, but is {lang!r}")
    folder = Path(output) if str(output) else Path(city.folder) / "output"
    chosen = {k: v for k, v in checked_options(options, lang).items() if k in OPTIONS[notebook]}
    parameters = {"lang": lang, "seed": seed, "options": chosen}
    same_named = [name for name in (*RESULTS[notebook], PROVENANCE) if (folder / name).exists()]
    refuse_foreign(folder, same_named, lang)
    earlier = read_record(folder)
    of_this_city = earlier.get("city") in (None, city.name)
    for name in RESULTS[notebook] if of_this_city else ours():
        (folder / name).unlink(missing_ok=True)
    return Results(city, notebook, folder, parameters)


class NothingToMake(Exception):
    """A notebook that can make none of its files and has said why; no fault, a run goes on."""


class Results:
    """
    The results of one notebook while it runs: ask `can`, then `write` or `leave_out`; at the end `close`.

    Attributes
    ----------
    lang : str
        The language of everything a reader sees.
    options : dict
        Of the options given, those that this notebook knows, checked.
    """

    def __init__(self, city, notebook, folder, parameters):
        self.lang, self.options = parameters["lang"], parameters["options"]
        self._city, self._notebook, self._folder, self._parameters = city, notebook, folder, parameters
        self._written, self._left_out, self._provenance, self._notes = {}, {}, [], []

    def can(self, name):
        """
        Whether the city has the tables that a result file needs; if not, the file counts as left out for that reason.

        Parameters
        ----------
        name : str

        Returns
        -------
        bool
        """
        needs = [(need,) if isinstance(need, str) else need for need in self._needs(name)]
        there = {*self._city.tables, *self._city.streams}
        missing = [need for need in needs if there.isdisjoint(need)]
        if missing:
            either = words.say("run.or", self.lang)
            named = [either.join(words.say(f"table.{table}", self.lang) for table in need) for need in missing]
            tables = words.say("run.and", self.lang).join(named)
            self.leave_out(name, words.say("run.no_tables", self.lang, tables=tables))
        elif "sales" in self._needs(name) and any(fault.code == "no_monthly" for fault in self._city.faults):
            self.leave_out(name, words.say("run.no_months", self.lang))
            return False
        return not missing

    def write(self, name, value, *, provenance=()):
        """
        Write a result file.

        Parameters
        ----------
        name : str
            One of the notebook's files in `RESULTS`; its ending says how it is written.
        value : DataFrame, GeoDataFrame, dict of str to DataFrame, str or bytes
            A table for `.csv`, one in WGS-84 for `.geojson`, sheets by title for `.xlsx`, such workbooks by name for
            `.zip`, a page for `.html`, bytes for `.docx`, `.pdf` and `.png`.
        provenance : list of dict
            Where the columns come from: `column`, `source`, `as_of` and `method` (measured, estimated, assumed,
            simulated).

        Raises
        ------
        ValueError
            If the notebook owns no such file, or a row of provenance has other keys.
        """
        self._needs(name)
        rows = [{"table": name} | row for row in provenance]
        wrong = sorted({key for row in rows for key in row if key not in PROVENANCE_COLUMNS})
        if wrong:
            raise ValueError(f"provenance has {', '.join(PROVENANCE_COLUMNS[1:])}, but not {', '.join(wrong)}")
        self._claim()
        digest = _WRITERS[Path(name).suffix](self._folder / name, value)
        self._written[name] = {"notebook": self._notebook, "sha256": digest}
        if isinstance(value, pd.DataFrame):
            self._written[name]["rows"] = len(value)
        self._left_out.pop(name, None)
        self._provenance = [row for row in self._provenance if row["table"] != name] + rows

    def leave_out(self, name, reason):
        """
        Say that a result file is not made, and why.

        Parameters
        ----------
        name : str
        reason : str
            A sentence for the reader, in the language of the results.
        """
        self._needs(name)
        self._left_out[name] = {"notebook": self._notebook, "reason": reason}
        self._written.pop(name, None)
        self._provenance = [row for row in self._provenance if row["table"] != name]
        (self._folder / name).unlink(missing_ok=True)

    def note(self, sentence):
        """
        Keep a sentence for who sees only the results: it goes into `run.json`, and a run shows it at its end.

        Parameters
        ----------
        sentence : str
            What the reader must know to use the results, in their language.

        Returns
        -------
        str
            The sentence, for the notebook to print.
        """
        if sentence not in self._notes:
            self._notes.append(sentence)
        return sentence

    def stop(self, reason):
        """
        Leave out every file of the notebook for one reason, close, and end the notebook.

        Parameters
        ----------
        reason : str
            As in `leave_out`.

        Raises
        ------
        NothingToMake
            Always; a run takes it for the notebook's end.
        """
        for name in RESULTS[self._notebook]:
            self.leave_out(name, reason)
        self.close()
        raise NothingToMake(reason)

    def close(self):
        """
        Write `run.json` and `provenance.csv`; what other notebooks entered stays as long as their files are there.

        Raises
        ------
        ValueError
            If a file of the notebook was neither written nor left out.
        """
        silent = [name for name in RESULTS[self._notebook] if name not in self._written | self._left_out]
        if silent:
            raise ValueError(f"neither written nor left out: {', '.join(silent)}")
        record = self._record()
        rows = [row for number in sorted(record["notebooks"]) for row in record["notebooks"][number]["provenance"]]
        known = self._city.provenance.reset_index(drop=True).reindex(columns=PROVENANCE_COLUMNS)
        table = pd.concat([known.astype(object), pd.DataFrame(rows, columns=PROVENANCE_COLUMNS, dtype=object)])
        files.write_csv(self._folder / PROVENANCE, table.drop_duplicates(), index=False)
        files.write_json(self._folder / RECORD, record)

    def summary(self):
        """
        What was written and what was left out, a line a file: the last output of a notebook.

        Returns
        -------
        str
        """
        return "\n".join(self._line(name) for name in RESULTS[self._notebook] if name in self._written | self._left_out)

    def _claim(self):
        """A record before the first file: a notebook that stops half-way finds its files as its own the next time."""
        if not (self._folder / RECORD).exists():
            nothing_yet = {"city": self._city.name, "files": {}, "left_out": {}, "notebooks": {}}
            files.write_json(self._folder / RECORD, nothing_yet)

    def _line(self, name):
        if name in self._left_out:
            return words.say("run.not_made", self.lang, file=name, reason=self._left_out[name]["reason"])
        if "rows" in self._written[name]:
            return words.say("run.written_rows", self.lang, file=name, rows=self._written[name]["rows"])
        return words.say("run.written", self.lang, file=name)

    def _needs(self, name):
        owned = RESULTS[self._notebook]
        if name not in owned:
            raise ValueError(f"notebook {self._notebook} writes {', '.join(owned)}, but not {name!r}")
        return owned[name]

    def _record(self):
        """The record of all notebooks whose results lie in the folder, this one's in place of its earlier one."""
        earlier = read_record(self._folder)
        if earlier.get("city") != self._city.name:
            earlier = {}
        record = {"city": self._city.name, "files": {}, "left_out": {}, "notebooks": {}}
        for part, now in (("files", self._written), ("left_out", self._left_out)):
            kept = {name: entry for name, entry in earlier.get(part, {}).items() if entry["notebook"] != self._notebook}
            record[part] = kept | now
        record["files"] = {name: entry for name, entry in record["files"].items() if (self._folder / name).exists()}
        entered = {str(entry["notebook"]) for part in ("files", "left_out") for entry in record[part].values()}
        others = {number: entry for number, entry in earlier.get("notebooks", {}).items() if number in entered}
        record["notebooks"] = others | {str(self._notebook): self._own_entry()}
        return record

    def _own_entry(self):
        return {
            "parameters": self._parameters,
            "inputs": dict(self._city.inputs),
            "counts": dict(self._city.counts),
            "versions": versions(),
            "provenance": self._provenance,
            "notes": self._notes,
        }
