import pytest

from expansion_kit.cities import check_city
from expansion_kit.schemas import ERROR, WARNING


def told(put, files, name="city"):
    city, faults = check_city(put(files, name))
    return city, [(f.level, f.code, f.table, f.column, f.rows, f.line) for f in faults]


def with_sales(files, text, **more):
    """The small city with territories, and sales and other tables as they are given."""
    files["territories.csv"] = "territory_id\nT1\nT2\nT9\n"
    files["sales.csv"] = text
    for name, content in more.items():
        files[f"{name}.csv"] = content
    for name in ("territories", *more):
        files["city.toml"] += f'\n[tables.{name}]\nfile = "{name}.csv"\nsource = "test"\n'
    return files


MONTHS = "territory_id,period,sales\nT1,2026-11,5\nT1,2026-12,5\nT2,2026-12,5\n"


@pytest.mark.parametrize(
    ("sales", "fault"),
    [
        (
            "store_id,period,sales,basis\nA1,2027-01,1,retail_gross\nA2,2027-01,1,零售不含税\n",
            (ERROR, "mixed_basis", "sales", "basis", 1, 3),
        ),
        (
            "store_id,period,sales,basis\nA1,2027-01,1,retail_net\nA2,2027-01,1,\nA2,2027-02,1,retail_net\n",
            (ERROR, "basis_in_part", "sales", "basis", 1, 3),
        ),
        (
            "territory_id,store_id,period,sales\nT1,,2027-01,9\nT1,A1,2027-01,1\nT2,A2,2027-01,1\n",
            (ERROR, "counted_twice", "sales", "territory_id", 1, 2),
        ),
        (
            "territory_id,store_id,period,sales\nT1,A1,2027-01,1\n,A2,2027-01,1\n",
            (ERROR, "territory_in_part", "sales", "territory_id", 1, 3),
        ),
        ("store_id,period,sales\nA1,2026-Q4,5\nA1,2027-Q1,5\n", (WARNING, "no_monthly", "sales", "period", 2, 2)),
        ("store_id,period,sales\nA1,2026-12,5\nA1,2027-W02,5\n", (WARNING, "no_monthly", "sales", "period", 1, 3)),
        ("store_id,period,sales\nA1,2026-12,5\nA1,2027-01-03,5\n", (WARNING, "no_monthly", "sales", "period", 1, 3)),
        ("store_id,period,sales,basis\nA1,2027-01,1,\nA2,2027-01,1,\n", None),
        ("store_id,period,sales\nA1,2027-01-01,1\nA1,2027-01-02,1\n", None),
        ("territory_id,store_id,period,sales\nT1,,2027-01,9\nT2,A2,2027-01,1\n", None),
    ],
)
def test_sales_that_no_sum_or_forecast_can_take_are_told_at_the_door(put, small_city, sales, fault):
    city, faults = told(put, with_sales(small_city(), sales))
    assert faults == ([fault] if fault else []) and (city is None) == bool(fault and fault[0] == ERROR)


@pytest.mark.parametrize(
    ("lock", "fault"),
    [
        ("T1,2027-W05,sales,5", (ERROR, "lock_period", "locks", "period", 1, 2)),
        ("T1,2027-02-03,sales,5", (ERROR, "lock_period", "locks", "period", 1, 2)),
        ("T1,2027-01,sales,5.5", (ERROR, "lock_fraction", "locks", "value", 1, 2)),
        ("T9,2027,sales,5", (WARNING, "lock_unsold", "locks", "territory_id", 1, 2)),
        ("T1,2027-W05,expense_rate,0.08", None),
        ("T1,2027-02/2027-W07,sales,5", None),
        ("T1,2027-Q1,sales,5.0", None),
        ("T1,2027,sales,5", None),
    ],
)
def test_locks_that_no_plan_can_keep_are_told_at_the_door(put, small_city, lock, fault):
    files = with_sales(small_city(), MONTHS, locks=f"territory_id,period,metric,value\n{lock}\n")
    assert told(put, files)[1] == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ("Z1,coffee,2026-Q3,5\nZ2,coffee,2026-07,5\n", (1, 3)),
        ("Z1,coffee,2026-W03,5\nZ2,coffee,2026-W03,5\n", (2, 2)),
        ("Z1,coffee,2026-Q3,5\nZ2,tea,2026-07,5\n", None),
    ],
)
def test_market_sales_of_a_category_come_by_one_kind_of_period(put, small_city, rows, lines):
    files = with_sales(small_city(), MONTHS, market_sales="zone_id,category,period,sales\n" + rows)
    expected = [(ERROR, "mixed_periods", "market_sales", "period", *lines)] if lines else []
    assert told(put, files)[1] == expected


