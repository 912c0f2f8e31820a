"""Verdicts and colours in words, for sheets, the terminal and the page."""

from __future__ import annotations

from config.i18n import Translations
from kiosk.guidance.verdict import Outcome, Verdict


def format_reason(verdict: Verdict, translations: Translations) -> str:
    """Return the reason of a verdict as a sentence; empty for a pass."""
    if not verdict.reason or verdict.outcome is Outcome.PASS:
        return ""
    sentence = as_sentence(translations.translate(verdict.reason), translations)
    if verdict.outcome is not Outcome.UNSURE:
        return sentence
    inside = sentence if sentence[:2].isupper() else sentence[:1].lower() + sentence[1:]
    return translations.translate("sheet.close_call", reason=inside)


def as_sentence(text: str, translations: Translations) -> str:
    """Return a reason as a sentence: some are phrases that follow a colon elsewhere."""
    stop = translations.translate("sheet.full_stop")
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((stop.strip(), ".", "。", "?", "？", "!", "！")) else whole + stop


def colour_name(name: str, translations: Translations) -> str:
    """Return the name of a standard's colour in the catalogue, else the one in the school's standard."""
    key = f"sheet.colour.{name}"
    return translations.translate(key) if translations.has(key) else name
