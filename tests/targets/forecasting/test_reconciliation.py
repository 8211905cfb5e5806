import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.forecasting.hierarchy import added, all_levels, tree_of
from expansion_kit.targets.forecasting.reconciliation import (
    METHODS,
    coherent_intervals,
    coherent_paths,
    error_scenarios,
    reconcile,
    shrunk_covariance,
)

WEIGHTED = ("ols", "wls_struct", "wls_var", "mint_shrink")


def case(seed, *, count=None, noise=0.4, periods=3):
    """Stores, incoherent positive forecasts of all nodes, past errors that hang together."""
    draw = np.random.default_rng(seed)
    count = draw.integers(1, 30) if count is None else count
    territory = draw.integers(0, 6, count)
    stores = pd.DataFrame({"territory_id": [f"T{t}" for t in territory]}, index=[f"S{n:02}" for n in range(count)])
    stores["region_id"] = [f"R{t % 2}" for t in territory]
    tree = tree_of(stores)
    sums = added(tree, draw.gamma(2, 50, (count, periods)))
    forecasts = pd.DataFrame(sums * draw.lognormal(0, noise, sums.shape), tree.nodes)
    past = added(tree, draw.normal(0, 10, (count, 24))) + draw.normal(0, 15, (len(sums), 24))
    return stores, forecasts, pd.DataFrame(past, tree.nodes)


def coherent_to(found, stores):
    """Largest gap between a node and the sum of its stores, over the largest figure."""
    again = all_levels(found.xs("store"), stores).loc[found.index]
    return np.abs(again - found).to_numpy().max() / max(1.0, np.abs(found).to_numpy().max())


def sheet(*values):
    """The tree of methods.md: total, a + b, a, b, c; the territory of c alone has no forecast of its own."""
    stores = pd.DataFrame({"territory_id": ["ab", "ab", "c"]}, index=["a", "b", "c"])
    names = [("network", "network"), ("territory", "ab"), *(("store", s) for s in "abc")]
    return pd.DataFrame({"2027": values}, pd.MultiIndex.from_tuples(names), dtype=float), stores


@pytest.mark.parametrize(
    ("method", "golden"), [("ols", [102.5, 55, 27.5, 27.5, 47.5]), ("wls_struct", [104.5, 56, 28, 28, 48.5])]
)
def test_golden_values_of_the_sheet(method, golden):
    found = reconcile(*sheet(100, 55, 30, 30, 50), method=method)
    assert found["2027"].tolist() == pytest.approx(golden, abs=1e-9)


def test_golden_value_with_nothing_below_zero():
    free = reconcile(*sheet(10, 4, 6, -1, 8), method="ols", nonnegative=False)
    assert free.loc[("store", "b"), "2027"] == pytest.approx(-1.625)
    found = reconcile(*sheet(10, 4, 6, -1, 8), method="ols")
    assert found["2027"].tolist() == pytest.approx([11.2, 4.4, 4.4, 0, 6.8], abs=1e-9)


def test_bottom_up_adds_and_top_down_divides():
    nodes = pd.MultiIndex.from_tuples([("network", "network"), ("store", "a"), ("store", "b")])
    forecasts, stores = pd.DataFrame({"2027": [120.0, 60, 40]}, nodes), pd.DataFrame(index=["a", "b"])
    assert reconcile(forecasts, stores, method="bottom_up")["2027"].tolist() == [100, 60, 40]
    assert reconcile(forecasts, stores, method="top_down")["2027"].tolist() == pytest.approx([120, 72, 48])


@given(st.integers(0, 2**32), st.sampled_from(METHODS), st.booleans())
def test_what_is_reconciled_adds_up_and_is_not_below_zero(seed, method, bound):
    stores, forecasts, errors = case(seed, noise=1.5)
    found = reconcile(forecasts, stores, method=method, errors=errors, nonnegative=bound)
    assert coherent_to(found, stores) < 1e-9
    assert found.index.equals(forecasts.index)
    if bound:
        assert (found.to_numpy() >= 0).all()


@given(st.integers(0, 2**32), st.sampled_from(METHODS))
def test_a_coherent_forecast_is_left_as_it_is(seed, method):
    stores, forecasts, errors = case(seed)
    coherent = all_levels(forecasts.xs("store"), stores)
    found = reconcile(coherent, stores, method=method, errors=errors)
    assert np.allclose(found, coherent, rtol=1e-9, atol=1e-9)


