import zipfile

import pytest

from expansion_kit.cities.limits import Unreadable, check_cells, check_packed, check_text, is_file, unpacked

WHERE = {"table": "stores", "file": "x"}


def code(call, *given):
    with pytest.raises(Unreadable) as error:
        call(*given)
    return error.value.fault.code


def packed(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return path


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "", "."])
def test_no_name_is_an_error(tmp_path, name):
    assert not is_file(tmp_path / name)


def test_a_table_has_as_many_columns_as_a_sheet_and_no_more_cells_than_memory():
    check_cells(1000, 16_384, WHERE)
    check_cells(1_000_000, 20, WHERE)
    assert code(check_cells, 1, 16_385, WHERE) == "too_wide"
    assert code(check_cells, 1_000_001, 20, WHERE) == "too_many_cells"


def test_bytes_of_another_format_are_no_text():
    check_text("店名".encode("gb18030"), WHERE)
    check_text(b"PKW,lon", WHERE)
    assert code(check_text, b"PK\x03\x04", WHERE) == code(check_text, b"%PDF-1.7", WHERE) == "not_text"


def test_a_bomb_is_known_before_it_is_unpacked_and_what_is_small_may_be_packed_as_it_likes(tmp_path):
    with zipfile.ZipFile(packed(tmp_path / "small.zip", a=bytes(19_000_000))) as archive:
        check_packed(archive, WHERE)
    with zipfile.ZipFile(packed(tmp_path / "bomb.zip", a=bytes(12_000_000), b=bytes(12_000_000))) as archive:
        assert code(check_packed, archive, WHERE) == "too_large_file"


def test_members_come_in_the_order_of_their_names(tmp_path):
    held = unpacked(packed(tmp_path / "a.zip", b="2", a="1"), WHERE, (".csv",))
    assert list(held.items()) == [("a.csv", b"1"), ("b.csv", b"2")]
    assert code(unpacked, tmp_path / "a.zip", WHERE, (".xlsx",)) == "empty_archive"
