import pytest


@pytest.mark.parametrize(
    "words",
    [
        ("new", "x", "--lang", "fr"),
        ("run", "x", "--lang", "fr"),
        ("check",),
        ("fly",),
        ("log", "x", "--note", "without a prospect"),
        ("log", "x", "--prospect", "C1", "--workbook", "a.xlsx"),
        ("log", "x", "--prospect", "C1"),
        ("import", "mars"),
        ("run", "x", "--only", "two"),
    ],
)
def test_wrong_usage_is_exit_code_2(run, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2 and "Traceback" not in done.output and list(tmp_path.iterdir()) == []


def test_check_speaks_the_citys_language_even_where_a_setting_is_wrong(run, put, small_city):
    files = small_city("zh")
    files["city.toml"] = files["city.toml"].replace('"CNY"', '"元"')
    done = run("check", put(files))
    assert done.exit_code == 1 and "错误：1 项" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_folder_without_a_city_is_a_plain_message(run, tmp_path, command):
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        done = run(command, folder)
        assert done.exit_code == 1 and "city.toml" in done.stderr and "Traceback" not in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
