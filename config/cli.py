"""Which language the command speaks, and its parsers in that language."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from config.i18n import FALLBACK, LANGUAGES, Words

_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # in the order of POSIX, setlocale(3)
_OPTION: Final = "--language"
_COMPLAINTS: Final = {  # argparse's own messages (Lib/argparse.py), which it has in English only
    r"the following arguments are required: (?P<rest>.*)": "command.usage.required",
    r"unrecognized arguments: (?P<rest>.*)": "command.usage.unrecognized",
    r"argument (?P<rest>.*): expected .*": "command.usage.value",
    r"argument .*: invalid choice: (?P<rest>'.*?') .*": "command.usage.choice",
    r"argument (?P<rest>.*): invalid .* value: .*": "command.usage.kind",
}


def chosen_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language asked for with --language, wherever that stands; else that of the environment; else English."""
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == _OPTION:
            wish = value if equals else "".join(arguments[at + 1 : at + 2])
            return wish if wish in LANGUAGES else FALLBACK
    locale = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return "zh_CN" if locale.lower().startswith("zh") else FALLBACK


class Parser(argparse.ArgumentParser):
    """A parser that speaks one language. Titles, descriptions and helps are word keys; `words` says them."""

    def __init__(self, *args: Any, words: Words, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "add_help": False})
        self.words = words
        self._positionals.title = words.say("command.title.arguments")
        self._optionals.title = words.say("command.title.options")
        self.add_argument("-h", "--help", action="help", help="command.help.help")

    def speak(self) -> None:
        """Says every key of this parser and of those below it, once all of them have been added."""
        self.description = self._said(self.description)
        self.epilog = self._said(self.epilog)
        for action in self._actions:
            action.help = self._said(action.help)
            if isinstance(action, argparse._SubParsersAction):
                for choice in action._choices_actions:
                    choice.help = self._said(choice.help)
                for parser in set(action.choices.values()):
                    if isinstance(parser, Parser):
                        parser.speak()

    def _said(self, key: str | None) -> str | None:
        return self.words.say(key) if key and key is not argparse.SUPPRESS else key

    def format_usage(self) -> str:
        return self._in_language(super().format_usage())

    def format_help(self) -> str:
        return self._in_language(super().format_help())

    def _in_language(self, text: str) -> str:
        # argparse has no other way to its one English word than a catalogue installed for the whole system.
        return text.replace("usage: ", self.words.say("command.title.usage") + " ", 1)

    def error(self, message: str) -> NoReturn:
        """One sentence, and where help is; exit status 2."""
        why = message
        for pattern, key in _COMPLAINTS.items():
            if found := re.fullmatch(pattern, message):
                why = self.words.say(key, rest=found["rest"])
        self.exit(2, self.words.say("command.usage", why=why, program=self.prog) + "\n")


def add_language(parser: argparse.ArgumentParser, default: str) -> None:
    """The option --language; below the top its absence leaves alone what stands before the subcommand."""
    parser.add_argument(_OPTION, choices=LANGUAGES, default=default, help="command.help.language")
