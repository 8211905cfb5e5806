"""The ground: outline, river, zones with their people, territories, streets, stations and other places."""

import zlib

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from . import names

CENTRES = np.array([[0.0, 0.0], [5200.0, -3600.0], [-4300.0, 3900.0]])  # old town, new town, university town; metres
TERRITORY_SEEDS = np.array(
    [[0, 600], [-800, 4800], [-4800, 4300], [5200, 3200], [6600, -600], [-1200, -5000], [5000, -4600], [-6000, -800]]
)
RIVER_WIDTH = 360
GRID = 500  # metres between streets; every fourth is a main road


def rng(seed, subject):
    """A random stream of its own for each subject, so that one table does not disturb another."""
    return np.random.default_rng([seed, zlib.crc32(subject.encode())])


def plane(truth):
    """The metric CRS that the city is drawn in: metres east and north of its centre."""
    city = truth["city"]
    return f"+proj=aeqd +lat_0={city['lat']} +lon_0={city['lon']} +datum=WGS84 +units=m"


def to_degrees(geometry, truth, digits=6):
    """Geometries in metres to WGS-84, rounded."""
    degrees = gpd.GeoSeries(geometry, crs=plane(truth)).to_crs(4326)
    return gpd.GeoSeries(shapely.transform(degrees.to_numpy(), lambda xy: xy.round(digits)), crs=4326)


def lonlat(xy, truth):
    """Points in metres as columns lon and lat."""
    points = to_degrees(shapely.points(xy), truth)
    return {"lon": points.x.to_numpy(), "lat": points.y.to_numpy()}


def outline(truth):
    """The edge of the city: a circle with three bays."""
    turn = np.linspace(0, 2 * np.pi, 145)[:-1]
    radius = truth["city"]["radius_m"] * (1 + 0.10 * np.sin(2 * turn + 0.6) + 0.05 * np.sin(3 * turn + 2.0))
    return shapely.Polygon(np.c_[radius * np.cos(turn), radius * np.sin(turn)])


def river(truth):
    """The river, from west to east through the city."""
    reach = 1.3 * truth["city"]["radius_m"]
    x = np.linspace(-reach, reach, 60)
    line = shapely.LineString(np.c_[x, -1500 + 900 * np.sin(x / 3100)])
    return line.buffer(RIVER_WIDTH / 2, cap_style="flat").intersection(outline(truth).buffer(1500))


def zones(seed, truth):
    """
    Zones that tile the city, denser in the middle, with residents, workers and incomes.

    Returns the `zones` table (WGS-84) and the zones' points in metres, shape (n_zones, 2).
    """
    draw = rng(seed, "zones")
    edge = outline(truth)
    points = _spread(edge, truth["city"]["zones"], truth["city"]["radius_m"], draw)
    cells = _cells(points, edge)
    order = np.argsort(np.hypot(*shapely.get_coordinates(shapely.centroid(cells)).T))
    cells = cells[order]
    xy = shapely.get_coordinates(shapely.centroid(cells))
    table = _people(xy, shapely.area(cells) / 1e6, truth, draw)
    table.insert(0, "zone_id", [f"Z{i:03d}" for i in range(1, len(xy) + 1)])
    table.insert(1, "name", _zone_names(len(xy), draw))
    nearest = np.linalg.norm(xy[:, None] - TERRITORY_SEEDS, axis=2).argmin(axis=1)
    table["territory_id"] = [f"T{i + 1}" for i in nearest]
    return gpd.GeoDataFrame(table, geometry=to_degrees(cells, truth).to_numpy(), crs=4326), xy


def _spread(edge, n, radius, draw):
    """n points inside the edge, evened out by eight rounds of Lloyd's method."""
    cloud = draw.normal(0, 0.62 * radius, (40 * n, 2))
    points = cloud[shapely.contains_xy(edge, *cloud.T)][:n]
    for _ in range(8):
        points = shapely.get_coordinates(shapely.centroid(_cells(points, edge)))
    return points


