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
