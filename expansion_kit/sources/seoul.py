"""
Seoul's open data, as published, into a city folder.

The files come in two encodings, one has no header, names of chains are spelled in a hundred ways, some figures are
suppressed, and dong codes changed between years. Every such finding is counted in the report that `read_seoul` returns.
"""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd

from .. import cities, geo, words
from . import korean_chains as chains

FILES = {
    "zones": "dong_boundary_2021.geojson",
    "population": "population_dong_korea_202505.csv",
    "zone_footfall": "footfall_dong_2019Q1_2025Q1.csv",
    "stores": "cafes_seoul_2022Q1.csv",
    "zone_rents": "rent_dong_floor_2022Q4.csv",
    "market_sales": "coffee_sales_dong_2024.csv",
    "stations": "subway_stations.json",
    "boardings": "subway_boardings_2024.csv",
    "alightings": "subway_alightings_2024.csv",
}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
KOREAN_DAYS = ["월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"]
TIME_BANDS = ["00-06", "06-11", "11-14", "14-17", "17-21", "21-24"]
FLOORS = {"1층": "1F", "1층외": "other", "전체층": "all"}
PYEONG = 3.3  # m2; the rent table is per 3.3 m2
ABSURD_SAMPLE = 10_000  # shops asked in one dong; the largest plausible figure in the table is 576
STATION_NAMES = {
    "서울역": "서울",
    "응암": "응암순환",
    "자양": "뚝섬유원지",
    "이수": "총신대입구",
}  # new name: stored name


def import_seoul(folder, into, *, lang="en"):
    """
    Write Seoul's open data as a city folder.

    Parameters
    ----------
    folder : path
        Folder with the published files (`FILES`).
    into : path
        City folder to write; see `cities.write_city`.
    lang : str
        Language of the city's outputs and of the report, `en` or `zh`.

    Returns
    -------
    DataFrame
        The report of `read_seoul`.

    Raises
    ------
    FileNotFoundError
        If files are missing; the message names all of them.
    """
    about, tables, sources, report = read_seoul(folder, lang=lang)
    cities.write_city(into, about, tables, sources, lang=lang)
    return report


