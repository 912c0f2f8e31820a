"""Normalize text that people type, paste and export: one rule for rosters, cards, codes and screens.

Invisible marks (zero-width blanks, writing directions, byte order marks) are removed; full-width letters become plain
ones (Unicode NFKC); letters of other scripts that look the same become Latin ones where only Latin ones are possible.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_INVISIBLE_CATEGORIES: Final = ("Cf", "Cc", "Cn", "Cs")
"""Unicode categories of invisible characters."""
_VARIATION_SELECTORS: Final = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_FILLERS: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_INVISIBLE_AND_PRINTABLE: Final = re.compile(
    f"[{_FILLERS}{''.join(f'{chr(first)}-{chr(last)}' for first, last in _VARIATION_SELECTORS)}]"
)
"""Invisible characters outside these categories, for which str.isprintable is true."""

_IDEOGRAPHIC_PLANES: Final = ((0x20000, 0x2FFFD), (0x30000, 0x3FFFD))
"""Planes 2 and 3 contain only ideographs. Python's tables are older than some names: 3.11 has Unicode 14, without the
extensions H (2022), I (2023, characters of Chinese identity documents) and J, and calls them unassigned."""

# Unicode's confusables.txt lists many more; these are capitals and digits that fonts draw exactly alike.
_CONFUSABLES: Final = str.maketrans(
    "АВЕКМНОРСТУХІЈЅԌԛԜаеорсухіјѕ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοχ",
    "ABEKMHOPCTYXIJSGQWaeopcyxijs" + "ABEZHIKMNOPTYXox",
)


def strip_invisible(text: str) -> str:
    """Remove invisible characters; blanks of every kind and line ends stay.

    >>> strip_invisible("\\u202d王明\\u202c\\u200b")
    '王明'
    """
    if text.isprintable() and not _INVISIBLE_AND_PRINTABLE.search(text):
        return text
    return "".join(character for character in text if character.isspace() or not _is_invisible(character))


def is_ideograph_of_later_unicode(character: str) -> bool:
    """Return whether Python's tables lack the character although it is, or will be, an ideograph.

    >>> is_ideograph_of_later_unicode("\\U0002ebf0"), is_ideograph_of_later_unicode("\\u2fff")
    (True, False)
    """
    in_planes = any(first <= ord(character) <= last for first, last in _IDEOGRAPHIC_PLANES)
    return in_planes and unicodedata.category(character) == "Cn"


def normalize_text(text: str) -> str:
    """Apply NFKC and remove invisible characters: full-width letters and digits become ASCII, every blank a space.

    >>> normalize_text("\\ufeff００２２０Ｘ")
    '00220X'
    """
    if _is_printable_ascii(text):
        return text
    return strip_invisible(unicodedata.normalize("NFKC", strip_invisible(text)))


def remove_whitespace(text: str) -> str:
    """Remove all blanks and join letters with their accents (NFC)."""
    return unicodedata.normalize("NFC", "".join(text.split()))


def fold_to_latin(text: str) -> str:
    """Replace Cyrillic and Greek letters by the Latin ones that they look like, and digits of all scripts by 0 to 9.

    >>> fold_to_latin("99010120030102002Х"), fold_to_latin("١٢")
    ('99010120030102002X', '12')
    """
    if text.isascii():
        return text
    translated = text.translate(_CONFUSABLES)
    return "".join(_as_digit(character) for character in translated)


def character_name(character: str) -> str:
    """Describe a character for a message: itself, its code point and its Unicode name.

    >>> character_name("О")
    'О (U+041E CYRILLIC CAPITAL LETTER O)'
    """
    name = unicodedata.name(character, "")
    shown = character if character.isprintable() and not character.isspace() else ""
    return f"{shown} (U+{ord(character):04X}{' ' if name else ''}{name})".strip()


def _is_printable_ascii(text: str) -> bool:
    """Return whether the text is printable ASCII, like most numbers, so that nothing has to be done."""
    return text.isascii() and text.isprintable()


@lru_cache(10_000)
def _is_invisible(character: str) -> bool:
    if is_ideograph_of_later_unicode(character):
        return False
    if unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _FILLERS:
        return True
    return any(first <= ord(character) <= last for first, last in _VARIATION_SELECTORS)


def _as_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