@given(st.integers(0, 2**32), st.sampled_from(METHODS))
def test_the_order_of_rows_changes_nothing(seed, method):
    stores, forecasts, errors = case(seed, noise=1.5)
    found = reconcile(forecasts, stores, method=method, errors=errors)
    turned = reconcile(forecasts[::-1], stores.sample(frac=1, random_state=1), method=method, errors=errors[::-1])
    assert turned.index.equals(forecasts.index[::-1])
    pd.testing.assert_frame_equal(turned[::-1], found, check_exact=True)


@given(st.integers(0, 2**32), st.sampled_from(WEIGHTED))
def test_nothing_below_zero_is_the_best_of_all_that_is_so(seed, method):
    """Against the active set of Lawson and Hanson on the matrices written out."""
    from scipy.optimize import nnls

    stores, forecasts, errors = case(seed, count=12, noise=1.5, periods=2)
    sums = added(tree_of(stores), np.eye(12))
    if method == "mint_shrink":
        diagonal, factor, _ = shrunk_covariance(errors.to_numpy())
        covariance = np.diag(diagonal[:, 0]) + factor @ factor.T
    else:
        covariance = np.diag({"ols": np.ones(len(sums)), "wls_struct": sums.sum(axis=1)}.get(
            method, (errors.to_numpy() ** 2).mean(axis=1)))  # fmt: skip
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    best = np.column_stack([sums @ nnls(root @ sums, root @ y)[0] for y in forecasts.to_numpy().T])
    found = reconcile(forecasts, stores, method=method, errors=errors)
    assert np.allclose(found, best, rtol=1e-6, atol=1e-6)


def test_negative_forecasts_are_pulled_to_zero_not_cut_before():
    """Cutting the forecast -1 at 0 first would change what its territory gets."""
    nodes = pd.MultiIndex.from_tuples([("network", "network"), ("store", "a"), ("store", "b")])
    forecasts = pd.DataFrame({"2027": [10.0, 8, -4]}, nodes)
    found = reconcile(forecasts, pd.DataFrame(index=["a", "b"]), method="ols")
    assert found["2027"].tolist() == pytest.approx([9, 9, 0])


@pytest.mark.parametrize("method", WEIGHTED)
@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_hierarchicalforecast(method, seed):
    peer = pytest.importorskip("hierarchicalforecast.methods", reason="hierarchicalforecast is not installed")
    stores, forecasts, errors = case(seed, count=40)
    sums = added(tree_of(stores), np.eye(40))
    past = {"y_insample": errors.to_numpy(), "y_hat_insample": np.zeros(errors.shape)}
    theirs = peer.MinTrace(method).fit_predict(S=sums, y_hat=forecasts.to_numpy(), **past)["mean"]
    ours = reconcile(forecasts, stores, method=method, errors=errors, nonnegative=False)
    assert np.allclose(ours, theirs, rtol=1e-6, atol=0)


@pytest.mark.parametrize("seed", range(4))
def test_top_down_agrees_with_hierarchicalforecast(seed):
    peer = pytest.importorskip("hierarchicalforecast.methods", reason="hierarchicalforecast is not installed")
    stores, forecasts, _ = case(seed, count=40)
    tree = tree_of(stores)
    tags = {str(k): np.arange(level.start, level.stop) for k, level in enumerate(tree.levels)}
    solver = peer.TopDown("forecast_proportions")
    theirs = solver.fit_predict(S=added(tree, np.eye(40)), y_hat=forecasts.to_numpy(), tags=tags)["mean"]
    assert np.allclose(reconcile(forecasts, stores, method="top_down"), theirs, rtol=1e-6, atol=0)


def test_the_shrunk_covariance_is_that_of_schaefer_and_strimmer():
    """Written out pair by pair, as in the paper."""
    draw = np.random.default_rng(3)
    errors = draw.normal(0, 1, (5, 20)) @ np.diag(draw.uniform(1, 2, 20)) + 2 * draw.normal(0, 1, 20)
    scaled = (errors - errors.mean(1, keepdims=True)) / errors.std(1, keepdims=True)
    noise = squares = 0.0
    for i in range(5):
        for j in range(5):
            if i != j:
                w = scaled[i] * scaled[j]
                noise += ((w - w.mean()) ** 2).sum() / (20 * 19)
                squares += w.mean() ** 2
    expected = np.cov(errors) * (1 - noise / squares)
    np.fill_diagonal(expected, errors.var(axis=1, ddof=1))
    diagonal, factor, shrinkage = shrunk_covariance(errors)
    assert shrinkage == pytest.approx(noise / squares)
    assert np.allclose(np.diag(diagonal[:, 0]) + factor @ factor.T, expected)


