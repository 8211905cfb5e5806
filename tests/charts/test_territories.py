import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import charts
from expansion_kit.charts import territories

OPTIONS = {"title": "Territories", "source": "plan"}


@pytest.fixture
def areas():
    boxes = [shapely.box(x, y, x + 5000, y + 5000) for x in (0, 5000, 10000) for y in (0, 5000)]
    return gpd.GeoDataFrame(geometry=boxes, index=[f"T{k}" for k in range(1, 7)], crs=32652)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("lang, north", [("en", "N"), ("zh", "北")])
def test_each_territory_bears_its_name(areas, lang, north):
    names = {name: f"{name} 江北区" for name in areas.index}
    figure = charts.territory_map(areas, names=names, lang=lang, **OPTIONS)
    assert {f"T{k} 江北区" for k in range(1, 7)} <= set(texts(figure)) and north in texts(figure)
    charts.png(figure)


def test_neighbours_have_different_colours(areas):
    tints = territories._tints(areas.geometry.to_numpy())
    shapes = areas.geometry.to_numpy()
    assert all(tints[a] != tints[b] for a in range(6) for b in range(a) if shapes[a].intersects(shapes[b]))


def test_dots_are_counted_in_the_legend_and_zones_are_drawn(areas):
    dots = areas.set_geometry(areas.centroid).to_crs(4326)
    figure = charts.territory_map(areas, zones=areas, points=dots, points_name="Stores", **OPTIONS)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Stores (6)"]
    charts.png(figure)


def test_degrees_are_refused(areas):
    with pytest.raises(ValueError, match="must be in metres"):
        charts.territory_map(areas.to_crs(4326), **OPTIONS)


def test_bars_beyond_the_tolerance_are_orange_and_explained():
    away = pd.DataFrame({"Potential": [0.05, -0.12, np.nan], "Stores": [0.3, -0.1, 0.0]}, index=["T1", "T2", "T3"])
    figure = charts.territory_balance(away, tolerance=0.05, names={"T1": "North"}, **OPTIONS)
    colours = [patch.get_facecolor() for patch in figure.axes[0].patches if patch.get_height() == 0.6]
    assert colours[0] != colours[1] and texts(figure) == ["+5.0%", "−12.0%", "—"]
    keys = [text.get_text() for text in figure.legends[0].get_texts()]
    assert keys == ["Potential", "Tolerance ±5%", "Beyond the tolerance", "Stores"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["North", "T2", "T3"]
    charts.png(figure)


def test_all_within_needs_no_orange():
    figure = charts.territory_balance(pd.DataFrame({"潜力": [0.01, -0.01]}), tolerance=0.025, lang="zh", **OPTIONS)
    assert len(figure.legends[0].get_texts()) == 2
