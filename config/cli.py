"""The language of a command, and argument parsers in that language."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from config.i18n import FALLBACK, LANGUAGES, Translations

_LOCALE_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # in the order of POSIX, setlocale(3)
_LANGUAGE_OPTION: Final = "--language"
_STANDARD_ERROR: Final = 2
_ARGPARSE_ERRORS: Final = {  # argparse's own messages (Lib/argparse.py), which are in English only
    r"the following arguments are required: (?P<rest>.*)": "command.usage.required",
    r"unrecognized arguments: (?P<rest>.*)": "command.usage.unrecognized",
    r"argument (?P<rest>.*): expected .*": "command.usage.value",
    r"argument .*: invalid choice: (?P<rest>'.*?') .*": "command.usage.choice",
    r"argument (?P<rest>.*): invalid .* value: .*": "command.usage.kind",
}


def escape_unencodable_output() -> None:
    """Let this process print a character that its terminal's encoding does not have (GBK, Latin-1), or a file name that
    is not UTF-8, as an escape such as `\\u2713`; otherwise it would end the command. In JSON that escape is valid."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def open_missing_streams() -> None:
    """Open each of the descriptors 0 to 2 that the caller has closed, on /dev/null. Otherwise a pipe to a worker gets
    the number of standard output, and is lost where the worker discards its output."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name, number in (("stdout", _STANDARD_ERROR - 1), ("stderr", _STANDARD_ERROR)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8"))


def chosen_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language of --language, anywhere on the command line; else that of the environment; else English."""
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == _LANGUAGE_OPTION:
            requested = value if equals else "".join(arguments[at + 1 : at + 2])
            return requested if requested in LANGUAGES else FALLBACK
    locale = next((environment[name] for name in _LOCALE_VARIABLES if environment.get(name)), "")
    return "zh_CN" if locale.lower().startswith("zh") else FALLBACK


class TranslatedParser(argparse.ArgumentParser):
    """A parser in one language. Titles, descriptions and helps are message ids, translated by `translations`."""

    def __init__(self, *args: Any, translations: Translations, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "add_help": False})
        self.translations = translations
        self._positionals.title = translations.translate("command.title.arguments")
        self._optionals.title = translations.translate("command.title.options")
        self.add_argument("-h", "--help", action="help", help="command.help.help")

    def translate_texts(self) -> None:
        """Translate all ids of this parser and its subparsers; call it when all arguments have been added."""
        self.description = self._translate(self.description)
        self.epilog = self._translate(self.epilog)
        for action in self._actions:
            action.help = self._translate(action.help)
            if isinstance(action, argparse._SubParsersAction):
                for choice in action._choices_actions:
                    choice.help = self._translate(choice.help)
                for parser in set(action.choices.values()):
                    if isinstance(parser, TranslatedParser):
                        parser.translate_texts()

    def _translate(self, key: str | None) -> str | None:
        return self.translations.translate(key) if key and key is not argparse.SUPPRESS else key

    def format_usage(self) -> str:
        return self._translate_usage(super().format_usage())

    def format_help(self) -> str:
        return self._translate_usage(super().format_help())

    def _translate_usage(self, text: str) -> str:
        # Otherwise argparse translates this word only by a catalogue that is installed for the whole system.
        return text.replace("usage: ", self.translations.translate("command.title.usage") + " ", 1)

    def error(self, message: str) -> NoReturn:
        """Print one sentence and how to get help; exit with status 2."""
        why = message
        for pattern, key in _ARGPARSE_ERRORS.items():
            if match := re.fullmatch(pattern, message):
                why = self.translations.translate(key, rest=match["rest"])
        self.exit(2, self.translations.translate("command.usage", why=why, program=self.prog) + "\n")


def add_language(parser: argparse.ArgumentParser, default: str) -> None:
    """Add --language. Below the top level its default does not override a value given before the subcommand."""
    parser.add_argument(_LANGUAGE_OPTION, choices=LANGUAGES, default=default, help="command.help.language")
