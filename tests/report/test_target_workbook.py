import shutil
import subprocess

import openpyxl
import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.report.target_workbook import target_workbook
from expansion_kit.targets.breakdown.periods import breakdown
from expansion_kit.targets.setting import family

WEIGHTS = pd.Series([8, 9, 8, 8, 8, 8, 8, 8, 9, 10, 8, 8], [f"2027-{month:02}" for month in range(1, 13)])
STORES = pd.Series(["007", "007", "8"], pd.Index(["S1", "S10", "S2"], name="store_id"))
NAMES = {"007": "道里区", "8": '=HYPERLINK("x")', "S1": "中央大街店"}


def made_plan(*, stores=True, locks=None):
    """Sales of three stores (or of two territories), expense of two territories, three tiers of sales."""
    parts, of = [], {"year": 2027, "month_weights": WEIGHTS, "plan_id": "2027-1"}
    for tier, times in (("base", 10), ("target", 11), ("challenge", 12)):
        if stores:
            annual = pd.Series([100_000 * times, 200_000 * times, 300_001 * times], STORES.index)
            parts.append(breakdown(annual, parents=STORES, tier=tier, **of))
        else:
            annual = pd.Series([300_000 * times, 300_001 * times], pd.Index(["007", "8"], name="territory_id"))
            parts.append(breakdown(annual, tier=tier, **of))
    annual = pd.Series([240_000, 0], pd.Index(["007", "8"], name="territory_id"))
    parts.append(breakdown(annual, metric="expense", locks=locks, **of))
    table = pd.concat(parts, ignore_index=True)
    months = table[(table["level"] == "territory") & (table["period_type"] == "month") & (table["tier"] == "base")]
    rate = months[months["metric"] == "expense"].assign(metric="expense_rate", value=0.08, method="derived")
    return pd.concat([table, rate], ignore_index=True)


def book_of(tmp_path, targets, **options):
    given = {"city": "哈尔滨", "lang": "zh", "currency": "CNY", "names": NAMES} | options
    files.write_xlsx(tmp_path / "targets.xlsx", target_workbook(targets, **given))
    return openpyxl.load_workbook(tmp_path / "targets.xlsx")


def cell_of(sheet, row, column):
    """By the text in the row's id column and the header."""
    top = next(cell.row for cell in sheet["A"] if cell.value in ("区域编号", "Territory id"))
    letter = next(cell.column_letter for cell in sheet[top] if cell.value == column)
    ids = "B" if row.startswith("S") else "A"
    return sheet[f"{letter}{next(cell.row for cell in sheet[ids] if cell.value == row)}"]


def month_value(plan, **where):
    rows = plan[(plan["tier"] == "base") & (plan["period"] == where.pop("period"))]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    (value,) = rows["value"]
    return value


def test_months_are_figures_and_every_sum_is_a_formula(tmp_path):
    plan = made_plan()
    book = book_of(tmp_path, plan)
    assert book.sheetnames == ["销售额", "费用", "费用率", "销售额-门店", "周目标", "说明"]
    stores = book["销售额-门店"]
    cell = cell_of(stores, "S10", "2027年2月")
    assert cell.value == month_value(plan, period="2027-02", store_id="S10") and cell.number_format == "#,##0"
    formulas = {"S10": cell_of(stores, "S10", "2027年第1季度"), "年": cell_of(stores, "S10", "2027年")}
    first = cell_of(stores, "S10", "2027年1月").coordinate
    assert formulas["S10"].value.startswith(f"={first}+{cell.coordinate}+")
    assert formulas["年"].value.count("+") == 3
    for name in ("销售额", "费用", "费用率"):
        kinds = {cell.data_type for row in book[name].iter_rows(min_row=5, min_col=3, max_col=19) for cell in row}
        assert kinds == ({"f"} if name == "费用率" else {"f", "n"})
    assert cell_of(book["销售额"], "007", "2027年2月").value == month_value(
        plan, period="2027-02", territory_id="007", level="territory", metric="sales"
    )


def test_only_what_territories_are_asked_for_is_an_input(tmp_path):
    plan = made_plan()
    rate = plan[plan["metric"] == "expense_rate"].assign(metric="share")
    book = book_of(tmp_path, pd.concat([plan, rate]))
    may = {
        sheet.title
        for sheet in book.worksheets[:-1]
        for row in sheet.iter_rows(min_row=5)
        for cell in row
        if cell.fill.start_color.rgb[-6:] == "FFF2CC"
    }
    assert may == {"销售额", "费用"}
    assert "门店" in book["销售额-门店"]["A3"].value and "门店" not in book["销售额"]["A3"].value


def test_a_text_of_a_stranger_is_no_formula(tmp_path):
    cell = cell_of(book_of(tmp_path, made_plan())["费用"], "8", "名称")
    assert cell.data_type == "s" and cell.value == '\'=HYPERLINK("x")'


