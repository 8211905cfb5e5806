import pandas as pd
import pytest

from expansion_kit import load_city
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.tables import import_table, read_table

SALES = """State,Industry,Month,Turnover
North,Cafes,2017-11,1.5
North,Cafes,2017-12,1.25
North,Cafes,2018-01,2
South,Cafes,2017-12,3
South,Books,2017-12,9
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "turnover.csv"
    path.write_text(SALES, encoding="utf-8")
    return path


def counts(report):
    return {(row.action, row.reason.split(" ")[0]): row.rows for row in report.itertuples()}


def test_rows_are_chosen_scaled_and_counted(file):
    table, report = read_table(file, table="sales", where=[("Industry", "Cafes")], scale=1e6, until="2017-12")
    assert table[["territory_id", "period", "sales"]].to_numpy().tolist() == [
        ["North", "2017-11", 1_500_000],
        ["North", "2017-12", 1_250_000],
        ["South", "2017-12", 3_000_000],
    ]
    assert counts(report)["read", "rows"] == 5 and counts(report)["dropped", "not"] == 1
    assert counts(report)["dropped", "outside"] == 1 and counts(report)["repaired", "money"] == 3


def test_values_of_one_column_are_alternatives_and_columns_hold_together(file):
    def sales(*where):
        return read_table(file, table="sales", where=where)[0]["sales"].tolist()

    assert sales(("State", "North"), ("State", "South"), ("Industry", "Books")) == [9]
    assert sales(("Month", "2017-12"), ("Industry", "Cafes")) == [1.25, 3]


@pytest.mark.parametrize(
    ("since", "until", "kept"),
    [
        ("2017-12", "", ["2017-12", "2018-01", "2018-Q1", "2017-W50", "2018", "2017-12-24"]),
        ("", "2017-12", ["2017-12", "2017-W50", "2017-12-24"]),
        ("2017-Q4", "2017", ["2017-12", "2017-W50", "2017-12-24"]),
        ("2017/12/24", "2017-12-24", ["2017-12-24"]),
        ("2018", "2018-Q1", ["2018-01", "2018-Q1"]),
    ],
)
def test_periods_of_every_kind_are_kept_whole_or_not_at_all(tmp_path, since, until, kept):
    periods = ["2017-12", "2018-01", "2018-Q1", "2017-W50", "2018", "2017-12-24"]
    path = tmp_path / "s.csv"
    path.write_text("territory_id,period,sales\n" + "".join(f"T,{period},1\n" for period in periods))
    assert read_table(path, table="sales", since=since, until=until)[0]["period"].tolist() == kept


def test_days_are_chosen_by_period_too(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("prospect_id,date\n1,2017-12-31\n2,2018-01-01\n")
    assert read_table(path, table="contacts", until="2017")[0]["prospect_id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"where": [("Town", "x")]}, "State, Industry, Month, Turnover"),
        ({"where": [("Industry", "Tea")]}, "Books; Cafes"),
        ({"until": "2017-13"}, "2017-13"),
        ({"since": "yesterday"}, "yesterday"),
        ({"since": "2019", "where": [("Industry", "Cafes")]}, "no row is left"),
    ],
)
def test_a_choice_that_makes_no_sense_is_told_and_writes_nothing(file, tmp_path, options, message):
    for lang in ("en", "zh"):
        with pytest.raises(ValueError) as error:
            import_table(file, tmp_path / "city", table="sales", about={"language": lang}, **options)
        assert message in str(error.value) or lang == "zh"
        assert lang == "en" or any("\u4e00" <= sign <= "\u9fff" for sign in str(error.value))
    assert not (tmp_path / "city").exists()


def test_an_import_makes_a_city_that_loads(file, tmp_path):
    about = {"name": "Land", "currency": "AUD", "language": "en"}
    import_table(file, tmp_path / "city", table="sales", about=about, where=[("Industry", "Cafes")], method="measured")
    city = load_city(tmp_path / "city")
    assert city.counts == {"sales": 4} and city.currency == "AUD" and not city.faults
    assert city.provenance["source"].unique().tolist() == ["turnover.csv"]
    with pytest.raises(FileExistsError, match="sales.csv"):
        import_table(file, tmp_path / "city", table="sales", where=[("Industry", "Cafes")])


def test_a_choice_that_leaves_a_figure_twice_is_refused_before_anything_is_written(file, tmp_path):
    with pytest.raises(SchemaError, match="stands there twice"):
        import_table(file, tmp_path / "city", table="sales")
    assert not (tmp_path / "city").exists()


def test_faults_of_the_file_are_told_with_its_lines(file, tmp_path):
    file.write_text(SALES.replace("2018-01,2", "2018-13,two"))
    with pytest.raises(SchemaError) as error:
        import_table(file, tmp_path / "city", table="sales", where=[("State", "North")])
    assert sorted((f.code, f.line) for f in error.value.faults if f.level == "error") == [
        ("not_number", 4),
        ("not_period", 4),
    ]
    with pytest.raises(SchemaError, match="not there"):
        import_table(tmp_path / "no.csv", tmp_path / "city", table="sales")
    assert not (tmp_path / "city").exists()


@pytest.mark.parametrize("about", [{"country": "Australia"}, {"currency": "$"}, {"datum": "mars"}])
def test_settings_that_would_not_load_are_refused_before_anything_is_written(file, tmp_path, about):
    with pytest.raises(SchemaError):
        import_table(file, tmp_path / "city", table="sales", about=about, where=[("Industry", "Cafes")])
    assert not (tmp_path / "city").exists()


def test_headers_can_be_mapped_and_the_input_may_be_a_workbook(tmp_path):
    path = tmp_path / "s.xlsx"
    pd.DataFrame({"Bezirk": ["007"], "Monat": ["2017-12"], "Umsatz": [5]}).to_excel(
        path, sheet_name="Daten", index=False
    )
    given = {"Bezirk": "territory_id", "Monat": "period", "Umsatz": "sales"}
    table, _ = read_table(path, table="sales", given=given, sheet="Daten")
    assert table.iloc[0].tolist() == ["007", "2017-12", 5]


def test_the_turnover_of_australia(shared, tmp_path):
    path = shared / "aus_retail" / "aus_retail.csv"
    raw = pd.read_csv(path)
    industry = raw["Industry"].value_counts().idxmax()
    chosen = raw[(raw["Industry"] == industry) & (raw["Month"] <= "2017-12")]
    table, report = read_table(path, table="sales", where=[("Industry", industry)], scale=1e6, until="2017-12")
    assert len(table) == len(chosen) and table["territory_id"].nunique() == 8
    assert table["sales"].sum() == pytest.approx(chosen["Turnover"].sum() * 1e6)
    assert report["rows"].iloc[0] == len(raw)
