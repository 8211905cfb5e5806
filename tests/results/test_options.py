import pytest

from expansion_kit.results import OPTIONS, checked_options


def test_options_are_checked_all_at_once_before_anything_runs():
    assert checked_options({"growth": "0.05", "unit": 100, "rule": "equal"}, "en") == {
        "growth": 0.05,
        "unit": 100,
        "rule": "equal",
    }
    with pytest.raises(ValueError) as told:
        checked_options({"grwth": 1, "growth": "5%", "unit": "460亿", "max_ocr": 18, "plan_year": True}, "en")
    message = str(told.value)
    assert message.count("\n") == 4
    for name in ("grwth", "5%", "460亿", "max_ocr", "plan_year"):
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
