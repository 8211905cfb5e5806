"""`expansion-kit import ...`: real data, and what people hand back, into a city folder."""

from pathlib import Path
from typing import Annotated
from unicodedata import east_asian_width

import typer

from ..words import family, say
from .options import TERMINAL, Into, Lang, checked_lang, language_of_city, option, pair, plain_errors

imports = typer.Typer(help=say("cli.import", TERMINAL), no_args_is_help=True)


@imports.command("seoul", help=say("cli.import_seoul", TERMINAL))
def import_seoul(folder: Annotated[Path, option("--from", key="seoul_from")], into: Into, lang: Lang = "en"):
    """Seoul's open data into a city folder."""
    from ..sources import seoul

    with plain_errors():
        report = seoul.import_seoul(folder, into, lang=checked_lang(lang))
    _told(report, lang)
    print(say("cli.import_done", lang, folder=into))


@imports.command("shanghai", help=say("cli.import_shanghai", TERMINAL))
def import_shanghai(
    folder: Annotated[Path, option("--from", key="seoul_from")],
    into: Into,
    brand: Annotated[str, option("--brand", key="own_brand")] = "",
    lang: Lang = "zh",
):
    """Shanghai's files, the worked example, into a city folder."""
    from ..sources import shanghai

    with plain_errors():
        report = shanghai.import_shanghai(folder, into, own_brand=brand or None, lang=checked_lang(lang))
    _told(report, lang)
    print(say("cli.import_done", lang, folder=into))


@imports.command("osm", help=say("cli.import_osm", TERMINAL))
def import_osm(
    file: Annotated[Path, typer.Argument(help=say("cli.osm_file", TERMINAL))],
    into: Into,
    name: Annotated[str, option("--name", key="name")] = "",
    country: Annotated[str, option("--country", key="country")] = "",
    currency: Annotated[str, option("--currency", key="currency")] = "",
    time_zone: Annotated[str, option("--time-zone", key="time_zone")] = "",
    brand: Annotated[str, option("--brand", key="own_brand")] = "",
    category: Annotated[list[str], option("--category", key="osm_category")] = [],  # noqa: B006
    admin_level: Annotated[int | None, option("--admin-level", key="admin_level")] = None,
    as_of: Annotated[str, option("--as-of", key="as_of")] = "",
    lang: Lang = "",
):
    """An OpenStreetMap extract into a city folder."""
    from ..sources import osm

    lang = _language(lang, into)
    stated = {"name": name, "country": country, "currency": currency, "time_zone": time_zone, "brand": brand}
    chosen = {"categories": category, "admin_level": admin_level, "as_of": as_of}
    with plain_errors():
        report = osm.import_osm(file, into, lang=lang, **stated, **chosen)
    _told(report, lang)
    print(say("cli.import_done", lang, folder=into))


@imports.command("overture", help=say("cli.import_overture", TERMINAL))
def import_overture(
    places: Annotated[Path, option("--places", key="overture_places")],
    into: Into,
    divisions: Annotated[Path | None, option("--divisions", key="overture_divisions")] = None,
    box: Annotated[str, option("--bbox", key="overture_box")] = "",
    subtype: Annotated[str, option("--subtype", key="overture_subtype")] = "",
    confidence: Annotated[float, option("--confidence", key="overture_confidence")] = 0.5,
    brand: Annotated[str, option("--brand", key="own_brand")] = "",
    category: Annotated[list[str], option("--category", key="overture_category")] = [],  # noqa: B006
    name: Annotated[str, option("--name", key="name")] = "",
    country: Annotated[str, option("--country", key="country")] = "",
    currency: Annotated[str, option("--currency", key="currency")] = "",
    as_of: Annotated[str, option("--as-of", key="as_of")] = "",
    lang: Lang = "",
):
    """Overture Maps' places and divisions into a city folder."""
    from ..sources import overture

    lang = _language(lang, into)
    chosen = {"divisions": divisions, "box": box, "subtype": subtype, "confidence": confidence, "brand": brand}
    chosen |= {"categories": category}
    stated = {"name": name or into.name, "country": country, "currency": currency, "as_of": as_of}
    with plain_errors():
        report = overture.import_overture(places, into, lang=lang, **chosen, **stated)
    _told(report, lang)
    print(say("cli.import_done", lang, folder=into))


