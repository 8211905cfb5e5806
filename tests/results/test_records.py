import importlib.metadata
import platform

import pytest

from expansion_kit.results import RESULTS, read_record
from expansion_kit.results.handing_in import _WRITERS
from expansion_kit.results.records import ours, refuse_foreign, versions


@pytest.mark.parametrize("torn", [None, "", "{", "[]"])
def test_a_record_that_cannot_be_read_is_empty(tmp_path, torn):
    if torn is not None:
        (tmp_path / "run.json").write_text(torn)
    assert read_record(tmp_path) == {}


def test_a_record_says_what_was_written(tmp_path):
    (tmp_path / "run.json").write_text('{"city": "试点城"}', encoding="utf-8")
    assert read_record(tmp_path) == {"city": "试点城"}


def test_each_file_has_one_owner_and_a_kind_that_can_be_written():
    names = [name for owned in RESULTS.values() for name in owned]
    assert len(names) == len(set(names)) and set(ours()) == {*names, "provenance.csv", "run.json"}
    assert {name[name.rindex(".") :] for name in names} <= set(_WRITERS)


def test_only_names_without_a_record_are_foreign(tmp_path):
    refuse_foreign(tmp_path, [], "en")
    with pytest.raises(FileExistsError, match="such as 'a.csv'"):
        refuse_foreign(tmp_path, ["a.csv", "b.csv"], "en")
    (tmp_path / "run.json").touch()
    refuse_foreign(tmp_path, ["a.csv"], "en")


def test_the_versions_are_those_that_run():
    found = versions()
    assert found["python"] == platform.python_version().rstrip("+")
    assert found["geopandas"] == importlib.metadata.version("geopandas")
