"""The lease of a site in words, and the figures its economics rest on."""

import pandas as pd

from expansion_kit import words
from expansion_kit.drawing import legible

MISSING = "—"
_SHARES = {
    *("escalation", "promotion_levy", "royalty", "advertising_levy", "gross_margin", "variable_rate"),
    *("sales_growth", "cost_growth", "ramp_start", "supply_share", "supply_margin", "levy_spent"),
}
_DAYS = {"fit_out_days", "rent_free_days", "remittance_days"}
_MONTHS = {"term_months", "deposit_months", "ramp_months"}
_A_MONTH = {"staff_month", "other_fixed_month", "support_month", "sales_month", "rent"}


def lease_terms(site, *, currency, lang):
    """
    What a lease says, as lines of a name and a text.

    Parameters
    ----------
    site : Series
        Lease columns; `assumed` names those that are, parted by `, `, and these get a star.
    currency, lang : str
        ISO 4217 code of the money; `en` or `zh`.

    Returns
    -------
    list of (str, str)
        A dash where nothing is known.

    Examples
    --------
    >>> site = pd.Series({"rent_mode": "greater_of", "base_rent_month": 20000.0, "turnover_rate": 0.1})
    >>> lease_terms(site, currency="CNY", lang="zh")[0]
    ('租金', '保底 2.0 万元/月 与扣点 10% 两者取高')
    """
    assumed = named(site.get("assumed"))
    rows = [("lease.rent", _rent(site, currency, lang), "")]
    rows.append(("lease.tenure", _choice(site, "tenure", "lease.tenure_", lang), "tenure"))
    area = f"{site['rentable_area_sqm']:,.10g} ㎡" if known(site, "rentable_area_sqm") else MISSING
    rows += [("lease.area", area, "rentable_area_sqm"), ("lease.term", _term(site, lang), "term_months")]
    for label, name in (
        ("lease.rent_free", "rent_free_days"),
        ("lease.escalation", "escalation"),
        ("lease.property_fee", "property_fee_sqm_month"),
        ("lease.promotion_levy", "promotion_levy"),
        ("lease.transfer_fee", "transfer_fee"),
        ("lease.deposit", "deposit_months"),
        ("lease.remittance", "remittance_days"),
    ):
        if name != "remittance_days" or site.get(name) != 0:  # who has the till waits for nobody
            rows.append((label, value_text(site, name, currency=currency, lang=lang), name))
    return [(words.say(label, lang), text + (" *" if name in assumed else "")) for label, text, name in rows]


def assumed_text(site, *, currency, lang):
    """
    Each assumed input by name with its value, then what is assumed of spreads.

    Examples
    --------
    >>> site = pd.Series({"assumed": "gross_margin, fit_out_days", "gross_margin": 0.6, "fit_out_days": 45.0})
    >>> assumed_text(site, currency="CNY", lang="zh")
    '毛利率 60%、装修期 45 天'
    """
    comma = "、" if lang == "zh" else ", "
    said = comma.join(
        f"{input_name(name, lang)} {legible(value_text(site, name, currency=currency, lang=lang))}"
        for name in named(site.get("assumed"))
    )
    spreads = [
        input_name("sales_month" if name == "sales" else name, lang) for name in named(site.get("spread_assumed"))
    ]
    spread = words.say("card.spread", lang, names=comma.join(spreads)) if spreads else ""
    return ("；" if lang == "zh" else "; ").join(filter(None, [said, spread]))


