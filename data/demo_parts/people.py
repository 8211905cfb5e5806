"""Prospects on their way to a franchise, their bids, and what was said with them."""

import numpy as np
import pandas as pd

from . import names
from .ground import lonlat, rng

EARLY = ["咨询", "申请", "登记", "市场调研及可行性审核", "区域授权竞标", "保证金", "选址审核", "考察"]
LATE = ["签约", "设计装修", "备货", "培训", "开业", "业绩回报"]
DOCUMENTS = ["身份证明", "征信报告", "资金证明", "经营计划", "物业证明"]
TODAY = pd.Timestamp("2026-10-31")


def log_odds(table, truth):
    """The true log odds of signing; missing where an answer that counts is missing."""
    of = truth["prospects"]
    return (
        of["intercept"]
        + of["liquid_capital"] * np.log(table["liquid_capital"] / 200_000)
        + of["retail_years"] * table["retail_years"].clip(upper=10)
        + of["stores_run"] * table["stores_run"].clip(upper=4)
        + of["local"] * table["local"].astype(float)
        + of["own_premises"] * table["own_premises"].astype(float)
        + of["hours_week"] * (table["hours_week"].clip(30, 60) - 30)
        + table["credit_grade"].map(of["credit"]).astype(float)
    ).rename("log_odds")


def prospects(seed, truth, zones_table, zone_xy):
    """300 prospects; the outcome of the closed ones is drawn from the true log odds, then some answers are removed."""
    draw, of = rng(seed, "prospects"), truth["prospects"]
    n = of["number"]
    capital = (draw.lognormal(np.log(450_000), 0.55, n) / 10_000).round() * 10_000
    liquid = (capital * draw.beta(4, 4, n) / 10_000).round().clip(3) * 10_000
    years = draw.poisson(3.2, n)
    run = np.where(years == 0, 0, draw.poisson(0.9, n))
    home = draw.choice(len(zone_xy), n, p=(zones_table["population"] / zones_table["population"].sum()).to_numpy())
    wanted = np.where(
        draw.random(n) < 0.6,
        zones_table["territory_id"].to_numpy()[home],
        draw.choice([f"T{i}" for i in range(1, 9)], n),
    )
    table = pd.DataFrame(
        {
            "prospect_id": [f"Y{i:03d}" for i in range(1, n + 1)],
            "name": [f"{draw.choice(names.SURNAMES)}{draw.choice(names.GIVEN)}（化名）" for _ in range(n)],
            "company": [f"示例商贸{i:03d}号" if r >= 2 else None for i, r in enumerate(run, 1)],
            "phone": [f"100-0000-{i:04d}" for i in range(1, n + 1)],
            "wechat": [f"demo_{i:04d}" for i in range(1, n + 1)],
            **lonlat(zone_xy[home] + draw.uniform(-300, 300, (n, 2)), truth),
            "territory_id": wanted,
            "capital": capital,
            "liquid_capital": liquid,
            "retail_years": years.astype(float),
            "stores_run": run.astype(float),
            "brands_run": [draw.choice(names.MALL_BRANDS) if r else None for r in run],
            "brand_sales": np.where(run > 0, (run * draw.lognormal(np.log(70_000), 0.4, n)).round(-3), np.nan),
            "local": zones_table["territory_id"].to_numpy()[home] == wanted,
            "own_premises": draw.random(n) < 0.2,
            "credit_grade": draw.choice(list("ABCD"), n, p=[0.3, 0.4, 0.2, 0.1]),
            "hours_week": draw.choice([20, 30, 40, 50, 60], n, p=[0.15, 0.2, 0.3, 0.2, 0.15]).astype(float),
            "lead_source": draw.choice(names.SOURCES, n),
        }
    )
    table["owner"] = table["territory_id"].map(dict(zip([f"T{i}" for i in range(1, 9)], names.MANAGERS)))
    table = table.join(_ends(table, truth, draw))
    return _with_gaps(table, of["missing"], draw)


