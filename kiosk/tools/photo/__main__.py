"""`zhengguan photo`: the photo engine as a command of its own.

Each subcommand is a module with `add_parser(subparsers)`, which ends with `set_defaults(run=run)`, and
`run(arguments) -> int`, the exit status: 0 all is well, 1 something is not, 2 the command itself was wrong. `help=` and
`description=` are word keys, said here in the language chosen; `arguments.language` is that language. A Problem that
`run` raises is told as its one sentence, with status 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any, Final

from config.cli import TranslatedParser, add_language, chosen_language
from config.errors import Problem
from config.i18n import translations

_SUBCOMMANDS: Final = ("make", "check", "compare", "reproduce", "standards", "models")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    given = sys.argv[1:] if argv is None else list(argv)
    arguments = parser(chosen_language(given, os.environ), given).parse_args(given)
    try:
        return int(arguments.run(arguments))
    except Problem as problem:
        print(problem.in_language(arguments.language), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130  # as a shell has it: 128 and the number of the signal
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser(language: str, given: Sequence[str] = ()) -> TranslatedParser:
    """The command line in `language`: with the subcommand that is among the words `given`, or with all of them.

    Some take seconds to import; who asks for another does not wait for them.
    """
    own: Any = partial(TranslatedParser, translations=translations(language))
    top: TranslatedParser = own(prog="zhengguan photo", description="command.description")
    add_language(top, language)
    subparsers = top.add_subparsers(
        title=top.translations.translate("command.title.subcommands"),
        metavar="COMMAND",
        required=True,
        parser_class=own,
    )
    for name in [name for name in _SUBCOMMANDS if name in given[:3]] or _SUBCOMMANDS:
        import_module(f"kiosk.tools.photo.{name}").add_parser(subparsers)
    for each in set(subparsers.choices.values()):
        add_language(each, argparse.SUPPRESS)
    top.translate_texts()
    return top


if __name__ == "__main__":
    sys.exit(main())
