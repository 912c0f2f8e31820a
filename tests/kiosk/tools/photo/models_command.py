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


def models_command(*given: object, language: str = "en") -> int:
    own = partial(TranslatedParser, translations=translations(language))
    top = own(prog="zhengguan photo")
    add_language(top, language)
    models.add_parser(top.add_subparsers(parser_class=own))
    top.translate_texts()
    arguments = top.parse_args(["models", *map(str, given)])
    return int(arguments.run(arguments))


def problem_of(*given: object) -> Problem:
    with pytest.raises(Problem) as raised:
        models_command(*given)
    for language in ("en", "zh_CN"):
        sentence = raised.value.in_language(language)
        assert "\n" not in sentence
        assert "{" not in sentence
    return raised.value


def file_names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def flip_byte(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
