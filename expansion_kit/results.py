"""
What notebooks hand in: result files, where each figure comes from, and what was left out and why.

`open_results` serves one notebook; `staging` lets the results of a whole run replace the earlier ones at once. Files
go through `files`; this room reads nothing but its own `run.json`.
"""

import ctypes
import json
import os
import shutil
import sys
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import pandas as pd

from . import __version__, files, words

RESULTS = {
    1: {
        "zone_measures.csv": ("zones",),
        "trade_areas.geojson": ("zones",),
        "white_space.csv": ("zones", "market_sales"),
        "market_report.html": ("zones",),
        "market_report.docx": ("zones",),
        "market_report.pdf": ("zones",),
    },
    2: {"placement_map.html": (("stores", "sites"),), "placement_map.geojson": (("stores", "sites"),)},
    3: {"site_scores.csv": ("sites",)},
    4: {"prospect_scores.csv": ("prospects",)},
    5: {"forecast.csv": ("sales",), "targets.csv": ("sales",), "targets_wide.csv": ("sales",)},
}
"""The files each notebook owns, with the tables each file needs; of a tuple of tables any one will do."""

OPTIONS = {
    1: {
        "spend": (float, 0, None),
        "spend_worker": (float, 0, None),
        "spend_passer": (float, 0, None),
        "category": (str, None, None),
        "walk_minutes": (float, 1, 60),
        "ring_m": (float, 50, 20_000),
        "potential_growth": (float, -0.2, 0.5),
    },
    2: {},
    3: {
        "alpha": (float, 0, 5),
        "decay": (float, 0, 10),
        "radius_m": (float, 1, 50_000),
        "min_area_sqm": (float, 0, None),
        "max_ocr": (float, 0, 1),
        "protected_m": (float, 0, None),
        "spend": (float, 0, None),
        "spend_worker": (float, 0, None),
    },
    4: {},
    5: {
        "plan_year": (int, 1990, 2100),
        "total": (int, 1, None),
        "growth": (float, -0.9, 1),
        "rule": (str, None, None),
        "unit": (int, 1, None),
    },
}
"""The options each notebook knows: kind, least and greatest value. An option goes to every notebook that knows it."""

RECORD = "run.json"
PROVENANCE = "provenance.csv"
PROVENANCE_COLUMNS = ["table", "column", "source", "as_of", "method"]

_WRITERS = {
    ".csv": files.write_csv,
    ".geojson": files.write_geojson,
    ".html": files.write_text,
    ".docx": files.write_bytes,
    ".pdf": files.write_bytes,
}
_LIBRARIES = [
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "geopandas",
    "shapely",
    "pyproj",
    "h3",
    "folium",
    "matplotlib",
]
_LIBRARIES += ["statsforecast"]


def checked_options(options, lang):
    """
    Options as they were typed, checked against what the notebooks know.

    Parameters
    ----------
    options : dict
        Name to value; texts that hold a number count as numbers.
    lang : str
        Language of the message.

    Returns
    -------
    dict
        Name to value of the right kind.

    Raises
    ------
    ValueError
        If an option is not known, of another kind, or out of bounds; all of them in one message.

    Examples
    --------
    >>> checked_options({"plan_year": "2027", "growth": 0.05}, "en")
    {'plan_year': 2027, 'growth': 0.05}
    """
    known = {name: rule for rules in OPTIONS.values() for name, rule in rules.items()}
    checked, wrong = {}, []
    for name, value in (options or {}).items():
        if name not in known:
            wrong.append(words.say("run.option_unknown", lang, name=name, known=", ".join(sorted(known))))
            continue
        kind, least, most = known[name]
        number = _as_kind(value, kind)
        if number is None:
            wrong.append(words.say(f"run.option_{kind.__name__}", lang, name=name, found=value))
        elif (least is not None and number < least) or (most is not None and number > most):
            bounds = f"{'…' if least is None else least} – {'…' if most is None else most}"
            wrong.append(words.say("run.option_bounds", lang, name=name, found=value, bounds=bounds))
        else:
            checked[name] = number
    if {"growth", "total"} <= set(checked):
        wrong.append(words.say("run.option_both", lang))
    if wrong:
        raise ValueError("\n".join(wrong))
    return checked