def read_seoul(folder, *, lang="en"):
    """
    Seoul's open data as tables of our columns.

    Parameters
    ----------
    folder : path
        Folder with the published files (`FILES`).
    lang : str
        Language of the city's outputs and of the report, `en` or `zh`.

    Returns
    -------
    about : dict
        Top level of `city.toml`.
    tables : dict of DataFrame
        `zones` (GeoDataFrame, WGS-84), `zone_footfall`, `stores`, `brands`, `zone_rents`, `market_sales`, `stations`;
        keys are columns.
    sources : dict of dict
        `source`, `as_of`, `method` a table.
    report : DataFrame
        What was read, dropped, repaired, flagged or left missing: `table, file, action, rows, reason`.

    Raises
    ------
    FileNotFoundError
        If files are missing; the message names all of them.
    """
    folder = Path(folder)
    missing = [name for name in FILES.values() if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{folder} lacks {len(missing)} of Seoul's files: {', '.join(missing)}")
    zones, notes = _zones(folder, lang)
    tables = {"zones": zones}
    readers = {
        "zone_footfall": _footfall,
        "stores": _stores,
        "zone_rents": _rents,
        "market_sales": _sales,
        "stations": _stations,
    }
    for name, reader in readers.items():
        tables[name], more = reader(folder, zones, lang)
        notes += more
    tables["brands"] = chains.brands(tables["stores"])
    report = pd.DataFrame(notes, columns=["table", "file", "action", "rows", "reason"])
    sources = _sources(lang)
    refused = report.query("table == 'zone_rents' and action == 'dropped'").iloc[0]
    dropped = words.say("source.refused", lang, n=f"{refused['rows']:,}", reason=refused["reason"])
    sources["zone_rents"]["source"] += dropped
    return _about(lang), tables, sources, report


def _about(lang):
    return {
        "name": "首尔" if lang == "zh" else "Seoul",
        "country": "KR",
        "currency": "KRW",
        "timezone": "Asia/Seoul",
        "language": lang,
        "datum": "wgs84",
        "crs": "auto",
    }


def _sources(lang):
    seoul = words.say("source.seoul_open_data", lang)
    return {
        "zones": {"source": words.say("source.zones", lang), "as_of": "2025-05-31", "method": "measured"},
        "zone_footfall": {"source": words.say("source.footfall", lang), "as_of": "2025-03-31", "method": "estimated"},
        "stores": {"source": words.say("source.cafes", lang), "as_of": "2022-03-31", "method": "measured"},
        "brands": {"source": words.say("source.brands", lang), "as_of": "2022-03-31", "method": "assumed"},
        "zone_rents": {"source": words.say("source.rents", lang), "as_of": "2022-12-31", "method": "estimated"},
        "market_sales": {
            "source": f"{seoul}; " + words.say("source.sales", lang),
            "as_of": "2024-12-31",
            "method": "estimated",
        },
        "stations": {"source": words.say("source.stations", lang), "as_of": "2024-12-31", "method": "measured"},
    }


def _zones(folder, lang):
    """Dongs with their residents; a dong whose code changed keeps its residents missing."""
    dongs = gpd.read_file(folder / FILES["zones"])
    people = pd.read_csv(folder / FILES["population"], encoding="utf-8-sig", dtype={"행정기관코드": str})
    seoul = people[people["시도명"] == "서울특별시"]
    residents = seoul.set_index(seoul["행정기관코드"].str[:8])["계"]
    zone_id = dongs["adm_cd2"].str[:8]
    zones = gpd.GeoDataFrame(
        {
            "zone_id": zone_id,
            "name": dongs["adm_nm"].str.split(n=1).str[1],
            "population": zone_id.map(residents).astype("Int64"),
        },
        geometry=dongs.geometry,
        crs=dongs.crs,
    )
    unplaced = residents.index.difference(zone_id)
    empty = zones["population"].isna()
    notes = [
        ("zones", FILES["zones"], "read", len(zones), words.say("source.polygons", lang)),
        ("zones", FILES["population"], "read", len(people), words.say("source.residents", lang)),
        ("zones", FILES["population"], "dropped", len(people) - len(seoul), words.say("source.not_seoul", lang)),
        (
            "zones",
            FILES["population"],
            "dropped",
            len(unplaced),
            words.say("source.code_without_polygon", lang, codes=", ".join(unplaced)),
        ),
        (
            "zones",
            FILES["population"],
            "missing",
            int(empty.sum()),
            words.say("source.polygon_without_residents", lang, codes=", ".join(zone_id[empty])),
        ),
    ]
    return zones, notes


def _footfall(folder, zones, lang):
    """People on an average day: totals of every quarter, time bands and weekdays of the latest four."""
    name = FILES["zone_footfall"]
    raw = pd.read_csv(folder / name, encoding="cp949", dtype={"기준_년분기_코드": str, "행정동_코드": str})
    period = _quarter(raw["기준_년분기_코드"])
    days = period.map({p: _days_in_quarter(p) for p in period.unique()})
    keys = {"zone_id": raw["행정동_코드"], "period": period}
    total = raw["총_유동인구_수"] / days
    parts = [pd.DataFrame({**keys, "time_band": None, "day_type": None, "people": total})]
    recent = period.isin(sorted(period.unique())[-4:])
    for band in TIME_BANDS:
        column = raw[f"시간대_{band.replace('-', '_')}_유동인구_수"]
        part = pd.DataFrame({**keys, "time_band": band, "day_type": None, "people": column / days})
        parts.append(part[recent])
    for day, korean in zip(DAYS, KOREAN_DAYS, strict=True):
        # A weekday of 12 or 14 dates is published no lower or higher than its neighbours: each stands for a seventh.
        part = pd.DataFrame(
            {**keys, "time_band": None, "day_type": day, "people": raw[f"{korean}_유동인구_수"] * 7 / days}
        )
        parts.append(part[recent])
    table = pd.concat([part.astype({"time_band": "string", "day_type": "string"}) for part in parts], ignore_index=True)
    table["people"] = table["people"].round(2)
    notes = [
        ("zone_footfall", name, "read", len(raw), words.say("source.footfall_rows", lang, quarters=period.nunique())),
        ("zone_footfall", name, "repaired", len(raw), words.say("source.quarter_to_day", lang)),
        ("zone_footfall", name, "dropped", int((~recent).sum()), words.say("source.old_profiles", lang)),
    ]
    return table[table["zone_id"].isin(zones["zone_id"])].reset_index(drop=True), notes


def _stores(folder, zones, lang):
    """Cafes with the chain they belong to; the rest is `independent`."""
    name = FILES["stores"]
    raw = pd.read_csv(folder / name, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    brand = chains.brand(raw["상호명"])
    stores = pd.DataFrame(
        {
            "store_id": "cafes-" + raw.iloc[:, 0],
            "name": (raw["상호명"] + " " + raw["지점명"]).str.strip(),
            "brand": brand,
            "own": False,
            "category": "coffee",
            "status": "open",
            "address": raw["시도명"] + " " + raw["시군구명"] + " " + raw["행정동명"],
            "lon": raw["경도"].astype(float),
            "lat": raw["위도"].astype(float),
        }
    )
    return stores, _store_notes(name, raw, brand, stores, zones, lang)


def _store_notes(name, raw, brand, stores, zones, lang):
    chained = brand != chains.INDEPENDENT
    respelled = chained & (raw["상호명"] != brand)
    buried = chains.mentions_chain(raw["상호명"]) & ~chained
    starbucks = raw["상호명"].str.contains("스타벅스")
    twins = raw.duplicated(["위도", "경도"], keep=False)
    dongs = geo.containing(stores, zones.set_index("zone_id"))
    return [
        ("stores", name, "read", len(raw), words.say("source.cafe_rows", lang)),
        (
            "stores",
            name,
            "repaired",
            int(respelled.sum()),
            words.say("source.respelled", lang, chains=brand[chained].nunique()),
        ),
        (
            "stores",
            name,
            "repaired",
            int(starbucks.sum()),
            words.say(
                "source.starbucks",
                lang,
                spellings=raw.loc[starbucks, "상호명"].nunique(),
                n=int((brand[starbucks] == "스타벅스").sum()),
            ),
        ),
        ("stores", name, "flagged", int(buried.sum()), words.say("source.other_beginning", lang)),
        ("stores", name, "flagged", int(twins.sum()), words.say("source.shared_point", lang)),
        ("stores", name, "flagged", int(dongs.isna().sum()), words.say("source.outside", lang)),
    ]


def _rents(folder, zones, lang):
    """Converted rent (rent and one percent of the deposit) a m2 and month; suppressed rows are refused."""
    name = FILES["zone_rents"]
    columns = ["year", "quarter", "zone_id", "dong", "code", "floor", "deposit", "rent", "converted", "sample_size"]
    raw = pd.read_csv(folder / name, encoding="utf-8-sig", header=None, names=columns, dtype={"zone_id": str})
    zero = raw["converted"] <= 0
    absurd = raw["sample_size"] > ABSURD_SAMPLE
    rents = pd.DataFrame(
        {
            "zone_id": raw["zone_id"],
            "period": raw["year"].astype(str) + "-Q" + raw["quarter"].astype(str),
            "floor": raw["floor"].map(FLOORS),
            "rent_sqm_month": (raw["converted"] / PYEONG).round(),
            "sample_size": raw["sample_size"].mask(absurd).astype("Int64"),
        }
    )
    notes = [
        ("zone_rents", name, "read", len(raw), words.say("source.rent_rows", lang)),
        ("zone_rents", name, "dropped", int(zero.sum()), words.say("source.zero_rents", lang)),
        (
            "zone_rents",
            name,
            "flagged",
            int(absurd.sum()),
            words.say("source.absurd_sample", lang, dong=", ".join(raw.loc[absurd, "dong"].unique())),
        ),
    ]
    return rents[~zero & rents["zone_id"].isin(zones["zone_id"])].reset_index(drop=True), notes


def _sales(folder, zones, lang):
    """What coffee shops of a dong sold in a quarter (estimated from cards): supply, not demand."""
    name = FILES["market_sales"]
    raw = pd.read_csv(folder / name, encoding="cp949", dtype={"기준_년분기_코드": str, "행정동_코드": str})
    sales = pd.DataFrame(
        {
            "zone_id": raw["행정동_코드"],
            "category": "coffee",
            "period": _quarter(raw["기준_년분기_코드"]),
            "sales": raw["당월_매출_금액"],
        }
    )
    silent = (~zones["zone_id"].isin(sales["zone_id"])).sum()
    notes = [
        ("market_sales", name, "read", len(raw), words.say("source.sales_rows", lang)),
        ("market_sales", name, "missing", int(silent), words.say("source.no_sales", lang)),
    ]
    return sales, notes


def _stations(folder, zones, lang):
    """Metro stations inside the city, with boardings and alightings a day where they are known."""
    name = FILES["stations"]
    raw = pd.DataFrame(json.loads((folder / name).read_text(encoding="utf-8")))
    riders, counted = _riders(folder)
    placed = raw["lon"].notna() & raw["lat"].notna()
    stations = pd.DataFrame(
        {
            "place_id": raw["station_id"].astype(str),
            "name": raw["station_name"] + " " + raw["line_name"],
            "kind": "metro",
            "lon": raw["lon"],
            "lat": raw["lat"],
            "people_day": riders.reindex(_stop(raw["station_name"], raw["line_name"])).round().to_numpy(),
        }
    )[placed]
    inside = geo.containing(stations, zones.set_index("zone_id")).notna()
    known = set(_stop(raw["station_name"], raw["line_name"]))
    unmatched = [stop for stop in riders.index if stop not in known]
    stations = stations[inside].reset_index(drop=True)
    uncounted = int(stations["people_day"].isna().sum())
    notes = [
        ("stations", name, "read", len(raw), words.say("source.station_rows", lang)),
        ("stations", name, "dropped", int((~placed).sum()), words.say("source.unplaced", lang)),
        ("stations", name, "dropped", int((~inside).sum()), words.say("source.other_cities", lang)),
        ("stations", FILES["boardings"], "read", counted, words.say("source.riders", lang)),
        (
            "stations",
            FILES["boardings"],
            "dropped",
            len(unmatched),
            words.say("source.unmatched", lang, names=", ".join(unmatched)),
        ),
        ("stations", FILES["boardings"], "missing", uncounted, words.say("source.uncounted", lang)),
    ]
    return stations, notes


def _riders(folder):
    """People in and out a day, by stop (name without bracket, and line), and the number of rows read."""
    on = pd.read_csv(folder / FILES["boardings"], encoding="utf-8-sig", dtype={"호선명": str})
    off = pd.read_csv(folder / FILES["alightings"], encoding="utf-8-sig", dtype={"호선명": str})
    boarded = on.groupby(_stop(on["역명"], on["호선명"]))["승차_이용객수"].sum()
    alighted = off.groupby(_stop(off["역명"], off["호선명"]))["하차_이용객수"].sum()
    return boarded + alighted, len(on)


def _stop(names, lines):
    """Name without its bracket, and the number of the line, as one text; renamed stations under the stored name."""
    plain = names.str.replace(r"\s*\(.*\)$", "", regex=True).replace(STATION_NAMES)
    return (plain + " " + lines.str.replace("호선", "")).rename("stop")


def _quarter(codes):
    """`20251` as `2025-Q1`."""
    return codes.str[:4] + "-Q" + codes.str[4]


def _days_in_quarter(period):
    quarter = pd.Period(period.replace("-", ""), freq="Q")
    return (quarter.end_time - quarter.start_time).days + 1