@pytest.mark.parametrize("header", ["territory_id,period,metric,value", "territory_id", "period,value"])
def test_tables_that_lack_columns_or_cells_are_no_crash(put, small_city, header):
    row = "," * header.count(",") or "x"
    files = with_sales(
        small_city(), "territory_id,sales\nT1,5\n", locks=f"{header}\n{row}\n", market_sales="zone_id\nZ1\n"
    )
    city, faults = told(put, files)
    assert city is None and faults


PEOPLE = "prospect_id,stage,stage_since\n" + "".join(f"P{n},visit,2026-0{n}-10\n" for n in range(1, 8))
CONTACTS = "contact_id,prospect_id,date\n" + "".join(f"C{n},P1,2026-08-{n:02d}\n" for n in range(1, 6))
AHEAD = (WARNING, "date_ahead")


@pytest.mark.parametrize(
    ("people", "contacts", "as_of", "expected"),
    [
        (PEOPLE, CONTACTS, "", []),
        (PEOPLE, CONTACTS + "C6,P2,2026-09-05\n", "", []),  # 31 days after the fifth of August
        (PEOPLE, CONTACTS + "C6,P2,2026-09-06\n", "", [(*AHEAD, "contacts", "date", 1, 7)]),
        (PEOPLE, CONTACTS + "C6,P2,2026-09-06\n", "2026-09", []),
        (PEOPLE, CONTACTS + "C6,P2,2027-08-06\n", "2026-08", [(*AHEAD, "contacts", "date", 1, 7)]),
        (PEOPLE + "P8,visit,2062-03-01\n", CONTACTS, "", [(*AHEAD, "prospects", "stage_since", 1, 9)]),
        (PEOPLE[:61], "contact_id,prospect_id,date\nC1,P1,2026-07-01\n", "", []),  # too few to tell what is usual
        (PEOPLE, CONTACTS, "2024", []),
    ],
)
def test_a_date_far_after_all_others_is_told_with_its_row(put, small_city, people, contacts, as_of, expected):
    files = small_city()
    files |= {"prospects.csv": people, "contacts.csv": contacts}
    files["city.toml"] += f'\n[tables.contacts]\nfile = "contacts.csv"\nsource = "test"\nas_of = "{as_of}"\n'
    _, faults = told(put, files)
    assert [fault for fault in faults if fault[1] == "date_ahead"] == expected
    turned = contacts.splitlines()
    _, again = told(put, files | {"contacts.csv": "\n".join([turned[0], *turned[:0:-1]])}, "turned")
    assert [fault[:5] for fault in again if fault[1] == "date_ahead"] == [fault[:5] for fault in expected]


def test_the_warning_names_the_date_and_the_latest_of_the_others(put, small_city):
    files = small_city() | {"prospects.csv": PEOPLE, "contacts.csv": CONTACTS + "C6,P2,2027-08-06\n"}
    files["city.toml"] += '\n[tables.contacts]\nfile = "contacts.csv"\nsource = "test"\n'
    _, faults = check_city(put(files, "city"))
    (fault,) = [fault for fault in faults if fault.code == "date_ahead"]
    for lang in ("en", "zh"):
        assert all(part in fault.sentence(lang) for part in ("2027-08-06", "2026-08-05", "C6", "7"))
