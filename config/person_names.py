"""Names of people: how they are written in the roster, compared with a card, and masked for screens.

Cards, text recognition and school offices write the same name with different blanks, a different dot between the parts
of a name, or invisible marks. Normalization makes all of them the same.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from config.text_normalization import character_name, is_ideograph_of_later_unicode, normalize_text

HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DOTS: Final = "·•‧∙⋅●・.。﹒､、"
_DOT_BETWEEN: Final = re.compile(rf"(?<=[{HAN}])\s*[{_DOTS}]\s*(?=[{HAN}])")
_BLANKS: Final = re.compile(r"\s+")
_ONLY_HAN: Final = re.compile(rf"[{HAN}\s]+")
_MAX_SHORT_NAME: Final = 4
"""Han characters. Offices pad names of two characters to the width of three; a longer name with a blank in it is mostly
a name of two parts (买买提 吐尔逊), whose blank is significant."""
_REPLACEMENT_CHARACTERS: Final = "?\ufffd〓□■▯●*¿"
"""Characters that programs write for a missing character, and people for one that they cannot type."""


def normalize_name(name: str) -> str:
    """Return the name as it is stored, compared and masked.

    A short Chinese name loses all blanks; other names keep single blanks. Every dot between Chinese characters becomes
    U+00B7.

    >>> normalize_name(" 王　明\\u200b"), normalize_name("买买提 • 吐尔逊"), normalize_name("JOSÉ  GARCÍA")
    ('王明', '买买提·吐尔逊', 'JOSÉ GARCÍA')
    """
    spaced = _BLANKS.sub(" ", _map_private_use(normalize_text(name))).strip()
    dotted = _DOT_BETWEEN.sub("·", spaced)
    short = _ONLY_HAN.fullmatch(dotted) and len(dotted.replace(" ", "")) <= _MAX_SHORT_NAME
    return dotted.replace(" ", "") if short else dotted


def has_letter(name: str) -> bool:
    """Return whether a name has a letter of any script; digits and marks alone are no name."""
    return any(character.isalpha() or is_ideograph_of_later_unicode(character) for character in name)


def replacement_character(name: str) -> str:
    """Return the `character_name` of a character that replaces a lost one in a normalized name; "" if there is none.

    >>> replacement_character("王?"), replacement_character("王明")
    ('? (U+003F QUESTION MARK)', '')
    """
    for character in name:
        if character in _REPLACEMENT_CHARACTERS or unicodedata.category(character) == "Co":
            return character_name(character)
    return ""


def mask_name(name: str) -> str:
    """Mask a name for screens and logs: only the first and last character remain; of two characters, the last.

    >>> mask_name("王小明"), mask_name("李雷"), mask_name("李　雷")
    ('王*明', '*雷', '*雷')
    """
    name = normalize_name(name)
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return "*" + name[-1]
    return name[0] + "*" * (len(name) - 2) + name[-1]


# GB 18030-2000 left these 14 characters of GBK in Unicode's private area; the 2005 edition gave them code points.
_PRIVATE_USE_TO_UNICODE: Final = {
    0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7,
    0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE864: 0x9FBB,
}  # fmt: skip
_GBK_PRIVATE_USE_RANGE: Final = (0xE815, 0xE864)


def _map_private_use(name: str) -> str:
    """Replace characters that an old program put into Unicode's private area (䶮 as U+E863) by their code points."""
    return "".join(_map_private_use_character(character) for character in name)


def _map_private_use_character(character: str) -> str:
    first, last = _GBK_PRIVATE_USE_RANGE
    if not first <= ord(character) <= last:
        return character
    if (known := _PRIVATE_USE_TO_UNICODE.get(ord(character))) is not None:
        return chr(known)
    second = 0x50 + ord(character) - first
    second += second >= 0x7F  # no second byte is 7F
    return bytes((0xFE, second)).decode("gb18030")
