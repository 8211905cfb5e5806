"""
The pictures of docs/gallery.md, made from the results of the demo city in both languages.

    make gallery        (python docs/make_gallery.py [--chinese FOLDER] [--english FOLDER])

Takes data/demo_city/output as `make demo` left it, and makes the English results anew in a folder that goes away. Wants
Chromium and pdftoppm (poppler-utils); workbooks and Word files are pictured where LibreOffice is installed. What cannot
be made is said, and its earlier picture stays. Looks at nothing beyond these folders: the browser is offline.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
HEAVIEST = 150_000
DESKTOP = (1200, 780)

PAGES = {  # picture: (result, window)
    "placement_map": ("placement_map.html", DESKTOP),
    "placement_map_phone": ("placement_map.html", (390, 780)),
    "market_report": ("market_report.html", (1000, 1240)),
    "mall_floor": ("mall_floor.html", DESKTOP),
    "change_map": ("change_map.html", DESKTOP),
}
SHEETS = {  # picture: (result, width of its first page in pixels, so many of which are shown)
    "placement_print": ("placement_map.pdf", 1100, 1100),
    "survey_map": ("survey_map.pdf", 1000, 1000),
    "site_card": ("site_cards.pdf", 900, 900),
    "target_card": ("target_cards.pdf", 820, 820),
}
OFFICE = {
    "targets": ("targets.xlsx", 2000, 1140),
    "weekly_report": ("weekly_report.docx", 820, 820),
}
ENGLISH = ("placement_map", "market_report", "site_card", "target_card", "summary")


def save(name, lang, picture):
    """A picture with as many colours as fit into the size that a repository bears."""
    target = PICTURES / lang / f"{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    picture = picture.convert("RGB")
    for colours in (256, 128, 64, 48, 32):
        held = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(held, "PNG", optimize=True)
        if held.tell() <= HEAVIEST:
            break
    else:
        raise ValueError(f"{name} is too heavy with 32 colours: make it smaller")
    target.write_bytes(held.getvalue())
    print(f"{target.relative_to(ROOT)}  {held.tell() / 1000:.0f} kB, {colours} colours")


def trimmed(picture, margin=24):
    """Without the white around it."""
    box = ImageChops.difference(picture.convert("RGB"), Image.new("RGB", picture.size, "white")).getbbox()
    left, upper, right, lower = box or (0, 0, *picture.size)
    width, height = picture.size
    far = min(right + margin, width), min(lower + margin, height)
    return picture.crop((max(left - margin, 0), max(upper - margin, 0), *far))


def pages(wanted, results, lang):
    """Screenshots of pages, the network closed."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        print("left out: pages, for there is no Chromium")
        return
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name, (result, (width, height)) in wanted.items():
            context = opened.new_context(viewport={"width": width, "height": height}, offline=True)
            page = context.new_page()
            page.goto((results / result).resolve().as_uri())
            page.wait_for_timeout(1500)
            save(name, lang, Image.open(io.BytesIO(page.screenshot())))
            context.close()
        opened.close()


def sheets(wanted, results, lang, folder):
    """Pages of PDF files."""
    if not shutil.which("pdftoppm"):
        print("left out: sheets, for there is no pdftoppm")
        return
    for name, (result, width, shown) in wanted.items():
        stem = folder / name
        command = ["pdftoppm", "-png", "-singlefile", "-scale-to-x", str(width), "-scale-to-y", "-1"]
        subprocess.run([*command, results / result, stem], check=True)
        picture = Image.open(stem.with_suffix(".png"))
        save(name, lang, trimmed(picture.crop((0, 0, min(shown, picture.width), picture.height))))


def office(wanted, results, lang, folder):
    """Workbooks and Word files as LibreOffice prints them."""
    program = shutil.which("soffice")
    if not program:
        print("left out: workbooks, for there is no LibreOffice")
        return
    home = f"-env:UserInstallation={(folder / 'office').resolve().as_uri()}"
    for result, _, _ in wanted.values():
        command = [program, home, "--headless", "--convert-to", "pdf", "--outdir", folder, results / result]
        subprocess.run(command, check=True, capture_output=True)
    printed = {name: (Path(result).stem + ".pdf", *sizes) for name, (result, *sizes) in wanted.items()}
    sheets(printed, folder, lang, folder)


def english_results(folder):
    command = [sys.executable, "-m", "expansion_kit", "demo", "--lang", "en", "--output", folder]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--chinese", type=Path, default=ROOT / "data" / "demo_city" / "output")
    parser.add_argument("--english", type=Path, help="results of demo --lang en; made anew if not given")
    given = parser.parse_args()
    if not (given.chinese / "run.json").is_file():
        sys.exit("there are no results of the demo city: run make demo first")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        results = {"zh": given.chinese, "en": given.english or english_results(folder / "english")}
        for lang, of in results.items():
            chosen = {
                kind: {name: how for name, how in table.items() if lang == "zh" or name in ENGLISH}
                for kind, table in {"pages": PAGES, "sheets": SHEETS, "office": OFFICE}.items()
            }
            pages(chosen["pages"], of, lang)
            sheets(chosen["sheets"], of, lang, folder)
            if chosen["office"]:
                office(chosen["office"], of, lang, folder)
            save("summary", lang, Image.open(of / "summary.png").convert("RGB").reduce(2))


if __name__ == "__main__":
    main()
