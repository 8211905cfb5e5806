"""Four years of trade: monthly sales of the own stores, and what the sales department plans around them."""

import numpy as np
import pandas as pd

from . import names
from .ground import rng

ITEMS = {"人员工资": 52_000, "办公与房租": 14_000, "差旅费": 6_500, "业务招待费": 3_000}  # fixed, money a month
RATES = {"广告宣传费": 0.018, "物流费": 0.022, "促销费": 0.012}  # variable, share of sales
BUDGET_ITEMS = {"差旅费": 30_000, "招商活动": 60_000, "开业支持": 90_000}  # money a quarter


def months(truth):
    """The months of the history."""
    return pd.period_range(truth["sales"]["first"], truth["sales"]["last"], freq="M")


def festival(truth):
    """
    Part of the Spring Festival's window in each month of the history, less what the month usually has.

    The window is the days before the festival; it always lies in January and February.
    """
    every, of = months(truth), truth["festival"]
    moved = pd.Series(0.0, index=every)
    for text in of["dates"]:
        day = pd.Timestamp(text)
        window = pd.date_range(end=day - pd.Timedelta(days=1), periods=of["window_days"])
        january = (window.month == 1).mean()
        for month, share, usual in ((1, january, of["usual_january"]), (2, 1 - january, 1 - of["usual_january"])):
            period = pd.Period(year=day.year, month=month, freq="M")
            if period in moved.index:
                moved[period] = share - usual
    return moved


def expected_month(truth, level, territory, opened):
    """
    Sales of each store and month without chance: level x season x festival x growth x ramp; before opening missing.

    Shapes: `level`, `territory`, `opened` (n_stores,); returns (n_stores, n_months).
    """
    every, of = months(truth), truth["sales"]
    season = np.array(of["season"])[every.month - 1]
    lift = np.array([truth["festival"]["lift"][t] for t in territory])
    growth = np.array([truth["growth"][t] for t in territory])
    years = (np.arange(len(every)) - (len(every) - 1)) / 12
    age = np.array([[(m - pd.Period(day, "M")).n for m in every] for day in opened])
    ramp = 1 - (1 - of["ramp_start"]) * np.exp(-np.clip(age, 0, None) / of["ramp_months"])
    moved = np.exp(np.outer(lift, festival(truth).to_numpy()))
    sales = level[:, None] * season * moved * (1 + growth[:, None]) ** years * ramp
    return np.where(age >= 0, sales, np.nan)


def sales(seed, truth, own, level, promotions_table):
    """
    Monthly sales of the own stores that have been open, with expense, money due and collected, orders and units.

    `own` has `store_id, territory_id, opened, closed`; `level` is the Huff level of each.
    """
    draw, of = rng(seed, "sales"), truth["sales"]
    every = months(truth)
    mean = expected_month(
        truth, level * draw.lognormal(0, truth["huff"]["store_sigma"], len(own)), own["territory_id"], own["opened"]
    )
    mean = mean * _promoted(truth, own, promotions_table)
    sigma = of["month_sigma"]
    table = pd.DataFrame(
        {
            "store_id": np.repeat(own["store_id"].to_numpy(), len(every)),
            "territory_id": np.repeat(own["territory_id"].to_numpy(), len(every)),
            "period": np.tile(every.astype(str), len(own)),
            "sales": (mean * np.exp(draw.normal(0, sigma, mean.shape) - sigma**2 / 2)).round().ravel(),
        }
    )
    closed = np.repeat(own["closed"].to_numpy(), len(every))
    late = pd.PeriodIndex(table["period"], freq="M").to_timestamp() > closed
    table = table[table["sales"].notna() & ~late].reset_index(drop=True)
    n = len(table)
    due = 0.38 * table["sales"] * draw.lognormal(0, 0.04, n)
    orders = table["sales"] / of["ticket"] * draw.lognormal(0, 0.03, n)
    return table.assign(
        basis="retail_gross",
        expense=(3500 + 0.055 * table["sales"] * draw.lognormal(0, 0.08, n)).round(),
        receivable=due.round(),
        collected=(due * np.clip(draw.normal(0.95, 0.05, n), 0.6, 1.0)).round(),
        orders=orders.round(),
        units=(orders * of["units_per_order"]).round(),
    )


def _promoted(truth, own, promotions_table):
    """Factor of each store and month: the uplift on the part of the month that a promotion ran."""
    every = months(truth)
    factor = pd.DataFrame(1.0, index=own["store_id"], columns=every)
    for promotion in promotions_table[promotions_table["store_id"].notna()].to_dict("records"):
        days = pd.period_range(promotion["from"], promotion["to"], freq="D").asfreq("M")
        for month, n in zip(*np.unique(days, return_counts=True)):
            if month in factor.columns:
                factor.loc[promotion["store_id"], month] += truth["sales"]["promotion_uplift"] * n / month.days_in_month
    return factor.to_numpy()


