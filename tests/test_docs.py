"""What the pages for readers say of the project is so: links, commands, options, names, and figures that are quoted."""

import importlib
import json
import re
import runpy
import shlex
from pathlib import Path

import pytest
import typer

from expansion_kit.cli import app
from expansion_kit.results import RESULTS
from expansion_kit.results.options import OPTIONS

ROOT = Path(__file__).parent.parent
METHODS = ROOT / "docs" / "methods"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks" / "README.md"])
PAIRS = [(path, path.with_name(path.name.replace(".md", ".zh.md"))) for path in sorted(METHODS.glob("[1-9]*.md"))]
PAIRS = [(english, chinese) for english, chinese in PAIRS if ".zh" not in english.name]
ROOMS = {path.stem for path in (ROOT / "expansion_kit").iterdir() if path.stem.islower()}
HEADINGS = {
    "At a glance": "一页看懂",
    "Formulas": "算法",
    "Inputs and defaults": "输入与默认值",
    "Why it may be trusted": "为什么可信",
    "Where it fails, what is not known": "不适用与未知",
    "Sources": "出处",
}
KINDS = {"py", "csv", "xlsx", "toml", "md", "geojson"}  # what comes behind a point and is no name of code
LARGEST_PICTURE, LARGEST_GALLERY = 150_000, 2_000_000

every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
every_method = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0].stem)


def code(text):
    """Lines of the code blocks, whole commands, and what stands between single backticks elsewhere."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = [" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose)]
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()] + spans


def links(text):
    return re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)


def headings(text):
    return re.findall(r"^(#+) (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def section(text, name):
    return text.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def rows(text):
    """Cells of the rows of tables, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not set(line) <= set("|-: ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def numbers(text):
    """Every figure of a text as a number; 4_057_591 and 4,057,591 are one."""
    plain = re.sub(r"(?<=\d)[_,](?=\d)", "", text)
    return {float(found) for found in re.findall(r"\d*\.?\d+(?:e-?\d+)?", plain)}


def bold(text):
    return re.findall(r"\*\*([\d.,e-]+)\*\*", text)


@every_page
def test_every_link_and_picture_exists(path):
    for link in links(path.read_text("utf-8")):
        if re.match(r"https?://|mailto:", link):
            continue
        file, _, at = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists() and target.is_relative_to(ROOT), link
        if at:
            assert at in {anchor(heading) for _, heading in headings(target.read_text("utf-8"))}, link


def subcommand(words):
    """The command of the command line that these words name, and the words that follow it."""
    found = typer.main.get_command(app)
    while hasattr(found, "commands") and words and not words[0].startswith("-"):
        assert words[0] in found.commands, f"expansion-kit has no command {words[0]!r}"
        found, words = found.commands[words[0]], words[1:]
    return found, words


def shown(kind):
    """(page, words) of each command of a kind that a page shows."""
    for path in PAGES:
        for line in code(path.read_text("utf-8")):
            for part in re.split(r"&&|;", line.split("  #")[0]):
                first = part.split()[:1]
                if first and Path(first[0]).name == kind:
                    yield path, shlex.split(part)[1:]


def test_every_command_shown_exists_with_its_options():
    seen = 0
    for path, words in shown("expansion-kit"):
        found, rest = subcommand(words)
        known = {name for parameter in found.params for name in parameter.opts} | {"--help"}
        asked = {word.split("=")[0] for word in rest if word.startswith("--")}
        assert asked <= known, f"{path.name}: {words}"
        names = [value.split("=")[0] for flag, value in zip(rest, rest[1:]) if flag == "--set"]
        assert set(names) - {"NAME"} <= {name for options in OPTIONS.values() for name in options}, path.name
        seen += 1
    assert seen > 20


def test_every_make_target_and_benchmark_shown_exists():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for path, words in shown("make"):
        assert {word for word in words if "=" not in word} <= set(targets), path.name
    for path, words in shown("python"):
        if words and words[0].endswith(".py"):
            script = ROOT / words[0]
            assert script.is_file(), f"{path.name}: {words}"
            text = script.read_text("utf-8")
            assert all(f'"{word}"' in text for word in words if word.startswith("--")), f"{path.name}: {words}"


def resolved(dotted):
    """The object of a dotted name below `expansion_kit`."""
    parts, found = dotted.split("."), None
    for at in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(["expansion_kit", *parts[:at]]))
        except ModuleNotFoundError:
            continue
        for name in parts[at:]:
            found = getattr(found, name)
        return found
    raise AssertionError(f"there is no {dotted}")


@every_page
def test_every_name_of_code_and_every_file_exists(path):
    for span in code(path.read_text("utf-8")):
        dotted = span.removeprefix("expansion_kit.").removesuffix("()")
        room, *names = dotted.split(".") if re.fullmatch(r"[a-z_]+(\.\w+)+", dotted) else [""]
        if room in ROOMS and names[-1] not in KINDS:
            assert resolved(dotted) is not None
        inside = re.match(r"(expansion_kit|tests|docs|benchmarks|notebooks|\.ci)/[\w./]*$", span)
        assert not inside or (ROOT / span).exists(), span


