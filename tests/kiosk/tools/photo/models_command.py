"""`zhengguan photo models` as a test calls it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from config.cli import TranslatedParser, add_language
from config.errors import Problem
from config.i18n import translations
from kiosk.tools.photo import models
from tests.kiosk.capture.matting.tiny_network import mixing_network

MODEL = mixing_network()


def models_command(*words: object, language: str = "en") -> int:
    parser_class = partial(TranslatedParser, translations=translations(language))
    parser = parser_class(prog="zhengguan photo")
    add_language(parser, language)
    models.add_parser(parser.add_subparsers(parser_class=parser_class))
    parser.translate_texts()
    arguments = parser.parse_args(["models", *map(str, words)])
    return int(arguments.run(arguments))


def problem_of(*words: object) -> Problem:
    with pytest.raises(Problem) as raised:
        models_command(*words)
    for language in ("en", "zh_CN"):
        sentence = raised.value.in_language(language)
        assert "\n" not in sentence
        assert "{" not in sentence
    return raised.value


def file_names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def flip_byte(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
