import pytest

from expansion_kit.cities.config import checked, datum_of, line_of, read_config

HEALTHY = 'name = "小城"\nlanguage = "zh"\n[tables.stores]\nfile = "stores.csv"\nas_of = 2027-03-01\n'


def read(folder, text):
    (folder / "city.toml").write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_config(folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_settings_are_read(tmp_path, encoding):
    config, faults = read(tmp_path, HEALTHY.encode(encoding))
    assert faults == [] and config.name == "小城" and config.tables["stores"].as_of == "2027-03-01"


def test_a_year_is_a_date_too(tmp_path):
    config, faults = read(tmp_path, HEALTHY.replace("2027-03-01", "2027"))
    assert faults == [] and config.tables["stores"].as_of == "2027"


@pytest.mark.parametrize("text", [HEALTHY.encode("gbk"), "name = ", 'name = "a"\nname = "b"', b"\xff\xfe"])
def test_what_is_no_toml_in_utf_8_is_a_plain_fault(tmp_path, text):
    config, faults = read(tmp_path, text)
    assert config is None and [fault.code for fault in faults] == ["bad_toml"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('language = "zh"', [("bad_setting", "name", 1)]),
        ('name = ""', [("bad_setting", "name", 1)]),
        ('name = "a"\nlanguage = "fr"', [("bad_setting", "language", 2)]),
        ('name = "a"\ncountry = "Korea"', [("bad_setting", "country", 2)]),
        ('name = "a"\npopulation = -5', [("bad_setting", "population", 2)]),
        ('name = "a"\nstages = ["x", 3]', [("bad_setting", "stages.1", 2)]),
        ('name = "a"\nstages = ["x", "x"]', [("bad_setting", "stages", 2)]),
        ('name = "a"\nstages = ["x", { name = "y", next = ["z"] }]', [("bad_setting", "stages", 2)]),
        ('name = "a"\n[[stages]]\nname = "x"\nlimit = 3', [("bad_setting", "stages.0.limit", 2)]),
        (
            'name = "a"\nstages = [{ name = "x", signs = true }, { name = "y", signs = true }]',
            [("bad_setting", "stages", 2)],
        ),
        ('name = "a"\ncolour = "red"', [("bad_setting", "colour", 2)]),
        ('name = "a"\ntables = 3', [("bad_setting", "tables", 2)]),
        ('name = "a"\ntables = ["stores"]', [("bad_setting", "tables", 2)]),
        ('name = "a"\n[tables]\nstores = "s.csv"', [("bad_setting", "tables.stores", 3)]),
        ('name = "a"\n[tables.shops]\nfile = "s.csv"', [("unknown_table", "tables.shops", 2)]),
        ('name = "a"\n[tables.stores]\nsheet = "s"', [("bad_setting", "tables.stores.file", 2)]),
        (
            'name = "a"\n[tables.stores]\nfile = "s"\ncolumns = { x = 3 }',
            [("bad_setting", "tables.stores.columns.x", 4)],
        ),
        ('name = "a"\n[tables.stores]\nfile = "s"\ndatum = "mars"', [("unknown_datum", "tables.stores.datum", 4)]),
        ('name = "a"\ndatum = "mars"', [("unknown_datum", "datum", 2)]),
    ],
)
def test_every_wrong_setting_is_told_with_its_line_and_the_rest_is_kept(tmp_path, text, found):
    config, faults = read(tmp_path, text)
    assert [(fault.code, fault.column, fault.line) for fault in faults] == found
    assert config is not None
    for fault in faults:
        assert f"line {fault.line}" in fault.sentence("en") and f"第 {fault.line} 行" in fault.sentence("zh")


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("WGS-84", "wgs84"),
        (" gcj02 ", "gcj02"),
        ("火星坐标", "gcj02"),
        ("百度坐标", "bd09"),
        ("CGCS2000", None),
        ("", None),
    ],
)
def test_datums_by_their_many_names(text, datum):
    assert datum_of(text) == datum


def test_lines_of_settings():
    text = 'name = "a"\n\n[tables.sites]\ndatum = "x"\n[ tables . stores ]\nfile = "s"\n'
    assert [line_of(text, key) for key in ("name", "tables.sites.datum", "tables.stores.file")] == [1, 4, 6]
    assert line_of(text, "tables.stores.sheet") == 5 and line_of(text, "datum") == 1


def test_a_name_of_blanks_is_no_name():
    _, faults = checked({"name": "   "})
    assert [(f.code, f.column) for f in faults] == [("bad_setting", "name")]
    assert checked({"name": " 小城 "})[0].name == "小城"
