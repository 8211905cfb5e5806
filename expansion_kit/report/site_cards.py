"""A page a candidate site (候选点卡片): what it sells, costs and earns, what own stores lose, what is not known."""

import numpy as np
import pandas as pd

from expansion_kit import words
from expansion_kit.charts.economics import draw_cash, draw_month
from expansion_kit.drawing import drawn_language, fitted, in_found_fonts, legible, pdf, shorten, text_width, wrap
from expansion_kit.maps.sheet import INK, LINE, MARGIN, POINT, QUIET, draw_table, marks, number_pages, sheet, write
from expansion_kit.maps.site_surroundings import draw_surroundings
from expansion_kit.maps.specification import placements as specified
from expansion_kit.report.site_terms import (
    MISSING,
    assumed_text,
    headline,
    input_name,
    known,
    lease_terms,
    named,
    share,
)

_BLUE, _PALE, _WARN = "#1F4E79", "#EEF3F8", "#8a3d00"
_LEFT, _MIDDLE, _GUTTER, _RIGHT = MARGIN, 102.0, 6.0, 200.0
_TILES, _MAP, _ACCOUNTS, _LAST, _FOOT = 34.0, 61.0, 158.0, 228.0, 286.0
_STORES = 6


def site_cards(
    cards,
    *,
    city,
    lang,
    currency,
    roads=None,
    accounts=None,
    cash=None,
    losses=None,
    placements=None,
    basemap=None,
    zones=None,
    radius=1000.0,
    rings=(500.0,),
    source="",
    as_of="",
    made=False,
):
    """
    One page of A4 for each site, in the order of the table, to be brought along to the meeting that decides.

    What is not known is a dash, and stands by name under "not known"; what is assumed has a star and stands by name,
    with its value, under "assumed". Each page is marked as internal.

    Parameters
    ----------
    cards : DataFrame, index site_id
        Texts: `name`, `address`, `veto` (reasons as they are shown), `unknown` (criteria as they are shown), `next`
        (what to find out). Score: `rank`, `score` (0 to 100), `p_top5` (share), `coverage_pct` (0 to 100). Place:
        `lon`, `lat`, `floor_area_sqm`, `site_type`. Lease columns. Money a month: `sales_p10`, `sales_p50`,
        `sales_p90`, `breakeven_sales`, `net_gain`; money: `start_money`, `npv`, `npv_p10`, `npv_p90`; shares:
        `occupancy_cost_ratio`, `irr`, `p_loss`; `breakeven_kind`, `irr_kind`; `payback_months`,
        `payback_discounted_months`; names of inputs,
        parted by `, `: `missing`, `assumed`, `spread_assumed`, and the inputs themselves with their values. Any of
        these may be absent or missing.
    city : str
        Its name.
    lang : str
        `en` or `zh`; English where no font holds Chinese.
    currency : str
        ISO 4217 code of the money.
    roads : DataFrame, optional
        `site_id`, `road` (name as shown), `sales_p10`, `sales_p50`, `sales_p90` (money a month; the ends may be
        missing), `note` (why it may not be used, as shown; may be absent).
    accounts : DataFrame, index site_id, optional
        Lines of a mature year, as `candidates.unit_economics.economics.year_accounts` gives them, with `months`.
    cash : DataFrame, index (site_id, month), optional
        `cumulative`, and if known `cash_p10`, `cash_p90`.
    losses : DataFrame, optional
        `site_id`, `store_id`, `store` (name), `loss` (money a month), `share` (of the store's sales). A site whose loss
        is known and is nothing has a row without a store.
    placements : DataFrame, optional
        From `maps.placements`, for the map.
    basemap, zones : GeoDataFrame, optional
        As for `maps.placement_map`.
    radius : float
        Metres around the site that its map shows.
    rings : sequence of float
        Metres.
    source, as_of : str
        For the foot of the page.
    made : bool
        True marks each page as made-up data.

    Returns
    -------
    bytes
        A PDF, the same for the same input and versions.

    Raises
    ------
    ValueError
        If there is no site.

    Examples
    --------
    >>> site_cards(pd.DataFrame({"name": ["Corner"]}, index=["S1"]), city="X", lang="en", currency="CNY")[:5]
    b'%PDF-'
    """
    if not len(cards):
        raise ValueError("site cards need at least one site")
    lang = drawn_language(lang)
    tables = {"roads": roads, "accounts": accounts, "cash": cash, "losses": losses}
    ground = {"placements": placements, "basemap": basemap, "zones": zones, "radius": radius, "rings": rings}
    told = {"lang": lang, "currency": currency, "made": made}
    said = [city, words.say("card.foot", lang)]
    said += [words.say("map.source", lang, source=source)] if source else []
    said += [words.say("chart.as_of", lang, as_of=as_of)] if as_of else []
    pages = [_page(site, row, _of_site(tables, site), ground, told) for site, row in cards.astype(object).iterrows()]
    for axes in pages:
        _paragraph(axes, (_LEFT, _FOOT, _RIGHT - _LEFT - 20), legible(" · ".join(said)), 6.5, most=1)
    number_pages(pages, lang)
    return pdf([in_found_fonts(axes.figure) for axes in pages], title=words.say("card.title", lang, city=city))


