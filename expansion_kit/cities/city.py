"""What a loaded city is: a frozen bundle of checked tables that come out as copies."""

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from .. import geo


@dataclass(frozen=True, repr=False)
class City:
    """
    A city with its checked tables; made by `load_city`.

    `city["stores"]` is a copy of a table (GeoDataFrame in WGS-84 where it has places), `"stores" in city` asks for it,
    `city.get("stores")` gives None where it is absent, `city.metric("stores")` is the same table in metres.

    Attributes
    ----------
    folder : Path
    name, country, currency, timezone, language, own_brand : str
        As in `city.toml`.
    made : bool
        True where the data are made up; every map, page and report says so.
    crs : str
        Metric coordinate reference system of this city.
    provenance : DataFrame
        table, column, source, as_of, method (measured, estimated, assumed, simulated).
    counts : dict of str to int
        Rows of each table.
    inputs : dict of str to str
        SHA-256 of each input file by its name in the folder.
    faults : tuple of Fault
        Warnings and repairs; errors do not get this far.
    stages : tuple of str
        Stages of franchising, where the city states its own.
    stage_rules : tuple of dict
        The same, each with `name` and what else is stated of it: documents, owner_role, next, days ...
    streams : dict of str to dict
        Tables that are opened and counted, never loaded (`pings`): `path`, `columns` (incoming to ours) and `datum`.
    """

    folder: Path
    name: str
    country: str
    currency: str
    timezone: str
    language: str
    own_brand: str | None
    made: bool
    crs: str
    provenance: pd.DataFrame
    counts: dict
    inputs: dict
    faults: tuple
    stages: tuple = ()
    stage_rules: tuple = ()
    streams: dict = field(default_factory=dict)
    _tables: MappingProxyType = field(default_factory=lambda: MappingProxyType({}))

    @property
    def tables(self):
        """Names of the tables that are there."""
        return tuple(self._tables)

    def __contains__(self, table):
        return table in self._tables

    def __getitem__(self, table):
        if table not in self._tables:
            raise KeyError(f"{self.name} has no table {table!r}; it has {', '.join(self._tables) or 'none'}")
        return self._tables[table].copy()

    def get(self, table):
        """A copy of the table, or None where the city has none."""
        return self._tables[table].copy() if table in self._tables else None

    def metric(self, table):
        """A copy of the table in metres (`crs`)."""
        return geo.to_metres(self[table], self.crs)

    def origin(self, table):
        """`source`, `as_of` and `method` of a table, as a dict, for the line beneath a chart."""
        rows = self.provenance[self.provenance["table"] == table]
        return {} if rows.empty else rows.iloc[0][["source", "as_of", "method"]].to_dict()

    def __repr__(self):
        tables = ", ".join(f"{name} {rows:,}" for name, rows in self.counts.items())
        return f"<City {self.name}{' (made-up data)' if self.made else ''}: {tables or 'no tables'}>"
