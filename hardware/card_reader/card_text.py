"""The 256 bytes of text on a resident card: four layouts, UTF-16LE, padded with blanks (GA/T 490 and its successors).

Only name, number, kind and validity leave this module: the campaign needs no more. The roster is searched by the number
alone, so one of a foreigner's two names is enough: the Chinese one, under which a school enrols, and the English one
only if the card has no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from config.id_number import has_card_number_format
from hardware.card_reader.api import CardReading, ReaderProblem

TEXT_BYTES: Final = 256
_FLAG: Final = slice(248, 250)
_PADDING: Final = " \0\u3000"


class Layout(Enum):
    """The card's holder, by the character at byte 248."""

    MAINLAND = " "
    HMT = "J"
    FOREIGN_2017 = "I"
    FOREIGN_2023 = "Y"


_COMMON_FIELDS: Final = {"name": (0, 30), "sex": (30, 2), "nation": (32, 4), "birth": (36, 16)}
_VALIDITY_FIELDS: Final = {"valid_from": (188, 16), "valid_to": (204, 16)}
FIELDS: Final[Mapping[Layout, Mapping[str, tuple[int, int]]]] = MappingProxyType(
    {
        Layout.MAINLAND: {
            **_COMMON_FIELDS,
            "address": (52, 70),
            "number": (122, 36),
            "authority": (158, 30),
            **_VALIDITY_FIELDS,
        },
        Layout.HMT: {
            **_COMMON_FIELDS,
            "address": (52, 70),
            "number": (122, 36),
            "authority": (158, 30),
            **_VALIDITY_FIELDS,
            "pass_number": (220, 18),
            "issues": (238, 4),
        },
        Layout.FOREIGN_2017: {
            "english_name": (0, 120),
            "sex": (120, 2),
            "number": (122, 30),
            "nationality": (152, 6),
            "name": (158, 30),
            **_VALIDITY_FIELDS,
            "birth": (220, 16),
            "version": (236, 4),
            "office": (240, 8),
        },
        Layout.FOREIGN_2023: {
            "name": (0, 30),
            "sex": (30, 2),
            "issues": (32, 4),
            "birth": (36, 16),
            "english_name": (52, 70),
            "number": (122, 36),
            **_VALIDITY_FIELDS,
            "english_name_more": (220, 22),
            "nationality": (242, 6),
        },
    }
)
"""Field name -> (offset, length) in bytes. `nation` of a HMT card is reserved and blank."""
_KINDS: Final = {
    Layout.MAINLAND: "mainland",
    Layout.HMT: "hmt",
    Layout.FOREIGN_2017: "foreign",
    Layout.FOREIGN_2023: "foreign",
}


def parse_text(text: bytes, today: date | None = None) -> CardReading:
    """Parse name, number and kind from a card's text, and whether its last day was before `today` (None: not checked).

    A card without a readable last day (长期, blank) counts as valid: the number identifies its holder.

    Raises ReaderProblem (reader.garbled) if the text is not 256 bytes, not UTF-16, or without name or number. The check
    character is not validated here: the roster decides.
    """
    if len(text) != TEXT_BYTES:
        raise ReaderProblem("reader.garbled")
    try:
        layout = _layout(text)
        name = _field(text, layout, "name") or _english_name(text, layout)
        number = _field(text, layout, "number").upper()
        last_day = _date(_field(text, layout, "valid_to"))
    except UnicodeDecodeError as error:
        raise ReaderProblem("reader.garbled") from error
    if not name or not has_card_number_format(number):
        raise ReaderProblem("reader.garbled")
    expired = today is not None and last_day is not None and last_day < today
    return CardReading(name, number, _KINDS[layout], expired)


def encode_text(layout: Layout, fields: Mapping[str, str]) -> bytes:
    """Build the 256 bytes of a card with these fields, for simulators and tests; other fields are blank.

    Raises KeyError for a field that the layout does not have, and ValueError for one that does not fit.
    """
    text = bytearray(" ".encode("utf-16-le") * (TEXT_BYTES // 2))
    for name, value in fields.items():
        offset, length = FIELDS[layout][name]
        encoded = value.encode("utf-16-le")
        if len(encoded) > length:
            raise ValueError(f"{name} has room for {length // 2} characters.")
        text[offset : offset + len(encoded)] = encoded
    text[_FLAG] = layout.value.encode("utf-16-le")
    return bytes(text)


def _layout(text: bytes) -> Layout:
    flag = text[_FLAG].decode("utf-16-le")
    return next((layout for layout in Layout if layout.value == flag), Layout.MAINLAND)


def _field(text: bytes, layout: Layout, name: str) -> str:
    return _field_with_padding(text, layout, name).strip(_PADDING)


def _field_with_padding(text: bytes, layout: Layout, name: str) -> str:
    offset, length = FIELDS[layout][name]
    return text[offset : offset + length].decode("utf-16-le")


def _date(digits: str) -> date | None:
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return None


def _english_name(text: bytes, layout: Layout) -> str:
    parts = ("english_name", "english_name_more")
    return "".join(_field_with_padding(text, layout, part) for part in parts if part in FIELDS[layout]).strip(_PADDING)
