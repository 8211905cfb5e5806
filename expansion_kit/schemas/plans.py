"""
Tables about people and plans: prospects, sales, targets, budgets; and the files of streets and pings.

Written like `places.py`.
"""

import pandera.pandas as pa

from .columns import (
    Day,
    Flag,
    Number,
    Shape,
    Text,
    choice,
    count,
    day,
    flag,
    key,
    latitude,
    longitude,
    moment,
    money,
    number,
    period,
    shape,
    share,
    text,
)

METRICS = {
    "sales": "销售额|销售",
    "openings": "开店数|开店",
    "expense": "费用",
    "expense_rate": "费用率",
    "receivable": "应收|应回款",
    "collected": "回款",
    "collection_rate": "回款率",
    "goods_on_credit": "铺货额",
    "coverage": "覆盖率",
    "share": "占有率|市占率",
}

METRIC_UNITS = dict.fromkeys(METRICS, "money") | {
    "openings": "store",
    "expense_rate": "share",
    "collection_rate": "share",
    "coverage": "share",
    "share": "share",
}
RATES = {"expense_rate": ("expense", "sales"), "collection_rate": ("collected", "receivable")}
"""Rates and the two amounts that they follow from; they are never split or added."""

BALANCES = ("goods_on_credit",)
"""What stands at the end of a period: added over territories, not over time (a year's is that of its last month)."""


class Prospects(pa.DataFrameModel):
    """People and companies who may become franchisees."""

    prospect_id: Text = key("prospect", "客户编号|意向客户编号")
    stage: Text = text("stage of franchising", "加盟阶段|阶段|进度", required=True)
    name: Text | None = text("name (stays on this machine)", "姓名|客户姓名|联系人")
    company: Text | None = text("company", "公司|单位")
    phone: Text | None = text("phone (stays on this machine)", "电话|手机|联系电话")
    wechat: Text | None = text("WeChat (stays on this machine)", "微信|微信号")
    lon: Number | None = longitude()
    lat: Number | None = latitude()
    territory_id: Text | None = text("territory wanted", "意向区域编号|意向区域|区域编号")
    capital: Number | None = money("capital", "资金|总资金|投资预算")
    liquid_capital: Number | None = money("liquid capital", "流动资金|可动用资金")
    retail_years: Number | None = count("years in retail", "零售年限|零售经验(年)", "year")
    stores_run: Number | None = count("stores run so far", "开店数|经营店数", "store")
    brands_run: Text | None = text("brands run now, separated by |", "现经营品牌|经营品牌")
    brand_sales: Number | None = money("sales of these brands per month", "现品牌月销售|品牌月销售", "money/month")
    local: Flag | None = flag("at home in the territory", "本地人|本地")
    own_premises: Flag | None = flag("owns premises", "自有物业|自有铺面")
    credit_grade: Text | None = choice("credit grade", "信用等级|信用", {"A": "甲", "B": "乙", "C": "丙", "D": "丁"})
    hours_week: Number | None = number("time for the shop", "每周投入(小时)|投入时间", "hour/week", ge=0, le=168)
    lead_source: Text | None = text("where the prospect comes from", "线索来源|来源")
    owner: Text | None = text("who looks after the prospect", "负责人|跟进人")
    stage_since: Day | None = day("day the stage began", "阶段开始日期|进入阶段日期")
    disclosed: Day | None = day("day of disclosure, at least 30 days before the contract", "信息披露日期|披露日期")
    contract_date: Day | None = day("day the contract was signed", "签约日期|合同签订日期")
    documents: Text | None = text("documents received, separated by |", "已收资料|资料")
    outcome: Text | None = choice(
        "how it ended", "结果|成交结果", {"signed": "签约|成交|已签", "lost": "流失|未成交|放弃"}
    )


class StageMoves(pa.DataFrameModel):
    """When each prospect came to a stage; a row a move, so that the time a stage takes can be known."""

    prospect_id: Text = text("prospect", "客户编号|意向客户编号", required=True)
    stage: Text = text("stage the prospect came to", "加盟阶段|阶段|进度", required=True)
    date: Day = day("day the prospect came to it", "日期|进入日期|变更日期", required=True)


class Bids(pa.DataFrameModel):
    """Bids of prospects for a territory."""

    bid_id: Text = key("bid", "竞标编号|投标编号")
    prospect_id: Text = text("prospect", "客户编号|意向客户编号", required=True)
    territory_id: Text = text("territory bid for", "销售区域编号|区域编号", required=True)
    openings_year: Number | None = count("openings offered per year", "年开店数|承诺开店数", "store/year")
    deposit: Number | None = money("deposit offered", "保证金")
    plan: Text | None = text("plan of the bidder", "经营计划|计划")


class Contacts(pa.DataFrameModel):
    """Contacts with prospects; this table only grows."""

    contact_id: Text = key("contact", "沟通编号|记录编号")
    prospect_id: Text = text("prospect", "客户编号|意向客户编号", required=True)
    date: Day = day("day of the contact", "日期|沟通日期", required=True)
    channel: Text | None = text("phone, visit, WeChat …", "渠道|沟通方式|方式")
    note: Text | None = text("what was said", "内容|沟通内容|备注")
    next_action: Text | None = text("what was promised", "下一步|下步行动")
    next_date: Day | None = day("by when", "下次日期|下次跟进")