def headline(site, *, currency, lang):
    """
    The five figures at the head of a card: what each is called, the figure, and two lines beneath it.

    Examples
    --------
    >>> headline(pd.Series({"score": 71.3, "p_top5": 0.4}), currency="CNY", lang="en")[0]
    ('Score', '71.3 / 100', ['in the top 5: 40%', 'known of what counts: —'])
    """

    def money(name):
        return words.money(site[name], currency, lang) if known(site, name) else MISSING

    def per_cent(name, of=1.0):
        return share(site[name] / of) if known(site, name) else MISSING

    def interval(of):
        ends = [_end(site, f"{of}_{bound}", currency, lang) for bound in ("p10", "p90")]
        key = "card.no_interval" if MISSING in ends else "card.interval"
        return words.say(key, lang, low=ends[0], high=ends[1])

    score = words.say("card.of_100", lang, score=f"{site['score']:.1f}") if known(site, "score") else MISSING
    sure = [words.say("card.sure", lang, top5=per_cent("p_top5"))]
    sure.append(words.say("card.covered", lang, known=per_cent("coverage_pct", 100)))
    rent = words.say("card.occupancy", lang, share=per_cent("occupancy_cost_ratio"))
    put_in = words.say("card.put_in", lang, money=money("start_money"))
    back, late = (_wait(site, name, lang) for name in ("payback_months", "payback_discounted_months"))
    even = _break_even(site, money("breakeven_sales"), lang)
    risk = words.say("card.npv_risk", lang, loss=per_cent("p_loss"), irr=_rate(site, lang))
    return [
        (words.say("card.score", lang), score, sure),
        (words.say("card.sales", lang), money("sales_p50"), [interval("sales"), rent]),
        (words.say("card.breakeven", lang), *even),
        (words.say("card.payback", lang), back, [words.say("card.discounted", lang, n=late), put_in]),
        (words.say("card.npv", lang), money("npv"), [interval("npv"), risk]),
    ]


def _end(site, name, currency, lang):
    """Money without the name of the currency, where it stands beside a figure that has it."""
    if not known(site, name):
        return MISSING
    return words.money(site[name], currency, lang) if lang == "zh" else f"{site[name]:,.0f}"


def _wait(site, name, lang):
    if known(site, name):
        return words.say("card.months", lang, n=f"{site[name]:.1f}")
    return words.say("card.never", lang) if known(site, "npv") and name in site.index else MISSING


def _rate(site, lang):
    kind = site.get("irr_kind") if known(site, "irr_kind") else "unknown"
    rate = share(site["irr"]) if known(site, "irr") else MISSING
    return words.say(f"card.irr_{kind}", lang, rate=rate)


def _break_even(site, amount, lang):
    """Where it lies, and beneath it how far the expected sales are from it."""
    kind = site.get("breakeven_kind")
    if kind in ("none", "always"):
        return MISSING, [words.say("card.be_none" if kind == "none" else "card.be_always", lang)]
    said = [words.say("card.be_several", lang)] if kind == "several" else []
    if known(site, "breakeven_sales") and known(site, "sales_p50") and site["breakeven_sales"] > 0:
        aside = site["sales_p50"] / site["breakeven_sales"] - 1
        said.append(words.say("card.margin" if aside >= 0 else "card.short", lang, share=f"{abs(aside):.0%}"))
    return amount, said


def value_text(site, name, *, currency, lang):
    """An input of a site with its unit; a dash where it is not known."""
    if not known(site, name):
        return MISSING
    value = site[name]
    if name in ("settlement", "sales_basis"):
        return _settled(site, lang) if name == "settlement" else _basis(site, lang)
    if name in _SHARES:
        return share(value)
    if name in _DAYS or name in _MONTHS:
        unit = {"deposit_months": "lease.deposit_months"}.get(name, "card.days" if name in _DAYS else "card.months")
        return words.say(unit, lang, n=f"{value:,.10g}")
    if name == "property_fee_sqm_month":
        return words.say("card.per_sqm_month", lang, money=plain_money(value, currency, lang))
    if name == "rentable_area_sqm":
        return f"{value:,.10g} ㎡"
    money = words.money(value, currency, lang)
    return words.say("card.per_month", lang, money=money) if name in _A_MONTH else money


def input_name(name, lang):
    """
    What a reader calls an input; a name that is not known stays as it is.

    Examples
    --------
    >>> input_name("transfer_fee", "zh"), input_name("x", "zh")
    ('转让费', 'x')
    """
    return words.say(f"input.{name}", lang) if name in words.family("input.", lang) else name


