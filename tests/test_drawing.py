import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from expansion_kit import drawing

LABELS = st.text(max_size=40)


def test_only_installed_families_are_named():
    from matplotlib.font_manager import fontManager

    assert set(drawing.font_families()) <= {entry.name for entry in fontManager.ttflist}


@given(LABELS, st.integers(2, 60))
def test_shortening_keeps_within_the_width(text, width):
    short = drawing.shorten(text, width)
    assert drawing._columns(short) <= width
    assert short == text or short.endswith("…")


@given(st.text(max_size=120), st.integers(30, 80))
def test_wrapping_keeps_every_character_and_the_width(text, width):
    lines = drawing.wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(drawing._columns(line) <= max(width, 60) for line in lines)


@given(st.text(max_size=30), st.integers(2, 20))
def test_a_shortened_text_fits_and_is_the_beginning(text, width):
    short = drawing.shorten(text, width)
    assert drawing._columns(short) <= width
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@settings(max_examples=60, deadline=None)
@given(LABELS, st.floats(4, 20), st.sampled_from(["normal", "bold"]))
def test_the_width_of_a_text_is_that_of_the_text_drawn(text, size, weight):
    """
    Against matplotlib's own layout, without hinting; kerning may take a little, marks stand over other letters.

    Letters from Hebrew to the Indian scripts join into narrower shapes: there the sum is only never too small.
    """
    shown = "".join(sign for sign in drawing.legible(text, weight=weight) if not unicodedata.combining(sign))
    figure = Figure(figsize=(20, 1), dpi=720)
    drawn = figure.text(0, 0, shown, size=size, weight=weight)
    drawing.in_found_fonts(figure)
    true = drawn.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width / 10 if shown else 0
    width = drawing.text_width(shown, size, weight=weight)
    joined = any("\u0590" <= sign <= "\u1cff" for sign in shown)
    assert width == pytest.approx(max(width, true) if joined else true, rel=0.1, abs=0.6 * size)


@given(st.text(max_size=300), st.floats(10, 100), st.floats(5, 12))
def test_a_fitted_text_fits_and_is_the_beginning(text, width, size):
    whole = drawing.legible(text)
    short = drawing.fitted(whole, width, size)
    assert drawing.text_width(short, size) <= width + 1e-6
    assert short in ("", whole) or (short.endswith("…") and whole.startswith(short[:-1]))


def test_a_bold_text_keeps_only_what_the_bold_face_holds():
    from matplotlib.font_manager import FontProperties, findfont, get_font

    faces = [findfont(FontProperties(family=[name], weight="bold")) for name in drawing.font_families()]
    held = set().union(*(get_font(face).get_charmap() for face in faces))
    everything = "".join(map(chr, range(0x20, 0x3000)))
    for start in range(0, len(everything), 300):
        shown = drawing.legible(everything[start : start + 300], weight="bold").replace(r"\$", "$")
        assert {ord(character) for character in shown} <= held


def test_pages_become_one_pdf_without_date_and_with_text_that_can_be_found():
    def pages():
        made = [Figure(figsize=(4, 3)) for _ in range(2)]
        for number, page in enumerate(made):
            page.text(0.1, 0.5, f"page {number} 店铺" if drawing.drawn_language("zh") == "zh" else f"page {number}")
            drawing.in_found_fonts(page)
        return made

    first = drawing.pdf(pages(), title="Placement\nmap")
    assert first == drawing.pdf(pages(), title="Placement\nmap")
    assert b"Date" not in first and b"atplotlib" not in first
    assert len(re.findall(rb"/Type /Page\b", first)) == 2
    assert b"(Placement map)" in first


def test_a_picture_may_have_more_colours():
    import io

    from PIL import Image

    figure = Figure(figsize=(1, 1), dpi=100)
    figure.add_axes((0, 0, 1, 1)).imshow(np.arange(256).reshape(16, 16), cmap="viridis")
    counts = [len(Image.open(io.BytesIO(drawing.png(figure, colours=n))).getcolors()) for n in (64, 256)]
    assert counts[0] <= 64 < counts[1]


def test_a_picture_keeps_the_colours_of_its_marks():
    import io

    from PIL import Image

    colours = ["#C8102E", "#2166AC", "#FDB863", "#004D40", "#AA3377", "#7FC97F", "#661100", "#332288"]
    figure = Figure(figsize=(4, 2), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(np.arange(400).reshape(10, 40), cmap="gray", extent=(0, 10, 0, 5), aspect="auto")
    axes.scatter(np.arange(8) + 1, np.full(8, 2.5), c=colours, s=600)
    picture = Image.open(io.BytesIO(drawing.png(figure, colours=256))).convert("RGB")
    found = {"#{:02X}{:02X}{:02X}".format(*colour) for _, colour in picture.getcolors(80_000)}
    assert set(colours) <= found


def test_no_line_begins_with_a_closing_sign_or_ends_with_an_opening_one():
    text = "租金（元/㎡/月）最高的是大通社区（31.4万），最低的是《龙泉》花园；其余居中。"
    for width in range(12, 60):
        lines = drawing.wrap(text, width)
        assert not any(line[0] in "，。；）》万" for line in lines) and not any(line[-1] in "（《" for line in lines)