def _of_site(tables, site):
    """The rows of a site in each table; None where a table or the site in it is not there."""
    found = {}
    for name, table in tables.items():
        rows = None
        if table is not None and len(table):
            at = table["site_id"] if "site_id" in table else table.index.get_level_values(0)
            rows = table[np.asarray(at == site)]
        found[name] = rows if rows is not None and len(rows) else None
    return found


def _page(site, row, of, ground, told):
    axes = sheet("A4", portrait=True)
    _head(axes, site, row, told)
    for place, (label, value, below) in enumerate(headline(row, **_words(told))):
        _tile(axes, place, label, value, below)
    numbers = _map(axes, site, row, ground, told)
    _roads(axes, row, of["roads"], told)
    _lease(axes, row, told)
    _accounts(axes, row, of["accounts"], told)
    _cash(axes, row, of["cash"], told)
    _losses(axes, row, of["losses"], numbers, told)
    _doubts(axes, row, told)
    return axes


def _words(told):
    return {"currency": told["currency"], "lang": told["lang"]}


def _head(axes, site, row, told):
    lang = told["lang"]
    rank = (
        words.say("card.rank", lang, rank=f"{row['rank']:.0f}")
        if known(row, "rank")
        else words.say("card.no_rank", lang)
    )
    axes.fill_between([_LEFT, _RIGHT], 10, 29, facecolor=_BLUE, linewidth=0)
    write(axes, _LEFT + 4, 19.5, rank, 13, room=26, shrink=True, weight="bold", color="white")
    name = legible(row["name"] if known(row, "name") else site, weight="bold")
    size = 15 if text_width(name, 15, weight="bold") * POINT < 108 else 10.5
    write(axes, _LEFT + 33, 18.5, name, size, room=112, weight="bold", color="white")
    kind = words.say(f"site.{row['site_type']}", lang) if row.get("site_type") in ("street", "mall") else ""
    area = f"{row['floor_area_sqm']:,.10g} ㎡" if known(row, "floor_area_sqm") else ""
    place = row["address"] if known(row, "address") else ""
    facts = " · ".join(filter(None, [legible(str(site)), kind, area, legible(place)]))
    write(axes, _LEFT + 33, 25.5, facts, 8, room=114, color="#dbe6f0")
    mark = {"facecolor": "#fff3cd", "edgecolor": "#D55E00", "linewidth": 0.8, "boxstyle": "round,pad=0.3"}
    texts = [words.say("card.internal", lang)] + ([words.say("map.made", lang)] if told["made"] else [])
    for place, text in enumerate(texts):
        look = {"ha": "right", "va": "center_baseline", "bbox": mark, "color": _WARN}
        write(axes, _RIGHT - 3, 15.5 + 7 * place, text, 7.5, room=44, shrink=True, **look)
    if known(row, "veto"):
        text = words.say("card.vetoed", lang, why=legible(row["veto"]))
        write(axes, _LEFT, 32.6, text, 8, room=_RIGHT - _LEFT, weight="bold", color="#D55E00")


