import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import charts
from expansion_kit.charts import zones as zones_module
from expansion_kit.charts.zones import class_bounds

OPTIONS = {"title": "Residents", "unit": "people", "source": "register", "as_of": "2025"}


@pytest.fixture
def squares():
    boxes = [shapely.box(x * 1000, y * 1000, x * 1000 + 1000, y * 1000 + 1000) for x in range(4) for y in range(3)]
    return gpd.GeoDataFrame(geometry=boxes, index=[f"Z{n}" for n in range(12)], crs=32652)


def entries(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_five_classes_hold_equally_many_zones():
    bounds = class_bounds(pd.Series(range(100), dtype=float))
    assert bounds.tolist() == [0, 19.8, 39.6, 59.4, 79.2, 99]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60))
def test_each_value_lies_in_the_class_the_legend_states(values):
    series = pd.Series(values)
    bounds = class_bounds(series)
    classes = zones_module._classes(series, bounds)
    lower, upper = bounds[classes], bounds[np.minimum(classes + 1, len(bounds) - 1)]
    assert ((lower <= series) & (series <= upper)).all()
    assert (np.diff(bounds) > 0).all()


def test_missing_zones_are_hatched_and_counted(squares):
    values = pd.Series(np.arange(10.0), index=squares.index[:10])
    figure = charts.zone_map(squares, values, **OPTIONS)
    assert entries(figure)[-1] == "No data (2)" and len(entries(figure)) == 6
    assert [c.get_hatch() for c in figure.axes[0].collections][-1] == "////"
    assert figure.legends[0].get_title().get_text() == "people"


def test_stores_are_named_in_the_legend_whatever_their_crs(squares):
    stores = squares.set_geometry(squares.centroid).to_crs(4326).head(3)
    figure = charts.zone_map(
        squares, pd.Series(1.0, index=squares.index), points=stores, points_name="Stores", **OPTIONS
    )
    assert entries(figure) == ["1", "Stores (3)"]
    west, _, east, _ = squares.total_bounds
    dots = figure.axes[0].collections[-1].get_offsets()
    assert ((dots[:, 0] > west) & (dots[:, 0] < east)).all()


def test_the_scale_bar_is_as_long_as_it_says(squares):
    axes = charts.zone_map(squares, pd.Series(1.0, index=squares.index), **OPTIONS).axes[0]
    bar = axes.lines[0].get_xdata()
    label = next(text.get_text() for text in axes.texts if text.get_text().endswith("km"))
    assert float(label.split()[0]) * 1000 == pytest.approx(bar[1] - bar[0])


def test_holes_islands_and_points_are_drawn(squares):
    ring = shapely.box(0, 0, 900, 900).difference(shapely.box(300, 300, 600, 600))
    island = shapely.MultiPolygon([ring, shapely.box(2000, 0, 2500, 500)])
    mixed = gpd.GeoDataFrame(geometry=[island, shapely.Point(1500, 500)], index=["A", "B"], crs=32652)
    charts.png(charts.zone_map(mixed, pd.Series({"A": 1.0}), **OPTIONS))


def test_where_nothing_is_known_the_map_says_so(squares):
    figure = charts.zone_map(squares, pd.Series(np.nan, index=squares.index), **OPTIONS)
    assert entries(figure) == ["No data (12)"]
    assert [c.get_hatch() for c in figure.axes[0].collections] == ["////"]
    charts.png(figure)


def test_degrees_are_refused_and_classes_need_a_value(squares):
    with pytest.raises(ValueError, match="must be in metres"):
        charts.zone_map(squares.to_crs(4326), pd.Series(1.0, index=squares.index), **OPTIONS)
    with pytest.raises(ValueError, match="at least one known value"):
        class_bounds(pd.Series(np.nan, index=squares.index))


def test_seouls_425_dongs_stay_below_80_kilobytes(shared):
    zones = gpd.read_file(shared / "seoul_commercial" / "dong_boundary_2021.geojson").to_crs(5179)
    picture = charts.png(charts.zone_map(zones, zones.area / 1e6, **OPTIONS | {"unit": "km²"}))
    assert len(zones) == 425 and len(picture) < 80_000


def test_areas_are_outlined_and_named_in_the_legend(squares):
    areas = squares.head(2).set_geometry(squares.head(2).buffer(200))
    figure = charts.zone_map(squares, pd.Series(1.0, index=squares.index), areas=areas, areas_name="Walk", **OPTIONS)
    assert entries(figure) == ["1", "Walk (2)"]


def test_names_on_zones_cover_no_other_and_stay_inside(squares):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    crowded = pd.concat([squares, squares.rename(index=lambda name: name + "b")])
    names = pd.Series([f"钟楼街道 {n}" for n in range(len(crowded))], index=crowded.index)
    figure = charts.zone_map(crowded, pd.Series(1.0, index=crowded.index), labels=names, **OPTIONS)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    drawn = [text for text in figure.axes[0].texts if text.get_text().startswith("钟楼街道")]
    boxes, room = [text.get_window_extent(renderer) for text in drawn], figure.axes[0].get_window_extent(renderer)
    assert "钟楼街道 0" in [text.get_text() for text in drawn] and 4 < len(drawn) <= 12
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(room.contains(*box.min) and room.contains(*box.max) for box in boxes)
