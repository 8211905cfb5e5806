"""`city.toml`: what a city folder says about itself, checked."""

import copy
import datetime
import re
import tomllib
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from ..geo import DATUMS
from ..schemas import ERROR, TABLES, Fault

_DATUM_NAMES = {"wgs-84": "wgs84", "gcj-02": "gcj02", "bd-09": "bd09", "火星坐标": "gcj02", "百度坐标": "bd09"}
_LONGEST = 1_000_000
_DOTTED = re.compile(r"(?:[\w-]+[ \t]*\.[ \t]*){100}")  # the reader of TOML takes memory by their number squared
Method = Literal["measured", "estimated", "assumed", "simulated", ""]


def _plain_text(value):
    """A year is a number in TOML, a day a date; both are texts here."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.isoformat() if isinstance(value, datetime.date) else value


AsOf = Annotated[str, BeforeValidator(_plain_text)]


class FileSource(BaseModel):
    """One file of a table: where it stands, how it is read, and where its figures come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: str
    encoding: str | None = None
    sheet: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    datum: str | None = None
    source: str = ""
    as_of: AsOf = ""
    method: Method = ""


class TableSource(FileSource):
    """
    One `[tables.NAME]`, with the files that came after it (`[[tables.NAME.updates]]`).

    What is not `confirmed` is a proposal of `import table`: it is not read before the user has said so.
    """

    confirmed: bool = True
    updates: tuple[FileSource, ...] = ()


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Days = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Stage(BaseModel):
    """One stage of franchising as the city has it: a name, or a table with what differs from the usual."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Name
    documents: tuple[Name, ...] = ()
    owner_role: Name = ""
    next: tuple[Name, ...] = ()
    disclosed_days: Days = 0
    usual_days: Days = 0
    limit_days: Days = 0
    signs: bool = False
    opens: bool = False


def _as_stages(value):
    return [{"name": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


class CityConfig(BaseModel):
    """The whole of `city.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Name
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    timezone: str = ""
    language: Literal["en", "zh"] = "en"
    datum: str | None = None
    crs: str = "auto"
    own_brand: str | None = None
    population: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    made: bool = False
    stages: Annotated[tuple[Stage, ...], BeforeValidator(_as_stages)] = ()
    tables: dict[str, TableSource] = Field(default_factory=dict)

    @field_validator("stages")
    @classmethod
    def _hang_together(cls, stages):
        names = [stage.name for stage in stages]
        if len(set(names)) < len(names):
            raise ValueError("a stage is named twice")
        if unknown := {name for stage in stages for name in stage.next} - set(names):
            raise ValueError(f"a stage leads to stages that are not there: {', '.join(sorted(unknown))}")
        if max(sum(stage.signs for stage in stages), sum(stage.opens for stage in stages)) > 1:
            raise ValueError("only one stage signs, only one opens")
        return stages


def datum_of(text):
    """
    Our word for a datum, or None if it is none that we know.

    >>> datum_of("GCJ-02"), datum_of("gcj02"), datum_of("beijing54")
    ('gcj02', 'gcj02', None)
    """
    plain = text.strip().lower()
    plain = _DATUM_NAMES.get(plain, plain)
    return plain if plain in DATUMS else None


def read_config(folder):
    """
    `city.toml` of a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    config : CityConfig or None
        None where it cannot be read at all.
    faults : list of Fault
    """
    path = folder / "city.toml"
    if not path.is_file():
        return None, [Fault(ERROR, "no_city", "city", str(folder))]
    try:
        text = path.read_text(encoding="utf-8-sig")
        if len(text) > _LONGEST or _DOTTED.search(text):
            raise RecursionError
        return checked(tomllib.loads(text), text)
    except RecursionError:
        return None, [Fault(ERROR, "too_deep", "city", "city.toml")]
    except ValueError as error:  # also of numbers that no computer writes out
        return None, [Fault(ERROR, "bad_toml", "city", "city.toml", values={"found": str(error).partition(";")[0]})]


def checked(stated, text=""):
    """
    Settings as they stand in `city.toml`, checked; one that is at fault is left out, so that the rest is checked too.

    Parameters
    ----------
    stated : dict
    text : str
        The file, for the lines in the report.

    Returns
    -------
    config : CityConfig
    faults : list of Fault
    """
    faults, left = [], copy.deepcopy(stated)

    def fault(setting, code, **values):
        faults.append(Fault(ERROR, code, "city", "city.toml", setting, line=line_of(text, setting), values=values))

    if isinstance(left.get("tables"), dict):
        for name in [name for name in left["tables"] if name not in TABLES]:
            fault(f"tables.{name}", "unknown_table", allowed=", ".join(TABLES))
            del left["tables"][name]
    try:
        config = CityConfig.model_validate(left)
    except ValidationError as error:
        for problem in error.errors():
            setting = ".".join(map(str, problem["loc"]))
            found = "" if problem["type"] == "missing" else str(problem["input"])[:60]
            fault(setting, "bad_setting", found=found, allowed=problem["msg"])
            _leave_out(left, problem["loc"])
        config = CityConfig.model_validate({"name": "?"} | left)
    datums = {"datum": config.datum} | {f"tables.{name}.datum": source.datum for name, source in config.tables.items()}
    for name, source in config.tables.items():
        if not source.confirmed:
            fault(f"tables.{name}", "unconfirmed", found=source.file)
        datums |= {f"tables.{name}.updates.{n}.datum": update.datum for n, update in enumerate(source.updates)}
    for setting, datum in datums.items():
        if datum and datum_of(datum) is None:
            fault(setting, "unknown_datum", found=datum, allowed=", ".join(DATUMS))
    return config, faults


def _leave_out(stated, place):
    """Without the setting at fault; without its table where that cannot be without it."""
    if place[0] == "tables" and (len(place) < 3 or place[2] == "file"):
        place = place[:2]
    for part, inner in zip(place, place[1:]):
        if not isinstance(stated.get(part), dict) or inner not in stated[part]:
            return stated.pop(part, None)
        stated = stated[part]
    return stated.pop(place[-1], None)


def line_of(text, setting):
    """
    Line of `city.toml` that a setting stands in; of what holds it where it does not stand there itself.

    >>> line_of('name = "A"\\n[tables.stores]\\nfile = "s.csv"\\ndatum = "x"', "tables.stores.datum")
    4
    """
    *section, name = setting.split(".")
    current, heading = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line.startswith("["):
            current = [part.strip().strip("\"'") for part in line.strip("[]").split(".")]
            if current in (section, [*section, name]):
                heading = number
        elif current == section and line.partition("=")[0].strip().strip("\"'") == name:
            return number
    return heading or (line_of(text, ".".join(section)) if section else 1)
