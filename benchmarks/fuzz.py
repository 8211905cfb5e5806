"""
Broken inputs by the thousand: files of a small city, changed at random, through `check_city`.

Each input is made from the seed and its number alone. What is allowed: faults in our words, or tables that keep the
limits of the data dictionary, with as many rows as the file has, less those that are counted as left out. Anything
else (an exception, a wait of more than `--slow` seconds, more than 2 GB, a table that breaks its limits) is printed
with the number that makes it again (`--only N`), and ends with exit code 1. `tests/test_fuzz.py` runs it in CI.
"""

import argparse
import csv
import io
import json
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import openpyxl
import pandas as pd
import shapely

from expansion_kit.cities import check_city
from expansion_kit.schemas import ERROR, TABLES, columns, key_of, report

MEMORY = 2 * 1024**3
CELLS = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e400",
        "nan",
        "inf",
        "1.23E+05",
        "1,234",
        "1.234,5",
        "18%",
        "3.2万",
        "３",
        "１２1",
        "--",
        "#N/A",
    ),
    *(
        "=1+1",
        "'",
        '"',
        '""',
        ",",
        ";",
        "\t",
        "\n",
        "\r",
        "\0",
        "\ufeff",
        "\u200b",
        "\u202e",
        "\ud7ff",
        "é",
        "店",
        "😀",
    ),
    *("2027-02-29", "2027-W53", "1900-01-00", "0001-01-01", "9999-12-31", "2027-02-14T08:00Z", "1/2/27", "202713"),
    *(
        "POLYGON((0 0,1 1,1 0,0 1,0 0))",
        "POINT EMPTY",
        "POINT(nan nan)",
        "POINT Z (1 2 3)",
        "LINESTRING(0 0)",
        "POLYGON((",
    ),
    *(
        "true",
        "None",
        "null",
        "[]",
        "{}",
        "../x",
        "/dev/zero",
        "A" * 5000,
        "9" * 400,
        "-0",
        "1_000",
        "0x1F",
        "٣",
        "²",
        "½",
    ),
    *(
        "180",
        "181",
        "-180.0000001",
        "90.5",
        "31.2,121.4",
        "121.4 31.2",
        "1:2;3:4",
        "0:0.1",
        "5:9",
        "W07",
        "Q5",
        "1e-320",
    ),
)
HEADERS = (
    "经度",
    "坐标",
    "面积(亩)",
    "销售额(万元)",
    "lon",
    "store_id",
    "",
    "#示例",
    "#说明",
    "\ufefflon",
    "geometry",
    "nan",
)
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "big5", "cp949", "utf-16", "utf-16-le", "utf-16-be", "latin-1")
SQUARE = [[121.40, 31.20], [121.42, 31.20], [121.42, 31.22], [121.40, 31.22], [121.40, 31.20]]
ZONES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"zone_id": f"Z{n}", "population": 1000 * n, "name": "片区"},
            "geometry": {"type": "Polygon", "coordinates": [[[round(x + n / 50, 4), y] for x, y in SQUARE]]},
        }
        for n in range(3)
    ],
}
TEXTS = {
    "stores": "store_id,brand,name,lon,lat,opened,closed,own,floor_area_sqm,sales_month,status,turnover_rate,tiers\n"
    "A1,Ours,一号店,121.41,31.21,2024-05-01,,yes,85,32000,open,0.18,100000:0.1;200000:0.08\n"
    "A2,Rival,二号店,121.43,31.21,2024-06-01,2026-01-01,no,60,41000,closed,18%,\n"
    "007,,三号店,121.44,31.21,,,,,,planned,,\n",
    "sites": "site_id,坐标,面积,月租金,rent_sqm_day,lease_start,lease_end\n"
    'S1,"121.41,31.21",80,2万,8,2027-01-01,2030-01-01\n'
    'S2,"121.43,31.21",60,18000,9,2027年2月1日,\n',
    "sales": "store_id,period,sales,basis\nA1,2026-12,1000,retail_gross\n"
    'A1,2027-01,"1,100",retail_gross\nA2,2027年1月,900,零售\n',
    "zone_footfall": "zone_id,period,people,time_band\nZ0,2027-Q1,500,06-11\nZ1,2027-Q1,700,06-11\n",
    "foot_counts": "count_id,place_id,date,hour,minutes_observed,people\n"
    "C1,P1,2027-03-05,8点,15,120\nC2,P1,2027-03-05,18:00,15,90\n",
    "sensor_counts": "place_id,time,people\nP1,2027-02-14 08:00,5\nP1,2027-02-14T09:00,7\n",
    "prospects": "prospect_id,stage,name,capital,hours_week,credit_grade\n"
    "C1,enquiry,王小明,50万,40,A\nC2,visit,李四,300000,,甲\n",
    "promotions": "promotion_id,store_id,from,to,cost\nM1,A1,2027-01-01,2027-01-07,5000\n",
    "locks": "territory_id,period,metric,value\nT1,2027-02,sales,90000\nT1,2027-Q2,openings,3\n",
    "mall_units": 'unit_id,mall,floor,geometry,kind\nU1,M,1,"POLYGON((0 0,10 0,10 10,0 10,0 0))",铺位\n',
}
ABOUT = 'name = "小城"\ncountry = "CN"\ncurrency = "CNY"\nown_brand = "Ours"\ndatum = "wgs84"\nlanguage = "zh"\n'


