"""The README's cases from raw files to pages in a browser, and a city in which every text tries to do something."""

import csv
import html
import json
import re
import runpy
import shlex
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from expansion_kit import files, load_city
from expansion_kit.cities import write_city
from expansion_kit.results import PROVENANCE, RECORD, RESULTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
HOSTILE = ["{{7*7}}", "<img src=x onerror=alert(1)>", "${alert(1)}", "`", "</script>", '=HYPERLINK("x")']
ALL = {name for owned in RESULTS.values() for name in owned}
STARTS_A_FORMULA = re.compile(r"^[\s'\"]*[=+\-@|%\t\r]")
IS_A_NUMBER = re.compile(r"^-?\d+(\.\d+)?(e[+-]?\d+)?$")


def readme_commands(first):
    """The README's two commands that begin with an import: as lists of words, without the name of the program."""
    text = (ROOT / "README.md").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.startswith(".venv/bin/expansion-kit")]
    at = next(i for i, line in enumerate(lines) if first in line)
    return [shlex.split(line)[1:] for line in lines[at : at + 2]]


def run_readme(command, first, replaced):
    """Run them with files and folders of this machine in place of the README's; the last word on each."""
    said = []
    for words in readme_commands(first):
        done = command(*(replaced.get(word, word) for word in words))
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        said.append(done.stdout)
    return said


def table(path):
    """A result CSV as text."""
    return pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)


def left_out(output):
    return json.loads((output / RECORD).read_text("utf-8"))["left_out"]


def names_in(output):
    return {path.name for path in output.iterdir()}


# Seoul: open data as published


@pytest.fixture(scope="module")
def seoul(shared, command, tmp_path_factory):
    city = tmp_path_factory.mktemp("cities") / "seoul"
    replaced = {"FOLDER": shared / "seoul_commercial", "seoul": city}
    words = readme_commands("import seoul")[0]
    assert words[:2] == ["import", "seoul"]
    done = command("import", "seoul", *(replaced.get(word, word) for word in words[2:]))
    assert done.returncode == 0, done.stderr
    run = command(*(replaced.get(word, word) for word in readme_commands("import seoul")[1]))
    assert run.returncode == 0, run.stderr
    return done.stdout, run.stdout, city / "output"


def test_seoul_makes_exactly_what_its_data_allow_and_says_why_not_the_rest(seoul):
    imported, said, output = seoul
    made = {"market_report.html", "market_report.docx", "zone_measures.csv", "trade_areas.geojson"}
    made |= {"city_analysis.xlsx", "summary.png", "survey_map.pdf", "survey_form.xlsx"}
    made |= {f"placement_map.{kind}" for kind in ("html", "geojson", "pdf", "png")}
    reasons = left_out(output)
    if "market_report.pdf" not in reasons:  # the PDF needs Pango on the system
        made.add("market_report.pdf")
    assert names_in(output) == made | {RECORD, PROVENANCE}
    reasons = {name: reason for name, reason in reasons.items() if name != "market_report.pdf"}
    made.add("market_report.pdf")
    assert set(reasons) == ALL - made
    wanted = {"site_scores.csv": "sites", "prospect_scores.csv": "prospects", "forecast.csv": "sales"}
    wanted |= {"targets.csv": "sales", "targets_wide.csv": "sales", "white_space.csv": "potential"}
    wanted |= {"mall_floor.pdf": "mall", "change_map.html": "stores before", "click_to_place.html": "coordinates"}
    wanted |= {"territories.geojson": "--set territories", "budget_tracking.csv": "budgets"}
    for name, word in wanted.items():
        assert word in reasons[name]["reason"] and reasons[name]["reason"] in said
    assert "425" in imported and "17,103" in imported and "dropped" in imported and "repaired" in imported


def test_the_report_of_seoul_counts_zones_and_cafes(seoul):
    _, _, output = seoul
    page = html.unescape(re.sub(r"<[^>]+>", " ", (output / "market_report.html").read_text("utf-8")))
    assert re.search(r"\b425\b", page) and re.search(r"\b17,103\b", page)
    measures = table(output / "zone_measures.csv")
    assert len(measures) == measures["zone_id"].nunique() == 425
    # 3 cafes stand outside every zone (SOURCE.md); no store is lost or counted twice
    assert measures["stores"].astype(int).sum() == 17_103 - 3
    assert len(json.loads((output / "placement_map.geojson").read_text("utf-8"))["features"]) == 17_103


