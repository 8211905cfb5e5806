import tomllib

import pytest
from typer.testing import CliRunner

from expansion_kit.cli import app


def test_a_new_city_is_made_checked_and_not_overwritten(run, tmp_path):
    for lang, name in (("zh", "城市资料.xlsx"), ("en", "city.xlsx")):
        folder = tmp_path / lang
        done = run("new", folder, "--lang", lang)
        assert done.exit_code == 0 and name in done.stdout and (folder / name).is_file()
        assert run("check", folder).exit_code == 0
        again = run("new", folder, "--lang", lang)
        assert again.exit_code == 1 and "city.toml" in again.stderr and "Traceback" not in again.output


def test_check_counts_what_is_there(run, put, small_city):
    done = run("check", put(small_city()))
    assert done.exit_code == 0 and "zones 4, stores 3, sites 4" in done.stdout and done.stderr == ""
    assert "小城" in run("check", put(small_city("zh"), "zh")).stdout


def test_one_city_at_fault_does_not_keep_the_others_from_being_tried(run, tmp_path):
    done = run("run", tmp_path / "a", tmp_path / "b")
    assert done.exit_code == 1 and done.stderr.count("city.toml") >= 2


def test_a_contact_is_logged_by_options_by_csv_and_by_workbook_once(run, put, small_city):
    folder = put(small_city("zh"))
    said = ("log", folder, "--prospect", "C1", "--channel", "微信", "--note", "已寄资料", "--date", "2026-03-05")
    done = run(*said, "--next-action", "回访", "--next-date", "2026-03-12")
    assert done.exit_code == 0 and "新增 1 条（L0001）" in done.stdout and "Traceback" not in done.output
    rows = (
        "客户编号,日期,渠道,内容,下一步,下次日期\nC1,2026-03-05,微信,已寄资料,回访,2026-03-12\nC2,2026-03-06,,面谈,,\n"
    )
    done = CliRunner().invoke(app, ["log", str(folder)], input=rows)
    assert done.exit_code == 0 and "新增 1 条（L0002），已有 1 条" in done.stdout
    assert run("check", folder).exit_code == 0 and (folder / "contacts_log.csv").read_text("utf-8-sig").count("\n") == 3


def test_a_contact_that_cannot_be_is_a_plain_message(run, put, small_city, tmp_path):
    folder = put(small_city())
    unknown = ("--prospect", "C9", "--note", "面谈")
    for words in (unknown, ("--prospect", "C1", "--date", "soon"), ("--workbook", tmp_path / "no.xlsx")):
        done = run("log", folder, *words)
        assert done.exit_code == 1 and done.stderr and "Traceback" not in done.output
    assert not (folder / "contacts_log.csv").exists()
    (folder / "contacts_log.csv").write_text(
        "contact_id,prospect_id,date,note\nL0001,C1,2026-01-01,面谈\nL0002,C", "utf-8"
    )
    done = run("log", folder, "--prospect", "C2", "--note", "面谈")
    assert done.exit_code == 0 and "torn" in done.stderr and "L0002" in done.stdout


def test_logging_into_no_city_is_a_plain_message(run, tmp_path):
    done = run("log", tmp_path, "--prospect", "C1", "--note", "面谈")
    assert done.exit_code == 1 and "city.toml" in done.stderr and list(tmp_path.iterdir()) == []


def test_a_new_city_is_asked_for_and_a_wrong_answer_is_asked_again(tmp_path):
    answers = "zh\n小镇\ncn\n人民币\nCNY\ngcj\nbd09\n小镇茶铺\n"
    done = CliRunner().invoke(app, ["new", str(tmp_path / "c"), "--lang", "en", "--ask"], input=answers)
    assert done.exit_code == 0, done.output
    assert "“人民币”不在可填范围内" in done.output and "“gcj”" in done.output and "接下来三步" in done.output
    stated = tomllib.loads((tmp_path / "c" / "city.toml").read_text("utf-8"))
    wanted = {
        "name": "小镇",
        "country": "CN",
        "currency": "CNY",
        "language": "zh",
        "datum": "bd09",
        "own_brand": "小镇茶铺",
    }
    assert wanted.items() <= stated.items() and stated["timezone"] == "Asia/Shanghai"
    abroad = CliRunner().invoke(app, ["new", str(tmp_path / "d"), "--ask"], input="zh\n\nFI\nEUR\nwgs84\n\n")
    assert abroad.exit_code == 0
    assert tomllib.loads((tmp_path / "d" / "city.toml").read_text("utf-8"))["timezone"] == ""


@pytest.mark.parametrize(("lang", "word"), [("en", "Stopped"), ("zh", "已中止")])
def test_without_anybody_to_answer_nothing_hangs_and_nothing_is_written(tmp_path, lang, word):
    done = CliRunner().invoke(app, ["new", str(tmp_path / "c"), "--ask", "--lang", lang], input="")
    assert done.exit_code == 1 and not (tmp_path / "c").exists()
    assert word in done.stderr and "Aborted" not in done.output


def test_who_is_asked_in_chinese_reads_no_english(tmp_path):
    answers = "zh\n小镇\nCN\n人民币\nCNY\ngcj02\n茶\n"
    done = CliRunner().invoke(app, ["new", str(tmp_path / "c"), "--ask", "--lang", "zh"], input=answers)
    asked = done.output.partition("c/")[0].replace("\n", "")
    assert done.exit_code == 0 and asked.startswith("语言") and "“人民币”不在可填范围内" in asked
    assert "Error" not in done.output and "Language" not in done.output
