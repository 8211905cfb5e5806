import pytest

from expansion_kit.tiers import read_tiers


def test_tiers_are_read_from_text_and_nonsense_is_refused():
    assert read_tiers("100000:0.1;200000:0.08") == [(100_000, 0.1), (200_000, 0.08)]
    assert read_tiers("０：0.1； 5e5：0.08 ；") == [(0, 0.1), (500_000, 0.08)] and read_tiers(" ") == []
    for text in ("0-100:0.1", "100", "1:2:3", "a:0.1"):
        with pytest.raises(ValueError, match="must read like"):
            read_tiers(text)
    for text in ("200:0.1;100:0.2", "100:0.1;100:0.2", "-1:0.1", "0:10", "nan:0.1"):
        with pytest.raises(ValueError, match="must rise"):
            read_tiers(text)