@pytest.mark.browser
def test_the_pages_of_seoul_open_with_the_network_closed(seoul, visit):
    _, _, output = seoul
    shown = visit((output / "placement_map.html").read_text("utf-8"))
    shown.wait_for_selector(".placement-name")
    counts = [int(n.replace(",", "")) for n in shown.locator(".placement-count").all_inner_texts()]
    assert sum(counts) == 17_103
    assert "17,103" in shown.inner_text(".placement-shown")
    assert shown.faults == []
    report = visit((output / "market_report.html").read_text("utf-8"))
    assert report.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 100)")
    assert report.faults == []


# Australia: a planner without a map


@pytest.fixture(scope="module")
def australia(shared, command, tmp_path_factory):
    city = tmp_path_factory.mktemp("cities") / "australia"
    file = shared / "aus_retail" / "aus_retail.csv"
    return (
        file,
        run_readme(command, "import table aus_retail.csv", {"aus_retail.csv": file, "australia": city}),
        city / "output",
    )


def test_australia_makes_targets_and_no_map(australia):
    _, said, output = australia
    made = set(RESULTS[5]) | set(RESULTS[6])
    assert names_in(output) == made | {RECORD, PROVENANCE}
    assert set(left_out(output)) == ALL - made
    assert "64,532" in said[0] and "3,360" in said[0]  # rows of the file; 8 states x (429 - 9) months to 2017-12


def test_the_targets_of_australia_add_up_exactly(australia):
    _, _, output = australia
    targets = table(output / "targets.csv").astype({"value": "int64"})
    states, country = (targets[targets["level"] == level] for level in ("territory", "network"))
    assert states["territory_id"].nunique() == 8
    cell = ["tier", "period_type", "period"]
    over_states = states.groupby(cell)["value"].sum()
    pd.testing.assert_series_equal(over_states, country.set_index(cell)["value"].sort_index())
    parts = targets[targets["period_type"] == "month_week"]
    first, last = pd.to_datetime(parts["period_start"]), pd.to_datetime(parts["period_end"])
    calendar = first.dt.isocalendar()
    keys = {
        "week": calendar["year"].astype(str) + "-W" + calendar["week"].map("{:02}".format),
        "month": first.dt.strftime("%Y-%m"),
        "quarter": first.dt.to_period("Q").astype(str).str.replace("Q", "-Q"),
        "year": first.dt.strftime("%Y"),
    }
    assert (first.dt.strftime("%Y-%m") == last.dt.strftime("%Y-%m")).all()
    for kind, key in keys.items():
        summed = parts.groupby(["tier", "territory_id", key.rename("period")])["value"].sum()
        of_kind = targets[targets["period_type"] == kind].set_index(["tier", "territory_id", "period"])
        stated = of_kind["value"].sort_index()
        pd.testing.assert_series_equal(summed, stated, check_names=False, obj=kind)
    days = parts.assign(days=(last - first).dt.days + 1).groupby(["tier", "territory_id"])["days"].sum()
    assert (days == 365).all()


def test_the_wide_targets_of_australia_say_the_same(australia):
    _, _, output = australia
    long = table(output / "targets.csv").query("period_type != 'month_week'")
    wide = table(output / "targets_wide.csv")
    assert len(wide) == 9 * 3
    for _, row in wide.iterrows():
        same = (long[["tier", "level", "territory_id"]] == row[["tier", "level", "territory_id"]]).all(axis=1)
        stated = long[same]
        assert stated.set_index("period")["value"].to_dict() == row[stated["period"]].to_dict()


def test_the_forecast_of_australia_is_no_worse_than_last_year_again(australia):
    file, _, output = australia
    errors = runpy.run_path(str(ROOT / "benchmarks" / "australia.py"))["errors"](file, output).loc["all states"]
    assert 0 < errors["forecast"] <= errors["seasonal naive"] < 0.1, "the benchmark prints both"


# A city in which every text tries to run


def hostile(n, *, turn=0):
    """`n` different texts, the six bare ones first."""
    return [HOSTILE[(i + turn) % 6] + (f" {i // 6}" if i >= 6 else "") for i in range(n)]


def renamed(keys, turn=0):
    return dict(zip(keys, hostile(len(keys), turn=turn)))


