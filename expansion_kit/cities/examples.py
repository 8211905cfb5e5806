"""
One made-up store, zone, site and prospect: the example rows of a new city's workbook, that fit each other.

Names and other texts stand in `words.toml`, `example.TABLE_COLUMN`. A cell that does not apply to the one is empty.
"""

from ..schemas import columns
from ..words import family, say

_HERE = {"lon": 121.4737, "lat": 31.2304}
_LET = {"tenure": "lease", "rent_mode": "fixed", "rentable_area_sqm": 86, "rent_sqm_day": 6.5, "rent_month": 17_003}
_LET |= {"rent_free_days": 30, "escalation": 0.05, "lease_start": "2024-04-01", "lease_end": "2029-03-31"}
_LET |= {"property_fee_sqm_month": 12, "transfer_fee": 60_000, "deposit_months": 3}
_OFFERED = {"tenure": "lease", "rent_mode": "greater_of", "rentable_area_sqm": 70, "base_rent_month": 12_000}
_OFFERED |= {"turnover_rate": 0.12, "sales_basis": "gross", "settlement": "month", "rent_free_days": 30}
_OFFERED |= {"property_fee_sqm_month": 30, "deposit_months": 2}
_CONCEDED = {"tenure": "concession", "rent_mode": "turnover", "minimum_sales": 100_000, "sales_basis": "gross"}
_CONCEDED |= {"tiers": "100000:0.1;200000:0.08", "settlement": "month", "remittance_days": 30, "promotion_levy": 0.01}
_STORE = {"store_id": "S001", **_HERE, "own": True, "status": "open", "floor_area_sqm": 86, "site_type": "street"}
_STORE |= {"floor": "1F", "opened": "2024-05-01", "territory_id": "T01", **_LET}

ROWS = {
    "stores": _STORE | {"sales_month": 150_000},
    "stores_before": _STORE | {"sales_month": 120_000},
    "brands": {"own": True, "rival": False, "franchise_fee": 50_000, "deposit": 20_000, "royalty": 0.03}
    | {"term_years": 3},
    "stations": {"place_id": "M001", "lon": 121.4752, "lat": 31.2312, "people_day": 24_000},
    "generators": {"place_id": "G001", "lon": 121.4718, "lat": 31.2297, "people_day": 1_800},
    "zones": {"zone_id": "Z001", "lon": 121.4725, "lat": 31.2315, "population": 12_000, "households": 4_500}
    | {"workers": 3_000, "income": 8_500, "spend_per_head": 60, "house_price_sqm": 65_000, "potential": 720_000}
    | {"territory_id": "T01"},
    "zone_footfall": {"zone_id": "Z001", "period": "2027-03", "people": 5_400, "time_band": "08-10"},
    "zone_rents": {"zone_id": "Z001", "rent_sqm_month": 195, "floor": "1F", "sample_size": 12, "period": "2027-Q1"},
    "market_sales": {"zone_id": "Z001", "period": "2027-03", "sales": 650_000},
    "listings": {"listing_id": "L001", "lon": 121.4761, "lat": 31.2322, "floor_area_sqm": 70, "floor": "1F"}
    | {"frontage_m": 6.5, "vacant_months": 2, **_OFFERED},
    "foot_counts": {"count_id": "K001", "place_id": "P001", "date": "2027-03-01", "hour": 8, "minutes_observed": 15}
    | {"people": 120, "lon": 121.4768, "lat": 31.2291, "entered": 6, "bags": 4},
    "sensor_counts": {"place_id": "P001", "time": "2027-03-01 08:00", "people": 460},
    "choices": {"zone_id": "Z001", "store_id": "S001", "count": 35},
    "travel": {"from_id": "Z001", "to_id": "S001", "minutes": 4, "km": 0.3},
    "sites": {"site_id": "P001", "lon": 121.4768, "lat": 31.2291, "floor_area_sqm": 60, "site_type": "mall"}
    | {"site_stage": "to_visit", "fit_out_cost": 150_000, **_CONCEDED},
    "prospects": {"prospect_id": "C001", **_HERE, "territory_id": "T01", "capital": 500_000, "liquid_capital": 300_000}
    | {"retail_years": 6, "stores_run": 2, "brand_sales": 90_000, "local": True, "own_premises": False}
    | {"credit_grade": "A", "hours_week": 40, "stage_since": "2027-03-01"},
    "contacts": {"contact_id": "N001", "prospect_id": "C001", "date": "2027-03-01", "next_date": "2027-03-08"},
    "stage_moves": {"prospect_id": "C001", "date": "2027-03-01"},
    "bids": {"bid_id": "B001", "prospect_id": "C001", "territory_id": "T01", "openings_year": 3, "deposit": 20_000},
    "budgets": {"territory_id": "T01", "period": "2027-03", "amount": 60_000, "spent": 17_003},
    "sales": {"store_id": "S001", "period": "2027-03", "sales": 150_000, "basis": "retail_gross", "expense": 38_000}
    | {"receivable": 150_000, "collected": 145_000, "orders": 5_200, "units": 7_500},
    "territories": {"territory_id": "T01", "region_id": "R01"},
    "proposals": {"territory_id": "T01", "period": "2027-Q2", "metric": "sales", "value": 480_000},
    "expenses": {"territory_id": "T01", "kind": "fixed", "amount": 17_003, "period": "2027-03"},
    "promotions": {"promotion_id": "A001", "store_id": "S001", "from": "2027-03-01", "to": "2027-03-07", "cost": 5_000},
    "locks": {"territory_id": "T01", "period": "2027-Q2", "metric": "sales", "value": 450_000},
    "actions": {"action_id": "D001", "territory_id": "T01", "due": "2027-04-30", "done": False},
}
"""By table our columns with figures, days, and our words for choices; the texts come from `words.toml`."""


def example_row(table, lang):
    """
    The example of a table: by our column a figure, a text, or our word for a choice.

    Parameters
    ----------
    table : str
    lang : str
        `en` or `zh`.

    Returns
    -------
    dict

    Examples
    --------
    >>> example_row("territories", "zh")
    {'territory_id': 'T01', 'region_id': 'R01', 'name': '滨江销售区'}
    """
    texts = family("example.", lang)
    worded = [name for name in columns(table) if f"{table}_{name}" in texts]
    return ROWS[table] | {name: say(f"example.{table}_{name}", lang) for name in worded}
