import json

import numpy as np
import pandas as pd
import pytest

from expansion_kit.maps import details, layers, legend, placements

TEXTS = {"cell": "[n]", "here": "[n]", "more": "[n]"}


def compact(stores):
    table = placements(stores, lang="en")
    return json.loads(layers.CompactPoints(table, legend(table), details(table, lang="en"), texts=TEXTS).data)


def random_stores(n, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "brand": rng.choice(["Tea", "Rice", "Bun"], n),
            "name": [f"Shop {i}" for i in range(n)],
            "lon": rng.normal(121.47, 0.05, n),
            "lat": rng.normal(31.23, 0.05, n),
        }
    )


def test_points_come_back_from_their_steps_within_a_metre():
    stores = random_stores(500)
    data = compact(stores)
    lat, lon = np.cumsum(np.array(data["xy"]).reshape(-1, 2), axis=0).T / 1e5
    names = data["label"]["words"]
    found = stores.set_index("name").loc[names]
    assert np.abs(found["lat"].to_numpy() - lat).max() <= 5.1e-6
    assert np.abs(found["lon"].to_numpy() - lon).max() <= 5.1e-6
    brands = data["rows"][1]
    assert [brands["words"][code] for code in brands["codes"]] == found["brand"].tolist()


def test_repeated_and_missing_texts_are_coded_once():
    stores = random_stores(4).assign(name=["a", "a", "b", "b"], status=["open", None, "open", None])
    data = compact(stores)
    assert sorted(data["label"]["words"]) == ["a", "b"]
    status, area = data["rows"][-2], data["rows"][2]
    assert sorted(status["codes"]) == [-1, -1, 0, 0]
    assert area == {"heading": "Floor area", "words": [], "codes": None}


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_points_and_points_at_one_place(n):
    data = compact(random_stores(n).assign(lon=121.0, lat=31.0))
    assert data["n"] == n
    assert data["xy"][2:] == [0] * max(0, 2 * n - 2)


def test_our_scripts_hold_nothing_that_foliums_second_pass_would_read():
    folder = layers.package_files(layers.__package__)
    texts = {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith((".js", ".css"))}
    assert {"shared.js", "points.js", "pins.js", "outlines.js", "panel.js", "panel.css"} == set(texts)
    for name, text in texts.items():
        assert not any(mark in text for mark in ("{{", "{%", "{#", "</script", "innerHTML")), name
