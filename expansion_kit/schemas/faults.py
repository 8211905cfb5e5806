"""What can be wrong with a table, told in one report: what, where, what was found, what is allowed, what to do."""

import re
from dataclasses import dataclass, field

from ..words import say, unit
from .tables import TABLES, columns

_LONGEST = 600
ERROR, WARNING, REPAIR = "error", "warning", "repair"


@dataclass(frozen=True)
class Fault:
    """
    One kind of fault in one column, with the number of rows and the first of them.

    `code` names the sentence in `words.toml` (`[fault]`), `values` what it needs besides the place.
    """

    level: str
    code: str
    table: str
    file: str
    column: str = ""
    rows: int = 0
    line: int | None = None
    key: str = ""
    values: dict = field(default_factory=dict)

    def sentence(self, lang):
        """The fault in words."""
        values = {name: _short(value) for name, value in self.values.items()}
        values |= {"column": _short(_named(self.table, self.column, lang)), "where": self._where(lang)}
        if "unit" in values:
            values["unit"] = unit(values["unit"], lang)
        if values.get("unit") and "limit" in values and self.code != "share_too_large":
            values["limit"] = say("fault.limit", lang, limit=values["limit"], unit=values["unit"])
        if "meaning" in values and lang == "zh":
            values["meaning"] = _named(self.table, self.column, lang)
        return say(f"fault.{self.code}", lang, **values)

    def _where(self, lang):
        line, _, update = str(self.line).partition(" (")  # a row of an update names its file
        if not self.rows:
            return say("fault.where_line", lang, line=line) if self.line else ""
        of = say("fault.where_update", lang, file=update.removesuffix(")")) if update else say("fault.where_file", lang)
        parts = {"n": self.rows, "line": line, "key": _short(self.key), "of": of}
        if self.key and self.rows > 1:
            return say("fault.where_rows_key", lang, **parts)
        if self.key:
            return say("fault.where_row_key", lang, **parts)
        if self.rows > 1:
            return say("fault.where_rows", lang, **parts)
        return say("fault.where_row", lang, **parts)


def _short(value):
    """What stands in a file may be as long as it likes, a report not; lists of what is allowed are ours."""
    return f"{value[:_LONGEST]}…" if isinstance(value, str) and len(value) > _LONGEST + 1 else value


def _named(table, column, lang):
    """A Chinese reader knows the column by its Chinese header."""
    known = columns(table) if lang == "zh" and table in TABLES else {}
    parts = re.split(r"( / | \+ |, )", column)
    return "".join(f"{known[n].metadata['headers'][0]}({n})" if n in known else n for n in parts)


class SchemaError(ValueError):
    """
    Tables that do not keep the data dictionary; the message names every fault at once.

    Attributes
    ----------
    faults : list of Fault
        Errors and warnings.
    """

    def __init__(self, faults, lang="en", *, first=""):
        self.faults = list(faults)
        super().__init__("\n".join(filter(None, [first, report(self.faults, lang)])))


def report(faults, lang):
    """
    All faults as a text: errors first, then warnings, then what was repaired, each under its table and file.

    Parameters
    ----------
    faults : sequence of Fault
    lang : str
        `en` or `zh`.

    Returns
    -------
    str
        Empty when there are no faults.

    Examples
    --------
    >>> fault = Fault("error", "missing_column", "sites", "sites.csv", "lon", values={"meaning": "longitude"})
    >>> print(report([fault], "en"))
    Errors: 1
    table 'sites' (sites.csv):
      - column 'lon' is missing (longitude)
    All columns: data/README.md
    """
    lines = []
    for level in (ERROR, WARNING, REPAIR):
        some = [fault for fault in faults if fault.level == level]
        if not some:
            continue
        lines.append(say(f"fault.title_{level}", lang, n=len(some)))
        for table, file in dict.fromkeys((fault.table, fault.file) for fault in some):
            named = f"{say(f'table.{table}', lang)} {table}" if lang == "zh" and table in TABLES else table
            lines.append(say("fault.table", lang, table=named, file=file))
            lines += [f"  - {f.sentence(lang)}" for f in some if (f.table, f.file) == (table, file)]
    if any(fault.level == ERROR for fault in faults):
        lines.append(say("fault.dictionary", lang))
    return "\n".join(lines)
