"""
A file that only grows: one writer at a time, whole at every moment, and nothing in it is ever changed.

The grown file is written beside the old one and takes its name, so that whoever reads at that moment, or finds it after
a power cut, sees all of the new rows or none.
"""

import csv
import io
import os
import time
from contextlib import contextmanager

from .safety import harmless
from .writing import replace_bytes

WAIT = 20.0  # seconds
_AGAIN = 0.005
_QUOTED = ('"', "\n", "\r", "\t", ";", ",", "|")


@contextmanager
def locked(path, *, wait=WAIT, busy="another process is writing"):
    """
    Hold a lock; the system frees it when the process ends, however it ends.

    Parameters
    ----------
    path : Path
        The lock file; it stays behind, empty.
    wait : float
        Seconds to wait for whoever holds it.
    busy : str
        The message where it is still held then.

    Raises
    ------
    BlockingIOError
        If it is still held after that time.
    """
    with open(path, "ab") as lock:
        until = time.monotonic() + wait
        while not _taken(lock):
            if time.monotonic() >= until:
                raise BlockingIOError(busy)
            time.sleep(_AGAIN)
        yield


def _taken(lock):
    try:
        if os.name == "nt":
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def append_bytes(path, data, *, before):
    """
    A file with something added at its end, in one step.

    Parameters
    ----------
    path : Path
    data : bytes
    before : bytes
        What the caller has read in the file; empty for a file that is to be made.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    BlockingIOError
        If the file holds something else by now; nothing is written then.
    """
    path = path.resolve()  # a link is followed: the file itself grows
    if (path.read_bytes() if path.exists() else b"") != before:
        raise BlockingIOError(f"{path.name} has changed since it was read")
    return replace_bytes(path, before + data, path.parent / f".{path.name}.new")


def csv_line(cells, *, delimiter=",", end="\n"):
    """
    A line of a CSV file, its texts `harmless`, missing as empty.

    >>> csv_line(["007", "=1+1", 'he said "yes", then no', None])
    '007,\\'=1+1,"he said ""yes"", then no",\\n'
    """
    return delimiter.join(map(_cell, cells)) + end


def _cell(value):
    text = harmless("" if value is None else str(value))
    quoted = text != text.strip() or any(sign in text for sign in _QUOTED)
    return '"' + text.replace('"', '""') + '"' if quoted else text


def whole_lines(text, *, delimiter=","):
    """
    A CSV text up to its last whole row, and the torn row behind it, which lacks cells or ends inside quotes.

    A last row that lacks only its line end is whole: people and programs leave it out.

    Parameters
    ----------
    text : str
    delimiter : str

    Returns
    -------
    tuple of str
        The whole rows and what is torn; together they are the text.

    Examples
    --------
    >>> whole_lines("a,b\\n1,2\\n3"), whole_lines("a,b\\n1,2"), whole_lines('a,b\\n1,"2')
    (('a,b\\n1,2\\n', '3'), ('a,b\\n1,2', ''), ('a,b\\n', '1,"2'))
    """
    if text.endswith(("\n", "\r")) and text.count('"') % 2 == 0:
        return text, ""
    lines, begins, width, last = io.StringIO(text, newline=""), 0, None, []
    rows = csv.reader(iter(lines.readline, ""), delimiter=delimiter)
    start = 0
    for row in rows:
        if row:
            width, begins, last = width or len(row), start, row
        start = lines.tell()
    torn = len(last) != (width or 0) or _open_quote(text[begins:], delimiter)
    return (text[:begins], text[begins:]) if torn else (text, "")


def _open_quote(text, delimiter):
    try:
        list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
