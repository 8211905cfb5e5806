import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.candidates.portfolio.interchange import changed, iterated
from expansion_kit.candidates.portfolio.site_rules import broken, site_rules

SITES = pd.DataFrame({"territory_id": ["T1", "T2"] * 6}, index=[f"S{k:02d}" for k in range(12)])


@given(st.integers(0, 1000), st.integers(2, 6))
def test_a_changed_set_keeps_the_rules_and_its_must_haves(seed, count):
    rules = site_rules(SITES, count=count, per_territory=3, must=["S04"])
    at = [4, *[k for k in range(12) if k != 4][: count - 1]]
    at = at if not broken(rules, rules["ids"][at]) else [4]
    other = changed(rules, at, np.random.default_rng(seed))
    assert broken(rules, rules["ids"][other]) == [] and len(set(other)) == len(other)


def test_restarts_leave_a_bad_start_and_stop_when_it_is_enough():
    rules, seen = site_rules(SITES, count=2), []

    def improve(at):
        seen.append(sorted(at))
        return at, float(sum(at))

    assert iterated(rules, [0, 1], improve, restarts=200, seed=1) == ([10, 11], 21.0)
    seen.clear()
    iterated(rules, [0, 1], improve, restarts=200, seed=1, enough=1.0)
    assert seen == [[0, 1]]
