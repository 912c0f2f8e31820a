"""`zhengguan photo`: the photo engine as a separate command.

Each subcommand is a module with `add_parser(subparsers)`, which ends with `set_defaults(run=run)`, and `run(arguments)
-> int`, the exit status: 0 success, 1 something failed, 2 the command was invalid. `help=` and `description=` are
message ids, translated here; `arguments.language` is the chosen language. A Problem that `run` raises is printed as one
sentence, with status 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any, Final

from config.cli import TranslatedParser, add_language, chosen_language, escape_unencodable_output, open_missing_streams
from config.errors import Problem
from config.i18n import translations

SUBCOMMANDS: Final = ("make", "page", "check", "compare", "reproduce", "verify", "standards", "models")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    open_missing_streams()
    escape_unencodable_output()
    argv_list = sys.argv[1:] if argv is None else list(argv)
    arguments = parser(chosen_language(argv_list, os.environ), argv_list).parse_args(argv_list)
    try:
        return int(arguments.run(arguments))
    except Problem as problem:
        print(problem.in_language(arguments.language), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130  # as in a shell: 128 and the number of the signal
    except BrokenPipeError:  # the reader of our output has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser(language: str, argv: Sequence[str] = ()) -> TranslatedParser:
    """Return the parser in `language`, with the subcommand that `argv` names, or with all of them.

    Some subcommands take seconds to import, which must not delay the others.
    """
    translated_parser: Any = partial(TranslatedParser, translations=translations(language))
    top: TranslatedParser = translated_parser(prog="zhengguan photo", description="command.description")
    add_language(top, language)
    subparsers = top.add_subparsers(
        title=top.translations.translate("command.title.subcommands"),
        metavar="COMMAND",
        required=True,
        parser_class=translated_parser,
    )
    for name in [name for name in SUBCOMMANDS if name in argv[:3]] or SUBCOMMANDS:
        import_module(f"kiosk.tools.photo.{name}").add_parser(subparsers)
    for each in set(subparsers.choices.values()):
        add_language(each, argparse.SUPPRESS)
    top.translate_texts()
    return top


if __name__ == "__main__":
    sys.exit(main())
