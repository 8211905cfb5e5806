"""The command line: `expansion-kit new | check | import | log | run | demo`, also `python -m expansion_kit`."""

import locale
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from .words import LANGUAGES, say


def _language_of_the_terminal():
    stated = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if (stated or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


_TERMINAL = _language_of_the_terminal()
app = typer.Typer(
    help=say("cli.about", _TERMINAL),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sources = typer.Typer(help=say("cli.import", _TERMINAL), no_args_is_help=True)
app.add_typer(sources, name="import")


def _option(*names, key):
    return typer.Option(*names, help=say(f"cli.{key}", _TERMINAL))


Folder = Annotated[Path, typer.Argument(help=say("cli.folder", _TERMINAL))]
Into = Annotated[Path, _option("--into", key="into")]
Lang = Annotated[str, _option("--lang", key="lang")]


def main():
    """Entry point of the command."""
    app()


@contextmanager
def _plain_errors():
    """Faults of data and options: the message on stderr and exit code 1, never a traceback."""
    try:
        yield
    except (ValueError, FileExistsError, FileNotFoundError, BlockingIOError, PermissionError) as error:
        print(error.args[0] if len(error.args) == 1 else error, file=sys.stderr)
        raise typer.Exit(1) from None


def _checked_lang(lang, *, empty=False):
    if lang not in LANGUAGES and not (empty and lang == ""):
        raise typer.BadParameter(say("cli.bad_lang", _TERMINAL, allowed=", ".join(LANGUAGES), found=lang))
    return lang


@app.command(help=say("cli.new", _TERMINAL))
def new(
    folder: Folder,
    lang: Annotated[str, _option("--lang", key="lang")] = _TERMINAL,
    ask: Annotated[bool, _option("--ask", key="ask")] = False,
):
    """Make a city folder to fill in."""
    from .cities import guide, new_city

    _checked_lang(lang)
    about = _answers(lang) if ask else {}
    lang = about.get("language", lang)
    with _plain_errors():
        workbook = new_city(folder, lang=lang, about=about)
    told = {"workbook": workbook, "folder": folder, **guide(lang)[0]}
    print(say("cli.new_done", lang, **told))
    print(say("cli.new_told" if about.get("own_brand") else "cli.new_tell", lang, **told))
    print(say("cli.new_run", lang, **told))


def _answers(lang):
    """Settings of a new city, asked for one by one; the usual ones are offered."""
    from .cities import usual_settings
    from .cities.config import checked

    def ask(setting, offered):
        def understood(text):
            text = text.strip().upper() if setting in ("country", "currency") else text.strip()
            _, faults = checked({"name": "?", setting: text})
            if faults:
                raise typer.BadParameter(say("guide.bad_answer", lang, found=text))
            return text

        question = say(f"guide.ask_{setting}", lang)
        return typer.prompt(question, default=offered, value_proc=understood, show_default=bool(offered))

    lang = ask("language", lang)
    usual = usual_settings(lang)
    answers = {
        setting: ask(setting, usual[setting]) for setting in ("name", "country", "currency", "datum", "own_brand")
    }
    here = answers["country"] == usual["country"]
    return answers | {"language": lang, "timezone": usual["timezone"] if here else ""}


@app.command(help=say("cli.check", _TERMINAL))
def check(folder: Folder):
    """Report every fault and warning of every table."""
    from .cities import check_city, what_next
    from .schemas import report

    with _plain_errors():
        city, faults = check_city(folder)
        lang = _language_of_city(folder)
    told = report(faults, lang)
    if city is None:
        print(told, file=sys.stderr)
        raise typer.Exit(1)
    if told:
        print(told)
    rows = say("cli.tables", lang, tables=", ".join(f"{name} {n:,}" for name, n in city.counts.items()) or "—")
    print("\n".join([say("cli.check_done", lang, city=city.name), rows, *what_next(city)]))


def _language_of_city(folder):
    from .cities.config import read_config

    config, _ = read_config(Path(folder))
    return config.language if config else _TERMINAL


def _told(report):
    """What a source read, dropped and repaired, a line each."""
    for row in report.itertuples(index=False):
        print(f"  {row.table:<14} {row.action:<9} {row.rows:>9,}  {row.reason}  [{row.file}]")


@sources.command("seoul", help=say("cli.import_seoul", _TERMINAL))
def import_seoul(folder: Annotated[Path, _option("--from", key="seoul_from")], into: Into, lang: Lang = "en"):
    """Seoul's open data into a city folder."""
    from .sources import seoul

    with _plain_errors():
        report = seoul.import_seoul(folder, into, lang=_checked_lang(lang))
    _told(report)
    print(say("cli.import_done", lang, folder=into))


@sources.command("shanghai", help=say("cli.import_shanghai", _TERMINAL))
def import_shanghai(
    folder: Annotated[Path, _option("--from", key="seoul_from")],
    into: Into,
    brand: Annotated[str, _option("--brand", key="own_brand")] = "",
    lang: Lang = "zh",
):
    """Shanghai's files, the worked example, into a city folder."""
    from .sources import shanghai

    with _plain_errors():
        report = shanghai.import_shanghai(folder, into, own_brand=brand or None, lang=_checked_lang(lang))
    _told(report)
    print(say("cli.import_done", lang, folder=into))


@sources.command("overture", help=say("cli.import_overture", _TERMINAL))
def import_overture(
    places: Annotated[Path, _option("--places", key="overture_places")],
    into: Into,
    divisions: Annotated[Path | None, _option("--divisions", key="overture_divisions")] = None,
    box: Annotated[str, _option("--bbox", key="overture_box")] = "",
    subtype: Annotated[str, _option("--subtype", key="overture_subtype")] = "",
    confidence: Annotated[float, _option("--confidence", key="overture_confidence")] = 0.5,
    brand: Annotated[str, _option("--brand", key="own_brand")] = "",
    category: Annotated[list[str], _option("--category", key="overture_category")] = [],  # noqa: B006
    name: Annotated[str, _option("--name", key="name")] = "",
    country: Annotated[str, _option("--country", key="country")] = "",
    currency: Annotated[str, _option("--currency", key="currency")] = "",
    as_of: Annotated[str, _option("--as-of", key="as_of")] = "",
    lang: Lang = _TERMINAL,
):
    """Overture Maps' places and divisions into a city folder."""
    from .sources import overture

    chosen = {"divisions": divisions, "box": box, "subtype": subtype, "confidence": confidence, "brand": brand}
    chosen |= {"categories": category}
    stated = {"name": name or into.name, "country": country, "currency": currency, "as_of": as_of}
    with _plain_errors():
        report = overture.import_overture(places, into, lang=_checked_lang(lang), **chosen, **stated)
    _told(report)
    print(say("cli.import_done", lang, folder=into))


@sources.command("osm", help=say("cli.import_osm", _TERMINAL))
def import_osm(
    file: Annotated[Path, typer.Argument(help=say("cli.osm_file", _TERMINAL))],
    into: Into,
    name: Annotated[str, _option("--name", key="name")] = "",
    country: Annotated[str, _option("--country", key="country")] = "",
    currency: Annotated[str, _option("--currency", key="currency")] = "",
    time_zone: Annotated[str, _option("--time-zone", key="time_zone")] = "",
    brand: Annotated[str, _option("--brand", key="own_brand")] = "",
    category: Annotated[list[str], _option("--category", key="osm_category")] = [],  # noqa: B006
    admin_level: Annotated[int | None, _option("--admin-level", key="admin_level")] = None,
    as_of: Annotated[str, _option("--as-of", key="as_of")] = "",
    lang: Lang = _TERMINAL,
):
    """An OpenStreetMap extract into a city folder."""
    from .sources import osm

    stated = {"name": name, "country": country, "currency": currency, "time_zone": time_zone, "brand": brand}
    chosen = {"categories": category, "admin_level": admin_level, "as_of": as_of}
    with _plain_errors():
        report = osm.import_osm(file, into, lang=_checked_lang(lang), **stated, **chosen)
    _told(report)
    print(say("cli.import_done", lang, folder=into))


@sources.command("form", help=say("cli.import_form", _TERMINAL))
def import_form(
    file: Annotated[Path, typer.Argument(help=say("cli.form", _TERMINAL))],
    into: Into,
    source: Annotated[str, _option("--source", key="source")] = "",
    as_of: Annotated[str, _option("--as-of", key="as_of")] = "",
    method: Annotated[str, _option("--method", key="method")] = "measured",
):
    """A filled-in survey form, or coordinates set by hand, into a city folder."""
    from .cities import add_updates

    with _plain_errors():
        told = add_updates(into, file, source=source, as_of=as_of, method=method)
    lang = _language_of_city(into)
    if told.attrs["replaced"]:
        print(say("cli.form_replaced", lang, file=file.name))
    for row in told.reset_index().to_dict("records"):
        print(say("cli.form_rows", lang, **row | {"table": say(f"table.{row['table']}", lang)}))
    print(say("cli.form_done", lang, file=file.name))


@sources.command("targets", help=say("cli.import_targets", _TERMINAL))
def import_targets(
    file: Annotated[Path, typer.Argument(help=say("cli.targets_file", _TERMINAL))],
    into: Into,
    plan: Annotated[Path | None, _option("--plan", key="plan")] = None,
    who: Annotated[str, _option("--who", key="who")] = "",
):
    """Figures that were changed in an exported plan, as locks."""
    from .sources import handed_back

    with _plain_errors():
        edits = handed_back.import_targets(file, into, plan=plan, who=who)
    lang = _language_of_city(into)
    for row in edits.itertuples():
        told = {"place": row.territory_id, "period": row.period, "metric": say(f"targets.metric_{row.metric}", lang)}
        told |= {"before": f"{row.before:,.10g}", "value": f"{row.value:,.10g}", "cell": row.cell}
        print(say("cli.target_row", lang, **told))
    _print_states("cli.targets_done", edits["state"], lang, file=file.name)


@sources.command("proposals", help=say("cli.import_proposals", _TERMINAL))
def import_proposals(
    files: Annotated[list[Path], typer.Argument(help=say("cli.proposals_files", _TERMINAL))],
    into: Into,
):
    """Managers' filled-in sheets, as proposals."""
    from .sources import handed_back

    with _plain_errors():
        proposals, conflicts = handed_back.import_proposals(files, into)
    lang = _language_of_city(into)
    for row in conflicts.itertuples():
        told = {"place": row.territory_id, "period": row.period, "metric": say(f"targets.metric_{row.metric}", lang)}
        told |= {"value": f"{row.value:,.10g}", "where": f"{row.file}:{row.line}", "reason": row.reason}
        print(say("cli.conflict_row", lang, **told))
    left_out = conflicts[["file", "line"]].drop_duplicates().shape[0]
    _print_states("cli.proposals_done", proposals["state"], lang, conflicts=left_out)


def _print_states(key, states, lang, **told):
    """How many figures came, of which kind, and what to do next."""
    counts = {state: int((states == state).sum()) for state in ("new", "changed", "same")}
    print(say(key, lang, **told, **counts))
    if counts["new"] or counts["changed"]:
        print(say("cli.run_again", lang))


@sources.command("table", help=say("cli.import_table", _TERMINAL))
def import_table(
    file: Annotated[Path, typer.Argument(help=say("cli.file", _TERMINAL))],
    into: Into,
    table: Annotated[str, _option("--as", key="as_table")] = "",
    where: Annotated[list[str], _option("--where", key="where")] = [],  # noqa: B006 - typer wants a list
    column: Annotated[list[str], _option("--column", key="column")] = [],  # noqa: B006
    scale: Annotated[float, _option("--scale", key="scale")] = 1.0,
    since: Annotated[str, _option("--from", key="since")] = "",
    until: Annotated[str, _option("--until", key="until")] = "",
    encoding: Annotated[str, _option("--encoding", key="encoding")] = "",
    sheet: Annotated[str, _option("--sheet", key="sheet")] = "",
    name: Annotated[str, _option("--name", key="name")] = "",
    country: Annotated[str, _option("--country", key="country")] = "",
    currency: Annotated[str, _option("--currency", key="currency")] = "",
    datum: Annotated[str, _option("--datum", key="datum")] = "",
    source: Annotated[str, _option("--source", key="source")] = "",
    as_of: Annotated[str, _option("--as-of", key="as_of")] = "",
    method: Annotated[str, _option("--method", key="method")] = "",
    yes: Annotated[bool, _option("--yes", key="yes")] = False,
    lang: Lang = _TERMINAL,
):
    """One table of any file into a city folder."""
    from .sources import tables

    stated = {"name": name, "country": country, "currency": currency, "datum": datum}
    about = {key: value for key, value in stated.items() if value} | {"language": _checked_lang(lang)}
    with _plain_errors():
        report = tables.import_table(
            file,
            into,
            table=table,
            about=about,
            source=source,
            as_of=as_of,
            method=method,
            encoding=encoding or None,
            sheet=sheet or None,
            where=[_pair("--where", text) for text in where],
            given=dict(_pair("--column", text) for text in column),
            scale=scale,
            since=since,
            until=until,
            accept=yes,
        )
    _told(report)
    table = report["table"].iloc[0]
    done = "cli.import_proposed" if report.attrs["unconfirmed"] else "cli.import_done"
    print(say(done, lang, folder=into, table=table))


def _pair(option, text):
    left, sign, right = text.partition("=")
    if not sign:
        raise ValueError(say("cli.no_equals", _TERMINAL, option=option, found=text))
    return left.strip(), right.strip()


@app.command(help=say("cli.log", _TERMINAL))
def log(
    folder: Folder,
    prospect: Annotated[str, _option("--prospect", key="prospect")] = "",
    channel: Annotated[str, _option("--channel", key="channel")] = "",
    note: Annotated[str, _option("--note", key="note")] = "",
    next_action: Annotated[str, _option("--next-action", key="next_action")] = "",
    next_date: Annotated[str, _option("--next-date", key="next_date")] = "",
    date: Annotated[str, _option("--date", key="date")] = "",
    workbook: Annotated[Path | None, _option("--workbook", key="workbook")] = None,
):
    """Add contacts to the city's log."""
    from .cities import log_contacts
    from .sources import follow_up_edits

    lang = _language_of_city(folder)
    stated = {"date": date, "channel": channel, "note": note, "next_action": next_action, "next_date": next_date}
    if any(stated.values()) and not prospect or (not prospect and workbook is None and sys.stdin.isatty()):
        raise typer.BadParameter(say("cli.log_nothing", _TERMINAL))
    if prospect and not any(stated.values()):
        raise typer.BadParameter(say("cli.log_empty", _TERMINAL))
    if workbook is not None and prospect:
        raise typer.BadParameter(say("cli.log_both", _TERMINAL))
    with _plain_errors():
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


@app.command(help=say("cli.run", _TERMINAL))
def run(
    folders: Annotated[list[Path], typer.Argument(help=say("cli.folder", _TERMINAL))],
    only: Annotated[list[int], _option("--only", key="only")] = [],  # noqa: B006
    output: Annotated[Path | None, _option("--output", key="output")] = None,
    lang: Annotated[str, _option("--lang", key="lang")] = "",
    seed: Annotated[int, _option("--seed", key="seed")] = 0,
    setting: Annotated[list[str], _option("--set", key="set")] = [],  # noqa: B006
):
    """Run the notebooks for each city."""
    _checked_lang(lang, empty=True)
    with _plain_errors():
        options = dict(_pair("--set", text) for text in setting)
        given = {"only": only, "output": output, "lang": lang, "seed": seed, "options": options}
        if len(folders) == 1:
            from .runs import run_city

            run_city(folders[0], **given)
            return
        from .many_cities import INTERRUPTED, NOT_RUN, run_cities

        states = {city.state for city in run_cities(folders, told=_TERMINAL, **given)}
    if states & {INTERRUPTED, NOT_RUN}:
        raise typer.Exit(130)  # as shells have it for Ctrl-C
    if states != {"done"}:
        raise typer.Exit(1)


@app.command(help=say("cli.demo", _TERMINAL))
def demo(
    output: Annotated[Path | None, _option("--output", key="output")] = None,
    lang: Annotated[str, _option("--lang", key="lang")] = "",
):
    """Run the notebooks on the bundled demo city."""
    from .runs import bundled, run_city

    _checked_lang(lang, empty=True)
    folder = bundled("data") / "demo_city"
    carried = bundled("data").parent.name == "bundled"  # an installed package keeps no results
    with _plain_errors():
        run_city(folder, output=output or (Path("demo_output") if carried else None), lang=lang)
