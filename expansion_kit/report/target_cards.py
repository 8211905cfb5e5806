"""The cards that the field works by: a territory's targets of a month on a sixth of a page, twelve months on two."""

from expansion_kit import words
from expansion_kit.drawing import drawn_language, fitted, in_found_fonts, legible, pdf
from expansion_kit.report.target_plan import TIERS, checked_plan, metric_name, period_name, tier_name
from expansion_kit.schemas.plans import METRICS, RATES

_PAGE = 8.27, 11.69  # A4, inches
_CARD, _GAP, _SIDE, _TOP = (3.64, 3.2), 0.15, 0.42, 1.0
_A_PAGE = 6
_LOWER = ("expense_rate", "collection_rate", "goods_on_credit", "openings")
_INK, _QUIET, _LINE, _BLUE, _PALE = "#222222", "#595959", "#bfbfbf", "#1F4E79", "#EEF3F8"


def target_cards(targets, *, city, lang, currency, names=None, last_year=None, source="", made=False):
    """
    A card a territory and month, six on a page: sales by tier beside last year, rates, goods on credit, openings.

    Parameters
    ----------
    targets : DataFrame
        The columns of `targets.csv`; one plan. Territories get cards; stores where there are no territories.
    city : str
        Its name.
    lang : str
        `en` or `zh`; English where no font holds Chinese.
    currency : str
        ISO 4217 code of the money.
    names : dict or Series, optional
        Names of territories (or stores) by id.
    last_year : DataFrame, optional
        Sales to compare with: `territory_id` (or `store_id`), `metric`, `period` (months of the year before), `value`.
    source : str
        Where the figures come from, for the foot of the page.
    made : bool
        True marks each page as made-up data.

    Returns
    -------
    bytes
        A PDF on A4, the same for the same input and versions, with the year and its quarters above the cards. What
        is not known is a dash; a figure that no card knows is left out. Targets are exact to the unit, and say so
        where they are locked.

    Raises
    ------
    ValueError
        As `target_plan.checked_plan`.
    """
    lang, plan = drawn_language(lang), checked_plan(targets)
    key = "territory_id" if (plan["level"] == "territory").any() else "store_id"
    plan = plan[plan["level"] == key.removesuffix("_id")]
    held = targets[targets["locked"].eq(True) & (targets["metric"] == "sales") & (targets["tier"] == "base")]
    locked = set(zip(held[key], held["period"]))
    plan = plan[plan["period_type"] == "month"]
    values = dict(zip(zip(plan[key], plan["period"], plan["metric"], plan["tier"]), plan["value"].tolist()))
    before = {}
    if last_year is not None:
        sold = last_year[last_year["metric"] == "sales"]
        before = dict(zip(zip(sold[key], sold["period"].astype(str)), sold["value"].tolist()))
    said = [words.say("chart.made", lang)] if made else []
    said += [words.say("targets.sheet_about", lang, city=city, plan=plan["plan_id"].iloc[0])]
    said += [words.say("chart.source", lang, source=source)] if source else []
    months, names = sorted(plan["period"].unique()), {} if names is None else dict(names)
    figures = {place: {month: _figures(place, month, values, before) for month in months} for place in plan[key]}
    told = {"foot": legible(" · ".join(said)), "lang": lang, "currency": currency, "locked": locked}
    told |= {"shown": _known(month for of in figures.values() for month in of.values())}
    pages = (
        _page(place, names.get(place), months[at : at + _A_PAGE], figures[place], **told)
        for place in sorted(figures)
        for at in range(0, len(months), _A_PAGE)
    )
    return pdf(pages, title=words.say("targets.cards_title", lang, city=city, year=months[0][:4]))


def _known(cards):
    """Which figures at least one card can tell: tiers, last year, and those beneath."""
    cards = list(cards)
    tiers = [tier for tier in TIERS[1:] if any(_is(card["tiers"][tier]) for card in cards)]
    lower = [metric for metric in _LOWER if any(_is(card["rest"][metric]) for card in cards)]
    return {"tiers": tiers, "lower": lower, "before": any(_is(card["before"]) for card in cards)}


def _is(value):
    return value is not None and value == value


def _page(place, name, months, figures, *, foot, lang, currency, locked, shown):
    from matplotlib.figure import Figure

    figure = Figure(figsize=_PAGE, facecolor="white")
    called = legible(f"{name}  {place}" if name else place)
    text = _writer(figure)
    title = words.say(
        "targets.cards_heading", lang, first=period_name(months[0], lang), last=period_name(months[-1], lang)
    )
    text(_SIDE, _TOP - 0.5, fitted(called, 340, 20, weight="bold"), 20, weight="bold", color=_BLUE)
    text(_PAGE[0] - _SIDE, _TOP - 0.5, title, 11, ha="right", color=_QUIET)
    text(_SIDE, _TOP - 0.16, fitted(_sums(figures, months, currency, lang), 530, 10), 10)
    text(_SIDE, _PAGE[1] - 0.35, fitted(foot, 520, 8), 8, color=_QUIET)
    for at, month in enumerate(months):
        corner = _SIDE + at % 2 * (_CARD[0] + _GAP), _TOP + at // 2 * (_CARD[1] + _GAP)
        head = " · ".join(filter(None, (period_name(month, lang), _lock(place, month, locked, lang))))
        _card(figure, corner, figures[month], head, called, shown, lang=lang, currency=currency)
    return in_found_fonts(figure)


def _lock(place, month, locked, lang):
    """What of a month is locked: it, its quarter or its year."""
    if (place, month[:4]) in locked:
        return words.say("targets.card_locked_year", lang)
    if (place, f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}") in locked:
        return words.say("targets.card_locked_quarter", lang)
    return words.say("targets.card_locked", lang) if (place, month) in locked else ""


