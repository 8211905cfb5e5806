import io
import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from expansion_kit import charts, drawing
from expansion_kit.charts import figures

LABELS = st.text(max_size=40)


@pytest.fixture
def no_chinese_font(monkeypatch):
    monkeypatch.setattr(drawing, "font_families", lambda: ("DejaVu Sans",))


def drawn(title="Title", source="register", lang="en", made=False, as_of="2025"):
    figure, axes, lang = figures.frame(1.0, lang)
    axes.set_xlabel(drawing.legible(title))
    return figures.finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)


def texts(figure):
    return " ".join(text.get_text() for text in figure.texts).replace("\n", " ")


@settings(max_examples=40, deadline=None)
@given(LABELS)
def test_any_text_can_be_drawn_without_a_missing_glyph(text):
    drawing.png(drawn(title=text, source=text))


def test_a_dollar_is_never_read_as_a_formula():
    assert drawing.legible("${alert(1)} $x$") == r"\${alert(1)} \$x\$"
    drawing.png(drawn(title=r"$\frac{1}$ \$ $"))


def test_without_a_chinese_font_the_figure_speaks_english_and_says_so(no_chinese_font):
    assert drawing.drawn_language("zh") == "en"
    figure = drawn(title="星巴克 Starbucks", source="登记", lang="zh", made=True)
    assert "fonts-noto-cjk" in texts(figure)
    assert "Starbucks" in texts(figure) and "星" not in texts(figure)
    assert "Made-up data" in texts(figure)
    assert "fonts-noto-cjk" not in texts(drawn(title="Starbucks"))
    drawing.png(figure)


def test_a_name_without_a_glyph_is_replaced_by_its_place(no_chinese_font):
    figure, axes, _ = figures.frame(1.0, "en")
    figures.labels_down(axes, ["星巴克", "Luckin 瑞幸", "$5"])
    assert [text.get_text() for text in axes.get_yticklabels()] == ["(1)", "Luckin", r"\$5"]


def test_title_source_date_and_mark_stand_in_the_figure():
    shown = texts(drawn(title="Residents", source="SGIS", as_of="2021-04", made=True))
    assert all(part in shown for part in ("Residents", "Source: SGIS", "as of 2021-04", "Made-up data"))
    assert "Made-up" not in texts(drawn())


def test_chinese_marks_are_chinese_where_a_font_is_installed():
    if len(drawing.font_families()) == 1:
        pytest.skip("no Chinese font on this machine")
    shown = texts(drawn(lang="zh", made=True))
    assert "数据来源：register" in shown and "虚构演示数据" in shown


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(ValueError, match="'fr'"):
        figures.frame(1.0, "fr")


def test_the_same_figure_gives_the_same_bytes_without_date_or_software():
    first, second = drawing.png(drawn()), drawing.png(drawn())
    assert first == second
    with Image.open(io.BytesIO(first)) as picture:
        assert picture.format == "PNG" and set(picture.info) <= {"dpi"}
        assert picture.width == round(figures.WIDTH * figures.DPI)


def test_drawing_leaves_matplotlibs_settings_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    drawing.png(drawn())
    assert dict(matplotlib.rcParams) == before


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
        (3_000_000, "KRW", "zh", (1e4, "万韩元")),
        (3_000_000, "XAU", "zh", (1e4, "万 XAU")),
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
    drawing.png(figure)
    renderer = figure.canvas.get_renderer()
    keys = figure.legends[0].get_window_extent(renderer)
    source = figure.texts[1].get_window_extent(renderer)
    assert source.y1 <= keys.y0 and keys.y1 <= axes.get_tightbbox(renderer).y0


def test_a_name_as_long_as_a_book_is_cut_at_once():
    begun = time.perf_counter()
    name = "长店名 A" * 20_000
    assert drawing.shorten(name, 10) == "长店名 A…" and len(drawing.legible(name)) <= 400
    charts.png(charts.bars(pd.Series({name: 1, "b": 2}), title=name, unit=name, source=name))
    assert time.perf_counter() - begun < 10


def test_a_preview_is_smaller_in_size_and_bytes():
    from io import BytesIO

    from PIL import Image

    figure = charts.bars(pd.Series({"North": 3, "South": 2}), title="Stores", unit="stores", source="register")
    whole, preview = charts.png(figure), charts.png(figure, scale=0.5)
    sizes = [Image.open(BytesIO(data)).size for data in (whole, preview)]
    assert sizes[1] == tuple(round(side / 2) for side in sizes[0]) and len(preview) < len(whole)
