import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from expansion_kit.targets.breakdown.locks import Lock, contradiction, settled

N = 7
OPEN = [False] * N


@st.composite
def systems(draw):
    """Locks on stretches of seven month_weeks, with something fixed in some and others shut."""
    stretches = draw(
        st.sets(st.tuples(st.integers(0, N - 1), st.integers(1, N)).filter(lambda s: s[0] < s[1]), max_size=6)
    )
    locks = [Lock("year", 0, N, draw(st.integers(0, 30)))]
    locks += [
        Lock(f"{a}-{b}", a, b, draw(st.integers(0, 12)), week=b - a == 2) for a, b in sorted(stretches - {(0, N)})
    ]
    return (
        locks,
        draw(st.lists(st.integers(-1, 2), min_size=N, max_size=N)),
        draw(st.lists(st.booleans(), min_size=N, max_size=N)),
    )


def solvable(locks, floor, shut):
    """By linear programming, which knows nothing of paths."""
    matrix = [[float(lock.start <= cell < lock.stop) for cell in range(N)] for lock in locks]
    bounds = [(low, low if closed else None) for low, closed in zip(floor, shut)]
    matrix = np.reshape(matrix, (-1, N))
    return linprog(np.zeros(N), A_eq=matrix, b_eq=[lock.value for lock in locks], bounds=bounds).status == 0


@settings(deadline=None)
@given(systems())
def test_a_contradiction_is_found_exactly_where_there_is_one_and_its_gap_mends_it(system):
    locks, floor, shut = system
    reason = contradiction(locks, floor, shut)
    assert (reason is None) == solvable(locks, floor, shut)
    if reason:
        name, value = re.match(r"(\S+) is (-?\d+), but", reason).groups()
        bound, gap = map(int, re.search(r"than (-?\d+): the gap is (\d+)$", reason).groups())
        assert gap == abs(int(value) - bound) > 0
        named = [lock for lock in locks if f"{lock.period} (" in reason]
        widest = next(lock for lock in locks if lock.period == name)
        assert not solvable([*named, widest], floor, shut)
        assert solvable([*named, widest._replace(value=bound)], floor, shut)
        assert all(solvable([o for o in [*named, widest] if o is not lock], floor, shut) for lock in [*named, widest])


@settings(deadline=None)
@given(systems(), st.lists(st.floats(0, 5), min_size=N, max_size=N), st.sampled_from([1, 3]))
def test_weeks_are_settled_within_what_the_other_locks_allow(system, weights, unit):
    locks, floor, shut = system
    found = settled(locks, floor, shut, weights, unit=unit)
    assert (found is None) == (contradiction(locks, floor, shut) is not None)
    if found is not None:
        assert solvable(found, floor, shut)
        assert not any(lock.week and lock.stop - lock.start == 2 for lock in found)
        for week in (lock for lock in locks if lock.week):
            assert sum(lock.value for lock in found if lock.period == week.period) == week.value


def test_a_week_of_two_months_is_split_by_weight():
    week = Lock("2027-W05", 1, 3, 60, week=True)
    found = settled([Lock("year", 0, N, 1000), week], [0] * N, OPEN, [1, 1, 2, 1, 1, 1, 1])
    assert [lock[1:4] for lock in found[1:]] == [(1, 2, 20), (2, 3, 40)]
    found = settled([Lock("year", 0, N, 1000), week], [0, 6, 0, 0, 0, 0, 0], OPEN, [1, 1, 2, 1, 1, 1, 1])
    assert [lock.value for lock in found[1:]] == [6 + 18, 36]
    assert [lock.value for lock in settled([week], [0] * N, OPEN, [0] * N)] == [30, 30]


def test_the_message_names_what_binds_and_leaves_out_what_does_not():
    locks = [Lock("2027", 0, N, 100), Lock("Q1", 0, 3, 40), Lock("Q2", 3, N, 50), Lock("W2", 1, 2, 5)]
    assert contradiction(locks, [0] * N, OPEN) == (
        "2027 is 100, but with Q1 (40), Q2 (50) it can be no more than 90: the gap is 10"
    )
    assert contradiction(locks[:2], [50, 0, 0, 0, 0, 0, 0], OPEN) == (
        "Q1 is 40, but with openings and sales to date (50) it can be no less than 50: the gap is 10"
    )
    assert contradiction([Lock("2027", 0, N, 9)], [0] * N, [True] * N) == (
        "2027 is 9, but with the weights of the free periods it can be no more than 0: the gap is 9"
    )
