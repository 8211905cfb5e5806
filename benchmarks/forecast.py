"""
Whether the forecast is worth its place: error, intervals and CPU beside statsforecast, and known truth found again.

    python benchmarks/forecast.py [--only australia|gangnam|demo|cpu] [--every N] [--series N] [--seeds N]

`australia`: 152 monthly series, 24 months ahead from 3 origins, beside AutoETS and dynamic optimised theta.
`gangnam`: 56 areas, 4 quarters ahead, beside the last value. Both need ../shared/data. `demo`: growth, seasonal factors
and festival lift of the demo city. `cpu`: backtest and forecast of monthly series beside one fit of theta each.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.ratios import doubled, told
from data import make_demo_city
from expansion_kit.targets.forecasting.comparable import mature
from expansion_kit.targets.forecasting.estimates import calendar_effects
from expansion_kit.targets.forecasting.forecast import backtest, forecast
from expansion_kit.targets.forecasting.history import sales_history
from expansion_kit.targets.forecasting.models import calendar_regression

DATA = ROOT.parent / "shared" / "data"
AHEAD = 24
PEERS = ("AutoETS", "DynamicOptimizedTheta")


def peer(name, past, horizon):
    """Forecast of a model of statsforecast for every series, on its whole history."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsforecast import models

        model = getattr(models, name)(season_length=12)
        return np.column_stack([model.forecast(y=past[key].dropna().to_numpy(), h=horizon)["mean"] for key in past])


def australia(every=1):
    file = DATA / "aus_retail" / "aus_retail.csv"
    if not file.is_file():
        print("left out: aus_retail.csv is not on this machine")
        return
    sold = pd.read_csv(file).pivot(index="Month", columns="Series ID", values="Turnover").astype(float).iloc[:, ::every]
    sold.index = pd.PeriodIndex(sold.index, freq="M", name="period")
    ends = sold.apply(lambda series: series.last_valid_index())
    rows = []
    for back in (0, AHEAD, 2 * AHEAD):
        for end in ends.unique():  # four series end earlier than the others
            several = sold.loc[:end, ends == end].rename_axis(columns="store_id")
            past = several.iloc[: -AHEAD - back]
            real = several.iloc[len(several) - AHEAD - back :].iloc[:AHEAD]
            past = past.loc[:, past.notna().sum() >= 24]
            if not past.empty:
                rows.append(one_origin(past, real[past.columns]).assign(months_back=AHEAD + back))
    table = pd.concat(rows)
    print(f"Australia, {AHEAD} months ahead, {len(table)} times ({sold.shape[1]} series): mean MASE, share inside")
    print(table.groupby("months_back").mean().round(3).to_string())
    mean = table.drop(columns="months_back").mean()
    print(mean.round(3).to_frame("all").T.to_string())
    told(
        f"MASE of the forecast, {sold.shape[1]} Australian series, {AHEAD} months",
        peer="the better of AutoETS and theta",
        ratio=mean["ours"] / mean[list(PEERS)].min(),
        aim="<= 1",
        holds=f"MASE {mean['ours']:.3f}, {mean['inside_80']:.0%} inside 80 %",
        right=0.76 <= mean["inside_80"] <= 0.84,
    )


def one_origin(past, real):
    """MASE of ours and of the peers, and the share of months inside our 80 % intervals, by series."""
    ahead = forecast(past, horizon=AHEAD, country="AU")
    ours = ahead.pivot(index="period", columns="store_id", values=["sales_p10", "sales_p50", "sales_p90"])
    scale = past.diff(12).abs().mean()
    table = {"ours": (ours["sales_p50"][past.columns].to_numpy() - real).abs().mean() / scale}
    for name in PEERS:
        table[name] = (peer(name, past, AHEAD) - real).abs().mean() / scale
    low, high = (ours[name][past.columns].to_numpy() for name in ("sales_p10", "sales_p90"))
    return pd.DataFrame(table).assign(inside_80=((real >= low) & (real <= high)).mean())


def gangnam():
    file = DATA / "seoul_commercial" / "gangnam_convenience_panel_2021Q1_2023Q3.csv"
    if not file.is_file():
        print("left out: the Gangnam panel is not on this machine")
        return
    table = pd.read_csv(file, usecols=["기준_년", "기준_분기", "상권_코드", "당월_매출_금액"]).astype(float)
    quarter = pd.PeriodIndex.from_fields(year=table["기준_년"], quarter=table["기준_분기"], freq="Q-DEC")
    sold = table["당월_매출_금액"].groupby([quarter.rename("period"), table["상권_코드"].astype(int).astype(str)]).sum()
    sold = sold.unstack().dropna(axis=1).rename_axis(columns="territory_id")
    past, real = sold.loc[:"2022Q3"], sold.loc["2022Q4":]
    ahead = forecast(past, country="KR")
    ours = ahead.pivot(index="period", columns="territory_id", values=["sales_p10", "sales_p50", "sales_p90"])
    low, middle, high = (ours[name][past.columns].to_numpy() for name in ours.columns.levels[0])
    print(f"Gangnam, {sold.shape[1]} areas, 4 quarters after 2022-Q3: WAPE, share inside the 80 % interval, models")
    off, total = np.abs(middle - real).sum().sum(), real.sum().sum()
    last = np.abs(past.iloc[-1] - real).sum().sum()
    inside = ((real >= low) & (real <= high)).mean().mean()
    print(f"  ours {off / total:.4f}   last value {last / total:.4f}   inside {inside:.3f}")
    print("  " + str(ahead.drop_duplicates("territory_id")["model"].value_counts().to_dict()))
    told(
        f"error of the forecast, {sold.shape[1]} Gangnam areas, 4 quarters",
        peer="the last value",
        ratio=off / last,
        aim="<= 1",
        holds=f"WAPE {off / total:.1%}, {inside:.0%} inside 80 %",
    )


