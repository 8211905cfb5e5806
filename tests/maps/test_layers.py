import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.maps import change_layers, details, layers, legend, mall_layers, placements

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SCRIPTED = [*layers.Scripted.__subclasses__(), mall_layers.MallPanel, change_layers.ChangePanel]
TEXTS = {"cell": "[n]", "here": "[n]", "more": "[n]"}


def compact(stores):
    table = placements(stores, lang="en")
    return json.loads(layers.CompactPoints(table, legend(table), details(table, lang="en"), texts=TEXTS).data)


def unpacked(text):
    numbers, number, scale = [], 0, 1
    for sign in map(SIGNS.index, text):
        number, scale = number + sign % 32 * scale, scale * 32
        if sign < 32:
            numbers.append(-(number + 1) // 2 if number % 2 else number // 2)
            number, scale = 0, 1
    return numbers


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
    lat, lon = np.cumsum(np.array(unpacked(data["xy"])).reshape(-1, 2), axis=0).T / 1e5
    names = data["label"]["words"].split("\n")
    found = stores.set_index("name").loc[names]
    assert np.abs(found["lat"].to_numpy() - lat).max() <= 5.1e-6
    assert np.abs(found["lon"].to_numpy() - lon).max() <= 5.1e-6
    brands = data["rows"][1]
    words = brands["words"].split("\n")
    assert [words[code] for code in unpacked(brands["codes"])] == found["brand"].tolist()


def test_repeated_and_missing_texts_are_coded_once():
    stores = random_stores(4).assign(name=["a", "a", "b", "b"], status=["open", None, "open", None])
    data = compact(stores)
    assert sorted(data["label"]["words"].split("\n")) == ["a", "b"]
    status, area = data["rows"][-2], data["rows"][2]
    assert sorted(unpacked(status["codes"])) == [-1, -1, 0, 0]
    assert area == {"heading": "Floor area", "words": "", "codes": -1}


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_points_and_points_at_one_place(n):
    data = compact(random_stores(n).assign(lon=121.0, lat=31.0))
    assert data["n"] == n
    assert unpacked(data["xy"])[2:] == [0] * max(0, 2 * n - 2)


def test_a_name_of_two_lines_stays_one_name():
    data = compact(random_stores(2).assign(name=["a\nb", "c"]))
    assert sorted(data["label"]["words"].split("\n")) == ["a b", "c"]


@given(st.lists(st.integers(-(2**35), 2**35)))
def test_packed_numbers_come_back(numbers):
    assert unpacked(layers.packed(numbers)) == numbers


def test_our_scripts_hold_nothing_that_foliums_second_pass_would_read():
    folder = layers.package_files(layers.__package__)
    texts = {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith((".js", ".css"))}
    placing = {"click_to_place.js", "click_to_place.css"}  # a page of its own
    assert {name for kind in SCRIPTED for name in (*kind.scripts, *kind.styles)} | {"shared.js"} | placing == set(texts)
    for name, text in texts.items():
        assert not any(mark in text for mark in ("{{", "{%", "{#", "</script", "innerHTML")), name
