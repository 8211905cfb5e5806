import pytest

from expansion_kit.results import OPTIONS, checked_options


def test_options_are_checked_all_at_once_before_anything_runs():
    assert checked_options({"growth": "0.05", "unit": 100, "rule": "equal"}, "en") == {
        "growth": 0.05,
        "unit": 100,
        "rule": "equal",
    }
    with pytest.raises(ValueError) as told:
        checked_options(
            {"grwth": 1, "growth": "5 per cent", "unit": "460 stones", "max_ocr": 18, "plan_year": True}, "en"
        )
    message = str(told.value)
    assert message.count("\n") == 4
    for name in ("grwth", "5 per cent", "460 stones", "max_ocr", "plan_year"):
        assert name in message
    with pytest.raises(ValueError, match="不写 5"):
        checked_options({"growth": 5}, "zh")
    with pytest.raises(ValueError, match="not both"):
        checked_options({"growth": 0.1, "total": 5}, "en")
    with pytest.raises(ValueError, match="tracked_growth or tracked_total, not both"):
        checked_options({"tracked_growth": 0.1, "tracked_total": 5}, "en")


def test_an_option_of_several_notebooks_means_the_same_in_each():
    rules = {}
    for known in OPTIONS.values():
        for name, rule in known.items():
            assert rules.setdefault(name, rule) == rule


def test_bounds_belong_to_what_is_allowed_and_infinity_never_does():
    assert checked_options({"max_ocr": 1, "radius_m": 1}, "en") == {"max_ocr": 1.0, "radius_m": 1.0}
    for name, value in (("max_ocr", 1.01), ("radius_m", 0), ("spend", "inf"), ("decay", "nan"), ("unit", 1.5)):
        with pytest.raises(ValueError, match=name):
            checked_options({name: value}, "en")


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("growth", "8%", 0.08),
        ("growth", "-2.5 ％", -0.025),
        ("total", "5000万", 50_000_000),
        ("total", "5,000 万元", 50_000_000),
        ("total", "1.2亿", 120_000_000),
        ("total", "1.1亿", 110_000_000),
        ("total", "46,000,000", 46_000_000),
        ("total", "50 million", 50_000_000),
    ],
)
def test_numbers_are_understood_as_people_write_them(name, typed, meant):
    assert checked_options({name: typed}, "zh") == {name: meant}


@pytest.mark.parametrize("typed", ["46,00", "4,600,00", "5万万", "八百万", "万", "5.5.5万", "", "1e", "0.00001万"])
def test_what_might_be_meant_otherwise_is_refused(typed):
    with pytest.raises(ValueError, match="total"):
        checked_options({"total": typed}, "zh")
