"""The machine-readable zone of passports (TD3, 2 lines of 44) and of travel cards (TD1, 3 lines of 30).

ICAO Doc 9303, parts 3 to 5. Every number in it has a check digit: weights 7 3 1, digits as themselves, A-Z as 10-35,
`<` as 0, modulo 10.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from config.document_reader.api import DocumentReading

FILLER: Final = "<"
_TD3_LENGTH: Final = 44
_TD1_LENGTH: Final = 30
_WEIGHTS: Final = (7, 3, 1)
_AS_FILLER: Final = str.maketrans(
    {"«": "<<", "《": "<", "〈": "<", "＜": "<", "‹": "<", "(": "<", "{": "<", "[": "<", "く": "<", "ㄑ": "<"}
)
_AS_LETTER: Final = str.maketrans("01258", "OIZSB")
_AS_DIGIT: Final = str.maketrans("OQDIZSBG", "00012586")
_ALLOWED: Final = re.compile(r"[0-9A-Z<]+")


@dataclass(frozen=True)
class _Field:
    """One number and its check digit: (start, end) and the position of the digit, in the line of that index."""

    line: int
    start: int
    end: int
    check: int
    digits_only: bool = False


_TD3_FIELDS: Final = (
    _Field(1, 0, 9, 9),
    _Field(1, 13, 19, 19, digits_only=True),
    _Field(1, 21, 27, 27, digits_only=True),
)
_TD1_FIELDS: Final = (
    _Field(0, 5, 14, 14),
    _Field(1, 0, 6, 6, digits_only=True),
    _Field(1, 8, 14, 14, digits_only=True),
)


def check_digit(text: str) -> str:
    """Compute the check digit of `text`.

    >>> check_digit("L898902C3"), check_digit("740812")
    ('6', '2')
    """
    values = (0 if c == FILLER else int(c, 36) for c in text)
    return str(sum(value * _WEIGHTS[at % 3] for at, value in enumerate(values)) % 10)


def read_mrz(rows: Sequence[str]) -> DocumentReading | None:
    """Return the fields of the zone among `rows` (lines of text from top to bottom), or None if no zone is complete.

    Similar letters and digits are distinguished by their position; missing or surplus fillers are corrected, because
    the length of a line is fixed. After that all check digits must agree.
    """
    lines = [line for line in map(_clean, rows) if line]
    for first, second in pairwise(lines):
        reading = _parse_passport(first, second)
        if reading is not None:
            return reading
    for three in zip(lines, lines[1:], lines[2:], strict=False):
        reading = _parse_travel_card(*three)
        if reading is not None:
            return reading
    return None


def _clean(row: str) -> str:
    line = row.replace(" ", "").translate(_AS_FILLER).upper()
    return line if len(line) >= 20 and _ALLOWED.fullmatch(line) else ""


def _parse_passport(first: str, second: str) -> DocumentReading | None:
    if not first.startswith("P") or len(first) < 30:
        return None
    chinese = first[2:5].translate(_AS_LETTER) == "CHN"
    for line in _fit_length(second, _TD3_LENGTH, tail=(28, 42)):
        corrected = _correct_fields(("", _correct_chinese_number(line) if chinese else line), _TD3_FIELDS)
        if corrected is None:
            continue
        line = corrected[1]
        corrected_line = line[0:10] + line[13:20] + line[21:43]
        if check_digit(corrected_line) == line[43].translate(_AS_DIGIT):
            return DocumentReading("passport", _strip_fillers(line[0:9]), _name(first[5:]))
    return None


def _correct_chinese_number(line: str) -> str:
    """Correct a letter read as a digit, and the reverse, in the form of Chinese passport numbers."""
    return line[0].translate(_AS_LETTER) + line[1] + line[2:9].translate(_AS_DIGIT) + line[9:]


def _parse_travel_card(first: str, second: str, third: str) -> DocumentReading | None:
    if first[0] not in "ACI":
        return None
    for top in _fit_length(first, _TD1_LENGTH, tail=(15, 30)):
        for middle in _fit_length(second, _TD1_LENGTH, tail=(18, 29)):
            corrected = _correct_fields((top, middle), _TD1_FIELDS[1:] if top[14] == FILLER else _TD1_FIELDS)
            number = _card_number(top)
            if corrected is None or number is None:
                continue
            top, line = corrected
            whole = top[5:30] + line[0:7] + line[8:15] + line[18:29]
            if check_digit(whole) == line[29].translate(_AS_DIGIT):
                return DocumentReading("travel_card", number, _name(third))
    return None


def _card_number(top: str) -> str | None:
    """Return the number of a card, which may be longer than its nine places: then `<` replaces the check digit, and the
    rest of the number with its check digit begins the optional part (part 5, 4.2.2, note j)."""
    if top[14] != FILLER:
        return _strip_fillers(top[5:14])
    rest = top[15:].partition(FILLER)[0]
    number, check = top[5:14] + rest[:-1], rest[-1:].translate(_AS_DIGIT)
    return number if len(rest) > 1 and FILLER not in number and check_digit(number) == check else None


def _fit_length(line: str, length: int, tail: tuple[int, int]) -> list[str]:
    """Return the line if it has its length; else the lines with fillers added to, or removed from, its optional
    part."""
    surplus = len(line) - length
    if surplus == 0:
        return [line]
    if abs(surplus) > 6:
        return []
    start, end = tail
    if surplus < 0:
        places = [at for at in range(start, min(end, len(line)) + 1)]
        return list(dict.fromkeys(line[:at] + FILLER * -surplus + line[at:] for at in places))
    run = FILLER * surplus
    places = [at for at in range(start, len(line)) if line.startswith(run, at)]
    return list(dict.fromkeys(line[:at] + line[at + surplus :] for at in places))


def _correct_fields(lines: tuple[str, str], fields: Sequence[_Field]) -> tuple[str, str] | None:
    """Return the lines with similar characters corrected, if every field then agrees with its check digit."""
    out = list(lines)
    for field in fields:
        line = out[field.line]
        check = line[field.check].translate(_AS_DIGIT)
        text = _correct_field(line[field.start : field.end], check, field.digits_only)
        if text is None:
            return None
        out[field.line] = line[: field.start] + text + line[field.end : field.check] + check + line[field.check + 1 :]
    return out[0], out[1]


def _correct_field(text: str, expected: str, digits_only: bool) -> str | None:
    """Return `text` if it has the check digit `expected`. Only digits are corrected: in a number of letters and digits
    nearly every other reading of a similar character can be made to agree, so a correction would invent numbers."""
    text = text.translate(_AS_DIGIT) if digits_only else text
    if expected == FILLER and not text.strip(FILLER):  # an unknown date, or a card that does not expire
        return text
    return text if check_digit(text) == expected else None


def _strip_fillers(number: str) -> str:
    return number.replace(FILLER, "")


def _name(text: str) -> str:
    """Return surname and given names with spaces, from `SURNAME<<GIVEN<NAMES<<<`. Text after that is fillers read as
    letters."""
    parts = text.translate(_AS_LETTER).strip(FILLER).split(FILLER * 2)[:2]
    return " ".join(" ".join(part.split(FILLER)).strip() for part in parts).strip()