@pytest.fixture(scope="module")
def hostile_tables(few):
    """The small city with hostile ids, names, brands and notes in every table."""
    tables = {name: frame.copy() for name, frame in few.items()}
    turns = {"territories": 4, "brands": 2, "sites": 1}  # so that the formula is among the few
    zones, territories, brands = (renamed(few[n].index, turns.get(n, 0)) for n in ("zones", "territories", "brands"))
    for name in ("zones", "territories", "stores", "sites", "prospects", "brands"):
        keys = few[name].index
        tables[name].index = pd.Index(renamed(keys, turn=turns.get(name, 0)).values(), name=keys.name)
    for frame in tables.values():
        if "zone_id" in frame:
            frame["zone_id"] = frame["zone_id"].map(zones)
        if "territory_id" in frame:
            frame["territory_id"] = frame["territory_id"].map(territories)
    tables["stores"]["brand"] = few["stores"]["brand"].map(brands).to_numpy()
    texts = {"zones": ["name"], "territories": ["name", "region_id"], "stores": ["name", "address", "category"]}
    texts |= {"sites": ["name", "address"], "prospects": ["name", "company", "owner", "lead_source", "wechat"]}
    texts |= {"brands": ["alias", "category", "return_policy"]}
    for name, columns in texts.items():
        for turn, column in enumerate(columns):
            tables[name][column] = hostile(len(tables[name]), turn=turn)
    tables["brands"]["alias"] = [f"alias {text}" for text in tables["brands"].index]
    tables["market_sales"]["category"] = tables["market_sales"]["category"].map(
        renamed(tables["market_sales"]["category"].unique())
    )
    return tables, brands


@pytest.fixture(scope="module")
def hostile_city(hostile_tables, command, tmp_path_factory):
    """The city on disk and its results, after a run of all notebooks."""
    tables, brands = hostile_tables
    about = {"name": " ".join(HOSTILE), "country": "CN", "currency": "CNY", "language": "en", "datum": "wgs84"}
    about |= {"own_brand": brands["澜山茶事"], "made": True}
    origin = {"source": " ".join(HOSTILE), "as_of": "2026-10-31", "method": "simulated"}
    folder = write_city(tmp_path_factory.mktemp("cities") / "hostile", about, tables, dict.fromkeys(tables, origin))
    done = command("run", folder)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return folder


def test_a_hostile_city_makes_every_result_that_it_has_the_tables_for(hostile_city, hostile_tables):
    there = set(hostile_tables[0])
    needs = {name: needs for owned in RESULTS.values() for name, needs in owned.items()}
    able = {
        name
        for name in ALL
        if all(there & {need} if isinstance(need, str) else there & {*need} for need in needs[name])
    }
    assert {"white_space.csv", "city_analysis.xlsx", "survey_map.pdf", "tracking.csv"} <= able
    able -= {"click_to_place.html"}  # every row has coordinates
    assert names_in(hostile_city / "output") == able | {RECORD, PROVENANCE}


def test_the_tables_of_a_hostile_city_read_back_as_they_were(hostile_city, hostile_tables):
    city, (tables, _) = load_city(hostile_city), hostile_tables
    assert city.name == " ".join(HOSTILE)
    assert set(city.provenance["source"]) == {" ".join(HOSTILE)}
    for name, frame in tables.items():
        read = city[name]
        assert len(read) == len(frame) and (frame.index.name is None or list(read.index) == list(frame.index))
        for column in frame.columns.intersection(["name", "address", "brand", "territory_id", "zone_id", "company"]):
            assert read[column].fillna("").tolist() == frame[column].fillna("").tolist(), f"{name}.{column}"


def test_no_cell_of_a_hostile_city_starts_a_formula_and_all_read_back(hostile_city, hostile_tables):
    seen = set()
    for path in [*hostile_city.glob("*.csv"), *(hostile_city / "output").glob("*.csv")]:
        with open(path, encoding="utf-8-sig", newline="") as opened:
            for cell in (cell for row in csv.reader(opened) for cell in row):
                assert cell.startswith("'") or IS_A_NUMBER.match(cell) or not STARTS_A_FORMULA.match(cell), path.name
                seen.add(files.original(cell))
    assert set(HOSTILE) | {" ".join(HOSTILE)} <= seen
    tables, _ = hostile_tables
    keys = {"zone_measures.csv": "zones", "site_scores.csv": "sites", "prospect_scores.csv": "prospects"}
    keys |= {"prospect_matches.csv": "prospects"}
    for name, of in keys.items():
        ids = [files.original(text) for text in table(hostile_city / "output" / name).iloc[:, 0]]
        assert set(ids) <= set(tables[of].index) and any(text.startswith("=HYPERLINK") for text in ids), name
    for name in ("targets.csv", "forecast.csv", "targets_wide.csv"):
        ids = table(hostile_city / "output" / name)["territory_id"].map(files.original)
        assert set(ids) - {""} == set(tables["territories"].index), name


