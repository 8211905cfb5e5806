"""City after city: one that fails does not stop the others, and at the end all stand beside each other."""

import os
import sys
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from . import files
from .words import say

COMPARISON = "city_comparison.xlsx"
COUNTED = ("zones", "stores", "sites", "prospects", "sales")
DONE, FAILED, INTERRUPTED, NOT_RUN = "done", "failed", "interrupted", "not_run"


@dataclass
class Outcome:
    """What became of one city: its folder and results, its state, and what the summary tells of it."""

    folder: Path
    output: Path
    name: str
    currency: str = ""
    made: bool = False
    state: str = NOT_RUN
    failure: str = ""
    seconds: float = 0.0
    record: dict = field(default_factory=dict)


def run_cities(folders, *, only=(), output=None, lang="", seed=0, options=None, told="en"):
    """
    Run the notebooks for several cities; print what became of each, and write the comparison of those that were done.

    Parameters
    ----------
    folders : list of Path
        City folders. A file, or a folder without `city.toml`, is passed over with a sentence (`data/*` holds such);
        a folder that is not there is a failure; one that is named twice runs once.
    only, seed, options
        As in `runs.run_city`.
    output : Path, optional
        Each city's results go into a folder of its own there, and the comparison beside them. Where it is not given,
        into `output` in the city folder, and the comparison beside the cities: into the folder that holds them all, or
        into the present one where they lie in several.
    lang : str
        Language of the results and of all messages; where it is empty each city's own, and the first one's.
    told : str
        Language of the messages where no city tells one.

    Returns
    -------
    list of Outcome
        In the order of `folders`. It is as long as the cities, also when the user interrupts the run.

    Raises
    ------
    ValueError
        If an option or a notebook does not exist, or there is no city at all.
    FileExistsError
        If another workbook lies where the comparison goes.
    """
    from .results import checked_options, refuse_other_workbook
    from .runs import chosen

    lang_told = lang or next(filter(None, map(_language, folders)), told)
    chosen(only)
    checked_options(options, lang_told)
    cities = _outcomes(_cities(folders, lang_told), output)
    if not cities:
        raise ValueError(say("run.no_city", lang_told))
    path = Path(output or _common(cities)) / COMPARISON
    if len(cities) > 1:
        refuse_other_workbook(path, lang_told)
    given = {"only": only, "lang": lang, "seed": seed, "options": options}
    for place, city in enumerate(cities, 1):
        about = {"city": city.name, "place": place, "all": len(cities)}
        print(say("run.city_of", lang_told, **about), file=sys.stderr, flush=True)
        if not _run(city, given):
            print(say("run.interrupted", lang_told), file=sys.stderr)
            break
    print("\n" + summary(cities, lang=lang_told))
    if len(cities) > 1 and not any(city.state == INTERRUPTED for city in cities):
        _compare(cities, path, lang_told)
    return cities


def _config(folder):
    from .cities.config import read_config

    return read_config(Path(folder))[0]


def _language(folder):
    config = _config(folder)
    return config.language if config else ""


def _cities(folders, lang):
    """Folders of cities, each once; what is none is told."""
    found = {}
    for folder in map(Path, folders):
        if folder.is_file():
            if folder.name != COMPARISON:  # our own of an earlier run
                print(say("run.skipped_file", lang, folder=folder), file=sys.stderr)
        elif folder.is_dir() and not (folder / "city.toml").is_file():
            print(say("run.skipped_folder", lang, folder=folder), file=sys.stderr)
        else:
            found.setdefault(folder.resolve(), folder)
    return list(found.values())


def _outcomes(folders, output):
    """Each city with a name and a folder of results of its own."""
    configs = [_config(folder) for folder in folders]
    ends = [folder.resolve().name for folder in folders]
    ends = _apart(ends, ["_".join(folder.resolve().parts[-2:]).strip("/\\") for folder in folders])
    names = [config.name if config else end for config, end in zip(configs, ends)]
    names = _apart(names, [f"{name} ({end})" for name, end in zip(names, ends)])
    return [
        Outcome(
            folder=folder,
            output=Path(output) / end if output else folder / "output",
            name=name,
            currency=config.currency if config else "",
            made=bool(config and config.made),
        )
        for folder, config, name, end in zip(folders, configs, names, ends)
    ]


def _apart(names, longer):
    """
    Names that occur once, as they are; of others the longer form, with a number where even that occurs again.

    >>> _apart(["A", "B", "a"], ["x_A", "x_B", "y_a"]), _apart(["A", "A"], ["x", "x"])
    (['x_A', 'B', 'y_a'], ['x', 'x_2'])
    """
    folded = [name.casefold() for name in names]
    chosen = [name if folded.count(name.casefold()) == 1 else other for name, other in zip(names, longer)]
    apart, taken = [], set()
    for name in chosen:
        number, free = 1, name
        while free.casefold() in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free.casefold())
        apart.append(free)
    return apart


