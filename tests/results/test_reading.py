import hashlib
import zipfile

import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.report.city_analysis import city_analysis
from expansion_kit.results import FORM, read_results, refuse_other_workbook


def analysis(lang="en"):
    rows = [
        {"group": "people", "item": "population", "value": 50_000, "method": "measured", "source": "=census"},
        {"group": "potential", "item": "potential_month", "value": 1e6, "method": "assumed", "as_of": "2026-10-31"},
    ]
    return city_analysis(pd.DataFrame(rows), city="Harbin", lang=lang, currency="CNY")


@pytest.fixture
def folder(tmp_path):
    """A results folder with the two files, as a run leaves it."""
    digests = {
        FORM: files.write_xlsx(tmp_path / FORM, analysis("zh")),
        "site_scores.csv": files.write_csv(
            tmp_path / "site_scores.csv",
            pd.DataFrame({"site_id": ["007"], "name": ["=NA"], "score": [71.5], "p_top1": [None]}),
            index=False,
        ),
    }
    entries = {name: {"notebook": 1, "sha256": digest} for name, digest in digests.items()}
    books = {"1": {"parameters": {"lang": "zh"}, "inputs": {}, "counts": {}}}
    files.write_json(tmp_path / "run.json", {"city": "H", "files": entries, "left_out": {}, "notebooks": books})
    return tmp_path


def test_tables_come_back_as_texts_as_they_were_handed_in(folder):
    scores = read_results(folder)["site_scores.csv"]
    assert scores.to_dict("records") == [{"site_id": "007", "name": "=NA", "score": "71.5", "p_top1": ""}]


def test_the_form_comes_back_with_our_columns_numbers_and_texts(folder):
    form = read_results(folder)[FORM]
    assert list(form) == ["group", "item", "value", "unit", "note", "source", "as_of", "method"]
    people = form.set_index("item").loc["常住人口"]
    assert people["value"] == 50_000 and people["source"] == "=census" and people["as_of"] == ""
    assert form["value"].notna().sum() == 2


def test_what_the_record_does_not_name_is_not_read(folder):
    files.write_csv(folder / "forecast.csv", pd.DataFrame({"period": ["2027-01"]}), index=False)
    assert "forecast.csv" not in read_results(folder)
    assert read_results(folder / "nowhere") == {"run.json": {}, "changed": []}


def test_a_file_that_was_changed_since_the_run_is_named(folder):
    assert read_results(folder)["changed"] == []
    path = folder / "site_scores.csv"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes().replace(b"71.5", b"99.9"))
    assert hashlib.sha256(path.read_bytes()).hexdigest() != before
    assert read_results(folder)["changed"] == ["site_scores.csv"]


def test_only_a_workbook_of_ours_is_written_over(folder, tmp_path):
    refuse_other_workbook(folder / FORM, "en")
    refuse_other_workbook(folder / "not_there.xlsx", "en")
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(other, "w") as book:
        book.writestr("docProps/core.xml", "<dc:creator>Wang</dc:creator>")
    text = tmp_path / "text.xlsx"
    text.write_text("no workbook", "utf-8")
    for path in (other, text):
        with pytest.raises(FileExistsError, match=path.name):
            refuse_other_workbook(path, "en")