class Slow(BaseException):
    """The alarm rang."""


def _bytes(data, draw):
    """Flipped, cut, doubled and inserted bytes."""
    data = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5, 30))):
        at, way = draw.randrange(len(data) + 1), draw.randrange(6)
        if way == 0 and at < len(data):
            data[at] = draw.randrange(256)
        elif way == 1:
            del data[at : at + draw.randrange(1, 40)]
        elif way == 2:
            data[at:at] = draw.choice(CELLS).encode("utf-8", "surrogatepass")
        elif way == 3:
            start = draw.randrange(len(data) + 1)
            data[at:at] = data[start : start + draw.randrange(200)]
        elif way == 4 and draw.random() < 0.3:
            del data[at:]
        else:
            data[at:at] = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 4)))
    return bytes(data)


def _rows(text, draw):
    """Rows of a table with cells, rows and columns changed."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(draw.choice((1, 1, 1, 3))):
        way, row = draw.randrange(9), draw.randrange(len(rows))
        column = draw.randrange(max(map(len, rows)) or 1)
        if way < 4 and column < len(rows[row]) and row:
            rows[row][column] = draw.choice(CELLS)
        elif way == 4:
            rows.insert(draw.randrange(len(rows) + 1), list(draw.choice(rows)))
        elif way == 5 and len(rows) > 1:
            del rows[row]
        elif way == 6 and column < len(rows[0]):
            rows[0][column] = draw.choice(HEADERS) if draw.random() < 0.7 else draw.choice(rows[0])
        elif way == 7:
            for cells in rows:
                cells.insert(min(column, len(cells)), draw.choice(CELLS))
        elif column < len(rows[row]):
            del rows[row][column]
    return rows


def _table(text, draw):
    rows = _rows(text, draw) if draw.random() < 0.6 else list(csv.reader(io.StringIO(text)))
    kind = draw.choice(("csv", "csv", "xlsx", "parquet"))
    if kind == "xlsx":
        return kind, _workbook(rows, draw)
    if kind == "parquet":
        return kind, _parquet(rows, draw)
    written = io.StringIO()
    csv.writer(written, delimiter=draw.choice(",,,;\t|"), lineterminator=draw.choice(("\n", "\r\n", "\r"))).writerows(
        rows
    )
    data = written.getvalue().encode(draw.choice(ENCODINGS) if draw.random() < 0.3 else "utf-8", "replace")
    return kind, _bytes(data, draw) if draw.random() < 0.2 else data


def _typed(cell, draw):
    try:
        return float(cell) if draw.random() < 0.7 else cell
    except ValueError:
        return cell


def _workbook(rows, draw):
    book = openpyxl.Workbook()
    for row in rows:
        cells = [_typed(re.sub(r"[\x00-\x08\x0b-\x1f]", "", cell), draw) for cell in row]
        book.active.append([None if isinstance(cell, float) and not np.isfinite(cell) else cell for cell in cells])
    cell = book.active.cell(draw.randrange(1, 5), draw.randrange(1, 9))
    cell.number_format = draw.choice(("0%", "yyyy-mm", "yyyy-mm-dd", "@", "h:mm", "[h]", "d-mmm"))
    saved = io.BytesIO()
    book.save(saved)
    if draw.random() < 0.5:
        return saved.getvalue()
    if draw.random() < 0.3:
        return _bytes(saved.getvalue(), draw)
    changed = io.BytesIO()
    with zipfile.ZipFile(saved) as given, zipfile.ZipFile(changed, "w") as packed:
        part = draw.choice([name for name in given.namelist() if "theme" not in name])
        for name in given.namelist():
            packed.writestr(name, _bytes(given.read(name), draw) if name == part else given.read(name))
    return changed.getvalue()


def _parquet(rows, draw):
    width = len(rows[0])
    names = [f"{name}{'' if rows[0].index(name) == at else at}" for at, name in enumerate(rows[0])]
    table = pd.DataFrame([(row + [""] * width)[:width] for row in rows[1:]], columns=names)
    for name in table:
        way = draw.randrange(6)
        if way == 0:
            table[name] = pd.to_numeric(table[name], errors="coerce")
        elif way == 1:
            table[name] = pd.Series([[cell] for cell in table[name]], dtype=object)
        elif way == 2:
            table[name] = pd.Series([cell.encode("utf-8", "replace") for cell in table[name]], dtype=object)
    table = table.map(lambda cell: cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell)
    saved = io.BytesIO()
    table.to_parquet(saved)
    return _bytes(saved.getvalue(), draw) if draw.random() < 0.4 else saved.getvalue()


def _features(draw):
    document = json.loads(json.dumps(ZONES))
    for _ in range(draw.choice((1, 1, 3))):
        places = list(_places(document))
        holder, at = draw.choice(places)
        way = draw.randrange(5)
        if way == 0:
            holder[at] = draw.choice(
                (None, [], {}, "x", 5, -1e9, True, float("nan"), 1e300, "121.4", [[]], 181, "Point")
            )
        elif way == 1 and isinstance(holder, list):
            del holder[at]
        elif way == 2 and isinstance(holder, list):
            holder.append(json.loads(json.dumps(holder[at])))
        elif way == 3 and isinstance(holder[at], list):
            draw.shuffle(holder[at])
        elif isinstance(holder[at], float):
            holder[at] *= draw.choice((-1, 10, 1e4, 1e-4, 0))
    if draw.random() < 0.2:
        name = draw.choice(("EPSG:3857", "EPSG:4490", "EPSG:0", "x", "urn:ogc:def:crs:OGC:1.3:CRS84", 5, None, []))
        document["crs"] = {"type": "name", "properties": {"name": name}}
    data = json.dumps(document, ensure_ascii=False, indent=draw.choice((None, 1))).encode()
    return _bytes(data, draw) if draw.random() < 0.3 else data


def _places(node):
    """Every place in a document that holds something."""
    for at in node if isinstance(node, dict) else range(len(node)):
        yield node, at
        if isinstance(node[at], dict | list):
            yield from _places(node[at])


def _about(tables, draw):
    text = ABOUT
    for table, file in tables.items():
        text += f'\n[tables.{table}]\nfile = "{file}"\nsource = "s"\n'
        if draw.random() < 0.1:
            setting = draw.choice(("encoding", "sheet", "datum", "as_of", "method"))
            text += f'{setting} = "{draw.choice(("", "utf-8", "gbk", "x", "gcj02", "2027", "measured", "hex"))}"\n'
    if draw.random() < 0.9:
        return text.encode()
    lines = text.splitlines()
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(lines))
        key = lines[at].partition("=")[0]
        values = (
            "5",
            "inf",
            "[]",
            "{}",
            '""',
            "2027-01-01",
            "true",
            '"../x"',
            '"\\u0000"',
            "[[1]]",
            '{a = "b"}',
            "-1e999",
        )
        lines[at] = draw.choice(
            (f"{key} = {draw.choice(values)}", lines[at] * 2, "", f"{lines[at]}\nstages = [{draw.choice(values)}]")
        )
    return _bytes("\n".join(lines).encode(), draw) if draw.random() < 0.4 else "\n".join(lines).encode()


def city(seed, number, folder):
    """One input: a city folder of some files, most of them broken."""
    draw = random.Random(f"{seed}/{number}")
    tables = {}
    for table in draw.sample(sorted(TEXTS), draw.choice((1, 1, 2, 3))):
        kind, data = _table(TEXTS[table], draw)
        tables[table] = f"{table}.{kind}"
        (folder / tables[table]).write_bytes(data)
    if draw.random() < 0.35:
        tables["zones"] = "zones.geojson"
        (folder / "zones.geojson").write_bytes(_features(draw))
    (folder / "city.toml").write_bytes(_about(tables, draw))
    return tables


def broken_limits(name, table):
    """What of a table that was accepted does not keep the data dictionary."""
    found = []
    if key_of(name) and (table.index.hasnans or not table.index.is_unique or "" in table.index):
        found.append(f"{name}: a key is missing or there twice")
    for column, meaning in columns(name).items():
        if column not in table:
            continue
        values, about = table[column], meaning.metadata
        placed_elsewhere = column in ("lon", "lat", "geometry") and name in ("stores", "sites", "listings", "zones")
        if about["required"] and values.isna().any() and not placed_elsewhere:
            found.append(f"{name}.{column}: required, but missing")
        if about["kind"] == "number" and not np.isfinite(values.dropna().to_numpy(float)).all():
            found.append(f"{name}.{column}: infinite")
        for rule in meaning.checks:
            if about["kind"] != "shape" and not rule(values.dropna()).check_passed:
                found.append(f"{name}.{column}: {rule}")
        if about["kind"] == "shape" and not shapely.is_valid(values.dropna().to_numpy()).all():
            found.append(f"{name}.{column}: invalid shape")
        if about["kind"] == "text" and any("\0" in text for text in values.dropna()):
            found.append(f"{name}.{column}: a NUL")
    return found


def rows_of(path):
    """How many rows a CSV in UTF-8 has below its header, reckoned without our reader; None where it can't be said."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        sign = max(",;\t|", key=re.sub(r'"[^"]*"', "", text.lstrip("\r\n")).splitlines()[0].count)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign) if any(c.strip() for c in row)]
    except (UnicodeError, IndexError, csv.Error):
        return None
    unclear = "\0" in text or any(row[0].startswith("#") for row in rows)  # UTF-16, or notes of a template
    return None if unclear else len(rows) - 1