def _ends(table, truth, draw):
    """Stage, outcome, day of the stage and documents."""
    of, n = truth["prospects"], len(table)
    signed = draw.random(n) < 1 / (1 + np.exp(-log_odds(table, truth)))
    closed = np.zeros(n, dtype=bool)
    closed[draw.choice(n, of["closed"], replace=False)] = True
    lost = draw.choice(EARLY, n, p=of["lost_at"])
    late = draw.choice(LATE, n, p=[0.15, 0.12, 0.06, 0.07, 0.1, 0.5])
    running = draw.choice(EARLY, n, p=[0.26, 0.2, 0.14, 0.13, 0.08, 0.07, 0.07, 0.05])
    stage = np.where(~closed, running, np.where(signed, late, lost))
    depth = np.array([(EARLY + LATE).index(s) for s in stage])
    days = np.where(closed, draw.integers(30, 900, n), draw.gamma(1.6, 18, n).astype(int) + 1)
    given = [DOCUMENTS[: min(1 + d // 2, 5)] if d else [] for d in depth]
    return pd.DataFrame(
        {
            "stage": stage,
            "stage_since": TODAY - pd.to_timedelta(days, unit="D"),
            "documents": ["|".join(several) or None for several in given],
            "outcome": np.where(~closed, None, np.where(signed, "signed", "lost")),
        },
        index=table.index,
    )


def _with_gaps(table, share, draw):
    """Answers that are not known are left empty, at random."""
    table = table.copy()
    for column in ("capital", "liquid_capital", "retail_years", "stores_run", "credit_grade", "hours_week"):
        table.loc[draw.random(len(table)) < share, column] = np.nan
    for column in ("local", "own_premises"):
        table[column] = table[column].astype("boolean").mask(draw.random(len(table)) < share)
    return table


def bids(seed, prospects_table):
    """Two to four bids for each territory, from those who have come as far as the bid."""
    draw = rng(seed, "bids")
    rows = []
    able = prospects_table[prospects_table["stage"].isin([*EARLY[4:], LATE[0]])]
    for territory, several in able.groupby("territory_id"):
        for prospect in several["prospect_id"].head(int(draw.integers(2, 5))):
            rows.append((prospect, territory, int(draw.integers(1, 6)), int(draw.integers(3, 12)) * 10_000.0))
    table = pd.DataFrame(rows, columns=["prospect_id", "territory_id", "openings_year", "deposit"])
    table.insert(0, "bid_id", [f"B{i:02d}" for i in range(1, len(table) + 1)])
    plan = ["先开一家样板店，半年后加密", "自有物业改造，首年两店", "与商场联营为主", "以校园周边小店为主"]
    return table.assign(plan=draw.choice(plan, len(table)))


def contacts(seed, prospects_table):
    """What was said with the prospects that are still open, and with some that are closed."""
    draw = rng(seed, "contacts")
    busy = prospects_table["outcome"].isna() | (draw.random(len(prospects_table)) < 0.35)
    rows = []
    for prospect in prospects_table[busy].itertuples():
        for _ in range(int(draw.integers(1, 5))):
            date = min(prospect.stage_since + pd.Timedelta(days=int(draw.integers(0, 40))), TODAY)
            promised = draw.random() < 0.7
            rows.append(
                (
                    prospect.prospect_id,
                    date,
                    draw.choice(names.CHANNELS),
                    draw.choice(names.NOTES),
                    draw.choice(names.NEXT_ACTIONS) if promised else None,
                    date + pd.Timedelta(days=int(draw.integers(3, 30))) if promised else pd.NaT,
                )
            )
    columns = ["prospect_id", "date", "channel", "note", "next_action", "next_date"]
    table = pd.DataFrame(rows, columns=columns).sort_values("date", kind="stable", ignore_index=True)
    table.insert(0, "contact_id", [f"H{i:04d}" for i in range(1, len(table) + 1)])
    return table
