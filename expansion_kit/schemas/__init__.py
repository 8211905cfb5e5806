"""Every table of a city folder: types, units, limits, Chinese and English headers, and the check at the door."""

from .checking import check
from .faults import ERROR, REPAIR, WARNING, Fault, SchemaError, report
from .tables import TABLES, columns, key_of

__all__ = ["ERROR", "REPAIR", "TABLES", "WARNING", "Fault", "SchemaError", "check", "columns", "key_of", "report"]
