import re
from importlib.resources import files as package_files

import folium
import folium.plugins
import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.maps import assets, linked_page, page, placement_map, placements


def busy_map():
    drawn = folium.Map((31.2, 121.5), tiles=None)
    folium.Marker((31.2, 121.5), popup="P", tooltip="T", icon=folium.DivIcon("x")).add_to(drawn)
    folium.Circle((31.2, 121.5), radius=50).add_to(drawn)
    group = folium.FeatureGroup("G").add_to(drawn)
    folium.Marker((31.3, 121.5)).add_to(group)
    folium.LayerControl().add_to(drawn)
    return drawn


def test_every_address_a_folium_map_asks_for_is_known():
    asked = {url for _, url in [*folium.Map.default_js, *folium.Map.default_css]}
    assert asked == set(assets.PACKAGED) | assets.DROPPED


@pytest.mark.parametrize("url", sorted(assets.PACKAGED))
def test_every_packaged_asset_is_there(url):
    package, *path = assets.PACKAGED[url]
    assert package_files(package).joinpath(*path).is_file()


def test_the_leaflet_licence_stays_in_the_page():
    assert "(c) 2010-2023 Vladimir Agafonkin" in page(busy_map(), name="m", lang="en")


def test_an_unknown_address_is_refused_by_name():
    drawn = folium.Map((31.2, 121.5), tiles=None)
    folium.plugins.MarkerCluster([(31.2, 121.5)]).add_to(drawn)
    with pytest.raises(ValueError, match=r"leaflet\.markercluster"):
        page(drawn, name="m", lang="en")


def test_the_same_map_gives_the_same_bytes_and_another_name_other_ids():
    one, two, other = (page(busy_map(), name=name, lang="en") for name in ("m", "m", "n"))
    assert one == two
    ids = [set(re.findall(r"map_([0-9a-f]{32})", html)) for html in (one, other)]
    assert len(ids[0]) == 1
    assert ids[0].isdisjoint(ids[1])


def test_a_text_that_looks_like_an_id_is_left_alone():
    drawn = busy_map()
    digest = "d41d8cd98f00b204e9800998ecf8427e"
    drawn.get_root().title = digest
    assert f"<title>{digest}</title>" in page(drawn, name="m", lang="en")


def test_jquery_comes_along_only_where_it_is_called():
    assert "jQuery" in page(busy_map(), name="m", lang="en")
    plain = page(folium.Map((31.2, 121.5), tiles=None), name="m", lang="en")
    assert "jQuery" not in plain
    assert len(plain.encode()) <= 260_000


@pytest.mark.browser
def test_foliums_own_popup_opens_without_network(visit):
    opened = visit(page(busy_map(), name="m", lang="zh"))
    opened.locator(".leaflet-marker-icon").first.click()
    assert opened.inner_text(".leaflet-popup-content") == "P"
    assert opened.get_attribute("html", "lang") == "zh"
    assert opened.evaluate("document.querySelector('img.leaflet-marker-icon').naturalWidth") > 0
    assert opened.faults == []


def store_map(n):
    stores = pd.DataFrame({"brand": "A", "lon": [120 + i / 100 for i in range(n)], "lat": 30.0})
    return placement_map(placements(stores, lang="en"), title=f"{n} stores", lang="en")


def test_many_maps_share_one_folder_and_each_page_is_small():
    pages = [linked_page(store_map(n), name=str(n), lang="en") for n in (1, 2, 3)]
    assert pages[0][1] == pages[1][1] == pages[2][1]
    assert {name.split(".")[0] for name in pages[0][1]} == {"leaflet", "shared", "points", "pins", "measure", "panel"}
    assert all(len(html.encode()) < 6_000 for html, _ in pages)
    assert pages[0] == linked_page(store_map(1), name="1", lang="en")
    asked = re.findall(r'(?:src|href)="(assets/[^"]+)"', pages[0][0])
    assert sorted(asked) == sorted(f"assets/{name}" for name in pages[0][1])


def test_the_folder_of_shared_files_is_a_name_beside_the_page():
    for folder in ("../assets", "/assets", "a b", "", "https://x"):
        with pytest.raises(ValueError, match="plain name"):
            linked_page(busy_map(), name="m", lang="en", folder=folder)


@pytest.mark.browser
def test_a_linked_page_works_beside_its_folder_and_asks_for_nothing_else(visit, tmp_path):
    html, shared = linked_page(store_map(3), name="m", lang="en", folder="common")
    for name, text in shared.items():
        files.write_text(tmp_path / "common" / name, text)
    opened = visit(html)
    assert opened.inner_text(".placement-head h1") == "3 stores"
    assert "3 in view" in opened.inner_text(".placement-shown")
    assert all("/common/" in fault for fault in opened.faults)
    assert len(opened.faults) == len(shared)
