import pandas as pd
import pytest

from expansion_kit.report.site_terms import assumed_text, headline, input_name, lease_terms, named, value_text

ZH = {"currency": "CNY", "lang": "zh"}
EN = {"currency": "CNY", "lang": "en"}


def rent(told=ZH, **terms):
    return lease_terms(pd.Series(terms), **told)[0][1]


def test_each_mode_of_rent_in_words():
    assert rent(rent_sqm_day=3.96) == "固定 3.96 元/㎡/天"
    assert rent(rent_month=9000.0, rent_mode="fixed") == "固定 9,000 元/月"
    shared = {"rent_mode": "turnover", "turnover_rate": 0.15, "sales_basis": "net", "settlement": "year"}
    assert rent(**shared) == "扣点 15%，不含税销售额，年结"
    assert rent(EN, **shared) == "15% of sales · sales without VAT · settled by the year"
    plus = {"rent_mode": "base_plus", "base_rent_month": 8000.0, "turnover_rate": 0.1, "breakpoint": 60_000.0}
    assert rent(**plus) == "保底 8,000 元/月，超过 6.0 万元 的部分提成 10%"
    assert rent(EN, **plus, minimum_sales=50_000.0) == (
        "CNY 8,000/month and 10% of sales above CNY 60,000 · at least on CNY 50,000 a month"
    )


def test_steps_are_told_and_those_that_cannot_be_read_stand_as_written():
    assert rent(rent_mode="turnover", turnover_rate=0.1, tiers="100000:0.08") == "扣点 10%、10.0 万元 起 8%"
    assert rent(rent_mode="turnover", tiers="see annex") == "扣点 see annex"


def test_what_is_not_known_is_a_dash_and_what_is_assumed_has_a_star():
    told = dict(lease_terms(pd.Series({"assumed": "transfer_fee", "transfer_fee": 0.0, "escalation": 0.05}), **ZH))
    assert (told["转让费"], told["年递增"], told["租金"], told["租期"]) == ("0 元 *", "5%", "—", "—")
    assert rent(turnover_rate=0.1) == "—"  # without a mode a rate says nothing
    term = dict(lease_terms(pd.Series({"lease_start": "2027-01-01", "lease_end": None, "remittance_days": 0}), **ZH))
    assert term["租期"] == "2027-01-01 至 —" and "商场回款" not in term


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("gross_margin", 0.625, "62.5%"),
        ("fit_out_days", 45.0, "45 天"),
        ("deposit_months", 2, "2 个月租金"),
        ("staff_month", 24_000.0, "2.4 万元/月"),
        ("property_fee_sqm_month", 6.7, "6.7 元/㎡/月"),
        ("equipment", None, "—"),
        ("settlement", "year", "年结"),
    ],
)
def test_each_input_has_its_unit(name, value, text):
    assert value_text(pd.Series({name: value}, dtype=object), name, **ZH) == text


def test_assumed_inputs_and_spreads_are_named():
    site = pd.Series({"assumed": "royalty", "royalty": 0.0, "spread_assumed": "sales, staff_month"})
    assert assumed_text(site, **ZH) == "管理费率 0%；波动幅度：成熟月销售额、人工"
    assert assumed_text(pd.Series({"assumed": ""}), **ZH) == "" and named(float("nan")) == []
    assert input_name("rent", "en") == "rent"


def test_the_headline_says_none_several_never_and_unknown():
    known = {"npv": -5.0, "irr_kind": "several", "breakeven_kind": "none", "p_loss": 0.4, "sales_p50": 9e4}
    known |= {"payback_months": None, "payback_discounted_months": None}
    figures = {label: (value, below) for label, value, below in headline(pd.Series(known, dtype=object), **EN)}
    assert figures["Payback"] == ("not within the term", ["discounted: not within the term", "put in: —"])
    assert figures["Break-even a month"] == ("—", ["no sales are enough"])
    assert figures["NPV over the term"] == ("CNY -5", ["no interval", "chance of loss 40% · several IRRs"])
    empty = headline(pd.Series({}, dtype=object), **EN)
    assert [value for _, value, _ in empty] == ["—"] * 5
    sold = pd.Series({"breakeven_sales": 8e4, "sales_p50": 6e4, "breakeven_kind": "one"}, dtype=object)
    assert headline(sold, **EN)[2][2] == ["expected sales 25% below"]
