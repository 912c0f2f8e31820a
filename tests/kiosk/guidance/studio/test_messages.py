"""Every finding has a message in both languages, with its values."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

import kiosk
from config.i18n import LANGUAGES, catalogue_files, translations

ROOT = Path(kiosk.__file__).parent
SIDES = ("left", "right", "up", "down")
KEY_ENDINGS = {
    "studio.edge.": SIDES,
    "studio.backdrop.": (*(f"{side}_darker" for side in SIDES), "left_warmer", "right_warmer"),
    "studio.lamp.": (*(f"{side}_weaker" for side in SIDES), "left_off", "right_off"),
    "studio.drift.": tuple(f"{side}_{how}" for side in ("left", "right") for how in ("weaker", "stronger")),
    "studio.drift.camera_": SIDES,
    "studio.kind.": ("empty", "card", "helper"),
    "studio.check.": ("empty", "card", "helper"),
}


def keys_of(language: str) -> dict[str, str]:
    path = next(path for path in catalogue_files(language) if path.stem == "studio")
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}


def used_keys() -> set[str]:
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'"(studio\.[a-z_.]+[a-z])"', text))
        for start in re.findall(r'f"(studio\.[a-z_.]+)\{', text):
            found |= {start + end for end in KEY_ENDINGS[start]}
    return found - {"studio.toml"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_has_a_message(language: str) -> None:
    assert len(used_keys()) > 40
    assert sorted(used_keys() - set(keys_of(language))) == []


def test_no_message_is_unused() -> None:
    assert sorted(set(keys_of("en")) - used_keys()) == []


def test_the_message_contains_the_measured_values() -> None:
    message = translations("en").translate("studio.backdrop.left_darker", percent=32, stops=0.5, cm=30)
    assert "32 %" in message
    assert "30 cm" in message