def _common(cities):
    """The folder that holds all cities; the present one where they lie in several."""
    parents = {city.folder.resolve().parent for city in cities}
    return Path(os.path.relpath(parents.pop())) if len(parents) == 1 else Path()


def _run(city, given):
    """Run one city, whatever becomes of it; False where the user interrupts."""
    from .results import read_record
    from .runs import run_city

    begun = time.perf_counter()
    try:
        run_city(city.folder, output=city.output, **given)
        city.state, city.record = DONE, read_record(city.output)
    except KeyboardInterrupt:
        city.state = INTERRUPTED
    except Exception as error:  # one city's trouble, of any kind, is not the others'
        city.state, city.failure = FAILED, _first_line(error)
        print(error.args[0] if len(error.args) == 1 else error, file=sys.stderr)
    city.seconds = time.perf_counter() - begun
    return city.state != INTERRUPTED


def _first_line(error):
    """What failed, in a line: the first, or the first fault of those that it counts."""
    text = str(error.args[0] if len(error.args) == 1 else error)
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["—"]
    told = next((line[2:] for line in lines[1:] if line.startswith("- ")), lines[0])
    return told if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {told}"


def summary(cities, *, lang):
    """
    What became of each city, as an aligned table for the terminal.

    Parameters
    ----------
    cities : list of Outcome
    lang : str
        `en` or `zh`.

    Returns
    -------
    str
        A line a city: state, result files made and not made, rows of the tables that count, seconds, and the first
        line of the failure. A dash is what is not known.
    """
    states = [city.state for city in cities]
    left = states.count(NOT_RUN) + states.count(INTERRUPTED)
    counts = {"done": states.count(DONE), "failed": states.count(FAILED), "left": left}
    heads = [say(f"run.head_{name}", lang) for name in ("city", "state", "files", "left_out")]
    heads += [say(f"table.{table}", lang) for table in COUNTED]
    heads += [say(f"run.head_{name}", lang) for name in ("seconds", "failure")]
    rows = [heads, *(_cells(city, lang) for city in cities)]
    if not any(city.failure for city in cities):
        rows = [row[:-1] for row in rows]
    widths = [max(map(_columns, column)) for column in zip(*rows)]
    figures = [False, False, *[True] * (len(COUNTED) + 3), False]  # names and sentences to the left, figures right
    lines = ["  ".join(map(_padded, row, widths, figures)).rstrip() for row in rows]
    return "\n".join([say("run.overview", lang, **counts), *(f"  {line}" for line in lines)])


def _cells(city, lang):
    state = say(f"run.state_{city.state}", lang)
    seconds = "—" if city.state == NOT_RUN else f"{city.seconds:.0f}"
    if city.state != DONE:
        return [city.name, state, "—", "—", *["—"] * len(COUNTED), seconds, city.failure]
    entries = city.record["notebooks"].values()
    rows = {table: n for entry in entries for table, n in entry["counts"].items()}
    counts = [f"{rows[table]:,}" if table in rows else "—" for table in COUNTED]
    made, left_out = str(len(city.record["files"])), str(len(city.record["left_out"]))
    return [city.name, state, made, left_out, *counts, seconds, ""]


def _columns(text):
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


def _padded(text, width, figure):
    room = " " * (width - _columns(text))
    return room + text if figure else text + room


def _compare(cities, path, lang):
    """The comparison of the cities that were done; the others stand there with why they were not."""
    from .report.city_comparison import city_comparison

    sheets = city_comparison([_compared(city, lang) for city in cities], lang=lang)
    try:
        files.write_xlsx(path, sheets)
    except OSError as error:  # open in Excel, or no right to write there: the cities' own results stand
        print(say("run.not_compared", lang, reason=error), file=sys.stderr)
        return
    print(say("run.compared", lang, file=path))


def _compared(city, lang):
    from .report.city_comparison import city_figures
    from .results import read_results

    shown = {"name": city.name, "currency": city.currency, "made": city.made, "figures": None, "remarks": []}
    if city.state != DONE:
        return shown | {"state": say("run.failed_city", lang, failure=city.failure)}
    results = read_results(city.output)
    remarks = _remarks(results, city.record, lang)
    figures = city_figures(results, lang=lang)
    return shown | {"state": say("run.state_done", lang), "figures": figures, "remarks": remarks}


def _remarks(results, record, lang):
    """Where results of several runs lie together: which rest on other data, and which were changed by hand."""
    inputs = {number: entry["inputs"] for number, entry in sorted(record["notebooks"].items())}
    first = next(iter(inputs.values()), {})
    older = [number for number, given in inputs.items() if given != first]
    told = [say("compare.other_inputs", lang, notebooks=", ".join(older))] if older else []
    changed = results["changed"]
    return told + ([say("compare.changed", lang, files=", ".join(changed))] if changed else [])