def _tile(axes, place, label, value, below):
    wide = (_RIGHT - _LEFT - 4 * 3) / 5
    left, room = _LEFT + place * (wide + 3), wide - 4
    axes.fill_between([left, left + wide], _TILES, _TILES + 20, facecolor=_PALE, linewidth=0)
    write(axes, left + 2, _TILES + 4.6, label, 7.5, room=room, shrink=True, color=QUIET)
    write(axes, left + 2, _TILES + 11.4, value, 14, room=room, shrink=True, weight="bold", color=_BLUE)
    for number, line in enumerate(below):
        write(axes, left + 2, _TILES + 15.2 + 3.3 * number, line, 6.5, room=room, shrink=True, color=QUIET)


def _section(axes, left, right, top, text):
    write(axes, left, top, text, 9, room=right - left, shrink=True, weight="bold", color=_BLUE)
    axes.plot([left, right], [top + 1.6] * 2, color=_BLUE, linewidth=0.7)


def _map(axes, site, row, ground, told):
    """The map and its key; gives the numbers of own stores on it, by id."""
    lang, placements = told["lang"], ground["placements"]
    _section(axes, _LEFT, _MIDDLE, _MAP, words.say("card.map", lang))
    if not (known(row, "lon") and known(row, "lat")):
        _paragraph(axes, (_LEFT, _MAP + 4, _MIDDLE - _LEFT), words.say("card.unplaced", lang), 8, color=INK)
        return {}
    if placements is None:
        placements = specified(pd.DataFrame(), lang=lang)
    box = (_LEFT, _MAP + 3.5, _MIDDLE, _MAP + 79)
    drawn = {name: ground[name] for name in ("radius", "rings", "basemap", "zones")}
    where = (float(row["lon"]), float(row["lat"]))
    here = draw_surroundings(axes, box, _without(placements, site), where, lang=lang, **drawn)
    _key(axes, here, box[3] + 3.4, lang)
    own = here[here["number"].notna() & here["id"].notna()]
    return dict(zip(own["id"].astype(str), own["number"]))


def _without(placements, site):
    """The placements but the site itself, which has its own mark."""
    return placements[~(placements["class"].eq("candidate") & placements["id"].eq(site).fillna(False))]


def _key(axes, here, top, lang):
    """What the marks mean and how many of each are in sight, in three columns; the star is the site."""
    order = here["class"].map({"own": 0, "candidate": 1, "rival": 2, "other": 3})
    groups = here.assign(order=order).groupby(["order", "group_label", "colour", "shape"]).size().reset_index(name="n")
    groups = groups.sort_values(["order", "n", "group_label"], ascending=[True, False, True])
    step = (_MIDDLE - _LEFT) / 3
    axes.scatter(_LEFT + 1.5, top, s=45, marker="*", c="#111111", linewidths=0)
    write(axes, _LEFT + 4, top, words.say("card.this_site", lang), 6.5, room=step - 5, va="center_baseline")
    for place, group in enumerate(groups.head(8).itertuples(), start=1):
        x, y = _LEFT + place % 3 * step, top + place // 3 * 3.6
        marks(axes, [x + 1.5], [y], group.colour, group.shape, 2.4)
        count = f" {group.n}"
        room = (step - 5) / POINT - text_width(count, 6.5)
        write(axes, x + 4, y, fitted(legible(group.group_label), room, 6.5) + count, 6.5, va="center_baseline")


def _roads(axes, row, roads, told):
    lang, currency = told["lang"], told["currency"]
    left, top = _MIDDLE + _GUTTER, _MAP
    _section(axes, left, _RIGHT, top, words.say("card.roads", lang))
    if roads is None:
        money = {name: row[name] if known(row, name) else np.nan for name in ("sales_p10", "sales_p50", "sales_p90")}
        roads = pd.DataFrame([{"road": words.say("card.sales", lang), **money}])
    values = roads.reindex(columns=["sales_p10", "sales_p50", "sales_p90"]).astype(float)
    if not values["sales_p50"].notna().any():
        _paragraph(axes, (left, top + 4, _RIGHT - left), words.say("card.no_sales", lang), 8, color=INK)
        return
    high = np.nanmax(values.to_numpy()) * 1.05
    step = min(8.0, 26.0 / len(roads))
    for place, (_, road) in enumerate(roads.iterrows()):
        y = top + 6 + step * (place + 0.2)
        write(axes, left, y + 0.9, legible(road["road"]), 7, room=25, shrink=True)
        spans = left + 27 + values.iloc[place].to_numpy() / high * 36
        axes.plot([left + 27, left + 63], [y] * 2, color=LINE, linewidth=0.6)
        if np.isfinite(spans).all():
            axes.plot(spans[[0, 2]], [y] * 2, color="#0072B2", linewidth=4, alpha=0.35, solid_capstyle="butt")
        if np.isfinite(spans[1]):
            axes.plot(spans[1], y, "o", color="#0072B2", markersize=4.5)
        said = words.money(values["sales_p50"].iloc[place], currency, lang)
        note = legible(road["note"]) if known(road, "note") else ""
        write(axes, _RIGHT, y + 0.9, said, 7, room=26, shrink=True, ha="right", weight="bold")
        write(axes, left + 27, y + 3.4, note, 5.5, room=42, color=QUIET)


