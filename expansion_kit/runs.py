"""A run: the notebooks of one city, one after the other, into results that replace the earlier ones at once."""

import sys
import tempfile
import time
from pathlib import Path

from .words import say


def bundled(name):
    """
    The `notebooks` or `data` folder: of the checkout, or of the installed package.

    >>> bundled("notebooks").name
    'notebooks'
    """
    package = Path(__file__).parent
    carried = package / "bundled" / name
    return carried if carried.is_dir() else package.parent / name


def notebooks():
    """
    The notebooks by number.

    >>> notebooks()[2].name
    '2_competitor_map.ipynb'
    """
    return {int(path.name[0]): path for path in sorted(bundled("notebooks").glob("[0-9]_*.ipynb"))}


def run_city(folder, *, only=(), output=None, lang="", seed=0, options=None):
    """
    Run the notebooks for a city; its results appear together, or not at all.

    Parameters
    ----------
    folder : str or Path
        City folder.
    only : sequence of int
        Numbers of the notebooks to run; all of them where it is empty. Results of the others are kept.
    output : str or Path, optional
        Folder of the results; `output` in the city folder where it is not given.
    lang : str
        `en` or `zh`; the city's language where it is empty.
    seed : int
    options : dict of str to str, optional
        Options of the notebooks, as typed.

    Returns
    -------
    Path
        Folder of the results.

    Raises
    ------
    SchemaError
        If the city is at fault; nothing is written.
    ValueError
        If there is no such notebook, or a notebook stops.
    """
    from .cities import load_city
    from .results import checked_options, staging

    books = chosen(only)
    city = load_city(folder)
    lang = lang or city.language
    output = Path(output) if output else Path(folder) / "output"
    options = checked_options(options, lang)
    begun = time.perf_counter()
    _say_faults(city, lang)
    with staging(output, lang=lang, keep=bool(only)) as stage:
        for place, (number, path) in enumerate(books.items(), 1):
            print(f"[{place}/{len(books)}] {path.stem} …", file=sys.stderr, flush=True)
            _one(city, number, path, stage, {"lang": lang, "seed": seed, "options": options})
    seconds = time.perf_counter() - begun
    _say_results(city, output, lang, seconds)
    return output


def chosen(only):
    """The notebooks of these numbers, all of them where none is given; a number that does not exist is refused."""
    known = notebooks()
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise ValueError(f"there is no notebook {', '.join(map(str, unknown))}; there are {sorted(known)}")
    return {number: path for number, path in known.items() if not only or number in only}


def _one(city, number, path, stage, parameters):
    """Run one notebook; one that cannot make any of its files for want of tables only says so."""
    from .results import RESULTS, open_results

    results = open_results(city, notebook=number, output=stage, **parameters)
    possible = [name for name in RESULTS[number] if results.can(name)]
    if not possible:
        results.close()
        return
    given = {"city": str(city.folder.resolve()), "output": str(stage.resolve()), **parameters}
    _execute(path, given, parameters["lang"])


def _execute(path, parameters, lang):
    try:
        import papermill
        from nbclient.exceptions import DeadKernelError
    except ImportError:
        raise ValueError(say("run.no_notebooks", lang)) from None
    with tempfile.TemporaryFile() as noise:
        try:
            papermill.execute_notebook(
                str(path),
                None,
                parameters=parameters,
                cwd=str(path.parent),
                kernel_name="python3",
                progress_bar=False,
                kernel_manager_class=_manager(noise),
                extra_arguments=["--log-level=CRITICAL"],
            )
        except papermill.PapermillExecutionError as error:
            if error.ename == "NothingToMake":  # it has said why
                return
            values = {"notebook": path.stem, "cell": error.exec_count, "found": f"{error.ename}: {error.evalue}"}
            raise ValueError(say("run.stopped", lang, **values)) from None
        except DeadKernelError:
            values = {"notebook": path.stem, "found": _last_line(noise)}
            raise ValueError(say("run.kernel_died", lang, **values)) from None


def _manager(noise):
    """
    A kernel whose own notes go to `noise`, not to the reader.

    What a notebook prints comes by message; this is what the kernel's process writes, as when it is asked to close
    while it still sends.
    """
    from jupyter_client.manager import AsyncKernelManager

    class QuietKernel(AsyncKernelManager):
        async def _async_start_kernel(self, **options):
            await super()._async_start_kernel(**options, stderr=noise)

        start_kernel = _async_start_kernel

    return QuietKernel


def _last_line(noise):
    noise.seek(0)
    lines = noise.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "—"


def _say_faults(city, lang):
    from .schemas import WARNING

    warnings = [fault for fault in city.faults if fault.level == WARNING]
    if warnings:
        print(say("run.warnings", lang, n=len(warnings), folder=_near(city.folder)), file=sys.stderr)


def _near(folder):
    """The folder as seen from here, where it lies below."""
    here, folder = Path.cwd(), Path(folder).resolve()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _say_results(city, output, lang, seconds):
    from .results import read_record

    record = read_record(output)
    print(say("run.done", lang, city=city.name, seconds=f"{seconds:.0f}", folder=_near(output)))
    for name in sorted(record["files"]):
        print(f"  {name}")
    if record["left_out"]:
        print("  " + say("run.left_out", lang))
    for reason, names in _by_reason(record["left_out"]).items():
        print("    " + say("run.left_out_for", lang, reason=reason, files=say("run.comma", lang).join(names)))
    for number, entry in sorted(record["notebooks"].items()):
        for sentence in entry.get("notes", ()):
            print("  " + say("run.note", lang, notebook=number, sentence=sentence))


def _by_reason(left_out):
    """The names of files for each reason, in the order of the notebooks: what lacks one table is one line."""
    grouped = {}
    for name, entry in sorted(left_out.items(), key=lambda item: (item[1]["notebook"], item[0])):
        grouped.setdefault(entry["reason"], []).append(name)
    return grouped
