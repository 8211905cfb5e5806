import zoneinfo

import pytest

from expansion_kit.sources.time_zones import is_time_zone, time_zone_of


def test_a_country_of_one_zone_has_it_and_one_of_many_has_none():
    assert time_zone_of("SG") == "Asia/Singapore" and time_zone_of("KR") == "Asia/Seoul"
    assert time_zone_of("RU") == "" and time_zone_of("XX") == ""


def test_all_of_china_has_beijing_time():
    assert time_zone_of("CN") == "Asia/Shanghai"


@pytest.mark.parametrize("country", ["FI", "CN", "JP"])
def test_the_zone_is_one_that_python_knows(country):
    assert zoneinfo.ZoneInfo(time_zone_of(country))


@pytest.mark.parametrize("name", ["", "Nowhere/Town", "../../etc/hosts", "Europe"])
def test_what_is_no_time_zone_is_known(name):
    assert not is_time_zone(name)
