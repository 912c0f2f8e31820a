"""`zhengguan`: one command, whose subcommands are loaded only when they are used.

Their functions are named as text, "module:function", so that this module imports none of them: the kiosk's packages
never import the server, and `zhengguan server` runs where only the server's packages are installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NoReturn

from config.cli import TranslatedParser, add_language, chosen_language, escape_unencodable_output, open_missing_streams
from config.garbage_collection import paused_for_imports
from config.i18n import Translations, translations
from config.process_end import exit_process

_OWN_PACKAGES: Final = ("config", "hardware", "kiosk", "server")


@dataclass(frozen=True)
class Subcommand:
    """The function that runs a subcommand, and the extra of pyproject.toml that it needs."""

    entry_point: str  # "module:function"; the function takes the arguments and returns the exit code
    extra: str
    help: str  # message id
    prefix: tuple[str, ...] = ()  # arguments that come before those of the command line
    packages: tuple[str, ...] = ()  # other packages of the extra, which another process imports
    takes_language: bool = False


SUBCOMMANDS: Final[Mapping[str, Subcommand]] = {
    "run": Subcommand("kiosk.app:main", "kiosk", "command.main.run"),
    "check": Subcommand("kiosk.diagnostics.__main__:main", "kiosk", "command.main.check", ("check",), (), True),
    "studio": Subcommand("kiosk.tools.studio_check:main", "kiosk", "command.main.studio", takes_language=True),
    "photo": Subcommand("kiosk.tools.photo.__main__:main", "engine", "command.main.photo", takes_language=True),
    "codes": Subcommand("kiosk.tools.codes:main", "kiosk", "command.main.codes"),
    "outbox": Subcommand("kiosk.diagnostics.__main__:main", "kiosk", "command.main.outbox", ("outbox",), (), True),
    "demo": Subcommand("kiosk.tools.demo.__main__:main", "kiosk,server", "command.main.demo", (), ("django",)),
    "server": Subcommand("server.cli:main", "server", "command.main.server"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; return its exit code, or 1 if a package that it needs is missing."""
    words = sys.argv[1:] if argv is None else list(argv)
    position = next((index for index, word in enumerate(words) if word in SUBCOMMANDS), len(words))
    language = chosen_language(words, os.environ)
    options = _parser(language).parse_args(words[: position + 1])
    subcommand = SUBCOMMANDS[options.subcommand]
    arguments = [*subcommand.prefix, *words[position + 1 :]]
    if subcommand.takes_language and options.language:
        arguments[len(subcommand.prefix) : len(subcommand.prefix)] = ["--language", options.language]
    return _run(subcommand, arguments, translations(language))


def run() -> NoReturn:
    """Run the subcommand of the command line and end the process."""
    open_missing_streams()
    escape_unencodable_output()
    exit_process(main())


def _run(subcommand: Subcommand, arguments: list[str], tr: Translations) -> int:
    missing = next((package for package in subcommand.packages if find_spec(package) is None), None)
    try:
        if missing is not None:
            raise ModuleNotFoundError(name=missing)
        name, _, function = subcommand.entry_point.partition(":")
        with paused_for_imports():
            module = import_module(name)
        return int(getattr(module, function)(arguments))
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in _OWN_PACKAGES:
            raise
        message = tr.translate("command.main.missing", package=package, extra=subcommand.extra)
        sys.stderr.write(message + "\n")
        return 1


def _parser(language: str) -> TranslatedParser:
    translated_parser: Any = partial(TranslatedParser, translations=translations(language))
    top: TranslatedParser = translated_parser(
        prog="zhengguan", description="command.main.description", epilog="command.main.epilog"
    )
    title = top.translations.translate("command.title.subcommands")
    subparsers = top.add_subparsers(
        title=title, dest="subcommand", metavar="COMMAND", required=True, parser_class=translated_parser
    )
    for name, subcommand in SUBCOMMANDS.items():
        subparsers.add_parser(name, help=subcommand.help)
    add_language(top, "")
    top.translate_texts()
    return top


if __name__ == "__main__":
    run()
