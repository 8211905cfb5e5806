"""`city.toml`: what a city folder says about itself, checked."""

import datetime
import tomllib
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..geo import DATUMS
from ..schemas import ERROR, TABLES, Fault

_DATUM_NAMES = {"wgs-84": "wgs84", "gcj-02": "gcj02", "bd-09": "bd09", "火星坐标": "gcj02", "百度坐标": "bd09"}
Method = Literal["measured", "estimated", "assumed", "simulated"]


def _plain_text(value):
    return value.isoformat() if isinstance(value, datetime.date) else value


AsOf = Annotated[str, BeforeValidator(_plain_text)]


class TableSource(BaseModel):
    """One `[tables.NAME]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: str
    encoding: str | None = None
    sheet: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    datum: str | None = None
    source: str = ""
    as_of: AsOf = ""
    method: Method | Literal[""] = ""


class CityConfig(BaseModel):
    """The whole of `city.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1)
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    timezone: str = ""
    language: Literal["en", "zh"] = "en"
    datum: str | None = None
    crs: str = "auto"
    own_brand: str | None = None
    population: float | None = Field(default=None, gt=0)
    made: bool = False
    stages: tuple[str, ...] = ()
    tables: dict[str, TableSource] = Field(default_factory=dict)


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
        stated = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [Fault(ERROR, "bad_toml", "city", "city.toml", values={"found": str(error)})]
    faults = []
    tables = stated.get("tables", {})
    for name in [name for name in tables if name not in TABLES]:
        faults.append(_setting(f"tables.{name}", "unknown_table", allowed=", ".join(TABLES)))
        del tables[name]
    try:
        return CityConfig.model_validate(stated), faults
    except ValidationError as error:
        for problem in error.errors():
            setting = ".".join(str(part) for part in problem["loc"])
            faults.append(_setting(setting, "bad_setting", found=str(problem["input"])[:60], allowed=problem["msg"]))
        return None, faults


def _setting(setting, code, **values):
    return Fault(ERROR, code, "city", "city.toml", setting, values=values)