def named(text):
    """Names that stand in a text, parted by commas."""
    return [name.strip() for name in str(text).split(",") if name.strip()] if isinstance(text, str) else []


def known(site, name):
    """Whether a row has a value under a name."""
    value = site.get(name)
    return value is not None and not pd.isna(value) and value != ""


def share(value):
    """
    A share in per cent, with a decimal only where it has one.

    Examples
    --------
    >>> share(0.18), share(0.0625), share(float("nan"))
    ('18%', '6.2%', '—')
    """
    return MISSING if value is None or value != value else f"{value:.1%}".replace(".0%", "%")


def plain_money(value, currency, lang):
    """Money with its decimals, as a price of a square metre has them."""
    name = words.currency_name(currency, lang)
    return f"{value:,.10g} {name}" if lang == "zh" else f"{name} {value:,.10g}"


def _rent(site, currency, lang):
    mode, shared = site.get("rent_mode"), known(site, "turnover_rate") or known(site, "tiers")
    mode = mode if known(site, "rent_mode") else ("" if shared else "fixed")
    fixed = _fixed(site, currency, lang)
    if mode == "fixed":
        return words.say("lease.fixed", lang, rent=fixed) if fixed != MISSING else MISSING
    base = _month(site, "base_rent_month", currency, lang)
    base = fixed if base == MISSING else base
    rate = _rates(site, currency, lang)
    above = (
        words.money(site["breakpoint"], currency, lang)
        if known(site, "breakpoint")
        else words.say("lease.natural", lang)
    )
    text = words.say(f"lease.{mode}", lang, base=base, rate=rate, above=above) if mode else MISSING
    more = [_least(site, currency, lang), _basis(site, lang), _settled(site, lang)]
    return (" · " if lang == "en" else "，").join([text, *filter(None, more)]) if mode else MISSING


def _fixed(site, currency, lang):
    if known(site, "rent_month"):
        return _month(site, "rent_month", currency, lang)
    if known(site, "rent_sqm_day"):
        return words.say("card.per_sqm_day", lang, money=plain_money(site["rent_sqm_day"], currency, lang))
    return MISSING


def _month(site, name, currency, lang):
    return (
        words.say("card.per_month", lang, money=words.money(site[name], currency, lang))
        if known(site, name)
        else MISSING
    )


def _rates(site, currency, lang):
    """The rate, and the steps above it; steps that cannot be read stand as they are written."""
    said = [share(site["turnover_rate"])] if known(site, "turnover_rate") else []
    if known(site, "tiers"):
        try:
            steps = [map(float, step.split(":")) for step in str(site["tiers"]).split(";") if step.strip()]
            said += [
                words.say("lease.step", lang, sales=words.money(start, currency, lang), rate=share(rate))
                for start, rate in steps
            ]
        except ValueError:
            said.append(str(site["tiers"]))
    return (", " if lang == "en" else "、").join(said) or MISSING


def _least(site, currency, lang):
    if not known(site, "minimum_sales"):
        return ""
    return words.say("lease.minimum_sales", lang, sales=words.money(site["minimum_sales"], currency, lang))


def _settled(site, lang):
    return _choice(site, "settlement", "lease.settled_", lang, instead="")


def _basis(site, lang):
    return _choice(site, "sales_basis", "lease.basis_", lang, instead="")


def _choice(site, name, prefix, lang, instead=MISSING):
    return words.family(prefix, lang).get(site[name], str(site[name])) if known(site, name) else instead


def _term(site, lang):
    days = [
        f"{pd.Timestamp(site[name]):%Y-%m-%d}" if known(site, name) else MISSING
        for name in ("lease_start", "lease_end")
    ]
    if days != [MISSING, MISSING]:
        return words.say("lease.until", lang, start=days[0], end=days[1])
    return words.say("card.months", lang, n=f"{site['term_months']:,.10g}") if known(site, "term_months") else MISSING