@every_page
def test_every_result_file_named_is_one(path):
    """A file with the stem of a result has also its name and kind."""
    made = {name for owned in RESULTS.values() for name in owned}
    stems = {name.split(".")[0] for name in made}
    for span in code(path.read_text("utf-8")):
        if re.fullmatch(r"\w+\.(html|csv|xlsx|pdf|png|geojson|docx|zip)", span) and span.split(".")[0] in stems:
            assert span in made, span


def test_each_notebook_has_its_method_page_in_both_languages():
    notebooks = {path.stem: path for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {english.stem for english, _ in PAIRS} == set(notebooks)
    for pair in PAIRS:
        first = "".join(json.loads(notebooks[pair[0].stem].read_text("utf-8"))["cells"][0]["source"])
        assert links(first) == [f"../docs/methods/{page.name}" for page in pair]
    index = links((METHODS / "README.md").read_text("utf-8"))
    assert {page.name for pair in PAIRS for page in pair} <= set(index)


@every_method
def test_both_languages_have_the_same_headings_rows_and_figures(pair):
    english, chinese = (page.read_text("utf-8") for page in pair)
    assert [text for mark, text in headings(english) if mark == "##"] == list(HEADINGS)
    assert [text for mark, text in headings(chinese) if mark == "##"] == list(HEADINGS.values())
    for name, translated in HEADINGS.items():
        here, there = rows(section(english, name)), rows(section(chinese, translated))
        assert len(here) == len(there), name
    assert [row[-1] for row in rows(section(english, "Formulas"))] == [
        row[-1].replace("、", ", ") for row in rows(section(chinese, HEADINGS["Formulas"]))
    ]
    trust = section(english, "Why it may be trusted"), section(chinese, HEADINGS["Why it may be trusted"])
    for here, there in zip(*map(rows, trust)):
        assert sorted(bold(here[1])) == sorted(bold(there[1])), here
        assert links(here[2]) == links(there[2])


@every_method
def test_figures_in_bold_stand_where_the_row_links_to(pair):
    checked = 0
    for row in rows(section(pair[0].read_text("utf-8"), "Why it may be trusted")):
        where = [pair[0].parent / link for link in links(row[2])]
        assert where or not bold(row[1]), f"{row[0]}: figures in bold, but no page that holds them"
        held = numbers("\n".join(path.read_text("utf-8") for path in where))
        for figure in bold(row[1]):
            assert float(figure.replace(",", "")) in held, f"{row[0]}: {figure} is not in {row[2]}"
            checked += 1
    assert checked >= 5


@every_method
def test_options_of_a_method_page_are_options_of_its_notebook(pair):
    number = int(pair[0].name[0])
    known = {name for options in OPTIONS.values() for name in options}
    for row in rows(section(pair[0].read_text("utf-8"), "Inputs and defaults")):
        for name in re.findall(r"`(\w+)`", row[0]):
            assert name in OPTIONS[number] or name not in known, f"{name} is no option of notebook {number}"
            assert name in known, f"{name} is no option"


def test_both_readmes_have_the_same_sections_and_the_same_commands_of_the_tool():
    here, there = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))
    assert [mark for mark, _ in headings(here)] == [mark for mark, _ in headings(there)]
    assert len(rows(here)) == len(rows(there))
    named = [set(re.findall(r"expansion-kit (?:import )?[a-z]+|--[a-z-]+", text)) for text in (here, there)]
    assert named[0] ^ named[1] <= {"--lang"}, "an option or command that only one language shows"


def test_ci_runs_the_first_block_of_the_readme_and_both_languages_show_it():
    for name in ("README.md", "README.zh.md"):
        block = re.search(r"^```sh\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        assert block[1].split("\n") == ["make demo", "make test", ""]


def made_by_the_gallery():
    """Pictures that `make gallery` makes, each of a file that is a result."""
    script = runpy.run_path(str(ROOT / "docs" / "make_gallery.py"))
    of = {name: how[0] for kind in ("PAGES", "SHEETS", "OFFICE") for name, how in script[kind].items()}
    of["summary"] = "summary.png"
    assert set(of.values()) <= {name for owned in RESULTS.values() for name in owned}
    return {f"pictures/zh/{name}.png" for name in of} | {f"pictures/en/{name}.png" for name in script["ENGLISH"]}


def test_the_gallery_is_light_whole_and_described_in_both_languages():
    pictures = {path.relative_to(ROOT / "docs").as_posix(): path for path in ROOT.glob("docs/pictures/**/*.png")}
    shown = set()
    for name in ("gallery.md", "gallery.zh.md"):
        found = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", (ROOT / "docs" / name).read_text("utf-8"))
        assert len(found) >= 10
        assert all(len(said) >= 15 for said, _ in found), "a picture needs words for who cannot see it"
        assert all(bool(re.search(r"[\u4e00-\u9fff]", said)) == ("zh" in name) for said, _ in found)
        shown |= {link for _, link in found}
    assert set(pictures) == shown == made_by_the_gallery()
    sizes = [path.stat().st_size for path in pictures.values()]
    assert max(sizes) <= LARGEST_PICTURE and sum(sizes) <= LARGEST_GALLERY
