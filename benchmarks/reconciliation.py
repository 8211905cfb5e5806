"""
Reconciling 10,000 stores beside hierarchicalforecast's sparse solver; and how often the coherent intervals hold.

    python benchmarks/reconciliation.py                 all
    python benchmarks/reconciliation.py --only speed    one of speed, cover, years; --stores changes the size

`years` is the range that targets are judged by: each industry's states as one network, forecast as notebook 5 does.

CPU seconds and ratios of one run; set OMP_NUM_THREADS=1. What is not on this machine is left out and said so.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.ratios import doubled, told
from expansion_kit.targets.forecasting.hierarchy import added, all_levels, tree_of
from expansion_kit.targets.forecasting.network_forecast import network_forecast, year_outlook
from expansion_kit.targets.forecasting.reconciliation import coherent_intervals, coherent_paths, reconcile

RETAIL = ROOT.parent / "shared" / "data" / "aus_retail" / "aus_retail.csv"
PERIODS = 12
TIMES = 5
SUMS = (
    "Food retailing",
    "Household goods retailing",
    "Other retailing",
    "Cafes, restaurants and takeaway food services",
)
SUMS += ("Clothing, footwear and personal accessory retailing",)


def network(count, draw):
    """Stores in territories of about 25, in regions of about 25 territories; incoherent forecasts and past errors."""
    territory = draw.integers(0, max(1, count // 25), count)
    stores = pd.DataFrame({"territory_id": [f"T{t:05}" for t in territory]}, [f"S{n:06}" for n in range(count)])
    stores["region_id"] = [f"R{t // 25:04}" for t in territory]
    tree = tree_of(stores)
    truth = added(tree, draw.gamma(2, 50_000, (count, PERIODS)))
    forecasts = pd.DataFrame(truth * draw.lognormal(0, 0.2, truth.shape), tree.nodes)
    errors = pd.DataFrame(draw.normal(0, truth.mean(axis=1), (36, len(truth))).T, tree.nodes)
    return stores, forecasts, errors


def seconds(work):
    """Median CPU seconds of a work."""
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return float(np.median(took))


def peer(stores, forecasts, errors):
    """The same problem for hierarchicalforecast, or None where it is not installed."""
    try:
        from hierarchicalforecast.methods import MinTraceSparse
    except ImportError:
        return None
    from scipy import sparse

    tree = tree_of(stores)
    n = len(stores)
    rows = np.empty((len(tree.levels), n), dtype=int)
    rows[-1] = np.arange(tree.levels[-1].start, tree.levels[-1].stop)
    for k in range(len(tree.levels) - 2, -1, -1):
        rows[k] = tree.levels[k].start + tree.parents[k][rows[k + 1] - tree.levels[k + 1].start]
    columns = np.tile(np.arange(n), len(rows))
    sums = sparse.csr_matrix((np.ones(rows.size), (rows.ravel(), columns)), shape=(len(tree.nodes), n))
    values, past = forecasts.to_numpy(), errors.to_numpy()

    def solve(method, nonnegative):
        solver = MinTraceSparse(method, nonnegative=nonnegative)
        return solver.fit_predict(S=sums, y_hat=values, y_insample=past, y_hat_insample=np.zeros_like(past))["mean"]

    return solve


def speed(count):
    stores, forecasts, errors = network(count, np.random.default_rng(0))
    fewer, its_forecasts, its_errors = network(count // 2, np.random.default_rng(0))
    theirs = peer(stores, forecasts, errors)
    if theirs is None:
        print("hierarchicalforecast is not installed: no ratio")
    print(f"{count:,} stores, {len(forecasts):,} nodes, {PERIODS} periods; CPU seconds, ours from table to table")
    print(f"{'method':<28}  ours  theirs   ratio  difference")
    cases = [(method, bound) for method in ("ols", "wls_struct", "wls_var", "mint_shrink") for bound in (False, True)]
    for method, bound in cases:
        options = {"method": method, "errors": errors, "nonnegative": bound}
        mine = seconds(lambda options=options: reconcile(forecasts, stores, **options))
        name = method + ", nothing below 0" * bound
        found = reconcile(forecasts, stores, **options).to_numpy()
        open_sums = np.abs(added(tree_of(stores), found[-count:]) - found).max() / found.max()
        line, other, away = f"{name:<28}{mine:6.3f}", None, "not installed"
        if theirs is not None and method != "mint_shrink":
            other, away = beside(found, theirs, method, bound)
            line += f"{other:8.3f}{mine / other:8.2f}{away:>12}" if other else f"  {away}"
        print(line)
        if method != "mint_shrink":  # which the peer does not have sparse
            less = seconds(lambda given=options | {"errors": its_errors}: reconcile(its_forecasts, fewer, **given))
            told(
                f"reconciliation, {count:,} stores, {name}",
                peer="MinTraceSparse" if other else f"MinTraceSparse, {away}",
                ratio=mine / other if other else None,
                aim="<= 2",
                grows=doubled(less, mine),
                holds=f"sums open by {open_sums:.0e}" + f", from the peer {away}" * (other is not None),
                right=open_sums <= 1e-9,
            )


def beside(found, theirs, method, bound):
    """The peer's seconds and the largest difference over the largest forecast; None, and why, where it gave up."""
    try:
        solved = theirs(method, bound)
    except Exception as fault:  # the peer raises plain Exception when its solver does not converge
        return None, f"gave up: {fault}"
    return seconds(lambda: theirs(method, bound)), f"{np.abs(found - solved).max() / found.max():.1e}"


