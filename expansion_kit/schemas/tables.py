"""Every table of a city folder by name, and what its columns mean."""

import re

from . import places, plans

_MODELS = (
    places.Zones,
    places.ZoneFootfall,
    places.ZoneRents,
    places.MarketSales,
    places.Territories,
    places.Stations,
    places.Generators,
    places.Brands,
    places.Stores,
    places.StoresBefore,
    places.MallUnits,
    places.Sites,
    places.Listings,
    places.FootCounts,
    places.SensorCounts,
    places.Choices,
    places.Travel,
    plans.Prospects,
    plans.StageMoves,
    plans.Bids,
    plans.Contacts,
    plans.Sales,
    plans.Proposals,
    plans.Expenses,
    plans.Promotions,
    plans.Budgets,
    plans.Locks,
    plans.Actions,
    plans.Basemap,
    plans.Network,
    plans.Pings,
)


def _name(model):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()


TABLES = {_name(model): model for model in _MODELS}


def columns(table):
    """
    The columns of a table, in the order of the data dictionary.

    Parameters
    ----------
    table : str
        Name of the table, such as `stores`.

    Returns
    -------
    dict of str to pandera Column
        Meaning, unit, headers and the rest stand in each column's `metadata`; own columns first, lease columns last.

    Examples
    --------
    >>> columns("zones")["population"].metadata["unit"]
    'person'
    >>> list(columns("stores"))[:2]
    ['store_id', 'brand']
    """
    schema = TABLES[table].to_schema().columns
    lease = set(places.Lease.to_schema().columns) if issubclass(TABLES[table], places.Lease) else set()
    return {name: schema[name] for name in sorted(schema, key=lambda n: n in lease)}


def key_of(table):
    """
    The key column of a table, or None where it has none.

    >>> key_of("stores"), key_of("sales")
    ('store_id', None)
    """
    return next((name for name, column in columns(table).items() if column.metadata["key"]), None)
