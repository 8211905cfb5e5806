import openpyxl
import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.report.proposal_sheets import proposal_sheets

OWNERS = pd.Series({"8": "李经理", "007": "王经理", "9": "王经理"}).rename_axis("territory_id")
TOLD = {"year": 2027, "city": "哈尔滨", "lang": "zh", "currency": "CNY"}


def months(year, times):
    rows = [(t, "sales", f"{year}-{m:02}", m * times) for t in ("007", "8") for m in range(1, 13)]
    return pd.DataFrame(rows, columns=["territory_id", "metric", "period", "value"])


def test_each_manager_gets_a_workbook_with_own_territories_beside_last_year_and_forecast(tmp_path):
    last = months(2026, 1000)
    last = last[(last["territory_id"] != "8") | (last["period"] != "2026-07")]
    made = proposal_sheets(OWNERS, last_year=last, forecast=months(2027, 1100), names={"007": "道里区"}, **TOLD)
    assert list(made) == ["李经理", "王经理"]
    files.write_xlsx(tmp_path / "a.xlsx", made["王经理"])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["目标提报"]
    shown = [[cell.value for cell in row] for row in sheet.iter_rows(max_col=9)]
    assert shown[0] == ["销售区域编号", "区域名称", "指标", "期间", "去年同期", "预测", "目标值", "单位", "负责人"]
    assert shown[2] == ["007", "道里区", "销售额", "2027年2月", 2000, 2200, None, "元", "王经理"]
    assert shown[13][3:7] == ["2027年", "=SUM(E2:E13)", "=SUM(F2:F13)", None]
    assert {row[0] for row in shown[1:]} == {"007", "9"}
    assert shown[15][4:6] == [None, None]
    assert sheet["G3"].fill.start_color.rgb[-6:] == "FFF2CC" and sheet.freeze_panes == "E2"
    files.write_xlsx(tmp_path / "b.xlsx", made["李经理"])
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx")["目标提报"]
    assert [sheet["E8"].value, sheet["E14"].value, sheet["F14"].value] == [None, None, "=SUM(F2:F13)"]


def test_a_rate_has_no_year_and_made_data_are_marked():
    sheets = proposal_sheets(OWNERS, metrics=("collection_rate",), made=True, **TOLD)["李经理"]
    assert len(sheets["目标提报"]["table"]) == 12
    assert any("虚构" in line for line in sheets["说明"]["heading"])


@pytest.mark.parametrize(
    "owners, metrics, message",
    [
        (OWNERS.mask(OWNERS.index == "8"), ("sales",), "none for 8"),
        (pd.concat([OWNERS, OWNERS]), ("sales",), "one manager"),
        (OWNERS, ("profit",), "but are profit"),
    ],
)
def test_a_territory_without_a_manager_or_an_unknown_target_is_refused(owners, metrics, message):
    with pytest.raises(ValueError, match=message):
        proposal_sheets(owners, metrics=metrics, **TOLD)
