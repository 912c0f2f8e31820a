"""Every message of this package exists in both languages and can be filled."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from config.i18n import LOCALE, translations
from kiosk.upload.eligibility import REASONS_BY_PRIORITY
from tests.paths import ROOT

PACKAGE = ROOT / "kiosk" / "upload"
KEYS = sorted(
    {
        key
        for path in PACKAGE.rglob("*.py")
        for key in re.findall(r'"((?:upload|encryption|roster)\.[a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    | {f"roster.{reason}" for reason in REASONS_BY_PRIORITY}
)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_has_a_sentence_in_both_languages_with_the_same_fields(key: str) -> None:
    assert translations("zh_CN").has(key)
    assert translations("en").has(key)
    assert fields(translations("zh_CN").translate(key)) == fields(translations("en").translate(key))


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_message_is_used(language: str) -> None:
    text = (LOCALE / language / "LC_MESSAGES" / "upload.po").read_text(encoding="utf-8")
    assert set(re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)) == set(KEYS)
