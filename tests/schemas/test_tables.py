import pytest

from expansion_kit.schemas import TABLES, columns, key_of

LEASE = (
    "tenure rent_mode rentable_area_sqm rent_sqm_day rent_month base_rent_month minimum_sales turnover_rate tiers "
    "breakpoint sales_basis settlement remittance_days rent_free_days escalation lease_start lease_end "
    "property_fee_sqm_month promotion_levy transfer_fee deposit_months"
)
CONTRACT = {  # by hand from the contract: key, required columns, other columns
    "zones": (
        "zone_id",
        "",
        "geometry lon lat population households workers income spend_per_head potential territory_id",
    ),
    "zone_footfall": (None, "zone_id period people", "time_band day_type"),
    "zone_rents": (None, "zone_id rent_sqm_month", "floor sample_size period"),
    "market_sales": (None, "zone_id category period sales", ""),
    "territories": ("territory_id", "", "name region_id geometry"),
    "stations": ("place_id", "lon lat", "name kind people_day"),
    "generators": ("place_id", "lon lat", "name kind people_day"),
    "brands": (
        "brand",
        "",
        "alias own rival category franchise_fee deposit royalty term_years return_policy",
    ),
    "stores": (
        "store_id",
        "brand",
        "lon lat geometry address own name category status floor_area_sqm site_type mall floor unit opened closed "
        "territory_id sales_month sales_method " + LEASE,
    ),
    "stores_before": ("store_id", "brand", "lon lat status opened " + LEASE),
    "mall_units": ("unit_id", "mall floor geometry", "kind brand category floor_area_sqm plan_brand " + LEASE),
    "sites": ("site_id", "", "lon lat name address floor_area_sqm site_type site_stage fit_out_cost " + LEASE),
    "listings": (
        "listing_id",
        "",
        "lon lat address floor_area_sqm floor frontage_m vacant_months channel " + LEASE,
    ),
    "foot_counts": (
        "count_id",
        "place_id date hour minutes_observed people",
        "lon lat day_type direction entered bags observer",
    ),
    "sensor_counts": (None, "place_id time people", ""),
    "choices": (None, "zone_id store_id count", ""),
    "travel": (None, "from_id to_id", "minutes km mode"),
    "prospects": (
        "prospect_id",
        "stage",
        "name company phone wechat lon lat territory_id capital liquid_capital retail_years stores_run brands_run "
        "brand_sales local own_premises credit_grade lead_source owner stage_since documents outcome",
    ),
    "bids": ("bid_id", "prospect_id territory_id", "openings_year deposit plan"),
    "stage_moves": (None, "prospect_id stage date", ""),
    "contacts": ("contact_id", "prospect_id date", "channel note next_action next_date"),
    "sales": (
        None,
        "period sales",
        "territory_id store_id basis expense receivable collected orders units",
    ),
    "proposals": (None, "territory_id period metric value", "owner"),
    "expenses": (None, "territory_id item kind", "amount rate period"),
    "promotions": ("promotion_id", "from to", "store_id territory_id cost kind"),
    "budgets": (None, "territory_id item period amount", "spent"),
    "locks": (None, "territory_id period metric value", ""),
    "actions": ("action_id", "territory_id", "gap measure owner due done"),
    "basemap": (None, "geometry", ""),
    "network": (None, "geometry", "kind name speed_kmh walk drive oneway"),
    "pings": (None, "device lon lat time", ""),
}


@pytest.mark.parametrize("table", CONTRACT)
def test_each_table_and_column_of_the_contract_is_there(table):
    key, required, others = CONTRACT[table]
    there = columns(table)
    assert key_of(table) == key
    assert set(required.split()) | set(others.split()) <= set(there)
    assert all(there[name].metadata["required"] for name in required.split())
    assert not any(there[name].metadata["required"] for name in others.split())


def test_there_is_no_other_table():
    assert set(TABLES) == set(CONTRACT)


def test_own_columns_come_before_those_of_the_lease():
    names = list(columns("sites"))
    assert names[0] == "site_id" and names.index("fit_out_cost") < names.index("tenure")


@pytest.mark.parametrize("table", TABLES)
def test_each_column_says_what_it_is(table):
    for name, column in columns(table).items():
        assert column.metadata["meaning"] and column.metadata["headers"], name
        assert (column.metadata["kind"] == "choice") == ("options" in column.metadata)