@imports.command("table", help=say("cli.import_table", TERMINAL))
def import_table(
    file: Annotated[Path, typer.Argument(help=say("cli.file", TERMINAL))],
    into: Into,
    table: Annotated[str, option("--as", key="as_table")] = "",
    where: Annotated[list[str], option("--where", key="where")] = [],  # noqa: B006 - typer wants a list
    column: Annotated[list[str], option("--column", key="column")] = [],  # noqa: B006
    scale: Annotated[float, option("--scale", key="scale")] = 1.0,
    since: Annotated[str, option("--from", key="since")] = "",
    until: Annotated[str, option("--until", key="until")] = "",
    encoding: Annotated[str, option("--encoding", key="encoding")] = "",
    sheet: Annotated[str, option("--sheet", key="sheet")] = "",
    name: Annotated[str, option("--name", key="name")] = "",
    country: Annotated[str, option("--country", key="country")] = "",
    currency: Annotated[str, option("--currency", key="currency")] = "",
    datum: Annotated[str, option("--datum", key="datum")] = "",
    source: Annotated[str, option("--source", key="source")] = "",
    as_of: Annotated[str, option("--as-of", key="as_of")] = "",
    method: Annotated[str, option("--method", key="method")] = "",
    yes: Annotated[bool, option("--yes", key="yes")] = False,
    lang: Lang = "",
):
    """One table of any file into a city folder."""
    from ..sources import tables

    lang = _language(lang, into)
    stated = {"name": name, "country": country, "currency": currency, "datum": datum}
    about = {key: value for key, value in stated.items() if value} | {"language": lang}
    with plain_errors():
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
            where=[pair("--where", text) for text in where],
            given=dict(pair("--column", text) for text in column),
            scale=scale,
            since=since,
            until=until,
            accept=yes,
        )
    _told(report, lang)
    table = report["table"].iloc[0]
    done = "cli.import_proposed" if report.attrs["unconfirmed"] else "cli.import_done"
    print(say(done, lang, folder=into, table=table))


def _language(lang, into):
    """What was asked for; else the city's, where there is one, or the terminal's."""
    return checked_lang(lang) if lang else language_of_city(into)


def _told(report, lang):
    """What a source read, dropped and repaired, a line each."""
    tables, actions = family("table.", lang), family("cli.action_", lang)
    for row in report.itertuples(index=False):
        table, action = tables.get(row.table, row.table), actions.get(row.action.replace(" ", "_"), row.action)
        print(f"  {_wide(table, 14)} {_wide(action, 9)} {row.rows:>9,}  {row.reason}  [{row.file}]")


def _wide(text, columns):
    """A text filled up to so many columns of a terminal, in which a Chinese sign takes two."""
    return text + " " * (columns - sum(1 + (east_asian_width(sign) in "WF") for sign in text))


@imports.command("form", help=say("cli.import_form", TERMINAL))
def import_form(
    file: Annotated[Path, typer.Argument(help=say("cli.form", TERMINAL))],
    into: Into,
    source: Annotated[str, option("--source", key="source")] = "",
    as_of: Annotated[str, option("--as-of", key="as_of")] = "",
    method: Annotated[str, option("--method", key="method")] = "measured",
):
    """A filled-in survey form, or coordinates set by hand, into a city folder."""
    from ..cities import add_updates

    with plain_errors():
        told = add_updates(into, file, source=source, as_of=as_of, method=method)
    lang = language_of_city(into)
    if told.attrs["replaced"]:
        print(say("cli.form_replaced", lang, file=file.name))
    for row in told.reset_index().to_dict("records"):
        print(say("cli.form_rows", lang, **row | {"table": say(f"table.{row['table']}", lang)}))
    print(say("cli.form_done", lang, file=file.name))


@imports.command("targets", help=say("cli.import_targets", TERMINAL))
def import_targets(
    file: Annotated[Path, typer.Argument(help=say("cli.targets_file", TERMINAL))],
    into: Into,
    plan: Annotated[Path | None, option("--plan", key="plan")] = None,
    who: Annotated[str, option("--who", key="who")] = "",
):
    """Figures that were changed in an exported plan, as locks."""
    from ..sources import handed_back

    with plain_errors():
        edits = handed_back.import_targets(file, into, plan=plan, who=who)
    lang = language_of_city(into)
    for row in edits.itertuples():
        told = {"place": row.territory_id, "period": row.period, "metric": say(f"targets.metric_{row.metric}", lang)}
        told |= {"before": f"{row.before:,.10g}", "value": f"{row.value:,.10g}", "cell": row.cell}
        print(say("cli.target_row", lang, **told))
    _print_states("cli.targets_done", edits["state"], lang, file=file.name)


@imports.command("proposals", help=say("cli.import_proposals", TERMINAL))
def import_proposals(
    files: Annotated[list[Path], typer.Argument(help=say("cli.proposals_files", TERMINAL))],
    into: Into,
):
    """Managers' filled-in sheets, as proposals."""
    from ..sources import handed_back

    with plain_errors():
        proposals, conflicts = handed_back.import_proposals(files, into)
    lang = language_of_city(into)
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
