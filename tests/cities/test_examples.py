import openpyxl
import pandas as pd
import pytest

from expansion_kit.cities import check_city, new_city
from expansion_kit.cities.examples import ROWS, example_row
from expansion_kit.cities.writing import in_order
from expansion_kit.schemas import columns


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_sheet_has_an_example_of_its_own_columns_with_all_that_must_be_there(lang):
    assert set(ROWS) == set(in_order())
    for table in ROWS:
        row, known = example_row(table, lang), columns(table)
        required = {name for name, column in known.items() if column.metadata["required"]}
        stage = {"stage"} & set(known)  # offered by `new` as the first of the usual ones
        assert set(row) <= set(known) and required - stage <= set(row), table


def test_texts_of_stores_before_are_not_those_of_stores():
    assert "before_name" not in example_row("stores", "en") and example_row("stores_before", "zh")["name"] == "滨江店"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_example_rows_together_are_a_city_without_a_fault(tmp_path, lang):
    about = {"name": "x", "own_brand": {"en": "Example Tea", "zh": "示例茶饮"}[lang], "datum": "wgs84"}
    path = new_city(
        tmp_path, lang=lang, about=about | {"country": "CN", "currency": "CNY", "timezone": "Asia/Shanghai"}
    )
    toml = tmp_path / "city.toml"
    toml.write_text(toml.read_text("utf-8").replace('source = ""', 'source = "s"'), "utf-8")
    book = openpyxl.load_workbook(path)
    for page in book.worksheets[1:]:
        for cell in page[3]:
            value = cell.value.partition(" ")[2] if cell.column == 1 else cell.value
            page.cell(4, cell.column).value = value
    book.save(path)
    city, faults = check_city(tmp_path)
    told = [fault.sentence("en") for fault in faults]
    assert len(told) == 1 and "the zones are points" in told[0], told  # an outline is not typed into a sheet
    assert set(city.counts) == set(ROWS) and city["stores"]["own"].all()


def test_the_examples_agree_with_each_other():
    store, zone, bid = ROWS["stores"], ROWS["zones"], ROWS["bids"]
    assert store["rent_month"] == round(store["rent_sqm_day"] * store["rentable_area_sqm"] * 365 / 12)
    assert (
        zone["potential"] == zone["population"] * zone["spend_per_head"] and bid["territory_id"] == zone["territory_id"]
    )
    assert zone["spend_per_head"] < zone["income"] / 10
    days = [pd.Timestamp(store[name]) for name in ("lease_start", "opened", "lease_end")]
    assert days == sorted(days) and "closed" not in store
    minutes, km = ROWS["travel"]["minutes"], ROWS["travel"]["km"]
    assert 3 < km / (minutes / 60) < 6  # on foot
