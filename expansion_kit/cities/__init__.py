"""City folders: a new one to fill in, one written from tables, and one read, checked and frozen."""

from .adding import add_rows, add_updates
from .city import City
from .confirming import add_unconfirmed
from .contact_log import log_contacts
from .loading import check_city, load_city
from .making_room import empty_sheet
from .steps import guide, what_next
from .writing import add_table, new_city, usual_settings, write_city

__all__ = [
    "City",
    "add_rows",
    "add_table",
    "add_unconfirmed",
    "add_updates",
    "check_city",
    "empty_sheet",
    "guide",
    "load_city",
    "log_contacts",
    "new_city",
    "usual_settings",
    "what_next",
    "write_city",
]