def test_ten_thousand_stores_need_no_square_matrix():
    import tracemalloc

    stores, forecasts, errors = case(0, count=10_000)
    tracemalloc.start()
    found = reconcile(forecasts, stores, method="mint_shrink", errors=errors)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6 < 8 * len(forecasts) ** 2
    assert coherent_to(found, stores) < 1e-9


def scenarios_of(errors, periods):
    moments = range(len(errors.columns) // len(periods))
    return errors.set_axis(pd.MultiIndex.from_product([moments, periods]), axis=1)


def backtest_of(nodes, *, skip=()):
    """Two origins, two months ahead; node n errs by n + 1 percent, twice that in the second month."""
    rows = []
    for number, (level, key) in enumerate(nodes):
        for origin, months in {"2025-10": ("2025-11", "2025-12"), "2025-12": ("2026-01", "2026-02")}.items():
            for ahead, month in enumerate(months, 1):
                sales = 1000 * (1 + 0.01 * (number + 1) * ahead)
                rows.append([level, key, origin, month, sales, 1000.0])
    table = pd.DataFrame(rows, columns=["level", "key", "origin", "period", "sales", "predicted"])
    return table.drop(index=list(skip)).sample(frac=1, random_state=2)


def test_a_backtest_becomes_scenarios_at_todays_level():
    nodes = pd.MultiIndex.from_tuples([("network", "network"), ("store", "a")], names=["level", "key"])
    forecasts = pd.DataFrame({"2027-01": [200.0, 100], "2027-02": [400.0, 300]}, nodes)
    found = error_scenarios(backtest_of(nodes), forecasts)
    assert found.columns.tolist() == [(o, p) for o in ("2025-10", "2025-12") for p in ("2027-01", "2027-02")]
    assert np.allclose(found, [[2, 8, 2, 8], [2, 12, 2, 12]])
    assert np.allclose(error_scenarios(backtest_of(nodes), forecasts, relative=False).iloc[1], [20, 40, 20, 40])
    paths = coherent_paths(forecasts, pd.DataFrame(index=["a"]), found)
    assert paths.shape == (2, 4)


def test_an_origin_with_a_hole_is_no_scenario():
    nodes = pd.MultiIndex.from_tuples([("network", "network"), ("store", "a")], names=["level", "key"])
    forecasts = pd.DataFrame({"2027-01": [200.0, 100], "2027-02": [400.0, 300]}, nodes)
    found = error_scenarios(backtest_of(nodes, skip=[5]), forecasts)
    assert set(found.columns.get_level_values("scenario")) == {"2025-12"}


def test_errors_relative_to_nothing_are_refused():
    nodes = pd.MultiIndex.from_tuples([("store", "a")], names=["level", "key"])
    with pytest.raises(ValueError, match="relative=False"):
        error_scenarios(backtest_of(nodes).assign(predicted=0.0), pd.DataFrame({"2027-01": [1.0]}, nodes))


@given(st.integers(0, 2**32), st.sampled_from(WEIGHTED))
def test_every_path_adds_up(seed, method):
    stores, forecasts, errors = case(seed)
    paths = coherent_paths(forecasts, stores, scenarios_of(errors, forecasts.columns), method=method, errors=errors)
    assert coherent_to(paths, stores) < 1e-9 and (paths.to_numpy() >= 0).all()


def test_intervals_take_the_conformal_ranks_and_hold_the_middle():
    nodes = pd.MultiIndex.from_tuples([("network", "network"), ("store", "a")])
    middle = pd.DataFrame({"2027-01": [50.0, 50.0]}, nodes)
    columns = pd.MultiIndex.from_product([range(19), ["2027-01"]])
    paths = pd.DataFrame([np.arange(1.0, 20)] * 2, nodes, columns)
    band = coherent_intervals(paths, middle)
    assert band[["sales_p10", "sales_p90"]].drop_duplicates().to_numpy().tolist() == [[2, 50]]  # ranks 2 and 18 of 19
    assert band["period"].tolist() == ["2027-01"] * 2 + ["total"] * 2


@pytest.mark.parametrize(("count", "known"), [(8, False), (9, True)])
def test_too_few_paths_carry_no_interval(count, known):
    nodes = pd.MultiIndex.from_tuples([("network", "network"), ("store", "a")])
    paths = pd.DataFrame(np.ones((2, count)), nodes, pd.MultiIndex.from_product([range(count), ["2027-01"]]))
    band = coherent_intervals(paths, pd.DataFrame({"2027-01": [1.0, 1.0]}, nodes))
    assert band[["sales_p10", "sales_p90"]].notna().all(axis=None) == known
    assert band["sales_p50"].eq(1).all()


def test_the_total_of_the_periods_is_that_of_the_paths():
    """What is high in one month and low in the next is sure for the year."""
    nodes = pd.MultiIndex.from_tuples([("network", "network"), ("store", "a")])
    columns = pd.MultiIndex.from_product([range(10), ["2027-01", "2027-02"]])
    swing = np.ravel([[10 + n, 30 - n] for n in range(10)])
    paths = pd.DataFrame([swing] * 2, nodes, columns, dtype=float)
    band = coherent_intervals(paths, pd.DataFrame({"2027-01": [14.0] * 2, "2027-02": [26.0] * 2}, nodes))
    assert band.loc[band["period"] == "total", ["sales_p10", "sales_p90"]].to_numpy().tolist() == [[40, 40]] * 2


def test_intervals_hold_as_often_as_they_say_whatever_the_method():
    """Errors exchangeable over the moments: 19 to learn from, one to hit; 80 % and what 200 trials allow."""
    draw = np.random.default_rng(5)
    stores, forecasts, _ = case(1, count=8, noise=0.1, periods=1)
    sums = added(tree_of(stores), np.eye(8))
    inside = []
    for _ in range(200):
        past = (sums @ draw.standard_t(3, (8, 20)) * 8 + draw.normal(0, 9, (len(sums), 20))) * (1 + draw.uniform())
        errors = pd.DataFrame(past[:, :19], forecasts.index)
        paths = coherent_paths(forecasts, stores, scenarios_of(errors, forecasts.columns), nonnegative=False)
        band = coherent_intervals(paths, reconcile(forecasts, stores, nonnegative=False))
        new = pd.DataFrame(forecasts.to_numpy() + past[:, [19]], forecasts.index)
        happened = reconcile(new, stores, nonnegative=False)[0].to_numpy()
        first = band[band["period"] != "total"]
        inside.append(((first["sales_p10"] <= happened) & (happened <= first["sales_p90"])).to_numpy())
    assert 0.76 < np.mean(inside) < 0.88


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "magic"}, "must be one of"),
        ({"method": "mint_shrink"}, "needs the past errors"),
        ({"forecasts": lambda f: f.iloc[:-1]}, "stores without a row: .*S0"),
        ({"forecasts": lambda f: f.rename(index={"S00": "X"})}, "not in the tree"),
        ({"forecasts": lambda f: f.mask(f == f.iloc[0, 0])}, "1 nodes have missing"),
        ({"forecasts": lambda f: f.droplevel(0)}, "level and key"),
        ({"method": "top_down", "forecasts": lambda f: -f}, "negative"),
        ({"method": "top_down", "forecasts": lambda f: f.iloc[1:]}, "forecast of every node"),
        ({"method": "top_down", "forecasts": lambda f: f * (f.index == f.index[0])[:, None]}, "forecasts are 0"),
    ],
)
def test_what_cannot_be_reconciled_is_refused(change, message):
    stores, forecasts, _ = case(0, count=5)
    options = {"forecasts": forecasts} | {k: v(forecasts) if callable(v) else v for k, v in change.items()}
    with pytest.raises(ValueError, match=message):
        reconcile(options.pop("forecasts"), stores, **options)


