from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from expansion_kit.sources.overture_parts import box_of, parts, read, release_of

COLUMNS = {"id": ("id",), "geometry": ("geometry",), "name": ("names", "primary"), "lost": ("not", "there")}


def grid(path, count=1000, *, group=100):
    """Points along the equator, 0.001 degrees apart, in row groups; longitude 0.5 has the id 500."""
    lon = np.arange(count) / 1000
    box = pa.StructArray.from_arrays(
        [pa.array(values, pa.float32()) for values in (lon, lon, lon * 0, lon * 0)], ["xmin", "xmax", "ymin", "ymax"]
    )
    names = pa.StructArray.from_arrays([pa.array([f"P{i}" for i in range(count)])], ["primary"])
    table = pa.table(
        {
            "id": [str(i) for i in range(count)],
            "geometry": [shapely.Point(x, 0).wkb for x in lon],
            "bbox": box,
            "names": names,
            "heavy": ["x" * 100] * count,
        }
    )
    pq.write_table(table, path, row_group_size=group)
    return path


def test_only_rows_in_the_box_and_columns_asked_for(tmp_path):
    table, counts = read([grid(tmp_path / "p.parquet")], COLUMNS, box=(0.4995, -1, 0.5025, 1))
    assert table["id"].to_list() == ["500", "501", "502"] and list(table) == list(COLUMNS)
    assert table["name"].to_list() == ["P500", "P501", "P502"] and table["lost"].isna().all()
    assert shapely.get_x(table["geometry"].to_list()) == pytest.approx([0.5, 0.501, 0.502])
    assert counts == {"files": 1, "rows": 1000, "inside": 3}


def test_edges_belong_to_the_box_to_the_last_digit(tmp_path):
    path = grid(tmp_path / "p.parquet")
    assert read([path], COLUMNS, box=(0.5, -1, 0.502, 0))[0]["id"].to_list() == ["500", "501", "502"]
    assert read([path], COLUMNS, box=(np.nextafter(0.5, 1), -1, 0.502, 0))[0]["id"].to_list() == ["501", "502"]


def test_row_groups_away_from_the_box_are_not_read(tmp_path):
    """The last row groups are broken in the file: whoever reads them fails, whoever passes them over does not."""
    path = grid(tmp_path / "p.parquet")
    told = pq.read_metadata(path)
    chunk = told.row_group(9).column(0)
    start, data = chunk.dictionary_page_offset or chunk.data_page_offset, bytearray(path.read_bytes())
    data[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(data)
    assert len(read([path], COLUMNS, box=(0.1, -1, 0.2, 1))[0]) == 101
    with pytest.raises((OSError, ValueError)):
        read([path], COLUMNS, box=None)


def test_without_a_box_everything_is_read_and_what_is_kept_is_chosen_by_batch(tmp_path):
    keep = lambda rows: rows[rows["id"].str.endswith("7")]  # noqa: E731
    table, counts = read([grid(tmp_path / "p.parquet")], COLUMNS, keep=keep)
    assert len(table) == 100 and counts["inside"] == 1000


def test_more_than_a_city_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("expansion_kit.sources.overture_parts.MOST", 10)
    with pytest.raises(ValueError, match="--bbox"):
        read([grid(tmp_path / "p.parquet")], COLUMNS)


def test_a_shape_that_cannot_be_read_is_no_place(tmp_path):
    table = pa.table({"id": ["1", "2", "3"], "geometry": [shapely.Point(1, 1).wkb, b"broken", None]})
    pq.write_table(table, tmp_path / "p.parquet")
    assert read([tmp_path / "p.parquet"], COLUMNS)[0]["id"].to_list() == ["1"]


def test_parts_of_a_folder_in_their_order_without_hidden_ones(tmp_path):
    for name in ("b.parquet", "a.parquet", ".crc.parquet", "_SUCCESS", "note.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in parts(tmp_path)] == ["a.parquet", "b.parquet"]
    with pytest.raises(FileNotFoundError):
        parts(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "2,0,1,1", "0,0,181,1", "0,nan,1,1", "0,-91,1,1"])
def test_a_box_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="WEST"):
        box_of(text, "en")


def test_a_box_may_be_typed_as_people_do():
    assert box_of("1， 2 3;4", "zh") == (1.0, 2.0, 3.0, 4.0)


def test_the_release_is_told_by_path_or_by_the_file(tmp_path):
    assert release_of([Path("2024-04-16-beta.0/a.parquet")]) == ("2024-04-16-beta.0", "2024-04-16")
    assert release_of([Path("2026-01-21.0/a.parquet"), Path("2026-02-18.0/a.parquet")]) == ("", "")
    assert release_of([Path("places_2026.parquet")]) == ("", "")
    table = pa.table({"id": ["1"]}).replace_schema_metadata({"overture_release": "2026-02-18.0"})
    pq.write_table(table, tmp_path / "p.parquet")
    assert release_of([tmp_path / "p.parquet"]) == ("2026-02-18.0", "2026-02-18")
