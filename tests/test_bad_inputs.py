"""
Broken files in every format, through the doors that people use: a precise fault or a counted repair, nothing else.

`bad_inputs/manifest.toml` says of each case: `file`; the `table` it is given as, with what is `set` for it in
`city.toml`, for the `city`, and which files lie `beside` it; then either the codes of the `error`s, or what is `told`
(warnings and repairs with their rows) and the exact `values`; and what the report must `say`, in English and in `zh`.
"""

import importlib.util
import json
import os
import shutil
import tomllib
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import shapely

from expansion_kit.cities import check_city
from expansion_kit.schemas import ERROR, report

FOLDER = Path(__file__).parent / "bad_inputs"
CASES = tomllib.loads((FOLDER / "manifest.toml").read_text("utf-8"))
USUAL = {"datum": "wgs84", "country": "CN", "currency": "CNY"}
FORMATS = "csv xlsx geojson gpkg shp geoparquet parquet toml osm pbf".split()


@pytest.fixture(scope="session")
def make():
    spec = importlib.util.spec_from_file_location("make_bad_inputs", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def bombs(make, tmp_path_factory):
    """`bombs(name)` makes one that is not kept."""
    folder = tmp_path_factory.mktemp("bombs")

    def one(name):
        return folder / name if (folder / name).exists() else make.make(name, folder)

    return one


def _about(case, lang):
    settings = {key: value for key, value in (USUAL | case.get("city", {})).items() if value}
    lines = [f"{key} = {json.dumps(value)}" for key, value in ({"name": "x", "language": lang} | settings).items()]
    tables = {case["table"]: {"file": case["file"]} | case.get("set", {})}
    tables |= {table: {"file": file} for table, file in case.get("beside", {}).items()}
    for table, stated in tables.items():
        stated = {"source": "s"} | stated
        lines += ["", f"[tables.{table}]", *(f"{key} = {json.dumps(value)}" for key, value in stated.items())]
    return "\n".join(lines) + "\n"


def _oddities(folder):
    """What only a file system can hold."""
    (folder.parent / "stores.csv").write_text("store_id,brand,lon,lat\nA1,Secret,121.4,31.2\n")
    (folder / "folder.csv").mkdir()
    (folder / "link.csv").symlink_to(folder.parent / "stores.csv")
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    os.mkfifo(folder / "pipe.csv")
    (folder / "old.xls").write_bytes(b"x")


@pytest.fixture
def city(tmp_path, bombs):
    """`city(case, lang)` gives a city folder that a case's file lies in."""

    def lay(case, lang="en"):
        folder = tmp_path / lang
        folder.mkdir()
        if "toml" in case:
            _oddities(folder)
            (folder / "city.toml").write_text(case["toml"] + "", "utf-8")
            return folder
        file = bombs(case["file"]) if case.get("made") else FOLDER / case["file"]
        if case.get("door") == "toml":
            shutil.copy(file, folder / "city.toml")
            return folder
        (folder / "city.toml").write_text(_about(case, lang), "utf-8")
        for path in [file, *(FOLDER / name for name in case.get("beside", {}).values())]:
            for part in path.parent.glob(f"{path.stem}.*") if path.suffix == ".shp" else [path]:
                shutil.copy(part, folder / part.name)
        return folder

    return lay


def _state(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def _told(faults):
    """Warnings and repairs with their rows."""
    codes = dict.fromkeys(fault.code for fault in faults if fault.level != ERROR)
    return {code: sum(fault.rows for fault in faults if fault.code == code) for code in codes}


def _values(table, name):
    if name == "area":
        return shapely.area(table.geometry.to_numpy()).round(10).tolist()  # square degrees
    cells = table.index if name == table.index.name else table[name]
    return [f"{cell:%Y-%m-%d}" if isinstance(cell, pd.Timestamp) else cell for cell in cells]


def test_the_corpus_is_large_enough_and_small_enough_and_covers_every_format():
    files = {case["file"] for case in CASES.values() if "file" in case}
    assert len(files) >= 150 and len(CASES) >= len(files)
    assert {file.rpartition(".")[2] for file in files} >= set(FORMATS)
    kept = [path for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".py"]
    assert sum(path.stat().st_size for path in kept) < 1_000_000
    shapes = {path.stem for path in kept if path.suffix == ".shp"}
    beside = {file for case in CASES.values() for file in case.get("beside", {}).values()}
    assert {path.name for path in kept if path.stem not in shapes} == (
        {file for file in files if (FOLDER / file).exists() and Path(file).stem not in shapes} | beside
    ) | {"manifest.toml"}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_told_precisely_or_repaired_and_counted(city, name):
    case = CASES[name]
    assert ("error" in case) != ("told" in case), "a case has one outcome"
    folder = city(case)
    before = _state(folder)
    loaded, faults = check_city(folder)
    text = report(faults, "en")
    assert _state(folder) == before
    assert "Traceback" not in text
    if "error" in case:
        assert loaded is None
        assert Counter(fault.code for fault in faults if fault.level == ERROR) == Counter(case["error"]), text
    else:
        assert loaded is not None, text
        assert _told(faults) == case["told"], text
        for column, values in case.get("values", {}).items():
            assert _values(loaded[case["table"]], column) == values, column
    for fragment in case.get("say", ()):
        assert fragment in text, text
    for fragment in case.get("zh", ()):
        assert fragment in report(faults, "zh")