def _sums(figures, months, currency, lang):
    """The year's target and those of the page's quarters, as far as each month of them is known."""
    year, quarters = months[0][:4], {}
    for month, card in figures.items():
        for part in (year, f"{year}-Q{(int(month[5:]) + 2) // 3}"):
            quarters.setdefault(part, []).append((month, card["tiers"]["base"]))
    said = []
    for part, inside in quarters.items():
        of_page = part == year or any(month in months for month, _ in inside)
        if of_page and len(inside) == (12 if part == year else 3) and all(_is(value) for _, value in inside):
            amount = _amount(sum(value for _, value in inside), currency, lang)
            said.append(f"{period_name(part, lang)}  {amount}")
    return "     ".join(said)


def _writer(figure):
    """Texts by inches from the top left."""

    def text(x, y, said, size, *, color=_INK, **look):
        figure.text(x / _PAGE[0], 1 - y / _PAGE[1], said, size=size, color=color, va="baseline", **look)

    return text


def _figures(place, month, values, before):
    """Sales by tier, last year's, and the base tier of the rest; a rate from its two amounts where it is not told."""
    told = {metric: values.get((place, month, metric, "base")) for metric in METRICS}
    for rate, amounts in RATES.items():
        above, beneath = (told[amount] for amount in amounts)
        if told[rate] is None and above is not None and beneath:
            told[rate] = above / beneath
    tiers = {tier: values.get((place, month, "sales", tier)) for tier in TIERS}
    year, _, part = month.partition("-")
    return {"tiers": tiers, "before": before.get((place, f"{int(year) - 1}-{part}")), "rest": told}


def _card(figure, corner, figures, head, called, shown, *, lang, currency):
    from matplotlib.patches import Rectangle

    (x, y), (wide, tall), text = corner, _CARD, _writer(figure)

    def box(top, height, **look):
        place = (x / _PAGE[0], 1 - (y + top + height) / _PAGE[1])
        figure.add_artist(Rectangle(place, wide / _PAGE[0], height / _PAGE[1], transform=figure.transFigure, **look))

    box(0, 0.4, facecolor=_BLUE, edgecolor="none")
    if shown["lower"]:
        box(1.93, tall - 1.93, facecolor=_PALE, edgecolor="none")
    box(0, tall, facecolor="none", edgecolor=_BLUE, linewidth=0.9)
    text(x + 0.14, y + 0.27, head, 13, weight="bold", color="white")
    text(x + wide - 0.14, y + 0.27, fitted(called, 120, 9), 9, ha="right", color="white")
    tiers, base = figures["tiers"], figures["tiers"]["base"]
    text(x + 0.14, y + 0.68, words.say("targets.card_sales", lang), 10, color=_QUIET)
    text(x + 0.14, y + 1.06, fitted(_amount(base, currency, lang), 240, 22, weight="bold"), 22, weight="bold")
    for at, tier in enumerate(shown["tiers"]):
        text(x + 0.14 + at * 1.75, y + 1.4, f"{tier_name(tier, lang)}  {_amount(tiers[tier], currency, lang)}", 10)
    if shown["before"]:
        text(x + 0.14, y + 1.72, _compared(base, figures["before"], currency, lang), 9.5, color=_QUIET)
    for at, metric in enumerate(shown["lower"]):
        left, top = x + 0.14 + at % 2 * 1.75, y + 2.2 + at // 2 * 0.55
        text(left, top, metric_name(metric, lang), 9, color=_QUIET)
        text(left, top + 0.25, _told(metric, figures["rest"][metric], currency, lang), 13, weight="bold")


def _rounded(value, base):
    """
    A figure to compare with, no finer than the target it stands beside (at most to 1,000).

    >>> _rounded(2_449_876.5, 2_600_000), _rounded(2_449_876.5, 2_654_321), _rounded(2_449_876.5, None)
    (2450000, 2449876, 2449876)
    """
    if value is None or value != value:
        return None
    step = next((size for size in (1000, 100, 10) if base and base % size == 0), 1)
    return round(value / step) * step


def _amount(value, currency, lang):
    """
    Money to the unit, in Chinese in 万 from 10,000.

    >>> _amount(250_000, "CNY", "zh"), _amount(254_321, "CNY", "zh"), _amount(5_000, "CNY", "zh")
    ('25 万元', '25.4321 万元', '5,000 元')
    >>> _amount(250_000, "AUD", "zh")
    '25 万澳元'
    >>> _amount(250_000, "CNY", "en"), _amount(None, "CNY", "en")
    ('CNY 250,000', '—')
    """
    if value is None or value != value:
        return "—"
    if lang == "zh" and abs(value) >= 1e4 and value == round(value):
        unit = words.currency_name(currency, lang)
        return f"{value / 1e4:,.4f}".rstrip("0").rstrip(".") + " 万" + (f" {unit}" if unit.isascii() else unit)
    return words.money(value, currency, lang)


def _compared(base, before, currency, lang):
    """Last year's same month, and the growth over it."""
    said = words.say("targets.card_last_year", lang, amount=_amount(_rounded(before, base), currency, lang))
    if not before or before != before or before < 0 or base is None:
        return said
    return f"{said}  {words.say('targets.card_growth', lang, growth=f'{base / before - 1:+z.1%}')}"


def _told(metric, value, currency, lang):
    if value is None or value != value:
        return "—"
    if metric in RATES:
        return f"{value:.1%}".replace(".0%", "%")
    if metric == "openings":
        return words.say("targets.card_openings", lang, n=f"{value:,.10g}")
    return _amount(value, currency, lang)