def test_geojson_of_a_hostile_city_is_left_as_it_is(hostile_city, hostile_tables):
    tables, _ = hostile_tables
    zones = gpd.read_file(hostile_city / "zones.geojson")
    assert zones["zone_id"].tolist() == tables["zones"].index.tolist()
    assert zones["name"].tolist() == tables["zones"]["name"].tolist()
    placed = json.loads((hostile_city / "output" / "placement_map.geojson").read_text("utf-8"))["features"]
    brands = {feature["properties"]["brand"] for feature in placed} - {None}
    names = {feature["properties"]["label"] for feature in placed}
    assert set(tables["stores"]["brand"]) <= brands and set(tables["stores"]["name"]) <= names
    assert not [text for text in brands | names if text.startswith("'")]


def texts_in_order(page):
    """What a reader sees, without the spaces that lay it out."""
    return re.sub(r"\s+", " ", page.evaluate("document.body.innerText"))


@pytest.mark.browser
def test_the_report_of_a_hostile_city_shows_its_texts_and_runs_none(hostile_city, hostile_tables, visit):
    tables, _ = hostile_tables
    report = visit((hostile_city / "output" / "market_report.html").read_text("utf-8"))
    shown = texts_in_order(report)
    assert " ".join(HOSTILE) in report.title() and " ".join(HOSTILE) in shown
    busiest = table(hostile_city / "output" / "zone_measures.csv").astype({"footfall_day": float})
    assert files.original(busiest.loc[busiest["footfall_day"].idxmax(), "name"]) in shown
    assert report.evaluate("document.querySelectorAll('script, img[src=x], [onerror]').length") == 0
    report.wait_for_timeout(200)
    assert report.faults == []


@pytest.mark.browser
def test_the_map_of_a_hostile_city_shows_its_texts_and_runs_none(hostile_city, hostile_tables, visit):
    tables, brands = hostile_tables
    shown = visit((hostile_city / "output" / "placement_map.html").read_text("utf-8"))
    assert " ".join(HOSTILE) in shown.title() and " ".join(HOSTILE) in shown.text_content(".placement-head h1")
    assert " ".join(HOSTILE) in shown.text_content(".placement-foot")
    labels = shown.locator(".placement-name").all_text_contents()
    assert all(any(brand in label for label in labels) for brand in tables["stores"]["brand"].unique())
    for text in HOSTILE:
        shown.fill(".placement-search input", text)
        assert any(text in found for found in shown.locator(".placement-search button span").all_text_contents())
        shown.locator(".placement-search button").first.click()
        assert text in shown.locator(".leaflet-popup-content").last.text_content()
    assert shown.evaluate("document.querySelectorAll('img[src=x], [onerror]').length") == 0
    assert shown.faults == []


def test_a_workbook_filled_in_with_hostile_texts_reads_back_as_it_was(command, hostile_tables, tmp_path):
    """Typed as text, and typed with the apostrophe that a spreadsheet shows for it."""
    folder = tmp_path / "new"
    assert command("new", folder, "--lang", "en").returncode == 0
    workbook = folder / "city.xlsx"
    book = openpyxl.load_workbook(workbook)
    assert not [c.coordinate for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    sheet = next(s for s in book if "store_id" in [c.value for c in s[1]] and "brand" in [c.value for c in s[1]])
    at = {cell.value: cell.column for cell in sheet[1]}
    for row, text in enumerate([*HOSTILE, files.harmless(HOSTILE[-1])], 4):
        filled = {"store_id": f"S{row}", "brand": text, "name": text, "lon": 116.4, "lat": 39.9}
        for name, value in filled.items():
            cell = sheet.cell(row, at[name], value)
            cell.data_type = "s" if isinstance(value, str) else "n"
    book.save(workbook)
    stores = load_city(folder)["stores"]
    assert stores["name"].tolist() == stores["brand"].tolist() == [*HOSTILE, HOSTILE[-1]]


def test_a_workbook_that_we_write_holds_hostile_texts_as_texts(hostile_tables, tmp_path):
    tables, _ = hostile_tables
    stores = tables["stores"][["brand", "name", "address"]]
    files.write_xlsx(tmp_path / "stores.xlsx", {HOSTILE[-1]: stores})
    sheet = openpyxl.load_workbook(tmp_path / "stores.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    read = [[files.original(cell.value) for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert read == [list(row) for row in stores.reset_index().itertuples(index=False)]
