"""What all commands share: the terminal's language, options with their help, and errors without traceback."""

import locale
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ..words import LANGUAGES, say


def language_of_the_terminal():
    stated = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if (stated or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


TERMINAL = language_of_the_terminal()


def option(*names, key):
    return typer.Option(*names, help=say(f"cli.{key}", TERMINAL))


Folder = Annotated[Path, typer.Argument(help=say("cli.folder", TERMINAL))]
Into = Annotated[Path, option("--into", key="into")]
Lang = Annotated[str, option("--lang", key="lang")]


@contextmanager
def plain_errors():
    """Faults of data and options: the message on stderr and exit code 1, never a traceback."""
    try:
        yield
    except (ValueError, FileExistsError, FileNotFoundError, BlockingIOError, PermissionError) as error:
        print(error.args[0] if len(error.args) == 1 else error, file=sys.stderr)
        raise typer.Exit(1) from None


def checked_lang(lang, *, empty=False):
    if lang not in LANGUAGES and not (empty and lang == ""):
        raise typer.BadParameter(say("cli.bad_lang", TERMINAL, allowed=", ".join(LANGUAGES), found=lang))
    return lang


def language_of_city(folder):
    from ..cities.config import read_config

    config, _ = read_config(Path(folder))
    return config.language if config else TERMINAL


def pair(option, text):
    left, sign, right = text.partition("=")
    if not sign:
        raise ValueError(say("cli.no_equals", TERMINAL, option=option, found=text))
    return left.strip(), right.strip()
