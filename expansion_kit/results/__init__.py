"""
What notebooks hand in: result files, where each figure comes from, and what was left out and why.

`open_results` serves one notebook; `staging` lets the results of a whole run replace the earlier ones at once. Files
go through `files`; this room reads nothing but its own files: `run.json`, and for comparisons the results of runs.
"""

from .handing_in import Results, open_results
from .options import OPTIONS, checked_options
from .reading import COMPARED, FORM, read_results, refuse_other_workbook
from .records import PROVENANCE, PROVENANCE_COLUMNS, RECORD, RESULTS, read_record
from .replacing import staging

__all__ = [
    "COMPARED",
    "FORM",
    "OPTIONS",
    "PROVENANCE",
    "PROVENANCE_COLUMNS",
    "RECORD",
    "RESULTS",
    "Results",
    "checked_options",
    "open_results",
    "read_record",
    "read_results",
    "refuse_other_workbook",
    "staging",
]
