import pytest

from expansion_kit.cities.reading import Unreadable, read_raw
from expansion_kit.cities.records import records


def test_a_list_of_objects_is_its_rows_and_what_a_row_lacks_is_empty():
    frame = records([{"a": 1, "b": None}, {"a": "x", "c": True}])
    assert frame.to_dict("records") == [{"a": 1, "b": "", "c": ""}, {"a": "x", "b": "", "c": True}]


def test_what_lies_inside_a_row_is_its_columns():
    (row,) = records([{"p": {"lat": 1, "in": {"x": 2}}, "tags": ["a", 1], "none": [], "empty": {}}]).to_dict("records")
    assert row == {"p.lat": 1, "p.in.x": 2, "tags": '["a", 1]', "none": "", "empty": ""}


def test_the_one_list_of_objects_in_an_object_holds_the_rows():
    assert records({"status": 0, "tips": [], "pois": [{"id": "B1"}]}).to_dict("records") == [{"id": "B1"}]


def test_an_object_of_values_or_of_objects_is_a_row_each():
    assert records({"黄浦": 1}).to_dict("records") == [{"key": "黄浦", "value": 1}]
    assert records({"黄浦": {"n": 1}, "x": {"n": 2}})["key"].tolist() == ["黄浦", "x"]


@pytest.mark.parametrize("document", [[], {}, 7, "x", None, [1, 2], {"a": [1]}, {"a": [{"x": 1}], "b": [{"y": 2}]}])
def test_what_holds_no_records_or_several_lists_is_refused(document):
    with pytest.raises(ValueError, match="neither features nor records"):
        records(document)


def test_a_file_of_records_is_read_as_a_table(tmp_path):
    path = tmp_path / "s.json"
    path.write_text('[{"name": "A", "n": 007}]', encoding="utf-8")
    with pytest.raises(Unreadable):
        read_raw(path)
    path.write_text('[{"name": "A"}, {"name": "B"}]', encoding="utf-8-sig")
    raw = read_raw(path)
    assert raw.frame["name"].tolist() == ["A", "B"] and raw.lines == [1, 2]
    path.write_text('{"a": [1]}', encoding="utf-8")
    with pytest.raises(Unreadable) as error:
        read_raw(path)
    assert error.value.fault.code == "bad_file"
