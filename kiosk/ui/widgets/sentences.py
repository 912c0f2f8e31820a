"""Splits the message of a problem: what happened, then what it means for the photo and what to do."""

from __future__ import annotations

import re
from typing import Final

_SENTENCE_END: Final = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+")


def first_sentence(text: str) -> str:
    return _sentences(text)[0] if text else ""


def other_sentences(text: str) -> str:
    """Put each sentence on its own line."""
    return "\n".join(_sentences(text)[1:])


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()]
