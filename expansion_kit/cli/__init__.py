"""The command line: `expansion-kit new | check | import | log | run | demo`, also `python -m expansion_kit`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..words import say
from .imports import imports
from .options import TERMINAL, Folder, Lang, checked_lang, language_of_city, option, pair, plain_errors

app = typer.Typer(
    help=say("cli.about", TERMINAL),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(imports, name="import")


def main():
    """Entry point of the command."""
    app()


@app.command(help=say("cli.new", TERMINAL))
def new(
    folder: Folder,
    lang: Lang = TERMINAL,
    ask: Annotated[bool, option("--ask", key="ask")] = False,
):
    """Make a city folder to fill in."""
    from ..cities import guide, new_city

    checked_lang(lang)
    try:
        about = _answers(lang) if ask else {}
    except typer.Abort:  # Ctrl-C, or nobody there to answer
        print("\n" + say("guide.stopped", lang), file=sys.stderr)
        raise typer.Exit(1) from None
    lang = about.get("language", lang)
    with plain_errors():
        workbook = new_city(folder, lang=lang, about=about)
    told = {"workbook": workbook, "folder": folder, **guide(lang)[0]}
    print(say("cli.new_done", lang, **told))
    print(say("cli.new_told" if about.get("own_brand") else "cli.new_tell", lang, **told))
    print(say("cli.new_run", lang, **told))


def _answers(lang):
    """Settings of a new city, asked for one by one; the usual ones are offered."""
    from ..cities import usual_settings
    from ..cities.config import checked

    def ask(setting, offered):
        question = say(f"guide.ask_{setting}", lang)
        while True:
            text = typer.prompt(question, default=offered, show_default=bool(offered)).strip()
            text = text.upper() if setting in ("country", "currency") else text
            if not checked({"name": "?", setting: text})[1]:
                return text
            typer.echo(say("guide.bad_answer", lang, found=text), err=True)

    lang = ask("language", lang)
    usual = usual_settings(lang)
    answers = {
        setting: ask(setting, usual[setting]) for setting in ("name", "country", "currency", "datum", "own_brand")
    }
    here = answers["country"] == usual["country"]
    return answers | {"language": lang, "timezone": usual["timezone"] if here else ""}


@app.command(help=say("cli.check", TERMINAL))
def check(folder: Folder):
    """Report every fault and warning of every table."""
    from ..cities import check_city, what_next
    from ..schemas import report

    with plain_errors():
        city, faults = check_city(folder)
        lang = language_of_city(folder)
    told = report(faults, lang)
    if city is None:
        print(told, file=sys.stderr)
        raise typer.Exit(1)
    if told:
        print(told)
    rows = say("cli.tables", lang, tables=", ".join(f"{name} {n:,}" for name, n in city.counts.items()) or "—")
    print("\n".join([say("cli.check_done", lang, city=city.name), rows, *what_next(city)]))


@app.command(help=say("cli.log", TERMINAL))
def log(
    folder: Folder,
    prospect: Annotated[str, option("--prospect", key="prospect")] = "",
    channel: Annotated[str, option("--channel", key="channel")] = "",
    note: Annotated[str, option("--note", key="note")] = "",
    next_action: Annotated[str, option("--next-action", key="next_action")] = "",
    next_date: Annotated[str, option("--next-date", key="next_date")] = "",
    date: Annotated[str, option("--date", key="date")] = "",
    workbook: Annotated[Path | None, option("--workbook", key="workbook")] = None,
):
    """Add contacts to the city's log."""
    from ..cities import log_contacts
    from ..sources import follow_up_edits

    lang = language_of_city(folder)
    stated = {"date": date, "channel": channel, "note": note, "next_action": next_action, "next_date": next_date}
    if any(stated.values()) and not prospect or (not prospect and workbook is None and sys.stdin.isatty()):
        raise typer.BadParameter(say("cli.log_nothing", TERMINAL))
    if prospect and not any(stated.values()):
        raise typer.BadParameter(say("cli.log_empty", TERMINAL))
    if workbook is not None and prospect:
        raise typer.BadParameter(say("cli.log_both", TERMINAL))
    with plain_errors():
        if prospect:
            rows = [{"prospect_id": prospect} | {name: text for name, text in stated.items() if text}]
        elif workbook is not None:
            rows = follow_up_edits.read_edits(workbook, lang=lang).drop(columns="cell")
        else:
            rows = follow_up_edits.read_rows(sys.stdin.buffer.read(), lang=lang)
        told = log_contacts(folder, rows)
    if told.attrs["torn"]:
        print(say("cli.log_torn", lang, file=told.attrs["file"], text=told.attrs["torn"]), file=sys.stderr)
    ids = told.index[told["new"]]
    shown = f"{ids[0]} … {ids[-1]}" if len(ids) > 1 else "".join(ids) or "—"
    print(say("cli.log_done", lang, file=told.attrs["file"], new=len(ids), same=len(told) - len(ids), ids=shown))


@app.command(help=say("cli.run", TERMINAL))
def run(
    folders: Annotated[list[Path], typer.Argument(help=say("cli.folder", TERMINAL))],
    only: Annotated[list[int], option("--only", key="only")] = [],  # noqa: B006
    output: Annotated[Path | None, option("--output", key="output")] = None,
    lang: Annotated[str, option("--lang", key="lang")] = "",
    seed: Annotated[int, option("--seed", key="seed")] = 0,
    setting: Annotated[list[str], option("--set", key="set")] = [],  # noqa: B006
):
    """Run the notebooks for each city."""
    checked_lang(lang, empty=True)
    with plain_errors():
        options = dict(pair("--set", text) for text in setting)
        given = {"only": only, "output": output, "lang": lang, "seed": seed, "options": options}
        if len(folders) == 1:
            from ..runs import run_city

            run_city(folders[0], **given)
            return
        from ..many_cities import INTERRUPTED, NOT_RUN, run_cities

        states = {city.state for city in run_cities(folders, told=TERMINAL, **given)}
    if states & {INTERRUPTED, NOT_RUN}:
        raise typer.Exit(130)  # as shells have it for Ctrl-C
    if states != {"done"}:
        raise typer.Exit(1)


@app.command(help=say("cli.demo", TERMINAL))
def demo(
    output: Annotated[Path | None, option("--output", key="output")] = None,
    lang: Annotated[str, option("--lang", key="lang")] = "",
):
    """Run the notebooks on the bundled demo city."""
    from ..runs import bundled, run_city

    checked_lang(lang, empty=True)
    folder = bundled("data") / "demo_city"
    carried = bundled("data").parent.name == "bundled"  # an installed package keeps no results
    with plain_errors():
        run_city(folder, output=output or (Path("demo_output") if carried else None), lang=lang)
