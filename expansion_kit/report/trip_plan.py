"""The trip plan (拓展行程) as a workbook: whom and what to visit in which order, day by day; ids and places."""

import pandas as pd

from expansion_kit import words
from expansion_kit.report.target_workbook import FACE

_WIDTHS = {
    "day": 7,
    "stop": 7,
    "arrive": 10,
    "kind": 12,
    "id": 12,
    "place": 30,
    "km": 10,
    "travel_minutes": 12,
    "visit_minutes": 12,
    "name": 16,
    "phone": 18,
    "done": 10,
    "remark": 36,
}
_FORMATS = {"km": "0.0", "travel_minutes": "0", "visit_minutes": "0", "minutes": "0", "stops": "0"}


def trip_workbook(trip, days, *, city, lang, starts="09:00", places=None, people=None, made=False):
    """
    A trip as sheets for `files.write_xlsx`: the stops with cells to fill in, the days, and how it was planned.

    Parameters
    ----------
    trip : DataFrame
        As `prospects.trips.plan_trip` returns it.
    days : DataFrame
        As `prospects.trips.trip_days` returns it.
    city : str
        Its name.
    lang : str
        `en` or `zh`.
    starts : str
        When a day begins, as `09:00`.
    places : Series, optional
        Name or address of sites and name of territories, by `id`; no names of people.
    people : DataFrame, optional
        `name` and `phone` by prospect; only where the owner asks for them. The sheet is marked then.
    made : bool
        True marks each sheet as made-up data.

    Returns
    -------
    dict of str to dict
        Sheet title to layout.
    """
    start = pd.Timedelta(f"{starts}:00")
    shown = trip.reset_index()
    clock = start + pd.to_timedelta(shown["arrive_minute"].round(), unit="min")
    shown["arrive"] = [_clock(time, lang) for time in clock]
    shown["place"] = shown["id"].map({} if places is None else places)
    shown["done"], shown["remark"] = None, None
    private = people is not None
    if private:
        known = people.reindex(shown["id"])
        for name in ("name", "phone"):
            shown[name] = known[name].where((shown["kind"] == "prospect").to_numpy()).to_numpy()
    shown["kind"] = [words.say(f"trip.kind_{kind}", lang) for kind in shown["kind"]]
    days = days.reset_index()
    told = {"city": city, "stops": len(trip), "days": len(days)}
    mark = [words.say("report.made", lang)] if made else []
    mark += [words.say("follow.own_use", lang)] if private else []
    heading = [words.say("trip.title", lang, **told), words.say("trip.colours", lang), *mark]
    columns = [name for name in _WIDTHS if private or name not in ("name", "phone")]
    stops = _sheet(shown[columns], heading, lang) | {"breaks": [True, *(shown["day"].diff().iloc[1:] > 0)]}
    stops["inputs"] = {words.say(f"trip.{name}", lang): [True] * len(shown) for name in ("done", "remark")}
    done = words.say("trip.done", lang)
    stops["choices"] = {done: [words.say("customer.yes", lang), words.say("customer.no", lang)]}
    return {
        words.say("trip.sheet_stops", lang): stops,
        words.say("trip.sheet_days", lang): _sheet(days, [words.say("trip.days_title", lang, **told), *mark], lang),
        words.say("targets.about", lang): _about(trip, mark, lang),
    }


def _clock(time, lang):
    """`09:45`; a time behind midnight says so."""
    days, minutes = divmod(int(time.total_seconds() // 60), 1440)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return text if not days else words.say("trip.next_day", lang, time=text, n=days)


def _sheet(table, heading, lang):
    headers = {name: words.say(f"trip.{name}", lang) for name in table}
    table = table.astype(object).where(table.notna(), None)
    return {
        "table": table.rename(columns=headers),
        "heading": heading,
        "widths": {headers[name]: _WIDTHS.get(name, 16) for name in table},
        "formats": {headers[name]: shown for name, shown in _FORMATS.items() if name in headers},
        "frozen": 2 if "stop" in headers else 1,
        "font": FACE[lang],
    }


def _about(trip, mark, lang):
    about = trip.attrs
    told = {"kmh": f"{about['kmh']:g}", "detour": f"{about['detour']:g}"}
    lines = [words.say(f"trip.method_{about['kind']}", lang, **told)]
    lines.append(words.say("trip.proved" if about["proved"] else "trip.not_proved", lang))
    lines.append(words.say("trip.from_base" if about["based"] else "trip.without_base", lang))
    if trip["too_long"].any():
        found = ", ".join(trip.loc[trip["too_long"], "id"])
        lines.append(words.say("trip.too_long", lang, found=found))
    if about["unplaced"]:
        lines.append(words.say("trip.unplaced", lang, n=len(about["unplaced"]), found=", ".join(about["unplaced"])))
    how = words.say("trip.how", lang)
    return {"heading": [how, *mark], "table": pd.DataFrame({how: lines}), "widths": {how: 100}, "font": FACE[lang]}