@pytest.mark.parametrize(
    ("method", "spoil", "message"),
    [
        ("mint_shrink", lambda e: e.mask(e == e.iloc[0, 0]), "none missing"),
        ("wls_var", lambda e: e.iloc[:, :1], "2 known errors"),
        ("wls_var", lambda e: e * 0, "no weights"),
    ],
)
def test_errors_that_cannot_weigh_are_refused(method, spoil, message):
    stores, forecasts, errors = case(0, count=5)
    with pytest.raises(ValueError, match=message):
        reconcile(forecasts, stores, method=method, errors=spoil(errors))


def test_errors_may_have_gaps_where_only_their_size_counts():
    stores, forecasts, errors = case(0, count=5)
    gappy = errors.mask(np.arange(errors.size).reshape(errors.shape) % 7 == 0)
    found = reconcile(forecasts, stores, method="wls_var", errors=gappy)
    assert coherent_to(found, stores) < 1e-9 and not found.equals(reconcile(forecasts, stores))


def test_paths_of_other_periods_or_nodes_are_refused():
    stores, forecasts, errors = case(0, count=5)
    scenarios = scenarios_of(errors, forecasts.columns)
    with pytest.raises(ValueError, match="each period"):
        coherent_paths(forecasts, stores, scenarios.iloc[:, 1:])
    with pytest.raises(ValueError, match="lack errors of 1 nodes"):
        coherent_paths(forecasts, stores, scenarios.iloc[1:])
