import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.targets.splitting.margins import fit_margins, whole_margins


def frame(values):
    values = np.array(values)
    n, m = values.shape
    return pd.DataFrame(values, [f"T{i}" for i in range(n)], [f"M{j:02}" for j in range(m)])


def margins(table, rows, columns):
    return pd.Series(rows, table.index, dtype=object), pd.Series(columns, table.columns, dtype=object)


def test_two_by_two_by_hand():
    # margins of 5 keep the cross ratio 1*4/(2*3) = 2/3: x^2/(5-x)^2 = 2/3, x = 5 * 0.8165/1.8165 = 2.2474
    table = frame([[1, 2], [3, 4]])
    found = fit_margins(table, *margins(table, [5, 5], [5, 5]))
    root = np.sqrt(2 / 3)
    assert found.iloc[0, 0] == pytest.approx(5 * root / (1 + root))


def test_even_weights_give_the_product_of_the_margins():
    table = frame(np.ones((3, 2)))
    found = fit_margins(table, *margins(table, [10, 20, 70], [40, 60]))
    assert found.to_numpy() == pytest.approx(np.outer([10, 20, 70], [0.4, 0.6]))


@settings(max_examples=60)
@given(st.integers(1, 5), st.integers(1, 13), st.data())
def test_whole_margins_are_exact_near_the_fitted_and_do_not_know_the_order(n, m, data):
    table = frame(data.draw(st.lists(st.lists(st.integers(1, 99), min_size=m, max_size=m), min_size=n, max_size=n)))
    rows = data.draw(st.lists(st.integers(0, 10**14), min_size=n, max_size=n))
    cuts = sorted(data.draw(st.lists(st.integers(0, sum(rows)), min_size=m - 1, max_size=m - 1)))
    columns = np.diff([0, *cuts, sum(rows)]).tolist()
    found = whole_margins(table, *margins(table, rows, columns))
    assert [sum(map(int, row)) for row in found.to_numpy()] == rows
    assert [sum(map(int, column)) for column in found.to_numpy().T] == columns
    fitted = fit_margins(table, *margins(table, rows, columns))
    assert ((found - fitted).abs() <= 1 + 2e-9 * fitted).all().all()
    random = data.draw(st.randoms())
    order = [random.sample(list(axis), len(axis)) for axis in (table.index, table.columns)]
    again = whole_margins(table.loc[*order], *margins(table, rows, columns))
    pd.testing.assert_frame_equal(again.loc[table.index, table.columns], found)


def test_locks_are_kept_and_the_rest_is_fitted():
    table = frame(np.ones((2, 3)))
    sums = margins(table, [60, 60], [40, 40, 40])
    found = whole_margins(table, *sums, locks={("T0", "M00"): 30})
    assert found.values.tolist() == [[30, 15, 15], [10, 25, 25]]
    with pytest.raises(ValueError, match="the locks exceed the sums of M00 by 5"):
        whole_margins(table, *sums, locks={("T0", "M00"): 45})
    with pytest.raises(ValueError, match="not there: T9, M00"):
        whole_margins(table, *sums, locks={("T9", "M00"): 5})


def test_margins_that_cannot_be_met():
    table = frame([[1, 0], [1, 1]])
    with pytest.raises(ValueError, match="add up to 10 and the columns to 11: a gap of -1"):
        fit_margins(table, *margins(table, [5, 5], [5, 6]))
    with pytest.raises(ValueError, match="cannot be met with these zeros: T1 is still off"):
        fit_margins(table, *margins(table, [6, 4], [5, 5]), rounds=200)
    with pytest.raises(ValueError, match="sums of the rows must be known"):
        fit_margins(table, *margins(table, [5, np.nan], [5, 5]))
    with pytest.raises(ValueError, match="weights must be known"):
        fit_margins(table.astype(float).replace(0, np.nan), *margins(table, [5, 5], [5, 5]))


def test_an_empty_row_stays_empty():
    table = frame([[0, 0], [1, 1]])
    assert whole_margins(table, *margins(table, [0, 9], [4, 5])).values.tolist() == [[0, 0], [4, 5]]
