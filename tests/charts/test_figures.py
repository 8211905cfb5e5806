import io
import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from expansion_kit import charts
from expansion_kit.charts import figures

LABELS = st.text(max_size=40)


@pytest.fixture
def no_chinese_font(monkeypatch):
    monkeypatch.setattr(figures, "font_families", lambda: ("DejaVu Sans",))


def drawn(title="Title", source="register", lang="en", made=False, as_of="2025"):
    figure, axes, lang = figures.frame(1.0, lang)
    axes.set_xlabel(figures.legible(title))
    return figures.finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def texts(figure):
    return " ".join(text.get_text() for text in figure.texts).replace("\n", " ")


def test_only_installed_families_are_named():
    from matplotlib.font_manager import fontManager

    assert set(figures.font_families()) <= {entry.name for entry in fontManager.ttflist}


@settings(max_examples=40, deadline=None)
@given(LABELS)
def test_any_text_can_be_drawn_without_a_missing_glyph(text):
    figures.png(drawn(title=text, source=text))


def test_a_dollar_is_never_read_as_a_formula():
    assert figures.legible("${alert(1)} $x$") == r"\${alert(1)} \$x\$"
    figures.png(drawn(title=r"$\frac{1}$ \$ $"))


def test_without_a_chinese_font_the_figure_speaks_english_and_says_so(no_chinese_font):
    assert figures.drawn_language("zh") == "en"
    figure = drawn(title="星巴克 Starbucks", source="登记", lang="zh", made=True)
    assert "fonts-noto-cjk" in texts(figure)
    assert "Starbucks" in texts(figure) and "星" not in texts(figure)
    assert "Made-up data" in texts(figure)
    assert "fonts-noto-cjk" not in texts(drawn(title="Starbucks"))
    figures.png(figure)


def test_a_name_without_a_glyph_is_replaced_by_its_place(no_chinese_font):
    figure, axes, _ = figures.frame(1.0, "en")
    figures.labels_down(axes, ["星巴克", "Luckin 瑞幸", "$5"])
    assert [text.get_text() for text in axes.get_yticklabels()] == ["(1)", "Luckin", r"\$5"]


def test_title_source_date_and_mark_stand_in_the_figure():
    shown = texts(drawn(title="Residents", source="SGIS", as_of="2021-04", made=True))
    assert all(part in shown for part in ("Residents", "Source: SGIS", "as of 2021-04", "Made-up data"))
    assert "Made-up" not in texts(drawn())


def test_chinese_marks_are_chinese_where_a_font_is_installed():
    if len(figures.font_families()) == 1:
        pytest.skip("no Chinese font on this machine")
    shown = texts(drawn(lang="zh", made=True))
    assert "数据来源：register" in shown and "虚构演示数据" in shown


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(ValueError, match="'fr'"):
        figures.frame(1.0, "fr")


def test_the_same_figure_gives_the_same_bytes_without_date_or_software():
    first, second = figures.png(drawn()), figures.png(drawn())
    assert first == second
    with Image.open(io.BytesIO(first)) as picture:
        assert picture.format == "PNG" and set(picture.info) <= {"dpi"}
        assert picture.width == round(figures.WIDTH * figures.DPI)


def test_drawing_leaves_matplotlibs_settings_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    figures.png(drawn())
    assert dict(matplotlib.rcParams) == before


@given(LABELS, st.integers(2, 60))
def test_shortening_keeps_within_the_width(text, width):
    short = figures.shorten(text, width)
    assert figures._columns(short) <= width
    assert short == text or short.endswith("…")


@given(st.text(max_size=120), st.integers(30, 80))
def test_wrapping_keeps_every_character_and_the_width(text, width):
    lines = figures.wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(figures._columns(line) <= max(width, 60) for line in lines)


def test_no_line_begins_with_a_closing_sign_or_ends_with_an_opening_one():
    text = "租金（元/㎡/月）最高的是大通社区（31.4万），最低的是《龙泉》花园；其余居中。"
    for width in range(12, 60):
        lines = figures.wrap(text, width)
        assert not any(line[0] in "，。；）》万" for line in lines) and not any(line[-1] in "（《" for line in lines)


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (0, "0", "0"),
        (425, "425", "425"),
        (17103, "17,103", "17,103"),
        (9_259_123, "9.26M", "925.9万"),
        (150_000_000, "150M", "1.5亿"),
        (0.5, "0.50", "0.50"),
        (-12.34, "-12.3", "-12.3"),
        (float("nan"), "—", "—"),
    ],
)
def test_numbers_are_short_and_true(value, en, zh):
    assert (figures.number(value, "en"), figures.number(value, "zh")) == (en, zh)


@pytest.mark.parametrize(
    ("largest", "currency", "lang", "expected"),
    [
        (9_000, "CNY", "zh", (1.0, "元")),
        (3_000_000, "CNY", "zh", (1e4, "万元")),
        (2e9, "CNY", "zh", (1e8, "亿元")),
        (3_000_000, "KRW", "zh", (1e4, "万 KRW")),
        (45_000_000, "AUD", "en", (1e6, "million AUD")),
        (0, "AUD", "en", (1.0, "AUD")),
    ],
)
def test_the_scale_of_money_leaves_two_digits(largest, currency, lang, expected):
    assert figures.money_scale(largest, currency, lang) == expected


def test_a_legend_lies_between_drawing_and_source_line():
    figure, axes, lang = figures.frame(1.0, "en")
    (line,) = axes.plot([0, 1], [0, 1])
    figures.legend(figure, [line], ["Actual"])
    figures.finish(figure, title="T", source="S", as_of="", lang=lang, made=False)
    figures.png(figure)
    renderer = figure.canvas.get_renderer()
    keys = figure.legends[0].get_window_extent(renderer)
    source = figure.texts[1].get_window_extent(renderer)
    assert source.y1 <= keys.y0 and keys.y1 <= axes.get_tightbbox(renderer).y0


@given(st.text(max_size=30), st.integers(2, 20))
def test_a_shortened_text_fits_and_is_the_beginning(text, width):
    short = figures.shorten(text, width)
    assert figures._columns(short) <= width
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_a_name_as_long_as_a_book_is_cut_at_once():
    begun = time.perf_counter()
    name = "长店名 A" * 20_000
    assert figures.shorten(name, 10) == "长店名 A…" and len(figures.legible(name)) <= 400
    charts.png(charts.bars(pd.Series({name: 1, "b": 2}), title=name, unit=name, source=name))
    assert time.perf_counter() - begun < 10


def test_a_preview_is_smaller_in_size_and_bytes():
    from io import BytesIO

    from PIL import Image

    figure = charts.bars(pd.Series({"North": 3, "South": 2}), title="Stores", unit="stores", source="register")
    whole, preview = charts.png(figure), charts.png(figure, scale=0.5)
    sizes = [Image.open(BytesIO(data)).size for data in (whole, preview)]
    assert sizes[1] == tuple(round(side / 2) for side in sizes[0]) and len(preview) < len(whole)
