"""The results of a whole run take the place of the earlier ones at once, or not at all."""

import ctypes
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from .. import files, words
from .records import ours, refuse_foreign


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
    busy = words.say("run.busy", lang, folder=output.name)
    with files.locked(_beside(output, "lock"), wait=0, busy=busy):
        _recover(output)
        refuse_foreign(output, _visible(output), lang)
        stage = _beside(output, f"staging-{os.getpid()}")
        try:
            _copy(output, stage, without=frozenset() if keep else frozenset(ours()))
            yield stage
            _swap(stage, output)
        finally:
            _remove(stage)


def _beside(output, kind):
    return output.parent / f".{output.name}.{kind}"


def _remove(folder):
    if folder.exists():
        shutil.rmtree(folder)


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


def _visible(folder):
    return sorted(path.name for path in folder.iterdir() if path.name[0] != ".") if folder.exists() else []


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
