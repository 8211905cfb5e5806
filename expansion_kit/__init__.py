"""
Plan a retail or franchise chain's expansion, on one machine and without network.

A city folder becomes checked tables, the tables become measures, the measures become decisions, and the decisions
become maps, reports and CSV files. Nothing heavy is imported before it is used.

>>> import expansion_kit
>>> sorted(expansion_kit.__all__)
['City', 'SchemaError', 'load_city', 'new_city']
"""

from importlib import import_module

__version__ = "0.1.0"
__all__ = ["City", "SchemaError", "load_city", "new_city"]

_HOME = {"City": "cities", "load_city": "cities", "new_city": "cities", "SchemaError": "schemas"}


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
