import tomllib

import pytest
from typer.testing import CliRunner

from expansion_kit.cli import app


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(app, list(map(str, words)))


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


def test_a_table_is_imported_with_what_was_chosen(run, tmp_path):
    (tmp_path / "s.csv").write_text("State,Kind,Month,Turnover\nN,a,2017-12,1\nN,b,2017-12,2\nN,a,2018-01,3\n")
    into = tmp_path / "city"
    words = ("import", "table", tmp_path / "s.csv", "--into", into, "--lang", "en")
    wrong = run(*words, "--where", "Kind:a")
    assert wrong.exit_code == 1 and "Kind:a" in wrong.stderr and not into.exists()
    done = run(
        *words, "--where", "Kind = a", "--scale", "1e6", "--until", "2017", "--name", "Land", "--currency", "AUD"
    )
    assert done.exit_code == 0 and str(into) in done.stdout and "outside" in done.stdout
    checked = run("check", into)
    assert checked.exit_code == 0 and "Land" in checked.stdout and "sales 1" in checked.stdout
    again = run(*words, "--where", "Kind=a")
    assert again.exit_code == 1 and "sales.csv" in again.stderr


def test_a_table_that_is_only_proposed_is_not_run_before_the_user_says_so(run, tmp_path):
    (tmp_path / "s.csv").write_text("门店名,所在地址,品牌名称\n一店,甲路,茶\n", encoding="utf-8")
    words = ("import", "table", tmp_path / "s.csv", "--lang", "zh", "--into")
    done = run(*words, tmp_path / "city")
    assert done.exit_code == 0 and "confirmed = true" in done.stdout and "门店名 → name" in done.stdout
    for command in ("check", "run"):
        refused = run(command, tmp_path / "city")
        assert refused.exit_code == 1 and "[tables.stores]" in refused.stderr and "错误：1 项" in refused.stderr
    assert run(*words, tmp_path / "yes", "--yes").exit_code == 0
    assert "stores 1" in run("check", tmp_path / "yes").stdout


def test_an_import_speaks_the_language_of_the_city_it_goes_into(run, tmp_path):
    for lang, said in (("zh", ("门店", "读取", "提示")), ("en", ("stores", "read", "flagged"))):
        run("new", tmp_path / lang, "--lang", lang)
        file = tmp_path / f"{lang}.csv"
        file.write_text("store_id,brand,lon,lat\n1,Tea,121.4,31.2\n")
        done = run("import", "table", file, "--into", tmp_path / lang, "--as", "stores")
        assert done.exit_code == 0 and all(word in done.stdout for word in said), done.output
        assert run("check", tmp_path / lang).exit_code == 0
        again = run("import", "table", file, "--into", tmp_path / lang, "--as", "stores")
        assert again.exit_code == 1 and "[tables.stores]" in again.stderr
        assert ("未做任何覆盖" in again.stderr) == (lang == "zh")
    other = run("import", "table", file, "--into", tmp_path / "zh", "--as", "sites", "--lang", "en")
    assert "已" not in other.output


def test_shanghai_without_its_files_is_a_plain_message(run, tmp_path):
    done = run("import", "shanghai", "--from", tmp_path, "--into", tmp_path / "city")
    assert done.exit_code == 1 and "brand.json" in done.stderr and "Traceback" not in done.output
    assert not (tmp_path / "city").exists()


def test_seoul_without_its_files_is_a_plain_message(run, tmp_path):
    done = run("import", "seoul", "--from", tmp_path, "--into", tmp_path / "city")
    assert done.exit_code == 1 and done.stderr.strip() and "Traceback" not in done.output
    assert not (tmp_path / "city").exists()


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


def test_targets_without_a_plan_and_proposals_that_conflict_are_plain_messages(run, put, tmp_path):
    about = 'name = "小城"\nlanguage = "zh"\n\n[tables.proposals]\nfile = "proposals.csv"\nsource = "s"\n'
    old = "territory_id,period,metric,value,owner\nT1,2027-01,sales,70,吴\n"
    folder = put({"city.toml": about, "proposals.csv": old})
    (tmp_path / "targets.csv").write_text("x\n")
    done = run("import", "targets", tmp_path / "targets.csv", "--into", folder)
    assert done.exit_code == 1 and "第 5 本笔记本" in done.stderr and "Traceback" not in done.output
    new = "territory_id,period,metric,value,owner\nT1,2027-01,sales,71,李\nT2,2027-01,sales,9,李\n"
    (tmp_path / "back.csv").write_text(new, "utf-8")
    done = run("import", "proposals", tmp_path / "back.csv", "--into", folder)
    assert done.exit_code == 0 and "未导入：T1 2027-01 销售额 71" in done.stdout and "新增 1 项" in done.stdout
    assert "因冲突未导入 1 项" in done.stdout


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
