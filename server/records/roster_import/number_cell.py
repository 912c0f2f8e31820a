"""Parse the ID number in one line of a roster: the normalized number, or why it is rejected."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from config.id_number import (
    DocumentType,
    has_resident_format,
    invalid_character,
    normalize_number,
    number_error,
)
from config.text_normalization import character_name

_SCIENTIFIC: Final = re.compile(r"[0-9]([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_FORMULA: Final = re.compile(r"\s*=\s*[\"“”](.*)[\"“”]\s*", re.DOTALL)
_WHOLE_NUMBER: Final = re.compile(r"([0-9]+)\.0+")


@dataclass(frozen=True)
class ParsedNumber:
    """`reason` is a key `roster.<reason>` with its `values`, or ""."""

    number: str = field(repr=False)
    reason: str = ""
    values: dict[str, object] = field(default_factory=dict)


def strip_formula(cell: str) -> str:
    """Unwrap a number that a program wrote as a text formula: `="0022004"` is 0022004.

    >>> strip_formula('="0022004"'), strip_formula("'0022004"), strip_formula("22001.0")
    ('0022004', '0022004', '22001')
    """
    formula = _FORMULA.fullmatch(cell)
    text = (formula[1] if formula else cell).strip()
    whole = _WHOLE_NUMBER.fullmatch(text)
    return whole[1] if whole else text.lstrip("'‘’`")


def parse_number(cell: str, damage: str, document_type: DocumentType | None) -> ParsedNumber:
    """Parse a cell. `damage` is that of server.records.tables.table.Line; `document_type` is the roster's, or None."""
    text = strip_formula(cell)
    if damage == "cut" or _SCIENTIFIC.fullmatch(text):
        return ParsedNumber("", reason="number_cut")
    if damage == "date":
        return ParsedNumber("", reason="cell_date")
    number = normalize_number(text)
    fault = number_error(number, document_type)
    if not fault:
        return ParsedNumber(number)
    if fault == "check" and looks_truncated(number):
        return ParsedNumber(number, reason="number_cut")
    if fault == "form" and len(number) == 18 and (wrong := _first_non_digit(number)):
        return ParsedNumber("", reason="number_character", values={"character": wrong})
    if fault == "character":
        return ParsedNumber("", reason="number_character", values={"character": invalid_character(number)})
    return ParsedNumber("", reason=f"number_{fault}", values={"length": len(number)})


def _first_non_digit(number: str) -> str:
    """Return the character in place of a digit in a number of 18 characters, such as O for 0."""
    return next((character_name(one) for one in number[:17] if not one.isdecimal()), "")


def looks_truncated(number: str) -> bool:
    """Detect truncation: Excel keeps 15 digits of a number and writes zeros for the rest, so 18 characters end in 000.

    >>> looks_truncated("990101200301011000"), looks_truncated("990101200301020011")
    (True, False)
    """
    return has_resident_format(number) and number.endswith("000")
