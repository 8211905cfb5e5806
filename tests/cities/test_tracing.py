import pandas as pd

from expansion_kit.cities.config import checked
from expansion_kit.cities.tracing import files_of, traced


def test_a_fault_names_file_line_and_key_of_its_first_row():
    config, _ = checked({"name": "x", "tables": {"stores": {"file": "s.csv"}, "sales": {"file": "t.csv"}}})
    files = files_of(config, {"stores": [2, 5, 9]})
    assert files == {"stores": ("s.csv", [2, 5, 9]), "sales": ("t.csv", None)}
    tables = {"stores": pd.DataFrame(index=pd.Index(["A", "B", "C"], name="store_id"))}
    fault = traced("error", "twice", tables, files, "stores", "brand", [1, 2], found="x")
    assert (fault.file, fault.line, fault.key, fault.rows, fault.values) == ("s.csv", 5, "B", 2, {"found": "x"})