def retail():
    """Turnover of disjoint industries in the states that have all of them, by month; and what belongs where."""
    sold = pd.read_csv(RETAIL)
    sold = sold[~sold["Industry"].isin(SUMS)]
    wide = sold.pivot(index="Month", columns=["State", "Industry"], values="Turnover").loc["1990-01":].dropna(axis=1)
    wide.columns = wide.columns.map(" / ".join)
    stores = pd.DataFrame({"territory_id": wide.columns.str.split(" / ").str[0]}, index=wide.columns)
    return wide, stores


def ahead(history, horizon):
    """The same month a year before, grown as the last year grew over the one before."""
    last, before = history.iloc[:, -12:], history.iloc[:, -24:-12]
    growth = last.sum(axis=1) / before.sum(axis=1)
    return pd.DataFrame(last.to_numpy()[:, :horizon] * growth.to_numpy()[:, None], history.index, range(1, horizon + 1))


def cover(test_origins=60, learn=40):
    """Share of actual months, and of years, inside the 80 % interval, at origins a quarter apart."""
    wide, stores = retail()
    nodes = all_levels(wide.T, stores)
    cuts = range(24, len(wide) - 11, 3)
    made = {cut: ahead(nodes.iloc[:, :cut], 12) for cut in cuts}
    real = {cut: nodes.iloc[:, cut : cut + 12].set_axis(range(1, 13), axis=1) for cut in cuts}
    found = []
    for cut in list(cuts)[-test_origins:]:
        known = [early for early in cuts if early + 12 <= cut][-learn:]
        past = pd.concat({e: (real[e] / made[e] - 1) * made[cut] for e in known}, axis=1)
        for method in ("bottom_up", "ols", "wls_struct", "wls_var", "mint_shrink"):
            options = {"method": method, "errors": past}
            middle = reconcile(made[cut], stores, **options)
            band = coherent_intervals(coherent_paths(made[cut], stores, past, **options), middle)
            true = np.concatenate([real[cut].to_numpy().T.ravel(), real[cut].sum(axis=1)])
            inside = (band["sales_p10"] <= true) & (true <= band["sales_p90"])
            error = pd.Series(np.abs(band["sales_p50"] - true) / true)
            whole = np.where(band["period"] == "total", "year", "month")
            found.append(pd.DataFrame({"method": method, "level": band["level"], "of": whole, "inside": inside,
                                       "error": error}))  # fmt: skip
    table = pd.concat(found).groupby(["method", "of", "level"])[["inside", "error"]].mean().unstack("level")
    print(f"share inside the 80 % interval, and mean error, {test_origins} origins, {learn} scenarios")
    print(table.map("{:.1%}".format).to_string())


def years(known, gap=2, every=36, most=5):
    """Share of actual years inside their 80 % range, `gap` months after the `known` months of history."""
    wide, _ = retail()
    industries, rows = sorted({name.split(" / ")[1] for name in wide})[:most], []
    for industry in industries:
        history = wide[[name for name in wide if name.endswith(f" / {industry}")]].rename_axis(columns="territory_id")
        history.index = pd.PeriodIndex(history.index, freq="M")
        for stop in range(len(history) - gap - 12, known, -every):
            made = network_forecast(
                history.iloc[stop - known : stop], pd.DataFrame(index=history.columns), horizon=gap + 12
            )
            year = history.iloc[stop + gap : stop + gap + 12]
            band = year_outlook(made, year.index.astype(str))
            real = all_levels(year.T, pd.DataFrame(index=year.columns)).sum(axis=1).rename({"store": "territory"})
            band = band.join(real.rename("real"))
            rows.append(band.assign(miss=np.abs(np.log(band["real"] / band["sales_p50"])), industry=industry))
    table = pd.concat(rows)
    table["inside"] = table["real"].between(table["sales_p10"], table["sales_p90"]).where(table["sales_p10"].notna())
    table["width"] = np.log(table["sales_p90"] / table["sales_p50"])
    print(f"years after {known} months of history, {len(industries)} industries, {len(rows)} forecasts")
    columns = {"inside": "mean", "width": "median", "miss": "median"}
    levels = table.astype({"inside": float}).groupby(level="level").agg(columns)
    print(levels.map("{:.1%}".format).to_string())
    least = levels["inside"].min()
    told(
        f"years inside their range, states and network, {len(rows)} forecasts",
        peer="the 80 % stated",
        ratio=least / 0.8,
        aim=">= 0.95",
        holds=", ".join(f"{level} {share:.0%}" for level, share in levels["inside"].items()),
    )
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--only", choices=("speed", "cover", "years"))
    parser.add_argument("--stores", type=int, default=10_000)
    given = parser.parse_args()
    if given.only in (None, "speed"):
        speed(given.stores)
    if given.only in (None, "cover"):
        cover() if RETAIL.is_file() else print("cover left out: aus_retail.csv is not on this machine")
    if given.only in (None, "years"):
        years(48) if RETAIL.is_file() else print("years left out: aus_retail.csv is not on this machine")


if __name__ == "__main__":
    main()
