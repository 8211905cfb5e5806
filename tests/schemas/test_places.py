from expansion_kit.schemas import columns
from expansion_kit.schemas.places import SITE_STAGE, SITE_TYPE, STATUS, UNIT_KIND, Lease

RENTS = {"rent_sqm_day": "money/m2/day", "rent_month": "money/month", "property_fee_sqm_month": "money/m2/month"}


def test_the_unit_of_a_rent_stands_in_its_name():
    for name, unit in RENTS.items():
        assert columns("sites")[name].metadata["unit"] == unit
    assert columns("zone_rents")["rent_sqm_month"].metadata["unit"] == "money/m2/month"


def test_every_place_that_can_be_rented_has_the_whole_lease():
    for table in ("stores", "stores_before", "mall_units", "sites", "listings"):
        assert set(Lease.to_schema().columns) <= set(columns(table))


def test_rates_are_shares():
    for name in ("turnover_rate", "escalation", "promotion_levy"):
        assert columns("stores")[name].metadata["unit"] == "share"
        assert [check.statistics for check in columns("stores")[name].checks] == [{"min_value": 0}, {"max_value": 1}]


def test_no_word_of_a_choice_means_two_things():
    for options in (STATUS, SITE_TYPE, SITE_STAGE, UNIT_KIND):
        words = [word for name, others in options.items() for word in (name, *others.split("|"))]
        assert len(words) == len(set(words))
