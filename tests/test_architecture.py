"""Which room may use which: this table is the architecture. It is read from the code itself, not from what it says."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import expansion_kit

PACKAGE = Path(expansion_kit.__file__).parent
ROOT = PACKAGE.parent

MAY_IMPORT = {
    "words": set(),
    "brands": set(),
    "tiers": set(),
    "geo": set(),
    "files": set(),
    "schemas": {"tiers", "words"},
    "cities": {"brands", "schemas", "geo", "files", "words"},
    "sources": {"brands", "schemas", "geo", "files", "cities", "words"},
    "market": {"geo", "tiers"},
    "candidates": {"market", "geo", "words"},
    "prospects": {"candidates", "market", "geo", "words"},
    "targets": set(),
    "territories": {"market", "geo"},
    "drawing": set(),  # fonts, legible text and bytes of figures: charts and printed maps draw with the same
    "maps": {"drawing", "geo", "files", "words", "schemas"},
    "charts": {"drawing", "words"},
    "panels": {"charts", "maps", "candidates", "files", "words"},
    "report": {"drawing", "files", "maps", "charts", "schemas", "words"},
    "results": {"files", "words"},
    "runs": {"cities", "results", "schemas", "words"},
    "many_cities": {"cities", "files", "report", "results", "runs", "words"},
    "cli": {"words", "schemas", "cities", "sources", "results", "runs", "many_cities"},
    "__main__": {"cli"},
    "__init__": {"cities", "schemas"},
}
WRITERS = {"files", "results"}
READERS = {"cities", "sources", "results"}
WRITES = {"to_csv", "to_excel", "to_file", "to_parquet", "to_json", "to_feather", "to_pickle", "savefig", "to_hdf"}
WRITES |= {"write_text", "write_bytes", "mkdir", "makedirs", "touch", "unlink", "rmdir", "rmtree", "copytree"}
WRITES |= {"copy2", "copyfile", "symlink_to", "hardlink_to", "ExcelWriter", "dump", "tofile", "savetxt", "save"}
READS = {
    "read_csv",
    "read_excel",
    "read_file",
    "read_parquet",
    "read_table",
    "read_json",
    "read_feather",
    "load_workbook",
}
READS |= {"read_text", "read_bytes", "fromfile", "loadtxt", "genfromtxt"}
GROWS = ("files", "appending.py")  # it looks whether the file that it grows is still the one that was read


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if "bundled" not in path.parts)


def name_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(("expansion_kit", *parts))


def room_of(path):
    """`cities` for `cities/loading.py` and for `cities.py`."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(tree, module):
    """Rooms of ours that a module imports, anywhere in it, written in any way."""
    rooms = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{stem}.{alias.name}" for alias in node.names]
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name.startswith("expansion_kit.") and name.count(".")}
    return {room for room in rooms if (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file()}


def calls(tree):
    """Names of all functions and methods that are called, with the node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            yield name, node


def opens(name, node, how):
    """Whether a call opens a file to read ("r") or to write ("w"); `os.open` of a folder is neither."""
    if name != "open" or getattr(getattr(node.func, "value", None), "id", "") == "os":
        return False
    given = [keyword.value for keyword in node.keywords if keyword.arg == "mode"]
    modes = given or node.args[(1 if isinstance(node.func, ast.Name) else 0) :][:1]
    writes = any(not isinstance(mode, ast.Constant) or set(str(mode.value)) & set("wax+") for mode in modes)
    return writes == (how == "w")


def own_writer(node):
    """`files.write_text(…)` goes through the one writer."""
    return isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "files"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_room_imports_only_what_the_architecture_lets_it(path):
    room = room_of(path)
    assert room in MAY_IMPORT, f"{room} is no room of the house; add it to the table if it is meant to be"
    found = imports(ast.parse(path.read_text("utf-8")), name_of(path)) - {room, "__init__"}
    assert found <= MAY_IMPORT[room], f"{name_of(path)} may not import {sorted(found - MAY_IMPORT[room])}"


def test_the_reader_of_imports_sees_through_every_spelling():
    code = """
import expansion_kit.market.huff
from expansion_kit import words
from expansion_kit.maps import assets
from . import loading
from .. import geo, files as f
from ..schemas.parsing import as_text
def late():
    from ..sources import seoul
"""
    found = imports(ast.parse(code), "expansion_kit.cities.joining")
    assert found == {"market", "words", "maps", "cities", "geo", "files", "schemas", "sources"}


def test_the_table_has_no_circle():
    left = {room: set(may) for room, may in MAY_IMPORT.items()}
    while free := [room for room, may in left.items() if not may & set(left)]:
        for room in free:
            del left[room]
    assert not left


@pytest.mark.parametrize("path", [p for p in modules() if room_of(p) not in WRITERS], ids=name_of)
def test_only_files_and_results_write(path):
    tree = ast.parse(path.read_text("utf-8"))
    wrong = [f"line {n.lineno}: {name}" for name, n in calls(tree) if name in WRITES and not own_writer(n)]
    wrong += [f"line {n.lineno}: open to write" for name, n in calls(tree) if opens(name, n, "w")]
    in_memory = room_of(path) == "drawing" or path.name == "documents.py"  # into a buffer, not a file
    wrong = [line for line in wrong if not (in_memory and line.endswith((": savefig", ": save")))]
    assert not wrong, f"{name_of(path)} writes past files: {wrong}"


@pytest.mark.parametrize(
    "path", [p for p in modules() if room_of(p) not in READERS and p.parts[-2:] != GROWS], ids=name_of
)
def test_only_cities_sources_and_results_read(path):
    """Data that the package itself carries are read through importlib.resources; that is no reading of files."""
    code = path.read_text("utf-8")
    if "from importlib.resources import" in code:
        return
    wrong = [f"line {n.lineno}: {name}" for name, n in calls(ast.parse(code)) if name in READS or opens(name, n, "r")]
    assert not wrong, f"{name_of(path)} reads files: {wrong}"


def loaded_by(*command):
    """Of the heavy libraries, those that a fresh interpreter has loaded after a command."""
    heavy = (
        "{'numpy', 'pandas', 'scipy', 'sklearn', 'geopandas', 'shapely', 'pyproj', 'folium', 'matplotlib', 'pandera'}"
    )
    code = f"""
import runpy, sys
sys.argv = {list(command)!r} or sys.argv
try:
    runpy.run_module("expansion_kit", run_name="__main__") if sys.argv[1:] else __import__("expansion_kit")
except SystemExit as stop:
    assert not stop.code, stop.code
print("LOADED", sorted({heavy} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return done.stdout.rsplit("LOADED", 1)[1].strip()


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_by() == "[]"


def test_asking_for_help_loads_nothing_heavy():
    assert loaded_by("expansion-kit", "--help") == "[]"
    assert loaded_by("expansion-kit", "import", "table", "--help") == "[]"
