"""How much a file may hold, so that none takes the machine's memory or hours; and the fault of one that is not read."""

import zipfile

from ..schemas import ERROR, Fault

_COLUMNS = 16_384  # no sheet has more
_CELLS = 20_000_000
_BYTES = 300_000_000
_UNPACKED = 400_000_000
_RATIO = 150  # a sheet is packed ten to forty times smaller, a bomb a thousand times
_SMALL = 20_000_000  # what may be packed as it likes
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1", b"\x1f\x8b", b"SQLite format 3")


class Unreadable(ValueError):
    """A file that cannot be read; carries the fault that says why."""

    def __init__(self, fault):
        self.fault = fault
        super().__init__(fault.code)


def is_file(path):
    """Whether there is such a file; no name, however odd, is an error."""
    try:
        return "\0" not in str(path) and path.is_file()
    except OSError:  # a name that is too long
        return False


def check_size(path, where):
    """Refuse a file that is larger than any table of a city."""
    size = path.stat().st_size
    if size > _BYTES:
        raise Unreadable(_too_large(size, _BYTES, where))


def check_text(data, where):
    """Refuse bytes that are another format under the name of a text."""
    if data.startswith(_PACKED):
        raise Unreadable(Fault(ERROR, "not_text", **where))


def check_cells(rows, columns, where):
    """Refuse a table with more columns than a sheet has, or more cells than fit into memory."""
    for code, n, allowed in (("too_wide", columns, _COLUMNS), ("too_many_cells", rows * columns, _CELLS)):
        if n > allowed:
            raise Unreadable(Fault(ERROR, code, **where, values={"n": f"{n:,}", "allowed": f"{allowed:,}"}))


def check_packed(archive, where):
    """
    Refuse a zip (a workbook is one) that unpacks to more than it may, before anything is unpacked.

    Parameters
    ----------
    archive : zipfile.ZipFile
    where : dict
        `table` and `file`, for the fault.

    Raises
    ------
    Unreadable
        If it is a bomb, or too large to be read.
    zipfile.BadZipFile
        If it is torn.
    """
    sizes = [(member.file_size, member.compress_size) for member in archive.infolist()]
    whole, packed = (sum(part) for part in zip(*sizes)) if sizes else (0, 0)
    if whole > _UNPACKED or (whole > _SMALL and whole > _RATIO * max(packed, 1)):
        raise Unreadable(_too_large(whole, min(_UNPACKED, max(_SMALL, _RATIO * packed)), where))


def _too_large(size, allowed, where):
    values = {"found": f"{size / 1e6:,.0f}", "allowed": f"{allowed / 1e6:,.0f}"}
    return Fault(ERROR, "too_large_file", **where, values=values)


def unpacked(path, where, endings):
    """
    Members of a zip archive with these endings, by name.

    Parameters
    ----------
    path : Path
    where : dict
        `table` and `file`, for the fault.
    endings : tuple of str

    Returns
    -------
    dict of str to bytes
        In the order of their names.

    Raises
    ------
    Unreadable
        If it is no archive, torn, locked, holds none of these, or unpacks to more than it may.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            check_packed(archive, where)
            names = [name for name in sorted(archive.namelist()) if name.lower().endswith(endings)]
            members = {name: archive.read(name) for name in names}
    except Unreadable:
        raise
    except Exception as error:  # torn, locked with a password, packed in an unknown way, in many kinds of errors
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    if not members:
        raise Unreadable(Fault(ERROR, "empty_archive", **where, values={"allowed": ", ".join(endings)}))
    return members
