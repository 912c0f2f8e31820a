"""Taxpayer numbers (纳税人识别号) for invoices.

Organisations have the 18 characters of the unified social credit code (GB 32100-2015), whose last one is a check
character. Some older numbers have 15 or 20 characters and no check character.
"""

from __future__ import annotations

import re
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: without I, O, S, V, Z
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # powers of 3 modulo 31
_UNCHECKED: Final = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{20}")


def normalize_taxpayer_number(text: str) -> str:
    """Return the number in capitals without blanks and hyphens."""
    return re.sub(r"[\s-]", "", text).upper()


def is_taxpayer_number(number: str) -> bool:
    """Return whether a normalized number can be one.

    >>> is_taxpayer_number("91350100M000100Y43"), is_taxpayer_number("91350100M000100Y44")
    (True, False)
    """
    if len(number) != len(_WEIGHTS) + 1:
        return _UNCHECKED.fullmatch(number) is not None
    if any(character not in _ALPHABET for character in number):
        return False
    total = sum(weight * _ALPHABET.index(letter) for weight, letter in zip(_WEIGHTS, number, strict=False))
    return _ALPHABET[-total % 31] == number[-1]
