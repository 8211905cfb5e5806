"""
Tables about places: zones, stores, sites, listings, counts of people, and the ways between them.

One class a table; the class is the data dictionary (`data/README.md` is made from it) and the check at the door.
The first Chinese header is the one that templates and Chinese exports use.
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
    tiers,
)

STATUS = {"open": "营业|营业中|开业|在营", "planned": "筹备|规划|拟开", "closed": "关闭|闭店|停业|已关"}
SITE_TYPE = {"street": "街铺|门面|临街", "mall": "商场|商场店|购物中心"}
UNIT_KIND = {
    "unit": "铺位|商铺|店铺",
    "anchor": "主力店|次主力店",
    "entrance": "出入口|入口|大门",
    "escalator": "扶梯|自动扶梯|手扶梯",
    "lift": "电梯|直梯|垂直电梯|客梯",
    "stairs": "楼梯|步梯",
    "toilet": "卫生间|洗手间|厕所",
    "corridor": "通道|走道|公共区|中庭",
}
SITE_STAGE = {
    "to_visit": "待看",
    "visited": "看过|已看",
    "committee": "上会",
    "signed": "签约|已签",
    "rejected": "否决|放弃",
}


class Lease(pa.DataFrameModel):
    """What a lease or concession says, as it is signed."""

    tenure: Text | None = choice(
        "lease or mall concession", "合作方式", {"lease": "租赁", "concession": "联营|扣点联营"}
    )
    rent_mode: Text | None = choice(
        "how rent is reckoned",
        "租金方式",
        {
            "fixed": "固定|固定租金|纯租金",
            "turnover": "扣点|提成|纯扣点",
            "greater_of": "取高|两者取高",
            "base_plus": "保底加提成|保底+提成",
        },
    )
    rentable_area_sqm: Number | None = number("area that rent is charged on", "计租面积", "m2", gt=0)
    rent_sqm_day: Number | None = money("rent per m2 and day", "租金(元/㎡/天)|日租金|租金单价", "money/m2/day")
    rent_month: Number | None = money("rent per month", "月租金|租金(元/月)|租金", "money/month")
    base_rent_month: Number | None = money("minimum rent per month", "保底租金|月保底租金", "money/month")
    minimum_sales: Number | None = money("guaranteed sales per month", "保底销售额|保底销售", "money/month")
    turnover_rate: Number | None = share("turnover rent, mall commission", "扣点|扣率|提成比例")
    tiers: Text | None = tiers("turnover rate by step of sales a month, `100000:0.1;200000:0.08`", "阶梯扣点")
    breakpoint: Number | None = money("sales from which turnover rent is due", "提成起点", "money/month")
    sales_basis: Text | None = choice(
        "sales that the rate applies to", "扣点口径", {"gross": "含税|含税销售", "net": "不含税|未税"}
    )
    settlement: Text | None = choice(
        "when turnover rent is settled", "结算方式", {"month": "月结|按月", "year": "年结|按年"}
    )
    remittance_days: Number | None = count("days until the mall pays back", "回款天数|账期", "day")
    rent_free_days: Number | None = count("rent-free period", "免租期|免租天数", "day")
    escalation: Number | None = share("yearly rise of rent", "年递增|递增")
    lease_start: Day | None = day("first day of the lease", "起租日|合同起始")
    lease_end: Day | None = day("last day of the lease", "到期日|合同到期|租期至")
    property_fee_sqm_month: Number | None = money("property fee", "物业费(元/㎡/月)|物业费", "money/m2/month")
    promotion_levy: Number | None = share("promotion levy on sales", "推广费率|推广费")
    transfer_fee: Number | None = money("key money to the tenant before", "转让费")
    deposit_months: Number | None = count("deposit in months of rent", "押金月数|押金(月)", "month")


class Zones(pa.DataFrameModel):
    """Small areas that people live and work in: streets, communities, hexagons, or points of housing estates."""

    zone_id: Text = key("zone", "片区编号|小区编号|街道编号")
    name: Text | None = text("name of the zone", "片区名称|小区名称|街道|片区")
    geometry: Shape | None = shape("polygon of the zone", "边界|几何|wkt")
    lon: Number | None = longitude()
    lat: Number | None = latitude()
    population: Number | None = count("residents", "常住人口|人口|居民数", "person")
    households: Number | None = count("households", "户数|家庭户数", "household")
    workers: Number | None = count("people who work there", "就业人口|办公人口|工作人口", "person")
    income: Number | None = money("mean income of a resident", "人均收入|月收入", "money/month")
    spend_per_head: Number | None = money(
        "stated spend of a person on the category", "人均消费|人均支出", "money/month"
    )
    house_price_sqm: Number | None = money("mean price of homes", "房价(元/㎡)|房价|住宅均价|房价均价", "money/m2")
    potential: Number | None = money("market potential, when known", "市场潜力|市场容量", "money/month")
    territory_id: Text | None = text("sales territory", "销售区域编号|区域编号|所属区域")


class ZoneFootfall(pa.DataFrameModel):
    """People in the streets of a zone, by time of day and kind of day."""

    zone_id: Text = text("zone", "片区编号|小区编号|街道编号", required=True)
    period: Text = period("month, quarter or year of the figure", "期间|时期|月份|季度", required=True)
    people: Number = number("people a day in the time band", "人流量|人流|人数", "person/day", required=True, ge=0)
    time_band: Text | None = text("hours from-to, `06-11`; empty is the whole day", "时段|时间段")
    day_type: Text | None = text("weekday, weekend or the day's name; empty is all days", "日期类型|星期")


class ZoneRents(pa.DataFrameModel):
    """Rent level of a zone."""

    zone_id: Text = text("zone", "片区编号|小区编号|街道编号", required=True)
    rent_sqm_month: Number = number(
        "rent per m2 and month", "租金(元/㎡/月)|月租金单价", "money/m2/month", required=True, gt=0
    )
    floor: Text | None = text("floor; empty is all floors", "楼层")
    sample_size: Number | None = count("leases behind the figure", "样本数|样本量")
    period: Text | None = period("time of the figure", "期间|时期|月份|季度")


class MarketSales(pa.DataFrameModel):
    """What the shops of a zone sell: supply, never demand."""

    zone_id: Text = text("zone", "片区编号|小区编号|街道编号", required=True)
    category: Text = text("category of goods", "品类|业态|行业", required=True)
    period: Text = period("month, quarter or year", "期间|时期|月份|季度", required=True)
    sales: Number = money("sales of all shops in the period", "销售额|销售", required=True)


class Territories(pa.DataFrameModel):
    """Sales territories."""

    territory_id: Text = key("territory", "销售区域编号|区域编号|区域代码")
    name: Text | None = text("name", "区域名称|销售区域|区域")
    region_id: Text | None = text("region above it", "大区编号|大区")
    geometry: Shape | None = shape("outline, or the zones that name it", "边界|几何|wkt")


class Stations(pa.DataFrameModel):
    """Metro and bus stations."""

    place_id: Text = key("place", "地点编号|站点编号")
    lon: Number = longitude(required=True)
    lat: Number = latitude(required=True)
    name: Text | None = text("name", "名称|站名|地点名称")
    kind: Text | None = text("kind of place", "类型|类别")
    people_day: Number | None = count("people a day", "日客流|日均客流", "person/day")


class Generators(Stations):
    """Schools, offices, hospitals and other places that draw people."""


class Brands(pa.DataFrameModel):
    """Brands, their other spellings, and the terms on which they franchise."""

    brand: Text = key("brand", "品牌|品牌名")
    alias: Text | None = text("other spellings, separated by |", "别名|其他写法")
    own: Flag | None = flag("our own brand", "自有|本品牌")
    rival: Flag | None = flag("a rival", "竞品|竞争对手")
    category: Text | None = text("category of goods", "品类|业态|行业")
    franchise_fee: Number | None = money("franchise fee", "加盟费")
    deposit: Number | None = money("deposit of a franchisee", "保证金")
    royalty: Number | None = share("royalty on sales", "管理费率|特许权使用费率|管理费比例")
    term_years: Number | None = count("term of the contract", "合同年限|合作年限", "year")
    return_policy: Text | None = text("what goods may be returned", "退换货政策|退换政策")


class Stores(Lease):
    """Stores of all brands: own, rival and other."""

    store_id: Text = key("store", "门店编号|店铺编号|店号")
    brand: Text = text("brand; `independent` for a store of no chain", "品牌|品牌名", required=True)
    lon: Number | None = longitude()
    lat: Number | None = latitude()
    geometry: Shape | None = shape("point, instead of lon and lat", "几何|wkt")
    address: Text | None = text("address; without coordinates the store stays unplaced", "地址|门店地址|详细地址")
    own: Flag | None = flag("our own store", "自有|是否自有|本品牌")
    name: Text | None = text("name of the store", "店名|门店名称|名称")
    category: Text | None = text("category of goods", "品类|业态|行业")
    status: Text | None = choice("open, planned or closed", "状态|营业状态", STATUS)
    floor_area_sqm: Number | None = number("sales floor", "面积|门店面积|营业面积|使用面积", "m2", gt=0)
    site_type: Text | None = choice("street shop or mall unit", "店铺类型|门店类型", SITE_TYPE)
    mall: Text | None = text("mall it is in", "商场|购物中心")
    floor: Text | None = text("floor", "楼层")
    unit: Text | None = text("number of the unit", "铺位号|铺位")
    opened: Day | None = day("day of opening", "开业日期|开店日期|开业日")
    closed: Day | None = day("day of closing", "闭店日期|关店日期")
    territory_id: Text | None = text("sales territory", "销售区域编号|区域编号|所属区域")
    sales_month: Number | None = money("sales per month", "月销售额|月均销售额|月销售", "money/month")
    sales_method: Text | None = text("how that figure was found", "销售额来源|销售额方法")
    operator: Text | None = text("company that runs the store, such as a franchisee", "经营主体|经营者|加盟商")


class StoresBefore(Stores):
    """Stores at an earlier date, as `stores`."""


class MallUnits(Lease):
    """Units of a mall floor, and its entrances, escalators and walks; outlines in metres of the plan."""

    unit_id: Text = key("unit", "铺位编号|铺位号")
    mall: Text = text("mall", "商场|购物中心", required=True)
    floor: Text = text("floor", "楼层", required=True)
    geometry: Shape = shape("polygon in metres of the plan", "边界|几何|wkt", required=True)
    kind: Text | None = choice("what is drawn; empty is a unit", "铺位类型|类型", UNIT_KIND)
    brand: Text | None = text("brand in the unit; empty is vacant", "品牌|品牌名")
    category: Text | None = text("category of goods", "品类|业态|行业")
    floor_area_sqm: Number | None = number("area of the unit", "面积|铺位面积", "m2", gt=0)
    plan_brand: Text | None = text("brand that is planned", "规划品牌|拟落位品牌")


class Sites(Lease):
    """Candidate sites."""

    site_id: Text = key("site", "候选点编号|点位编号|选址编号")
    lon: Number | None = longitude()
    lat: Number | None = latitude()
    name: Text | None = text("name of the site", "候选点名称|点位名称|名称")
    address: Text | None = text("address; without coordinates the site stays unplaced", "地址|详细地址")
    floor_area_sqm: Number | None = number("sales floor", "面积|使用面积|营业面积", "m2", gt=0)
    site_type: Text | None = choice("street shop or mall unit", "店铺类型|点位类型", SITE_TYPE)
    site_stage: Text | None = choice("how far the site is", "选址阶段|阶段", SITE_STAGE)
    fit_out_cost: Number | None = money("cost of fit-out", "装修费|装修费用|装修预算")


class Listings(Lease):
    """Shops that are offered for rent."""

    listing_id: Text = key("listing", "房源编号|挂牌编号")
    lon: Number | None = longitude()
    lat: Number | None = latitude()
    address: Text | None = text("address; without coordinates the listing stays unplaced", "地址|详细地址")
    floor_area_sqm: Number | None = number("area offered", "面积|建筑面积", "m2", gt=0)
    floor: Text | None = text("floor", "楼层")
    frontage_m: Number | None = number("width of the shop front", "门面宽度|面宽|开间", "m", gt=0)
    vacant_months: Number | None = count("months that it has stood empty", "空置月数|空置(月)", "month")
    channel: Text | None = text("who offers it", "渠道|房源渠道")


class FootCounts(pa.DataFrameModel):
    """Short counts of passers-by, made by hand."""

    count_id: Text = key("count", "计数编号|记录编号")
    place_id: Text = text("place of the count", "地点编号|点位编号", required=True)
    date: Day = day("day of the count", "日期", required=True)
    hour: Number = number("hour of the day that the count began in", "小时|时", "hour", required=True, ge=0, le=23)
    minutes_observed: Number = number("minutes counted", "观察分钟|计数分钟|分钟", "minute", required=True, gt=0, le=60)
    people: Number = number("people who passed", "人数|过店人数|人流", "person", required=True, ge=0)
    lon: Number | None = longitude()
    lat: Number | None = latitude()
    day_type: Text | None = text("weekday or weekend", "日期类型|星期")
    direction: Text | None = text("direction of walking", "方向")
    entered: Number | None = count("people who went in", "进店人数", "person")
    bags: Number | None = count("people who left with a bag", "提袋人数", "person")
    observer: Text | None = text("who counted", "调查员|观察员")


class SensorCounts(pa.DataFrameModel):
    """Counts of a sensor, one row an interval."""

    place_id: Text = text("place of the sensor", "地点编号|点位编号", required=True)
    time: Day = moment("beginning of the interval, local time", "时间", required=True)
    people: Number = number("people counted", "人数|人流", "person", required=True, ge=0)


class Choices(pa.DataFrameModel):
    """Where the people of a zone shop: shoppers, receipts or members."""

    zone_id: Text = text("zone the customer comes from", "片区编号|小区编号|街道编号", required=True)
    store_id: Text = text("store chosen", "门店编号|店铺编号|店号", required=True)
    count: Number = number("customers counted", "人数|次数|会员数", "person", required=True, ge=0)


class Travel(pa.DataFrameModel):
    """A travel matrix that the user brings."""

    from_id: Text = text("from: a zone, site or store", "起点编号|起点", required=True)
    to_id: Text = text("to: a zone, site or store", "终点编号|终点", required=True)
    minutes: Number | None = count("travel time", "分钟|时间(分钟)", "minute")
    km: Number | None = count("distance on the way", "公里|距离(公里)", "km")
    mode: Text | None = text("walking, driving …", "方式|出行方式")
