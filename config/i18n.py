"""Translated messages, by id and language, from the gettext catalogues in config/locale."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import polib

LANGUAGES: Final = ("zh_CN", "en")
FALLBACK: Final = "en"
LOCALE: Final = Path(__file__).parent / "locale"
_MESSAGE_ID: Final = re.compile(r'^msgid "(.+)"$', re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """A message id and the values of its placeholders. A value may be a Message too."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


def values_to_json(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of a message for JSON: a Message as an object, everything else as text."""
    return {name: _to_json(value) for name, value in values.items()}


def _to_json(value: object) -> dict[str, Any] | str:
    return {"message": value.key, "values": values_to_json(value.values)} if isinstance(value, Message) else str(value)


def values_from_json(values: Mapping[str, Any]) -> dict[str, object]:
    """Return the values from the JSON of `values_to_json`; numbers stay text. Raises KeyError and TypeError."""
    return {
        name: Message(str(value["message"]), values_from_json(value["values"])) if isinstance(value, dict) else value
        for name, value in values.items()
    }


class Translations:
    """The messages of one language. A missing message falls back to English, then to its id."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"There are no messages in {language!r}; choose one of {', '.join(LANGUAGES)}.")
        self.language = language
        if not _files_by_id(language):
            raise FileNotFoundError(f"No .po files for {language} under {LOCALE}; the installation is incomplete.")

    def translate(self, key: str, /, **values: object) -> str:
        """Return the message for `key`, with its {placeholders} filled from `values`."""
        sentence = _sentence(self.language, key) or _sentence(FALLBACK, key) or key
        return (
            sentence.format(**{name: self._render_value(value) for name, value in values.items()})
            if values
            else sentence
        )

    def _render_value(self, value: object) -> object:
        return self.translate(value.key, **value.values) if isinstance(value, Message) else value

    def has(self, key: str) -> bool:
        """Return whether this language itself has a message for `key`."""
        return bool(_sentence(self.language, key))


@cache
def translations(language: str = FALLBACK) -> Translations:
    """Return the messages of `language` ("zh_CN" or "en"); read once."""
    return Translations(language)


def catalogue_files(language: str) -> list[Path]:
    """Return the .po files of one language: one per theme."""
    return sorted((LOCALE / language / "LC_MESSAGES").glob("*.po"))


def message_ids(language: str) -> Set[str]:
    """Return the ids of one language's messages, without parsing the catalogue, which takes 0.1 s of a processor."""
    return _files_by_id(language).keys()


@cache
def _files_by_id(language: str) -> dict[str, Path]:
    """Return the file of each message by its id; the first one if several files contain the id."""
    return {
        message_id: path
        for path in reversed(catalogue_files(language))
        for message_id in _MESSAGE_ID.findall(path.read_text(encoding="utf-8"))
    }


def _sentence(language: str, key: str) -> str:
    """Return a message, or "" if the language has none."""
    path = _files_by_id(language).get(key)
    sentence = _catalogue(path).gettext(key) if path else key
    return "" if sentence == key else sentence


@cache
def _catalogue(path: Path) -> gettext.GNUTranslations:
    """Return the messages of one file, which is compiled in memory when one of them is shown: there is no build step,
    and a school can edit a message with any editor."""
    return gettext.GNUTranslations(io.BytesIO(polib.pofile(str(path)).to_binary()))
