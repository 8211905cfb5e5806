import openpyxl
import pandas as pd

from expansion_kit import files
from expansion_kit.report.target_overview import MOST_WEEK_ROWS, overview_sheet, week_sheet
from expansion_kit.targets.breakdown.periods import breakdown

SAID = {"names": {"T1": "道里区"}, "heading": ["年度总览"], "face": "Arial", "lang": "zh"}


def test_the_year_stands_beside_what_it_came_from_and_what_nobody_knows_has_no_column(tmp_path):
    figures = pd.DataFrame(
        {
            "last_year": [1000.4, None],
            "forecast": [1100.0, 500.0],
            "proposed": [1200.0, None],
            "owner": ["林、韩", None],
            "openings": [2, 0],
            "target": [1300, 600],
            "required_growth": [0.3, None],
            "chance": [None, None],
            "bound": ["lock", ""],
        },
        index=["T1", "T2"],
    )
    files.write_xlsx(tmp_path / "year.xlsx", {"年度总览": overview_sheet(figures, **SAID)})
    rows = list(openpyxl.load_workbook(tmp_path / "year.xlsx").active.values)
    assert rows[1] == (
        *("区域编号", "名称", "近12个月", "预测", "提报", "提报人", "开店数", "目标", "要求增长", "受限于"),
    )
    assert rows[2] == ("T1", "道里区", 1000, 1100, 1200, "林、韩", 2, 1300, 0.3, "锁定")
    assert rows[3] == ("T2", None, None, 500, None, None, 0, 600, None, None)
    assert rows[4] == ("合计", None, None, "=SUM(D3:D4)", None, None, "=SUM(G3:G4)", "=SUM(H3:H4)", None, None)


def test_weeks_stand_in_order_and_add_up_to_the_year():
    plan = breakdown(pd.Series([5300, 900], pd.Index(["T1", "T2"], name="territory_id")), year=2027, plan_id="P")
    rows = plan[(plan["period_type"] == "week") & (plan["level"] == "territory")]
    table = week_sheet(rows.sample(frac=1, random_state=1), **SAID)["table"]
    assert list(table)[2:5] == ["2026-W53", "2027-W01", "2027-W02"]
    assert table.iloc[:2, 2:].sum(axis=1).tolist() == [5300, 900] and table.iloc[2, 3] == "=SUM(D3:D4)"


def test_without_weeks_or_with_too_many_rows_there_is_no_sheet():
    rows = pd.DataFrame({"store_id": [f"S{n}" for n in range(MOST_WEEK_ROWS + 1)], "level": "store", "value": 1})
    rows = rows.assign(period="2027-W02", period_start="2027-01-11")
    assert week_sheet(rows, **SAID) is None and week_sheet(rows[:0], **SAID) is None
    assert week_sheet(rows[1:], **SAID)["table"].iloc[0, 0] == "S1"
