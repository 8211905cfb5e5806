import csv
import shutil
import subprocess

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit import files
from expansion_kit.report.target_import import target_import
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.target_files import read_targets, read_targets_import, read_targets_wide
from expansion_kit.targets.breakdown.periods import COLUMNS, breakdown, wide

EVEN = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])


def made_plan(totals=(1_000_001, 2_000_000), plan_id="2027-1"):
    keys = pd.Index(["007", "=1+1"], name="territory_id")
    of = {"year": 2027, "month_weights": EVEN, "plan_id": plan_id}
    locks = pd.DataFrame({"territory_id": ["007"], "period": ["2027-05"], "value": [1]})
    sales = breakdown(pd.Series(totals, keys), locks=locks, method="rule: 增长", **of)
    stores = pd.Series(["007", "8"], pd.Index(["S1", "7"], name="store_id"))
    openings = breakdown(pd.Series([1, 12], stores.index), parents=stores, metric="openings", tier="challenge", **of)
    return pd.concat([sales, openings], ignore_index=True)


def same(one, other):
    one, other = (table.astype(object).where(table.notna(), None) for table in (one, other))
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))


def test_the_long_table_reads_back_as_it_was(tmp_path):
    plan = made_plan()
    files.write_csv(tmp_path / "targets.csv", plan, index=False)
    again = read_targets(tmp_path / "targets.csv")
    same(again, plan)
    assert list(again) == list(COLUMNS) and again["value"].dtype == "int64" and again["locked"].dtype == bool


@settings(max_examples=8)
@given(st.tuples(st.integers(1, 10**15), st.integers(0, 10**15)))
def test_all_files_hold_the_same_plan(tmp_path_factory, totals):
    folder, plan = tmp_path_factory.mktemp("plan"), made_plan(totals)
    types = ("year", "quarter", "month", "week", "month_week")
    files.write_csv(folder / "wide.csv", wide(plan, period_types=types), index=False)
    files.write_csv(folder / "import.csv", target_import(plan, currency="CNY", period_type="month_week"), index=False)
    key = ["plan_id", "metric", "tier", "level", "territory_id", "store_id", "period_type", "period", "value"]
    rows = set(plan[key].fillna("").itertuples(index=False, name=None))
    assert set(read_targets_wide(folder / "wide.csv")[key].fillna("").itertuples(index=False, name=None)) == rows
    twin = read_targets_import(folder / "import.csv")
    finest = plan[(plan["period_type"] == "month_week") & (plan["level"] != "network")]
    finest = finest[(finest["metric"] == "sales") | (finest["level"] == "store")]
    order = ["metric", "territory_id", "store_id", "period_start"]
    same(twin.sort_values(order), finest.sort_values(order))
    totals = plan[(plan["level"] == "network") & (plan["period_type"] == "year")].set_index("metric")["value"]
    assert twin.groupby("metric")["value"].sum().to_dict() == totals.to_dict()


def test_every_cell_that_cannot_be_read_is_told(tmp_path):
    plan = made_plan().astype(object)
    plan.loc[3, "value"] = "about 5"
    plan.loc[4, "period"] = "2027-13"
    files.write_csv(tmp_path / "a.csv", plan.drop(columns="tier"), index=False)
    with pytest.raises(SchemaError) as error:
        read_targets(tmp_path / "a.csv", lang="zh")
    found = {(fault.code, fault.column, fault.line) for fault in error.value.faults}
    assert found == {("missing_column", "tier", None), ("not_number", "value", 5), ("not_period", "period", 6)}
    with pytest.raises(SchemaError, match="no_file|not|absent|missing|exist"):
        read_targets_wide(tmp_path / "absent.csv")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["targets", "targets_wide"])
def test_libreoffice_opens_the_csv_with_chinese_ids_and_sums_intact(tmp_path, name):
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    plan = made_plan()
    table = plan if name == "targets" else wide(plan)
    table = table.assign(name="道里区，“中央大街”")
    files.write_csv(tmp_path / f"{name}.csv", table, index=False)
    at = table.columns.get_loc("value" if name == "targets" else "2027") + 1
    texts = [n for n in range(1, table.shape[1] + 1) if n != at]
    as_text = "/".join(f"{n}/2" for n in texts)  # each id column is imported as text, as a user chooses in the dialog
    line = [soffice, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"]
    line += [
        f"--infilter=CSV:44,34,76,1,{as_text},0,false,true,false",
        "--convert-to",
        "ods",
        "--outdir",
        tmp_path / "o",
    ]
    subprocess.run([*line, tmp_path / f"{name}.csv"], check=True, capture_output=True, timeout=120)
    back = [soffice, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to"]
    back += ["csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", "--outdir", tmp_path / "c"]
    subprocess.run([*back, tmp_path / "o" / f"{name}.ods"], check=True, capture_output=True, timeout=120)
    opened = (tmp_path / "c" / f"{name}.csv").read_text("utf-8-sig").splitlines()
    rows = list(csv.DictReader(opened))
    assert len(rows) == len(table) and {row["name"] for row in rows} == {"道里区，“中央大街”"}
    assert [row["territory_id"] for row in rows] == table["territory_id"].fillna("").map(files.harmless).tolist()
    assert {row["store_id"] for row in rows} == {"", "S1", "7"}
    column = "value" if name == "targets" else "2027"
    assert sum(int(row[column]) for row in rows) == table[column].sum()
