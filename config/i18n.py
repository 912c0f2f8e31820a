"""Translated messages, by id and language, from the gettext catalogues in config/locale."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping
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
    """Return the values that `values_to_json` was given, numbers as text. Raises KeyError and TypeError for others."""
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
        self._catalogue = _catalogue(language)

    def translate(self, key: str, /, **values: object) -> str:
        """Return the message for `key`, with its {placeholders} filled from `values`."""
        sentence = self._catalogue.gettext(key)
        if sentence == key and self.language != FALLBACK:
            sentence = _catalogue(FALLBACK).gettext(key)
        return (
            sentence.format(**{name: self._render_value(value) for name, value in values.items()})
            if values
            else sentence
        )

    def _render_value(self, value: object) -> object:
        return self.translate(value.key, **value.values) if isinstance(value, Message) else value

    def has(self, key: str) -> bool:
        """Return whether this language itself has a message for `key`."""
        return self._catalogue.gettext(key) != key


@cache
def translations(language: str = FALLBACK) -> Translations:
    """Return the messages of `language` ("zh_CN" or "en"); read once."""
    return Translations(language)


def catalogue_files(language: str) -> list[Path]:
    """Return the .po files of one language: one per theme."""
    return sorted((LOCALE / language / "LC_MESSAGES").glob("*.po"))


@cache
def message_ids(language: str) -> frozenset[str]:
    """Return the ids of one language's messages, without parsing the catalogue, which takes 0.1 s of a processor."""
    texts = (path.read_text(encoding="utf-8") for path in catalogue_files(language))
    return frozenset(message_id for text in texts for message_id in _MESSAGE_ID.findall(text))


@cache
def _catalogue(language: str) -> gettext.GNUTranslations:
    # The .po files are compiled in memory: no build step, and a school can edit a message with any editor. They become
    # one catalogue, because each message of a page would otherwise be looked up in one file after the other.
    files = catalogue_files(language)
    if not files:
        raise FileNotFoundError(f"No .po files for {language} under {LOCALE}; the installation is incomplete.")
    parts = [polib.pofile(str(path)) for path in files]
    merged = polib.POFile()
    merged.metadata = parts[0].metadata
    merged.extend({entry.msgid: entry for part in reversed(parts) for entry in part}.values())
    return gettext.GNUTranslations(io.BytesIO(merged.to_binary()))