def _lease(axes, row, told):
    left, top = _MIDDLE + _GUTTER, _MAP + 36
    _section(axes, left, _RIGHT, top, words.say("card.lease", told["lang"]))
    rows = lease_terms(row, **_words(told))
    (label, text), others = rows[0], rows[1:]
    write(axes, left, top + 6, label, 7, room=17, shrink=True, color=QUIET)
    end = _paragraph(axes, (left + 18, top + 3.4, _RIGHT - left - 18), legible(text), 7.5, most=4, color=INK)
    half, step = (_RIGHT - left) / 2, min(5.4, (_MAP + 85 - max(end, top + 8)) / 5)
    for place, (label, text) in enumerate(others):
        x, y = left + place % 2 * half, max(end, top + 8) + step * (place // 2) + 3
        write(axes, x, y, label, 7, room=17, shrink=True, color=QUIET)
        write(axes, x + 18, y, legible(text), 7.5, room=half - 19, shrink=True)


def _frame(axes, left, top, right, bottom):
    width, height = 210.0, 297.0
    place = (left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height)
    inner = axes.figure.add_axes(place, zorder=6, facecolor="none")
    inner.spines[:].set_visible(False)
    inner.tick_params(length=0, colors=QUIET, labelcolor=INK, pad=2)
    return inner


def _not_reckoned(axes, left, row, lang):
    why = _names(row.get("missing"), lang) or MISSING
    text = words.say("card.no_accounts", lang, missing=why)
    _paragraph(axes, (left, _ACCOUNTS + 4, _MIDDLE - _LEFT), text, 8, color=INK, most=6)


def _accounts(axes, row, accounts, told):
    lang, unit = told["lang"], ""
    if accounts is not None:
        inner = _frame(axes, _LEFT + 24, _ACCOUNTS + 4, _MIDDLE, _ACCOUNTS + 56)
        unit = draw_month(inner, accounts.iloc[0], size=7, **_words(told))
        inner.set_xticks([])
    else:
        _not_reckoned(axes, _LEFT, row, lang)
    title = words.say("card.accounts", lang, unit=unit or words.currency_name(told["currency"], lang))
    _section(axes, _LEFT, _MIDDLE, _ACCOUNTS, title)
    if accounts is not None and known(accounts.iloc[0], "write_off"):
        month = -accounts["write_off"].iloc[0] / accounts["months"].iloc[0]
        text = words.say("card.start_money", lang, money=words.money(month, told["currency"], lang))
        _paragraph(axes, (_LEFT, _ACCOUNTS + 58, _MIDDLE - _LEFT), text, 6.5, most=2)


def _cash(axes, row, cash, told):
    lang, unit, left = told["lang"], "", _MIDDLE + _GUTTER
    if cash is not None:
        inner = _frame(axes, left + 12, _ACCOUNTS + 4, _RIGHT - 6, _ACCOUNTS + 55)
        course = cash.set_axis(cash.index.get_level_values(-1))
        unit = draw_cash(inner, course, size=7, **_words(told))
        write(axes, _RIGHT - 6, _ACCOUNTS + 60.5, words.say("chart.lease_months", lang), 6.5, ha="right", color=QUIET)
    else:
        _not_reckoned(axes, left, row, lang)
    title = words.say("card.cash", lang, unit=unit or words.currency_name(told["currency"], lang))
    _section(axes, left, _RIGHT, _ACCOUNTS, title)


def _losses(axes, row, losses, numbers, told):
    lang, currency = told["lang"], told["currency"]
    _section(axes, _LEFT, _MIDDLE, _LAST, words.say("card.losses", lang))
    hit = (
        None
        if losses is None
        else losses[losses["loss"].abs() > 0].sort_values(["loss", "store_id"], ascending=[False, True])
    )
    if hit is None or hit.empty:
        said = words.say("card.no_losses" if hit is None else "card.lose_nothing", lang)
        low = _paragraph(axes, (_LEFT, _LAST + 4, _MIDDLE - _LEFT), said, 8, color=INK)
    else:
        low = draw_table(
            axes, _LEFT, _LAST + 2.5, _MIDDLE - _LEFT, _loss_table(hit, numbers, lang, currency), 7, left=2, sums=1
        )
    gain = words.money(row["net_gain"], currency, lang) if known(row, "net_gain") else MISSING
    _paragraph(
        axes, (_LEFT, low + 1.5, _MIDDLE - _LEFT), words.say("card.net_gain", lang, gain=gain), 7.5, color=INK, most=2
    )


def _loss_table(hit, numbers, lang, currency):
    shown, rest = hit.head(_STORES), hit.iloc[_STORES:]
    names = shown["store"].where(shown["store"].notna(), shown["store_id"])
    rows = [
        (str(numbers.get(str(store), "")), shorten(str(name), 40), words.money(loss, currency, lang), share(part))
        for store, name, loss, part in zip(shown["store_id"], names, shown["loss"], shown["share"])
    ]
    if len(rest):
        rows.append(
            ("", words.say("card.loss_rest", lang, n=len(rest)), words.money(rest["loss"].sum(), currency, lang), "")
        )
    rows.append(("", words.say("card.loss_sum", lang), words.money(hit["loss"].sum(), currency, lang), ""))
    heads = [
        words.say("card.on_map", lang),
        *(words.say(key, lang) for key in ("card.store", "card.loss_month", "card.loss_share")),
    ]
    return pd.DataFrame(rows, columns=heads)


def _doubts(axes, row, told):
    """What is not known, what to find out, what is assumed: the last has the room that is left."""
    lang, left = told["lang"], _MIDDLE + _GUTTER
    _section(axes, left, _RIGHT, _LAST, words.say("card.unknown", lang))
    said = [words.say("card.unknown_criteria", lang, names=legible(row["unknown"]))] if known(row, "unknown") else []
    missing = _names(row.get("missing"), lang)
    said += [words.say("card.unknown_inputs", lang, names=missing)] if missing else []
    nothing = words.say("card.nothing_unknown", lang) if isinstance(row.get("missing"), str) else MISSING
    text = ("；" if lang == "zh" else "; ").join(said) or nothing
    low = _paragraph(axes, (left, _LAST + 3.2, _RIGHT - left), text, 7.5, most=4, color=INK)
    if known(row, "next"):
        text = words.say("card.next", lang, text=legible(row["next"]))
        low = _paragraph(axes, (left, low + 0.8, _RIGHT - left), text, 7.5, most=3, color=_WARN)
    _section(axes, left, _RIGHT, low + 5, words.say("card.assumed", lang))
    nothing = words.say("card.nothing_assumed", lang) if isinstance(row.get("assumed"), str) else MISSING
    text = assumed_text(row, **_words(told)) or nothing
    _paragraph(
        axes, (left, low + 8, _RIGHT - left), text, 7, most=int((_FOOT - low - 10) / (7 * POINT * 1.35)), color=INK
    )


def _names(text, lang):
    return ("、" if lang == "zh" else ", ").join(input_name(name, lang) for name in named(text))


def _paragraph(axes, place, text, size, *, most=3, color=QUIET):
    """A legible text in lines within a width, smaller where it is long; gives where it ends, in mm."""
    left, top, width = place
    for letters in (size, size * 0.88, size * 0.78):
        lines = wrap(text, max(4, int(width / (0.515 * letters * POINT))))
        if len(lines) <= most:
            break
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    row = letters * POINT * 1.35
    for number, line in enumerate(lines):
        write(axes, left, top + row * (number + 0.75), line, letters, room=width, shrink=True, color=color)
    return top + row * len(lines)