def _as_kind(value, kind):
    if kind is str:
        return str(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if isinstance(value, bool) or number != number or (kind is int and not number.is_integer()):
        return None
    return kind(number)


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
    """
    if notebook not in RESULTS:
        raise ValueError(f"notebook must be one of {sorted(RESULTS)}, but is {notebook!r}")
    lang = lang or city.language
    if lang not in words.LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(words.LANGUAGES)}, but is {lang!r}")
    folder = Path(output) if str(output) else Path(city.folder) / "output"
    chosen = {k: v for k, v in checked_options(options, lang).items() if k in OPTIONS[notebook]}
    parameters = {"lang": lang, "seed": seed, "options": chosen}
    earlier = read_record(folder)
    of_this_city = earlier.get("city") in (None, city.name)
    for name in RESULTS[notebook] if of_this_city else _ours():
        (folder / name).unlink(missing_ok=True)
    return Results(city, notebook, folder, parameters)


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
        self._written, self._left_out, self._provenance = {}, {}, []

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
        missing = [need for need in needs if not any(table in self._city.tables for table in need)]
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
        value : DataFrame, GeoDataFrame, str or bytes
            A table for `.csv`, one in WGS-84 for `.geojson`, a page for `.html`, bytes for `.docx` and `.pdf`.
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
            "versions": _versions(),
            "provenance": self._provenance,
        }


@contextmanager
def staging(output, *, lang="en", keep=False):
    """
    A folder to write a run into, which takes the place of the earlier results at once when the block ends well.

    A run that fails or is killed leaves the earlier results whole. Files of others in the folder are carried over.

    Parameters
    ----------
    output : str or Path
        Folder of the results: new, empty, or of an earlier run.
    lang : str
        Language of the messages.
    keep : bool
        Whether the folder starts as a copy of the earlier results (a run of some notebooks only).

    Yields
    ------
    Path
        The hidden folder beside it to write into.

    Raises
    ------
    BlockingIOError
        If another run is writing to the same folder.
    FileExistsError
        If the folder holds files and no `run.json`: whoever made them, and whatever they are called.
    """
    output = Path(output).resolve()
    output.parent.mkdir(parents=True, exist_ok=True)
    with _locked(output, lang):
        _recover(output)
        _refuse_foreign(output, lang)
        stage = _beside(output, f"staging-{os.getpid()}")
        try:
            _copy(output, stage, without=frozenset() if keep else frozenset(_ours()))
            yield stage
            _swap(stage, output)
        finally:
            _remove(stage)


def _versions():
    found = {"python": ".".join(map(str, sys.version_info[:3])), "expansion_kit": __version__}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found


def read_record(folder):
    """What `run.json` of a results folder says; empty where there is none that can be read."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _ours():
    return [*(name for owned in RESULTS.values() for name in owned), PROVENANCE, RECORD]


def _beside(output, kind):
    return output.parent / f".{output.name}.{kind}"


def _remove(folder):
    if folder.exists():
        shutil.rmtree(folder)


@contextmanager
def _locked(output, lang):
    """Hold the lock of a results folder; the system frees it when the process ends, however it ends."""
    with open(_beside(output, "lock"), "ab") as lock:
        try:
            if os.name == "nt":
                import msvcrt

                lock.seek(0)
                msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BlockingIOError(words.say("run.busy", lang, folder=output.name)) from None
        yield


def _recover(output):
    """
    Put right what a killed run left: a missing folder comes back, half a run goes.

    The kernel of a killed run outlives it by up to a second and may still write; so each run has a folder by its own
    name, and one that cannot be removed yet goes at the next run.
    """
    previous = _beside(output, "previous")
    if previous.exists() and not output.exists():
        os.rename(previous, output)
    _remove(previous)
    halves = _beside(output, "staging-").name
    for path in output.parent.iterdir():
        if path.name.startswith(halves) and path.name.removeprefix(halves).isdigit():
            shutil.rmtree(path, ignore_errors=True)


def _refuse_foreign(output, lang):
    if output.exists() and not (output / RECORD).exists():
        foreign = sorted(path.name for path in output.iterdir() if path.name[0] != ".")
        if foreign:
            raise FileExistsError(words.say("run.foreign", lang, folder=output.name, file=foreign[0]))


def _copy(output, stage, *, without):
    if not output.exists():
        stage.mkdir()
        return

    def left_behind(folder, names):
        half_written = {name for name in names if name.startswith(".") and name.endswith(".tmp")}
        return half_written | without if Path(folder) == output else half_written

    shutil.copytree(output, stage, symlinks=True, ignore=left_behind)


def _swap(stage, output):
    """Put the staged folder in place of the earlier one; on Linux and macOS in one step of the file system."""
    if not output.exists():
        os.rename(stage, output)
    elif not _exchange(stage, output):
        previous = _beside(output, "previous")
        os.rename(output, previous)
        os.rename(stage, output)
        _remove(previous)


def _exchange(one, other):
    """Exchange two folders in one step; False where the system or the file system cannot."""
    if os.name == "nt":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    first, second, here, exchange = os.fsencode(one), os.fsencode(other), -100, 2
    if hasattr(library, "renameat2"):
        return library.renameat2(here, first, here, second, exchange) == 0
    if hasattr(library, "renamex_np"):
        return library.renamex_np(first, second, exchange) == 0
    return False
