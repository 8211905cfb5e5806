import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest

from expansion_kit import charts
from expansion_kit.report.market_report import market_report

HOSTILE = [
    "{{7*7}}",
    "{% raw %}",
    "{# note #}",
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "`",
    "</script>",
    "</style><script>alert(1)</script>",
    '" onload="alert(1)',
    "&lt;b&gt;",
    '=HYPERLINK("x")',
]


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.shown = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.shown.append(data.strip())


def report(text="Text", lang="en", **changes):
    figure = charts.bars(pd.Series({"A": 1}), title="Stores", unit="stores", source="register", lang=lang)
    options = {
        "title": text,
        "subtitle": text,
        "lang": lang,
        "made": True,
        "facts": [{"label": text, "value": text, "unit": text, "source": text}, {"label": "Zones", "value": 17103}],
        "sections": [
            {
                "title": text,
                "text": [text, text],
                "figure": charts.png(figure),
                "alt": text,
                "table": pd.DataFrame({text: [text, None], "n": [1.0, None]}, index=pd.Index(["Z1", text], name=text)),
                "source": text,
                "as_of": text,
                "method": text,
            }
        ],
        "missing": {text: text},
        "provenance": pd.DataFrame(
            {"table": [text, text], "column": [text, "y"], "source": [text, text], "as_of": [text, None]}
        ).assign(method=[text, "assumed"]),
    }
    return market_report(**options | changes)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_plain_text_in_every_slot(text):
    plain, hostile = Page(report("Text")), Page(report(text))
    assert hostile.tags == plain.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in plain.attributes]
    assert sum(text in shown for shown in hostile.shown) == sum("Text" in shown for shown in plain.shown)
    assert ("alt", text) in hostile.attributes
    assert "49" not in re.sub('base64,[^"]*', "", report("{{7*7}}"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_asks_for_nothing_and_runs_nothing(lang):
    html = report(lang=lang)
    page = Page(html)
    assert "script" not in page.tags and "link" not in page.tags
    assert not re.search(r"https?:|//[a-z]|url\(|@import", re.sub('base64,[^"]*', "", html))
    assert all(value.startswith("data:image/png;base64,") for name, value in page.attributes if name == "src")
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_the_page_says_its_language_and_that_it_is_made_up():
    english, chinese = Page(report(lang="en")), Page(report(lang="zh"))
    assert ("lang", "en") in english.attributes and ("lang", "zh-CN") in chinese.attributes
    assert "虚构演示数据：本页所有名称和数字均为虚构" in chinese.shown
    assert not any("Made-up" in shown for shown in Page(report(made=False)).shown)


def test_numbers_missing_values_and_finished_texts_are_shown_as_such():
    shown = Page(report()).shown
    assert "17,103" in shown and "—" in shown and "nan" not in " ".join(shown).lower()


def test_a_column_of_numbers_keeps_one_unit():
    table = pd.DataFrame({"people": [6700, 240_000, 0.5]})
    shown = Page(report(lang="zh", sections=[{"title": "城市", "table": table}])).shown
    assert {"6,700", "240,000", "0.50"} <= set(shown)


def test_provenance_stands_by_method_with_the_columns_of_one_source_together():
    table = pd.DataFrame(
        {
            "table": ["zones", "stores", "stores", "sales"],
            "column": ["population", "lon", "lat", "sales"],
            "source": ["register", "survey", "survey", None],
            "as_of": ["2025", "2024", "2024", None],
            "method": ["assumed", "measured", "measured", None],
        }
    )
    shown = Page(report(provenance=table)).shown
    order = ["Measured or counted", "Longitude, Latitude", "Assumed: please check", "Residents", "Method not stated"]
    places = [shown.index(text) for text in order]
    assert places == sorted(places)


def test_an_empty_report_says_that_nothing_is_missing_and_no_source_is_stated():
    empty = pd.DataFrame(columns=["table", "column", "source", "as_of", "method"])
    shown = Page(report(facts=[], sections=[], missing={}, provenance=empty)).shown
    assert "Nothing this report needs is missing." in shown and "No source is stated for these data." in shown


def test_one_sentence_is_one_paragraph():
    shown = Page(report(sections=[{"title": "City", "text": "One sentence."}])).shown
    assert "One sentence." in shown


def test_a_key_that_would_not_be_shown_is_refused():
    with pytest.raises(ValueError, match="'txt'"):
        report(sections=[{"title": "City", "txt": ["lost"]}])
    with pytest.raises(ValueError, match="'fr'"):
        report(lang="fr")


def test_the_same_input_gives_the_same_page():
    assert report() == report()


@pytest.mark.browser
def test_hostile_texts_do_nothing_in_chromium_and_a_phone_needs_no_sideways_scrolling(tmp_path):
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("Chromium is not on this machine")
    from playwright.sync_api import sync_playwright

    page_file = tmp_path / "market_report.html"
    page_file.write_text(report(" ".join(HOSTILE)), encoding="utf-8")
    seen = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("console", lambda message: seen.append(message.text))
        page.on("request", lambda request: None if request.url[:5] in ("file:", "data:") else seen.append(request.url))
        page.goto(page_file.as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert seen == [] and wide == 390