def judge(folder, tables):
    """What `check_city` makes of it: `refused` or `accepted`; and what is wrong with that."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    loaded, faults = check_city(folder)
    wrong = []
    for lang in ("en", "zh"):
        text = report(faults, lang)
        if "Traceback" in text:
            wrong.append("a traceback in the report")
    if {path.name: path.read_bytes() for path in folder.iterdir()} != before:
        wrong.append("the folder was changed")
    if loaded is None:
        return "refused", wrong if any(fault.level == ERROR for fault in faults) else [
            *wrong,
            "refused without a reason",
        ]
    if any(fault.level == ERROR for fault in faults):
        wrong.append("accepted with errors")
    for name in loaded.counts:
        if name in TABLES:
            wrong += broken_limits(name, loaded[name])
    for name, file in tables.items():
        rows = rows_of(folder / file) if file.endswith(".csv") and name in loaded else None
        left_out = sum(
            f.rows or f.values.get("n", 0)
            for f in faults
            if f.table == name and f.code in ("not_filled_in", "title_rows")
        )
        if rows is not None and len(loaded[name]) + left_out != rows:
            wrong.append(f"{name}: {rows} rows in the file, {len(loaded[name])} in the table, {left_out} left out")
    return "accepted", wrong


def _ring(*_):
    raise Slow


def one(seed, number, *, slow=20):
    """Make and judge one input; gives `refused`, `accepted` or `found`, and the finding."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, slow)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tables = city(seed, number, folder)
            outcome, wrong = judge(folder, tables)
    except Slow:
        outcome, wrong = "found", [f"took longer than {slow} s"]
    except Exception:  # any of any library: that is what is looked for
        outcome, wrong = "found", [traceback.format_exc(limit=-3)]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        shutil.rmtree(folder, ignore_errors=True)
    return ("found" if wrong else outcome), wrong


def run(seconds, *, seed=0, first=0, slow=20):
    """Inputs one after the other for some seconds; gives counts of outcomes, and what was found by number."""
    ends, counts, found, number = time.monotonic() + seconds, Counter(), {}, first
    while time.monotonic() < ends:
        outcome, wrong = one(seed, number, slow=slow)
        counts[outcome] += 1
        if wrong:
            found[number] = wrong
        number += 1
    return counts, found


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=1.0)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--first", type=int, default=0, help="number of the first input")
    options.add_argument("--only", type=int, help="one input, by its number")
    options.add_argument("--slow", type=float, default=20.0, help="seconds that one input may take")
    given = options.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if given.only is not None:
        print(*one(given.seed, given.only, slow=given.slow), sep="\n")
        sys.exit()
    counts, found = run(given.minutes * 60, seed=given.seed, first=given.first, slow=given.slow)
    for number, wrong in found.items():
        print(f"--- input {number}", *wrong, sep="\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{sum(counts.values()):,} inputs: {counts['refused']:,} refused, {counts['accepted']:,} accepted, "
        f"{counts['found']:,} findings; peak {peak:.2f} GB"
    )
    sys.exit(bool(found))
