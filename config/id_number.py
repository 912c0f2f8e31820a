"""Numbers of identity documents: their types, normalization and validation.

Resident cards (GB 11643-1999, 18 characters), the residence permits of Hong Kong, Macao and Taiwan (area codes 810000,
820000, 830000) and the permanent residence cards of 2023 (first digit 9) share one form and one check character.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final

from config.text_normalization import character_name, fold_to_latin, normalize_text, remove_whitespace

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS: Final = "10X98765432"
_RESIDENT_18: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_PERMANENT_2017: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
_RETURN_PERMIT: Final = re.compile(r"[HM][0-9]{8}")
_RETURN_PERMIT_WITH_ISSUE: Final = re.compile(r"[HM][0-9]{10}")
_TAIWAN_PERMIT: Final = re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?|T[0-9]{8,10}[A-Z]?")
_PASSPORT: Final = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,14}")
_PASSPORT_BY_FORM: Final = re.compile(r"[A-Z]{1,3}[0-9]{6,9}[A-Z]?|[A-Z][0-9]{2}[A-Z]{2}[0-9]{4}")
_NINE_DIGITS: Final = re.compile(r"[0-9]{9}")  # passports of the United States and others
_OTHER: Final = re.compile(r"(?=.*[0-9])(?=(?:.*[A-Z0-9]){4})[A-Z0-9/]{4,30}")
_VISIBLE_PREFIX: Final = 3
_VISIBLE_SUFFIX: Final = 4
_REMOVED_CHARACTERS: Final = str.maketrans("×✕✖", "XXX", "()[]{}-‐‑‒–—―−'`‘’\"“”.。,，、;；")
"""Brackets, hyphens, stops and quotation marks: some people write them, but they are never part of a number."""


class DocumentType(StrEnum):
    """The type of an identity document. The value is stored and sent to the server."""

    RESIDENT = "resident"
    RESIDENCE_PERMIT = "residence_permit"
    RETURN_PERMIT = "return_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PASSPORT = "passport"
    PERMANENT_RESIDENCE = "permanent_residence"
    OTHER = "other"


_RESIDENT_TYPES: Final = (DocumentType.RESIDENT, DocumentType.RESIDENCE_PERMIT, DocumentType.PERMANENT_RESIDENCE)
_HMT_AREAS: Final = ("810000", "820000", "830000")
_FORMATS: Final = {
    DocumentType.RETURN_PERMIT: _RETURN_PERMIT,
    DocumentType.TAIWAN_PERMIT: _TAIWAN_PERMIT,
    DocumentType.PASSPORT: _PASSPORT,
    DocumentType.OTHER: _OTHER,
}


def check_character(first_17: str) -> str:
    """Compute the 18th character by ISO 7064 MOD 11-2 (GB 11643-1999, 4.2). Raises ValueError unless given 17 digits.

    >>> check_character("11010519491231002"), check_character("44052418800101001")
    ('X', '4')
    """
    if not re.fullmatch(r"[0-9]{17}", first_17):
        raise ValueError("A check character is computed from 17 digits.")
    return _CHECK_CHARACTERS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True)) % 11]


def make_number(area: str, birth: date, serial: int) -> str:
    """Make an 18-character number of a six-digit area code, a date of birth and a serial of 0 to 999.

    >>> make_number("990101", date(2003, 5, 9), 12)
    '990101200305090121'
    """
    if not re.fullmatch(r"[0-9]{6}", area) or not 0 <= serial <= 999:
        raise ValueError("A number needs an area code of six digits and a serial of 0 to 999.")
    first_17 = f"{area}{birth:%Y%m%d}{serial:03d}"
    return first_17 + check_character(first_17)


def mask_number(number: str) -> str:
    """Mask a number for screens and logs: the first three and the last four characters stay visible. A number that is
    too short is masked completely.

    >>> mask_number("990101200305090121"), mask_number("12345")
    ('990***********0121', '*****')
    """
    hidden = len(number) - _VISIBLE_PREFIX - _VISIBLE_SUFFIX
    if hidden < _VISIBLE_SUFFIX:
        return "*" * len(number)
    return number[:_VISIBLE_PREFIX] + "*" * hidden + number[-_VISIBLE_SUFFIX:]


def normalize_number(number: str) -> str:
    """Normalize a number for comparison: capital ASCII letters and digits, without blanks, brackets, hyphens, stops and
    invisible characters.

    A Mainland travel permit keeps its nine characters for life; the issue number that older lists append is removed.

    >>> normalize_number(" 99010120030102 002ｘ\\u200b"), normalize_number("H12345678（01）")
    ('99010120030102002X', 'H12345678')
    """
    cleaned = remove_whitespace(fold_to_latin(normalize_text(number).upper()).translate(_REMOVED_CHARACTERS))
    return cleaned[:9] if _RETURN_PERMIT_WITH_ISSUE.fullmatch(cleaned) else cleaned


def last_four(number: str) -> str:
    """Return the last four characters, which a student types to confirm their identity.

    >>> last_four("EA1234567"), last_four("99010120030102002x")
    ('4567', '002X')
    """
    return normalize_number(number).replace("/", "")[-4:]


def document_type_of(number: str) -> DocumentType | None:
    """Return the document type that a normalized number's form implies; None if it fits several types or none.

    >>> document_type_of("EA1234567").value, document_type_of("H12345678").value, document_type_of("12345678")
    ('passport', 'return_permit', None)
    """
    if _RESIDENT_18.fullmatch(number):
        if number[:6] in _HMT_AREAS:
            return DocumentType.RESIDENCE_PERMIT
        return DocumentType.PERMANENT_RESIDENCE if _is_permanent_2023(number) else DocumentType.RESIDENT
    if _PERMANENT_2017.fullmatch(number):
        return DocumentType.PERMANENT_RESIDENCE
    if _RETURN_PERMIT.fullmatch(number):
        return DocumentType.RETURN_PERMIT
    return DocumentType.PASSPORT if _PASSPORT_BY_FORM.fullmatch(number) else None


def number_error(number: str, document_type: DocumentType | None = None) -> str:
    """Return the error of a normalized number, or "". Without `document_type` the form of the number decides.

    "character" (not allowed in any number), "form", "birth", "check", "ambiguous" (the type has to be given), "type"
    (the number belongs to another type).
    """
    if invalid_character(number):
        return "character"
    detected = document_type_of(number)
    if document_type in (None, DocumentType.OTHER, *_RESIDENT_TYPES) and _RESIDENT_18.fullmatch(number):
        return _resident_number_error(number)
    if document_type is None:
        return "" if detected is not None else _unknown_type_error(number)
    if document_type in _RESIDENT_TYPES:
        matches = document_type is DocumentType.PERMANENT_RESIDENCE and detected is document_type
        return "" if matches else ("type" if detected in _FORMATS else "form")
    if _RESIDENT_18.fullmatch(number):
        return "type"
    return "" if _FORMATS[document_type].fullmatch(number) else "form"


def is_valid_number(number: str) -> bool:
    """Return whether the number is valid for the type that its form implies."""
    return document_type_of(number) is not None and not number_error(number)


def has_card_number_format(number: str) -> bool:
    """Return whether the number has the form of a machine-readable card: 18 characters, or the 15 of a foreign
    permanent resident's card of 2017. The check character is not tested."""
    return document_type_of(number) in _RESIDENT_TYPES


