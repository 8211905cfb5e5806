import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.sales import wording as wording
from expansion_kit.candidates.sales.sales_model import KINDS
from expansion_kit.words import LANGUAGES


def checked(blocks=0.2, mean=0.3):
    roads = {"huff": blocks, "brand_mean": mean, "nearest_store": 0.4}
    rows = {("blocks", road): {"wape": wape, "stores": 40} for road, wape in roads.items()}
    rows |= {("random", road): {"wape": wape / 2, "stores": 40} for road, wape in roads.items()}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return {"errors": table, "fold": pd.Series([0, 1]), "blocks": 12, "block_m": 2500.0, "stores": 40}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_both_errors_are_said_and_which_counts(lang):
    text = wording.checked_text(checked(), "huff", lang)
    for figure in ("10.0%", "20.0%", "30.0%", "40.0%", "2.5", "12", "40"):
        assert figure in text
    assert ("by blocks counts" if lang == "en" else "以按区块分组为准") in text
    worse = wording.checked_text(checked(blocks=0.35), "huff", lang)
    assert ("do not rely" if lang == "en" else "不宜作为依据") in worse and "不宜" not in text and "rely" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_could_not_be_tried_is_said(lang):
    none = checked() | {"fold": pd.Series(dtype=int), "stores": 7}
    assert "7" in wording.checked_text(none, "huff", lang) and "%" not in wording.checked_text(none, "huff", lang)
    for road in ("analogs", "model"):  # tried were others, not these: that is another sentence
        text = wording.checked_text(checked(), road, lang)
        assert wording.road_name(road, lang) in text and "40" in text and "%" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_interval_says_what_it_rests_on_or_what_the_stores_carry_instead(lang):
    assert "80%" in wording.interval_text(120, lang) and "120" in wording.interval_text(120, lang)
    fewer = wording.interval_text(8, lang, level=0.9)
    assert "8" in fewer and "90%" in fewer and "80%" in fewer
    assert "%" not in wording.interval_text(0, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_choice_and_each_kind_has_its_words(lang):
    rows = [("huff", why, 0.1) for why in ("lowest_error", "only_usable", "not_tried")] + [("", "none", np.nan)]
    said = {wording.choice_text(pd.Series(dict(zip(("road", "why", "wape"), row))), lang) for row in rows}
    assert len(said) == 4 and not any("nan" in text for text in said)
    table = pd.DataFrame({"wape": np.linspace(0.1, 0.4, 4)}, index=list(KINDS))
    kinds = {wording.kind_text(kind, table, lang) for kind in KINDS}
    assert len(kinds) == 4 and all("10.0%" in text for text in kinds)
    assert wording.kind_text("plain", table * np.nan, lang) == ""