def _cells(points, edge):
    """The Voronoi cell of each point, cut at the edge of the city."""
    sites = shapely.points(points)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=edge.buffer(2000)))
    cell, site = shapely.STRtree(sites).query(cells, predicate="contains")
    return shapely.intersection(cells[cell[np.argsort(site)]], edge)


def _people(xy, km2, truth, draw):
    city = truth["city"]
    away = np.linalg.norm(xy[:, None] - CENTRES, axis=2) / 1000  # km to each centre
    living = np.exp(-away[:, 0] / 4.5) + 0.5 * np.exp(-away[:, 1] / 2.2) + 0.25 * np.exp(-away[:, 2] / 2.0) + 0.05
    working = np.exp(-away[:, 0] / 2.2) + 0.8 * np.exp(-away[:, 1] / 1.5) + 0.2 * np.exp(-away[:, 2] / 1.5) + 0.03
    residents = living * km2 * draw.lognormal(0, 0.25, len(xy))
    workers = working * km2 * draw.lognormal(0, 0.35, len(xy))
    income = 5200 * np.exp(0.25 * np.exp(-away[:, 0] / 4) + 0.35 * np.exp(-away[:, 1] / 3))
    income = (income * draw.lognormal(0, 0.12, len(xy))).round(-1)
    population = (city["residents"] * residents / residents.sum()).round()
    return pd.DataFrame(
        {
            "population": population,
            "households": (population / draw.uniform(2.3, 2.9, len(xy))).round(),
            "workers": (city["workers"] * workers / workers.sum()).round(),
            "income": income,
            "spend_per_head": (city["spend_level"] * np.sqrt(income / city["spend_income"])).round(1),
        }
    )


def _zone_names(n, draw):
    every = [stem + ending for ending in names.ZONE_ENDINGS for stem in names.STEMS]
    return draw.permutation(every)[:n]


def demand(zones_table, truth):
    """Money a month that the people of each zone spend on the category: residents and workers."""
    return (
        zones_table["population"] * zones_table["spend_per_head"]
        + zones_table["workers"] * truth["city"]["worker_spend"]
    ).to_numpy()


def territories():
    """Eight territories in three regions; their outline is that of the zones that name them."""
    return pd.DataFrame(
        {
            "territory_id": [f"T{i + 1}" for i in range(len(names.TERRITORIES))],
            "name": names.TERRITORIES,
            "region_id": names.REGIONS,
        }
    )


