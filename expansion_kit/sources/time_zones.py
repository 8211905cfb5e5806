"""The time zone of a country, from the tables of the tz database that Python's `zoneinfo` reads."""

import zoneinfo
from contextlib import suppress
from importlib import resources
from pathlib import Path

_OFFICIAL = {"CN": "Asia/Shanghai"}  # the table lists Asia/Urumqi as well, but one time is official in all the country


def time_zone_of(country):
    """
    The time zone of a country that has only one.

    Parameters
    ----------
    country : str
        ISO 3166 code, such as `FI`.

    Returns
    -------
    str
        Its name in the tz database; empty where the country has several, or isn't known.

    Examples
    --------
    >>> time_zone_of("FI"), time_zone_of("CN"), time_zone_of("US"), time_zone_of("")
    ('Europe/Helsinki', 'Asia/Shanghai', '', '')
    """
    zones = {row[2] for row in _rows() if row[0] == country}
    return _OFFICIAL.get(country) or (zones.pop() if len(zones) == 1 else "")


def is_time_zone(name):
    """
    Whether there is a time zone of a name.

    >>> is_time_zone("Europe/Helsinki"), is_time_zone("Helsinki"), is_time_zone("../etc/passwd")
    (True, False, False)
    """
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


def _rows():
    folders = [Path(folder) for folder in zoneinfo.TZPATH]
    with suppress(ModuleNotFoundError):  # where the system has no table, the package may
        folders.append(resources.files("tzdata") / "zoneinfo")
    table = next((folder / "zone.tab" for folder in folders if (folder / "zone.tab").is_file()), None)
    lines = table.read_text(encoding="utf-8").splitlines() if table else []
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