class Sales(pa.DataFrameModel):
    """Sales by store or territory and period."""

    territory_id: Text | None = text("territory", "销售区域编号|区域编号|区域|territory|state|province")
    store_id: Text | None = text("store", "门店编号|店铺编号|店号")
    period: Text = period(
        "day, ISO week, month or quarter", "期间|月份|日期|周|季度|month|date|week|quarter", required=True
    )
    sales: Number = money(
        "sales of the period; returns may make it negative",
        "销售额|销售|营业额|turnover|revenue",
        required=True,
        ge=None,
    )
    basis: Text | None = choice(
        "what the figure counts",
        "口径|销售口径",
        {
            "retail_gross": "零售含税|零售",
            "retail_net": "零售不含税",
            "wholesale_gross": "批发含税|批发",
            "wholesale_net": "批发不含税",
        },
    )
    expense: Number | None = money("expense of the period", "费用")
    receivable: Number | None = money("money due in the period", "应收|应回款")
    collected: Number | None = money("money collected", "回款|实际回款")
    orders: Number | None = count("orders", "订单数|单数", "order")
    units: Number | None = count("units sold", "件数|杯数|销量", "unit")


class Proposals(pa.DataFrameModel):
    """Targets that managers propose (bottom-up)."""

    territory_id: Text = text("territory", "销售区域编号|区域编号|区域", required=True)
    period: Text = period("year, quarter or month", "期间|月份|季度", required=True)
    metric: Text = choice("which target", "指标", METRICS, required=True)
    value: Number = number("value proposed", "数值|目标值", required=True)
    owner: Text | None = text("manager", "负责人|经理")


class Expenses(pa.DataFrameModel):
    """Expenses of a territory by item."""

    territory_id: Text = text("territory", "销售区域编号|区域编号|区域", required=True)
    item: Text = text("item", "费用项目|项目", required=True)
    kind: Text = choice("fixed or variable", "费用性质|性质", {"fixed": "固定", "variable": "变动"}, required=True)
    amount: Number | None = money("amount of the period", "金额|费用金额")
    rate: Number | None = share("share of sales", "费率|比例")
    period: Text | None = period("period", "期间|月份")


class Promotions(pa.DataFrameModel):
    """Promotions, with what they cost."""

    promotion_id: Text = key("promotion", "活动编号|促销编号")
    store_id: Text | None = text("store", "门店编号|店铺编号|店号")
    territory_id: Text | None = text("territory", "销售区域编号|区域编号|区域")
    start: Day = day("first day", "开始日期|开始", required=True, alias="from")
    end: Day = day("last day", "结束日期|结束", required=True, alias="to")
    cost: Number | None = money("cost", "费用|活动费用")
    kind: Text | None = text("kind of promotion", "活动类型|类型")


class Budgets(pa.DataFrameModel):
    """Expansion budget by territory and item."""

    territory_id: Text = text("territory", "销售区域编号|区域编号|区域", required=True)
    item: Text = text("item", "费用项目|项目", required=True)
    period: Text = period("period", "期间|月份", required=True)
    amount: Number = money("budget", "预算|预算金额", required=True)
    spent: Number | None = money("spent so far", "已用|实际支出")


class Locks(pa.DataFrameModel):
    """Targets that are fixed and may not be changed by a split."""

    territory_id: Text = text("territory", "销售区域编号|区域编号|区域", required=True)
    period: Text = period("year, quarter, month or ISO week", "期间|月份|季度", required=True)
    metric: Text = choice("which target", "指标", METRICS, required=True)
    value: Number = number("value that is fixed", "锁定值|数值|目标值", required=True)


class Actions(pa.DataFrameModel):
    """Measures against a gap."""

    action_id: Text = key("measure", "措施编号|行动编号")
    territory_id: Text = text("territory", "销售区域编号|区域编号|区域", required=True)
    gap: Text | None = text("which gap", "差距|差异")
    measure: Text | None = text("what is done", "措施|行动")
    owner: Text | None = text("who does it", "负责人")
    due: Day | None = day("by when", "完成期限|截止日期")
    done: Flag | None = flag("done", "已完成|完成")


class Basemap(pa.DataFrameModel):
    """Outlines for the base map: streets, water, green, buildings."""

    geometry: Shape = shape("line or polygon", "几何|wkt", required=True)
    kind: Text = choice(
        "what it is",
        "类型|类别",
        {
            "water": "水系|水域",
            "green": "绿地|公园",
            "building": "建筑",
            "main": "主干道|干道",
            "middle": "次干道",
            "side": "支路|街道",
            "lane": "小巷|步行道",
        },
        required=True,
    )
    name: Text | None = text("name", "名称|路名")


class Network(pa.DataFrameModel):
    """Streets to walk and drive on."""

    geometry: Shape = shape("line", "几何|wkt", required=True)
    kind: Text | None = text(
        "class of the street; of OpenStreetMap's (primary, residential …) the usual speed is known", "类型|道路等级"
    )
    name: Text | None = text("name", "名称|路名")
    speed_kmh: Number | None = number("speed of driving", "车速(公里/小时)|车速", "km/h", gt=0)
    walk: Flag | None = flag("may be walked on; empty is yes", "可步行")
    drive: Flag | None = flag("may be driven on; empty is yes", "可驾车|可行车")
    oneway: Flag | None = flag("driven only in the direction of the line; empty is no", "单行|单行道|单向")


class Pings(pa.DataFrameModel):
    """Device pings (Parquet); opened lazily, never read whole."""

    device: Text = text("device, pseudonymous", "设备", required=True)
    lon: Number = longitude(required=True)
    lat: Number = latitude(required=True)
    time: Day = moment("time in UTC", "时间", required=True)
