import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from expansion_kit import files, geo
from expansion_kit.prospects.trips import plan_trip, stops, trip_days
from expansion_kit.report.trip_plan import trip_workbook

CRS = geo.metric_crs([118.4], [30.9])
HOMES = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0, 9000], [0, 0], index=["Y1", "Y2"], crs=CRS))
SITES = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([1000], [0], index=["P1"], crs=CRS))
PEOPLE = pd.DataFrame({"name": ["张三", "李四"], "phone": ["100-1", "100-2"]}, index=["Y1", "Y2"])
TRIP = plan_trip(stops(HOMES, SITES), hours=2.2, kmh=30, detour=1.0)


def cells(tmp_path, **options):
    laid = trip_workbook(TRIP, trip_days(TRIP), city="小城", **{"lang": "zh"} | options)
    files.write_xlsx(tmp_path / "a.xlsx", laid)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    return {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in book.worksheets}


def test_stops_stand_in_order_with_clock_and_place(tmp_path):
    rows = cells(tmp_path, places=pd.Series({"P1": "南门铺"}))["行程"]
    header = next(row for row in rows if row[0] == "第几天")
    found = [dict(zip(header, row)) for row in rows[rows.index(header) + 1 :]]
    assert [(row["编号"], row["到达"]) for row in found] == [("Y1", "09:00"), ("P1", "10:02"), ("Y2", "09:00")]
    assert found[1]["地点"] == "南门铺" and found[1]["公里"] == pytest.approx(1.0) and found[1]["已完成"] is None


def test_names_and_phones_stand_in_it_only_where_they_are_asked_for(tmp_path):
    plain, private = (str(cells(tmp_path, **asked)) for asked in ({}, {"people": PEOPLE}))
    for text in ("张三", "100-2", "勿外传"):
        assert text not in plain and text in private


def test_how_it_was_planned_is_said_in_both_languages(tmp_path):
    assert "直线距离" in str(cells(tmp_path, made=True)) and "Made-up" in str(cells(tmp_path, lang="en", made=True))
    assert "shortest" in str(cells(tmp_path, lang="en"))


def test_a_visit_behind_midnight_says_so(tmp_path):
    assert "00:00（+1 天）" in str(cells(tmp_path, starts="23:00")) or "00:02（+1 天）" in str(
        cells(tmp_path, starts="23:00")
    )
