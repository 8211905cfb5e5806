"""A newcomer's first ten minutes: what `new` prints is followed to the letter, with figures typed into the workbook."""

import re

import openpyxl
import pandas as pd
import pytest

from expansion_kit.cities import check_city, guide, new_city, what_next
from expansion_kit.cities.steps import STEPS
from expansion_kit.results import RESULTS
from expansion_kit.schemas import TABLES
from expansion_kit.words import say

SPOTS = [(119.500 + 0.008 * (n % 4), 30.300 + 0.007 * (n // 4)) for n in range(16)]
ZH = {
    "片区": [
        {"片区编号": f"Z{n:02d}", "经度": lon, "纬度": lat, "常住人口": 2000 + 350 * n, "人均消费": 60}
        for n, (lon, lat) in enumerate(SPOTS)
    ],
    "门店": [
        {
            "门店编号": f"A{n:02d}",
            "品牌": "小镇茶铺" if n % 3 else "对手茶",
            "店名": f"{n}号店",
            "经度": SPOTS[n][0] + 0.002,
            "纬度": SPOTS[n][1] + 0.001,
            "面积": 40 + 5 * n,
            "月销售额": 60_000 + 4_000 * n if n % 3 else None,
        }
        for n in range(12)
    ],
    "候选点": [
        {
            "候选点编号": f"S{n}",
            "候选点名称": f"候选{n}",
            "经度": SPOTS[n + 9][0] - 0.002,
            "纬度": SPOTS[n + 9][1] + 0.002,
            "面积": 50 + 10 * n,
            "月租金": 9_000 + 1_500 * n,
        }
        for n in range(5)
    ],
}
EN = {
    "stores": [
        {"store_id": f"A{n:02d}", "brand": "Town Tea" if n % 3 else "Rival", "lon": lon, "lat": lat}
        for n, (lon, lat) in enumerate(SPOTS)
    ]
}


def typed(workbook, rows_by_sheet):
    """Rows typed below the example, cell by cell, and the workbook saved where it lies."""
    book = openpyxl.load_workbook(workbook)
    for title, rows in rows_by_sheet.items():
        at = {cell.value: cell.column for cell in book[title][1]}
        for line, row in enumerate(rows, 4):
            for header, value in row.items():
                book[title].cell(line, at[header]).value = value
    book.save(workbook)


def stated(folder, **settings):
    """Settings written into `city.toml` with an editor."""
    text = (folder / "city.toml").read_text("utf-8")
    for name, value in settings.items():
        text, found = re.subn(rf'^{name} = ".*"$', f'{name} = "{value}"', text, count=1, flags=re.MULTILINE)
        assert found
    (folder / "city.toml").write_text(text, "utf-8")


def printed_commands(said):
    """What a newcomer copies from the screen."""
    return [found.split() for found in re.findall(r"expansion-kit ((?:check|run) [^\s，,;：:]+)", said)]


@pytest.mark.slow
def test_a_newcomer_who_follows_the_printed_steps_gets_map_report_and_scores(command, tmp_path):
    folder = tmp_path / "town"
    said = command("new", folder, "--lang", "zh")
    assert said.returncode == 0 and all(f"\n{n}. " in said.stdout for n in (1, 2, 3))
    check, run = printed_commands(said.stdout)
    untouched = command(*check)
    assert untouched.returncode == 0 and "还没有填写任何数据" in untouched.stdout and "own_brand" in untouched.stdout
    typed(folder / "城市资料.xlsx", ZH)
    stated(folder, name="小镇", own_brand="小镇茶铺", datum="wgs84")
    filled = command(*check)
    assert filled.returncode == 0, filled.stderr
    assert "销售目标" in filled.stdout and "城市分析报告" not in filled.stdout and "own_brand" not in filled.stdout
    done = command(*run, "--only", "1", "--only", "2", "--only", "3")
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    output = folder / "output"
    for name in ("placement_map.html", "placement_map.pdf", "market_report.html", "summary.png", "site_cards.pdf"):
        assert (output / name).stat().st_size > 5_000, name
    assert "小镇茶铺" in (output / "placement_map.html").read_text("utf-8")
    assert "74,000" in (output / "market_report.html").read_text("utf-8"), "the people of all zones"
    scores = pd.read_csv(output / "site_scores.csv", encoding="utf-8-sig", dtype={"site_id": str})
    assert sorted(scores["site_id"]) == ["S0", "S1", "S2", "S3", "S4"]
    assert scores["score"].between(0, 100).all() and sorted(scores["rank"]) == [1, 2, 3, 4, 5]


def test_the_least_gives_a_map_and_says_what_comes_next(command, tmp_path):
    folder = tmp_path / "town"
    said = command("new", folder, "--lang", "en")
    check, run = printed_commands(said.stdout)
    typed(folder / "city.xlsx", EN)
    stated(folder, name="Smalltown", own_brand="Town Tea")
    filled = command(*check)
    assert filled.returncode == 0 and "Still empty" in filled.stdout
    assert "market report of the city" in filled.stdout and "store placement map" not in filled.stdout
    done = command(*run, "--only", "2")
    assert done.returncode == 0, done.stderr
    assert (folder / "output" / "placement_map.html").stat().st_size > 100_000


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_step_names_a_table_that_is_there_and_files_that_it_gives(lang):
    """The tables that a step wants at least suffice for each file that it names."""
    needs = {name: wanted for owned in RESULTS.values() for name, wanted in owned.items()}
    assert {table for least, more in STEPS.values() for table in (least, *more)} <= set(TABLES)
    filled = {"zones"}  # hexagons stand in
    for step, told in zip(STEPS, guide(lang)):
        filled.add(STEPS[step][0])
        stem = ""
        for word in re.split(r"[、，,；;\s]+", told["files"]):
            stem = word.partition(".")[0] or stem
            name = word if word[0] != "." else stem + word
            wanted = needs[name]
            assert all(filled & set(one) if isinstance(one, tuple) else one in filled for one in wanted), name


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_first_sheet_says_what_to_fill_in_first(tmp_path, lang):
    book = openpyxl.load_workbook(new_city(tmp_path / "c", lang=lang))
    told = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    top = next(n for n, row in enumerate(told) if row[1] == say("guide.column_gives", lang))
    assert [tuple(row) for row in told[top + 1 :]] == [
        (turn, step["gives"], step["least"], step["more"], step["files"]) for turn, step in enumerate(guide(lang), 1)
    ]
    assert book.sheetnames[1] == say("table.stores", lang), "the first sheet to fill in comes first"
    grey = {book.worksheets[1].cell(row, 3).fill.start_color.rgb for row in (2, 3)}
    assert len(grey) == 2 and "00000000" not in grey, "note and example look like what they are"


def test_a_city_that_is_whole_is_told_nothing(put, small_city):
    city, _ = check_city(put(small_city("zh")))
    assert what_next(city) == []


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "only stores marked own"), ("zh", "只有“门店”表中“自有”填“是”的门店才算自有")]
)
def test_a_store_marked_own_counts_though_no_brand_is_stated(put, lang, said):
    about = f'name = "a"\nlanguage = "{lang}"\ndatum = "wgs84"\n[tables.stores]\nfile = "s.csv"\nsource = "s"\n'
    city, _ = check_city(put({"city.toml": about, "s.csv": "store_id,brand,lon,lat,own\n1,a,1,1,yes\n2,b,1.01,1,\n"}))
    assert city["stores"]["own"].tolist() == [True, False] and said in what_next(city)[-1]