def is_valid_card_number(number: str) -> bool:
    """Return whether a card number has a valid date of birth and check character; 15 characters need only the form."""
    return has_card_number_format(number) and not number_error(number)


def invalid_character(number: str) -> str:
    """Return the `character_name` of the first character that is not allowed in any number; "" if there is none."""
    return next((character_name(c) for c in number if not re.match(r"[0-9A-Z/]", c)), "")


def has_resident_format(number: str) -> bool:
    """Return whether the number has the 18 characters of a resident card; the check character is not tested."""
    return bool(_RESIDENT_18.fullmatch(number))


def _is_permanent_2023(number: str) -> bool:
    """Return whether the number begins with 9, a province (11 to 65) and a country (three digits).

    The invented area 990101 does not match."""
    return number[0] == "9" and 11 <= int(number[1:3]) <= 65


def _resident_number_error(number: str) -> str:
    if check_character(number[:17]) != number[17]:
        return "check"
    return "" if _is_date(number[6:14]) else "birth"


def _is_date(digits: str) -> bool:
    """Return whether YYYYMMDD is a valid date."""
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _unknown_type_error(number: str) -> str:
    if _TAIWAN_PERMIT.fullmatch(number) or _NINE_DIGITS.fullmatch(number):
        return "ambiguous"
    return "ambiguous" if _PASSPORT.fullmatch(number) and not number.isdecimal() else "form"


def normalize_student_no(student_no: str) -> str:
    """Normalize a student number (学号) for storage and comparison: ASCII, no blanks; letters keep their case.

    >>> normalize_student_no(" ００２２０01\u200b")
    '0022001'
    """
    return remove_whitespace(normalize_text(student_no))
