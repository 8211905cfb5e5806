"""
Where the year stands: sales so far against the target so far, the same period last year, and where the year will end.

A target to date knows the season because it is the sum of the plan's month_weeks that are over; of a month_week that is
not over, its part by day weights. Notes are codes, several parted by `;`: `gap` (a period inside is missing, so nothing
is summed), `no_target` (not in the plan), `new` (not selling through the whole of last year's period), `ended` (sold
this year or last, not at the end).
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.attainment.actuals import to_date, year_so_far
from expansion_kit.targets.forecasting.intervals import conformal_width

LEVELS = {"territory_id": "territory", "store_id": "store", "network": "network"}
ALPHA = 0.2  # projected_p10 to projected_p90


def target_to_date(targets, as_of, *, by, weights=None):
    """
    The part of each target that should have been sold by the end of a day.

    Parameters
    ----------
    targets : DataFrame
        One plan, metric and tier as `periods.breakdown` gives it (`targets.csv`).
    as_of : Timestamp
        Last day that counts; before the year nothing is due, after it everything.
    by : str
        `territory_id`, `store_id` or `network`.
    weights : Series, optional
        Weight of each day, as `periods.day_weights` gives it; without it the days of a month_week count the same.

    Returns
    -------
    DataFrame
        Index `by`; `target_year` and `target_to_date` (money).

    Raises
    ------
    ValueError
        If several plans, metrics or tiers stand below each other, or the level is not there.

    Examples
    --------
    >>> from expansion_kit.targets.breakdown.periods import breakdown
    >>> annual = pd.Series([365], pd.Index(["T1"], name="territory_id"))
    >>> months = pd.period_range("2027-01", "2027-12", freq="M")
    >>> days = pd.Series(months.days_in_month, months.astype(str))
    >>> plan = breakdown(annual, year=2027, month_weights=days, plan_id="P")
    >>> target_to_date(plan, pd.Timestamp("2027-02-10"), by="territory_id")["target_to_date"].tolist()
    [41.0]
    """
    rows = targets[(targets["period_type"] == "month_week") & (targets["level"] == LEVELS[by])]
    if rows.empty or len(rows[["plan_id", "metric", "tier"]].drop_duplicates()) != 1:
        raise ValueError(f"one plan, metric and tier at level {LEVELS[by]} is needed")
    cells = rows[["period", "period_start", "period_end"]].drop_duplicates("period").set_index("period")
    over = rows["period"].map(_parts_over(cells.apply(pd.to_datetime), pd.Timestamp(as_of), weights))
    value = rows["value"].astype(float)
    key = "network" if by == "network" else rows[by]
    table = pd.DataFrame({by: key, "target_year": value, "target_to_date": value * over})
    return table.groupby(by).sum()


def _parts_over(cells, as_of, weights):
    """Share of each month_week that is over, by day weights."""
    days = pd.date_range(cells["period_start"].min(), cells["period_end"].max())
    weights = pd.Series(1.0, days) if weights is None else weights.astype(float)
    sums = np.concatenate([[0.0], weights.cumsum().to_numpy()])
    first = (cells["period_start"] - days[0]).dt.days.to_numpy()
    end = (cells["period_end"] - days[0]).dt.days.to_numpy() + 1
    now = np.clip((as_of - days[0]).days + 1, first, end)
    whole = sums[end] - sums[first]
    by_days = (now - first) / (end - first)
    part = np.divide(sums[now] - sums[first], whole, out=by_days, where=whole > 0)
    return pd.Series(part, cells.index)


def attainment(actual, target):
    """
    Actual over target.

    Parameters
    ----------
    actual, target : Series, shape (n,)

    Returns
    -------
    Series
        Named `attainment`; 1 is the target reached; missing where the target is not above 0.

    Examples
    --------
    >>> attainment(pd.Series([90, 5]), pd.Series([100, 0])).tolist()
    [0.9, nan]
    """
    return (actual / target.where(target > 0)).rename("attainment")


def track(history, targets, as_of, *, by, weights=None):
    """
    Sales to date against the target to date and against last year.

    Parameters
    ----------
    history : DataFrame
        As `actuals.actuals` gives it with the same `by`.
    targets, as_of, by, weights
        As in `target_to_date`.

    Returns
    -------
    DataFrame
        Index `by`: all of the plan, then those without a target that sold this year. `target_year`, `target_to_date`,
        `actual_to_date`, `gap` (money; negative is short), `attainment` (share), `last_year_to_date` (money), `yoy`
        (share of growth), `note` (codes, see the module).

    Raises
    ------
    ValueError
        As `target_to_date`.

    Examples
    --------
    >>> from expansion_kit.targets.breakdown.periods import breakdown
    >>> months = pd.period_range("2026-01", "2027-03", freq="M")
    >>> history = pd.DataFrame({"T1": 10.0}, months).rename_axis(columns="territory_id")
    >>> even = pd.Series(1, pd.period_range("2027-01", "2027-12", freq="M").astype(str))
    >>> annual = pd.Series([144], pd.Index(["T1"], name="territory_id"))
    >>> plan = breakdown(annual, year=2027, month_weights=even, plan_id="P")
    >>> table = track(history, plan, pd.Timestamp("2027-03-31"), by="territory_id")
    >>> table[["gap", "attainment", "yoy"]].round(3).values.tolist()
    [[-6.0, 0.833, 0.0]]
    """
    plan = target_to_date(targets, as_of, by=by, weights=weights)
    sold = year_so_far(history, as_of)
    selling = history.columns[sold.notna().any()]
    keys = plan.index.append(selling.difference(plan.index)).rename(by)
    table = plan.reindex(keys)
    table["actual_to_date"] = to_date(history, as_of).reindex(keys)
    table["gap"] = table["actual_to_date"] - table["target_to_date"]
    table["attainment"] = attainment(table["actual_to_date"], table["target_to_date"])
    earlier = year_so_far(history, as_of, 1)
    whole = earlier.notna().all() & (len(earlier) > 0)
    table["last_year_to_date"] = to_date(history, as_of, years_back=1).where(whole).reindex(keys)
    table["yoy"] = table["actual_to_date"] / table["last_year_to_date"].where(table["last_year_to_date"] > 0) - 1
    table["note"] = _notes(table, sold.reindex(columns=keys), whole.reindex(keys))
    return table


def _notes(table, sold, whole):
    facts = {
        "gap": sold.notna().any() & table["actual_to_date"].isna(),
        "no_target": table["target_year"].isna(),
        "new": whole.ne(True) & sold.iloc[-1:].notna().all(),
        "ended": sold.iloc[-1:].isna().all(),
    }
    return pd.DataFrame(facts).apply(lambda row: ";".join(row.index[row.astype(bool)]), axis=1)


def run_rate(table, history, as_of, *, pool=None):
    """
    Where the year will end if the rest goes as the part so far: actual to date over the season's share to date.

    The season's share is the plan's. The interval is split-conformal: in each earlier complete year the share so far is
    predicted by the mean of the other years' shares; the errors (logarithms) of all series of `pool` are taken
    together.

    Parameters
    ----------
    table : DataFrame
        As `track` gives it.
    history : DataFrame
        As `actuals.actuals` gives it.
    as_of : Timestamp
    pool : DataFrame, optional
        Series whose errors calibrate the interval, when `history` alone has too few; for one network, its territories
        (their sum errs less than they do, so the interval is too wide rather than too narrow).

    Returns
    -------
    DataFrame
        On the index of `table`: `projected_p10`, `projected`, `projected_p90` (money of the year),
        `projected_attainment` (share of the year's target), `interval_errors` (count; with fewer than four there is no
        interval). Missing where the target or the actual is; without an interval for a series that is no longer
        selling.

    References
    ----------
    Lei, J. et al. (2018). Distribution-free predictive inference for regression. Journal of the American Statistical
    Association 113(523), 1094-1111.

    Examples
    --------
    Half the year's target was due, 60 were sold:

    >>> table = pd.DataFrame({"target_year": [200.0], "target_to_date": [100.0], "actual_to_date": [60.0]}, ["T1"])
    >>> history = pd.DataFrame({"T1": 10.0}, pd.period_range("2027-01", "2027-06", freq="M"))
    >>> run_rate(table, history, pd.Timestamp("2027-06-30"))[["projected", "projected_p10"]].values.tolist()
    [[120.0, nan]]
    """
    share = table["target_to_date"] / table["target_year"].where(table["target_year"] > 0)
    errors = season_errors(history if pool is None else pool, as_of)
    width = conformal_width(errors, alpha=ALPHA)
    middle = table["actual_to_date"] / share.where(share > 0)
    middle = middle.where(
        year_so_far(history, as_of).iloc[-1].reindex(table.index).notna()
    )  # a closed store has no run rate
    return pd.DataFrame(
        {
            "projected_p10": (middle * np.exp(-width)).clip(lower=table["actual_to_date"].clip(upper=middle)),
            "projected": middle,
            "projected_p90": middle * np.exp(width),
            "projected_attainment": attainment(middle, table["target_year"]),
            "interval_errors": len(errors),
        }
    )


def season_errors(history, as_of):
    """
    How far the run rate at this day of the year was off in each earlier complete year.

    Parameters
    ----------
    history : DataFrame
        As `actuals.actuals` gives it.
    as_of : Timestamp

    Returns
    -------
    Series
        Logarithm of the year projected over the year sold, one a series and year; index (key, year). Empty where fewer
        than two complete years are known.

    Examples
    --------
    Half of one year and two thirds of the other were sold by June: each projects the other.

    >>> months = pd.period_range("2024-01", "2025-12", freq="M")
    >>> sales = pd.DataFrame({"T1": [1.0] * 12 + [2.0] * 6 + [1.0] * 6}, months)
    >>> np.exp(season_errors(sales, pd.Timestamp("2026-06-30"))).round(3).tolist()
    [0.75, 1.333]
    """
    as_of = pd.Timestamp(as_of)
    periods = history.groupby(history.index.year).size()
    last = history.groupby(history.index.year).apply(lambda part: part.index[-1].end_time.normalize())
    complete = [year for year in periods.index if year < as_of.year and last[year] == pd.Timestamp(year, 12, 31)]
    shares = {}
    for year in complete:
        inside = history[history.index.year == year]
        whole = inside.sum().where(inside.notna().all() & (inside.index[0].start_time.dayofyear == 1))
        shares[year] = year_so_far(history, as_of, as_of.year - year).sum() / whole.where(whole > 0)
    table = pd.DataFrame(shares, index=history.columns)
    others = (table.sum(axis=1).to_numpy()[:, None] - table) / (table.notna().sum(axis=1).to_numpy()[:, None] - 1)
    ratio = (table / others.where(others > 0)).where(table > 0)
    errors = np.log(ratio.astype(float)).stack()
    return errors[np.isfinite(errors)]