def test_what_may_be_changed_is_coloured_and_locked_and_past_months_are_not(tmp_path):
    locks = pd.DataFrame({"territory_id": ["007"], "period": ["2027-05"], "value": [1000]})
    book = book_of(tmp_path, made_plan(locks=locks), first_open="2027-03")
    colours = {
        month: cell_of(book["费用"], "007", f"2027年{month}月").fill.start_color.rgb[-6:] for month in range(1, 13)
    }
    assert {month for month, colour in colours.items() if colour == "FFF2CC"} == {3, 4, *range(6, 13)}
    assert colours[5] == "D9D9D9"
    assert cell_of(book["费用"], "007", "2027年第1季度").fill.start_color.rgb[-6:] == "F2F2F2"
    assert book["费用"].freeze_panes == "C5" and book["销售额-门店"].freeze_panes == "D5"


def test_tiers_stand_beside_by_year_and_the_plan_is_named(tmp_path):
    book = book_of(tmp_path, made_plan(stores=False), lang="en", made=True)
    assert cell_of(book["Sales"], "007", "Stretch 2027").value == 3_300_000
    assert [cell.value for cell in book["Sales"]["A"][:3]] == [
        "Sales 2027: targets by month (CNY)",
        "哈尔滨 · plan 2027-1",
        "Made-up data: every name and figure on this page is invented",
    ]
    assert "2027-1" in [cell.value for cell in book["About"]["B"]]


def test_a_rate_without_its_amounts_is_a_figure_and_has_no_sum(tmp_path):
    plan = made_plan()
    book = book_of(tmp_path, plan[plan["metric"] == "expense_rate"])
    cell = cell_of(book["费用率"], "007", "2027年2月")
    assert cell.value == 0.08 and cell.number_format == "0.0%"
    assert "2027年" not in [cell.value for cell in book["费用率"][4]]
    assert cell_of(book["费用率"], "合计", "2027年2月").value is None


def test_the_order_of_the_targets_does_not_matter(tmp_path):
    plan, told = made_plan(), {"city": "哈尔滨", "lang": "zh", "currency": "CNY"}
    one = files.write_xlsx(tmp_path / "a.xlsx", target_workbook(plan, **told))
    shuffled = plan.sample(frac=1, random_state=1)
    assert files.write_xlsx(tmp_path / "b.xlsx", target_workbook(shuffled, **told)) == one


@pytest.mark.slow
def test_libreoffice_computes_the_sums_of_the_plan_and_keeps_ids_and_chinese(tmp_path):
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    plan = made_plan()
    book_of(tmp_path, plan)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    line = [soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "out"]
    subprocess.run([*line, tmp_path / "targets.xlsx"], check=True, capture_output=True, timeout=120)
    book = openpyxl.load_workbook(tmp_path / "out" / "targets.xlsx", data_only=True)
    base = plan[plan["tier"] == "base"]
    for level, name in (("territory", "销售额"), ("store", "销售额-门店")):
        rows = base[(base["level"] == level) & (base["metric"] == "sales")]
        for period, header in (("2027", "2027年"), ("2027-Q3", "2027年第3季度"), ("2027-10", "2027年10月")):
            for _, row in rows[rows["period"] == period].iterrows():
                assert cell_of(book[name], row[f"{level}_id"], header).value == row["value"]
    network = base[(base["level"] == "network") & (base["metric"] == "sales")].set_index("period")["value"]
    assert cell_of(book["销售额"], "合计", "2027年").value == network["2027"] == 6_000_010
    assert cell_of(book["销售额"], "合计", "2027年12月").value == network["2027-12"]
    assert cell_of(book["费用率"], "007", "2027年").value == pytest.approx(240_000 / 3_000_000)
    assert cell_of(book["费用率"], "8", "2027年").value == 0
    assert cell_of(book["销售额"], "007", "名称").value == "道里区"
    assert [row[0].value for row in book["销售额"].iter_rows(min_row=5, max_row=6)] == ["007", "8"]


def test_goods_on_credit_have_no_sum_over_time_and_one_over_territories():
    cells = pd.MultiIndex.from_product([["T1", "T2"], [f"2027-{m:02}" for m in range(1, 13)]])
    cells = cells.set_names(["territory_id", "period"])
    plan = family.family(pd.DataFrame({"sales": 1000, "goods_on_credit": 50}, cells), plan_id="P1")
    sheets = target_workbook(plan.assign(value=plan["value"].astype(object)), city="X", lang="en", currency="CNY")
    table = sheets["Goods on credit"]["table"]
    assert "2027" not in table and "2027-Q1" not in table and "2027" in sheets["Sales"]["table"]
    assert str(table["2027-12"].iloc[-1]).startswith("=SUM(")
    higher = plan[plan["metric"] == "goods_on_credit"].assign(tier="challenge")
    both = pd.concat([plan, higher], ignore_index=True).astype({"value": object})
    table = target_workbook(both, city="X", lang="en", currency="CNY")["Goods on credit"]["table"]
    assert table["Challenge 2027"].tolist()[:2] == [50, 50] and "2027" not in table
