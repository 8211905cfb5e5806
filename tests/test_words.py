import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

from expansion_kit import words

PACKAGE = Path(words.__file__).parent
ROOT = PACKAGE.parent
TEXTS = tomllib.loads((PACKAGE / "words.toml").read_text(encoding="utf-8"))
KEYS = {f"{room}.{name}" for room, names in TEXTS.items() for name in names}


def placeholders(text):
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_each_text_stands_in_both_languages_with_the_same_placeholders(key):
    room, name = key.split(".")
    entry = TEXTS[room][name]
    assert set(entry) == set(words.LANGUAGES)
    extra = {"column"} if "meaning" in placeholders(entry["zh"]) else set()  # in Chinese the header is the meaning
    assert placeholders(entry["en"]) - extra == placeholders(entry["zh"]) - extra
    assert all(entry.values())


def test_each_key_in_the_code_exists_and_each_text_is_used():
    sources = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.j2"), *(ROOT / "notebooks").glob("*.ipynb")]
    code = "\n".join(p.read_text(encoding="utf-8") for p in sources)
    asked = set(re.findall(r"""say\(\s*\\?["']([a-z_]+\.[a-z0-9_]+)\\?["']""", code))
    assert asked <= KEYS, f"no such text: {sorted(asked - KEYS)}"
    mentioned = set(re.findall(r"[a-z_]+\.[a-z0-9_]+", code))
    families = {m for m in re.findall(r"""f\\?["']([a-z_]+\.[a-z0-9_]*)\{""", code)}
    unused = {k for k in KEYS - mentioned if not any(k.startswith(f) for f in families)}
    assert not unused, f"texts nobody shows: {sorted(unused)}"


def test_values_are_never_read_as_a_template():
    assert words.say("unit.stores", "en", n="{n.__class__}") == "{n.__class__} stores"


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(ValueError, match="'fr'"):
        words.say("unit.stores", "fr", n=1)