def streets(truth):
    """
    A bent grid of streets; main roads cross the river on bridges, side streets end at it.

    Streets share their crossings' coordinates. Returns a GeoDataFrame with `kind`, `name`, `geometry` (WGS-84).
    """
    reach = int(1.2 * truth["city"]["radius_m"] // GRID)
    steps = np.arange(-reach, reach + 1)
    column, row = np.meshgrid(steps, steps, indexing="ij")
    x, y = column * GRID * 1.0, row * GRID * 1.0
    x, y = x + 320 * np.sin(y / 2600), y + 260 * np.sin(x / 3100)
    inside = shapely.contains_xy(outline(truth), x, y)
    wet = shapely.contains_xy(river(truth).buffer(30), x, y)
    rows = []
    for line in range(len(steps)):
        main = steps[line] % 4 == 0
        for way, cut in (("v", np.s_[line, :]), ("h", np.s_[:, line])):
            dry = inside[cut] & (main | ~wet[cut])
            rows += [(main, way, line, part) for part in _runs(np.c_[x[cut], y[cut]], dry)]
    table = pd.DataFrame(rows, columns=["main", "way", "line", "xy"])
    main_names = dict(
        zip(table.loc[table["main"], ["way", "line"]].drop_duplicates().itertuples(index=False), names.MAIN_ROADS)
    )
    name = [
        main_names.get((r.way, r.line))
        if r.main
        else names.SIDE_ROADS[(7 * r.line + (r.way == "v")) % len(names.SIDE_ROADS)]
        for r in table.itertuples()
    ]
    kind = np.where(table["main"], "main", "side")
    shapes = to_degrees([shapely.LineString(xy) for xy in table["xy"]], truth, digits=5)
    return gpd.GeoDataFrame({"kind": kind, "name": name}, geometry=shapes.to_numpy(), crs=4326)


def _runs(xy, keep):
    """The stretches of a line where `keep` is true, at least two points long."""
    edges = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    return [xy[start:stop] for start, stop in zip(edges[::2], edges[1::2]) if stop - start > 1]


def basemap(seed, truth, streets_table):
    """Streets, the river, a lake and parks."""
    draw = rng(seed, "basemap")
    turn = np.linspace(0, 2 * np.pi, 40)[:-1]
    lake = shapely.Polygon(np.c_[2600 + 520 * np.cos(turn), 2300 + 380 * np.sin(turn) + 60 * np.sin(3 * turn)])
    shapes, kinds, called = [river(truth), lake], ["water", "water"], ["澜江", "翠湖"]
    for park, centre in zip(
        names.PARKS, [(2600, 3000), (-1700, -800), (-6200, 1500), (6800, 2200), (700, 900), (3900, -5200)]
    ):
        size = draw.uniform(220, 420)
        ring = size * (1 + 0.2 * np.sin(2 * turn + draw.uniform(0, 6)))
        shapes.append(shapely.Polygon(np.c_[centre[0] + ring * np.cos(turn), centre[1] + 0.7 * ring * np.sin(turn)]))
        kinds.append("green")
        called.append(park)
    shapes[2] = shapes[2].difference(lake)
    areas = gpd.GeoDataFrame(
        {"kind": kinds, "name": called}, geometry=to_degrees(shapes, truth, digits=5).to_numpy(), crs=4326
    )
    return pd.concat([areas, streets_table], ignore_index=True)


def network(streets_table):
    """The streets to walk and drive on."""
    table = streets_table[["kind", "geometry"]].copy()
    return table.assign(speed_kmh=np.where(table["kind"] == "main", 40, 25), walk=True)


def stations(seed, truth):
    """Two metro lines: one along the river's north bank, one from north-west to south-east."""
    draw = rng(seed, "stations")
    along = np.linspace(-7600, 7600, 11)
    first = np.c_[along, 350 + 900 * np.sin(along / 3100)]
    second = np.c_[along * 0.78 + 300, -along * 0.72 + 500]
    xy = np.r_[first, second] + draw.normal(0, 80, (22, 2))
    away = np.hypot(*xy.T) / 1000
    people = (62_000 * np.exp(-away / 4.5) * draw.lognormal(0, 0.25, 22)).round(-2)
    return pd.DataFrame(
        {
            "place_id": [f"M{i:02d}" for i in range(1, 23)],
            "name": names.STATIONS,
            "kind": "metro",
            **lonlat(xy, truth),
            "people_day": people,
        }
    )


def generators(seed, truth, zones_table, zone_xy):
    """Schools, universities, hospitals, offices, malls and places of transport, where people are."""
    draw = rng(seed, "generators")
    kinds = [(kind, name) for kind, several in names.GENERATORS.items() for name in several]
    weight = demand(zones_table, truth)
    chosen = draw.choice(len(zone_xy), len(kinds), replace=False, p=weight / weight.sum())
    size = {"school": 1800, "university": 16_000, "hospital": 5200, "office": 6000, "mall": 21_000, "transport": 19_000}
    people = [size[kind] * draw.lognormal(0, 0.3) for kind, _ in kinds]
    return pd.DataFrame(
        {
            "place_id": [f"G{i:02d}" for i in range(1, len(kinds) + 1)],
            "name": [name for _, name in kinds],
            "kind": [kind for kind, _ in kinds],
            **lonlat(zone_xy[chosen] + draw.uniform(-200, 200, (len(kinds), 2)), truth),
            "people_day": np.round(people, -2),
        }
    )