def demo(seeds=20):
    truth = make_demo_city.read_truth()
    effects, errors = [], []
    for seed in range(1, seeds + 1):
        tables = make_demo_city.make(seed, truth)
        own = tables["stores"].query("own").set_index("store_id")
        history = mature(sales_history(tables["sales"], by="store_id"), own["opened"])
        effects.append(found(history, own["territory_id"], truth))
        errors.append(january_february(history, own["territory_id"], truth))
    table = pd.concat(effects)
    off = (table["estimate"] - table["truth"]) / table["standard_error"]
    kind = table["effect"].str.split("_").str[0]
    kind = kind.mask(kind.eq("festival") & table["truth"].eq(0), "festival of zero")
    print(f"demo city, {seeds} seeds: estimates, share within two standard errors, mean bias in standard errors")
    shown = off.groupby(kind).agg(["size", lambda z: z.abs().le(2).mean(), "mean"])
    shown.loc["all"] = [len(off), off.abs().le(2).mean(), off.mean()]
    print(shown.set_axis(["n", "within_two", "bias"], axis=1).round(3).to_string())
    mean = pd.concat([pd.Series(row) for row in errors], axis=1).mean(axis=1).unstack()
    print("January and February 2026 forecast from 2025-12: error with and without the festival")
    mean = mean.assign(ratio=mean["with"] / mean["without"])
    print(mean.round(4).to_string())
    told(
        f"error of January and February, demo city, {seeds} seeds",
        peer="without the festival",
        ratio=mean["ratio"].max(),
        aim="<= 0.333",
        holds=f"{shown.loc['all'].iloc[1]:.0%} of known effects within two errors",
        right=shown.loc["all"].iloc[1] >= 0.95,
    )


def found(history, territory, truth):
    table = calendar_effects(history, groups=territory, country="CN")
    season = np.array(truth["sales"]["season"])
    known = {f"season_{i}": value / season.mean() for i, value in enumerate(season, start=1)}
    lift, growth = truth["festival"]["lift"], truth["growth"]
    of = {"growth": growth, "festival": lift}
    table["truth"] = [known[e] if e in known else of[e][g] for g, e in zip(table["group"], table["effect"])]
    return table


def january_february(history, territory, truth):
    """Mean relative error of January and February 2026 with and without the festival; chain and territories.

    A month counts whole: the demo city's months have no more sales for a day more.
    """
    whole = history.loc[:, history.notna().all()]
    sums = whole.T.groupby(territory.reindex(whole.columns)).sum().T
    moved = sums[[key for key in sums if abs(truth["festival"]["lift"][key]) >= 0.1]]
    row = {}
    for name, table in (("chain", whole.sum(axis=1).to_frame("all")), ("territories", moved)):
        past, real = table.loc[:"2025-12"], table.loc["2026-01":"2026-02"]
        for how, country in (("with", "CN"), ("without", None)):
            off = (calendar_regression(past, horizon=2, country=country, per_day=False) / real - 1).abs()
            row[name, how] = off.to_numpy().mean()
    return row


def cpu(series, months=(60, 84, 120)):
    draw = np.random.default_rng(0)
    print(f"CPU of backtest and forecast, {series:,} monthly series, 12 months ahead, beside one fit of theta each")
    warm = made(20, 60, draw)
    forecast(warm), peer(PEERS[1], warm, 12)
    for n in months:
        history = made(series, n, draw)
        start = time.process_time()
        forecast(history.iloc[:, : series // 2])
        half = time.process_time() - start
        start = time.process_time()
        tested = backtest(history)
        middle = time.process_time()
        forecast(history, tested=tested)
        ours = time.process_time() - start
        tests = middle - start
        start = time.process_time()
        peer(PEERS[1], history, 12)
        theirs = time.process_time() - start
        shown = f"ours {ours:7.1f} s (backtest {tests:.1f}), theta alone {theirs:7.1f} s, ratio {ours / theirs:.2f}"
        print(f"  {n:4} months: {shown}")
        told(
            f"forecast, {series:,} series of {n} months",
            peer="one fit of theta each",
            ratio=ours / theirs,
            aim="<= 2",
            grows=doubled(half, ours),
            holds="backtest and intervals included",
        )


def made(series, n, draw):
    months = pd.period_range(end="2026-10", periods=n, freq="M", name="period")
    season = draw.normal(0, 0.1, (12, series))[months.month - 1]
    walk = np.cumsum(draw.normal(0.003, 0.01, (n, series)), axis=0)
    sales = 1e5 * np.exp(season + walk + draw.normal(0, 0.04, (n, series)))
    return pd.DataFrame(sales, months, [f"S{i:05}" for i in range(series)]).rename_axis(columns="store_id")


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--only", choices=["australia", "gangnam", "demo", "cpu"])
    options.add_argument("--every", type=int, default=1, help="every Nth series of Australia")
    options.add_argument("--series", type=int, default=1000)
    options.add_argument("--seeds", type=int, default=20)
    chosen = options.parse_args()
    parts = {
        "gangnam": gangnam,
        "demo": lambda: demo(chosen.seeds),
        "cpu": lambda: cpu(chosen.series),
        "australia": lambda: australia(chosen.every),
    }
    for name, part in parts.items():
        if chosen.only in (None, name):
            part()


if __name__ == "__main__":
    main()