def promotions(seed, own):
    """36 promotions of single stores, one to four weeks long."""
    draw = rng(seed, "promotions")
    days = pd.date_range("2023-03-01", "2026-09-01", freq="D")
    start = pd.Series(days[np.sort(draw.choice(len(days), 36, replace=False))])
    cost = draw.integers(20, 120, 36) * 100.0
    return pd.DataFrame(
        {
            "promotion_id": [f"A{i:02d}" for i in range(1, 37)],
            "store_id": draw.choice(own["store_id"], 36, replace=False),
            "from": start,
            "to": start + pd.to_timedelta(draw.choice([6, 13, 20, 27], 36), unit="D"),
            "cost": cost,
            "kind": draw.choice(["买一送一", "会员日", "新品尝鲜", "外卖满减"], 36),
        }
    )


def expenses(seed, territory_ids):
    """Expenses of the territories by item in the current year: amounts a month, and shares of sales."""
    draw = rng(seed, "expenses")
    rows = []
    for territory in territory_ids:
        rows += [
            (territory, item, "fixed", round(amount * draw.lognormal(0, 0.15), -2), None)
            for item, amount in ITEMS.items()
        ]
        rows += [
            (territory, item, "variable", None, round(rate * draw.lognormal(0, 0.12), 4))
            for item, rate in RATES.items()
        ]
    table = pd.DataFrame(rows, columns=["territory_id", "item", "kind", "amount", "rate"])
    return table.assign(period="2026-10")


def plans(seed, truth, sales_table):
    """What managers propose for 2027, what is locked, the expansion budget of 2026 and the measures under way."""
    draw = rng(seed, "plans")
    last_year = sales_table[sales_table["period"].between("2025-11", "2026-10")]
    month = last_year["period"].str[5:].astype(int)
    by_quarter = last_year.groupby(["territory_id", (month - 1) // 3 + 1])["sales"].sum()
    proposals = [
        (t, f"2027-Q{q}", "sales", round(s * draw.uniform(0.98, 1.12), -4)) for (t, q), s in by_quarter.items()
    ]
    territory_ids = list(by_quarter.index.unique(level=0))
    proposals += [(t, "2027", "openings", int(draw.integers(1, 5))) for t in territory_ids]
    manager = dict(zip(territory_ids, names.MANAGERS))
    proposals = pd.DataFrame(proposals, columns=["territory_id", "period", "metric", "value"])
    proposals["owner"] = proposals["territory_id"].map(manager)
    proposals = pd.concat([proposals, _disputed(seed, by_quarter, manager)], ignore_index=True)
    first = by_quarter.loc[("T1", 1)]
    locks = [
        ("T1", "2027-Q1", "sales", round(first * 1.03, -4)),
        ("T8", "2027", "openings", 3),
        ("T5", "2027-02", "expense_rate", 0.08),
        ("T3", "2027-10", "goods_on_credit", 50_000),
    ]
    budgets = [
        (t, item, f"2026-Q{q}", amount, None if q == 4 else round(amount * draw.uniform(0.7, 1.15), -2))
        for t in territory_ids
        for item, amount in BUDGET_ITEMS.items()
        for q in (1, 2, 3, 4)
    ]
    actions = [
        ("T5", "单店产出低于同区平均", "重新培训店长，调整外卖套餐", "2026-12-15", False),
        ("T1", "网点不足，商圈空白", "锁定两处候选铺，12 月上会", "2026-12-31", False),
        ("T7", "春节后客流下滑", "与写字楼合作团购", "2027-03-10", False),
        ("T3", "寒假销售下降", "缩短寒假营业时间，控制人工", "2027-01-20", False),
        ("T2", "回款率低于 95%", "逐店对账，月底前清收", "2026-11-30", False),
        ("T6", "竞品新开三店", "加密会员活动", "2026-10-15", True),
    ]
    actions = pd.DataFrame(actions, columns=["territory_id", "gap", "measure", "due", "done"])
    actions.insert(0, "action_id", [f"K{i}" for i in range(1, len(actions) + 1)])
    return {
        "proposals": proposals,
        "locks": pd.DataFrame(locks, columns=["territory_id", "period", "metric", "value"]),
        "budgets": pd.DataFrame(budgets, columns=["territory_id", "item", "period", "amount", "spent"]),
        "actions": actions.assign(owner=actions["territory_id"].map(manager), due=pd.to_datetime(actions["due"])),
    }


def _disputed(seed, by_quarter, manager):
    """One month that two managers propose, and do not agree on: T5 changes hands, and its neighbour wants a say."""
    draw, usual = rng(seed, "disputed"), by_quarter.loc[("T5", 1)] / 3
    factors = sorted(draw.uniform(0.95, 1.2, 2))
    rows = [("T5", "2027-02", "sales", round(usual * f, -4), manager[t]) for f, t in zip(factors, ("T5", "T6"))]
    return pd.DataFrame(rows, columns=["territory_id", "period", "metric", "value", "owner"])
