"""The numbers on cards that a reader or a camera reads: 18 characters (GB 11643-1999), or the 15 of a foreign permanent
resident's card of 2017. Rosters know more kinds: config.id_number."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from config.id_number import check_character, has_resident_format, is_date

_RESIDENT_2017: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
_VISIBLE_PREFIX: Final = 3
_VISIBLE_SUFFIX: Final = 4


def has_number_format(number: str) -> bool:
    """Whether the characters have the shape of an identity number, whatever its check character says."""
    return bool(has_resident_format(number) or _RESIDENT_2017.fullmatch(number))


def is_valid_number(number: str) -> bool:
    """Shape, date of birth and check character; of the 15-character form the shape alone.

    Residents of Hong Kong, Macao and Taiwan (area codes 81, 82, 83) and foreigners since 2023 (first digit 9) follow
    the same 18-character rule.
    """
    if _RESIDENT_2017.fullmatch(number):
        return True
    if not has_resident_format(number):
        return False
    return is_date(number[6:14]) and check_character(number[:17]) == number[17]


def make_number(area: str, birth: date, serial: int) -> str:
    """An 18-character number of a six-digit area code, a date of birth and a serial of 0 to 999.

    >>> make_number("990101", date(2003, 5, 9), 12)
    '990101200305090121'
    """
    if not re.fullmatch(r"[0-9]{6}", area) or not 0 <= serial <= 999:
        raise ValueError("A number needs an area code of six digits and a serial of 0 to 999.")
    first_17 = f"{area}{birth:%Y%m%d}{serial:03d}"
    return first_17 + check_character(first_17)


def mask_number(number: str) -> str:
    """For screens and logs: the first three and the last four characters. Too short a number shows nothing.

    >>> masked_number("990101200305090121"), masked_number("12345")
    ('990***********0121', '*****')
    """
    hidden = len(number) - _VISIBLE_PREFIX - _VISIBLE_SUFFIX
    if hidden < _VISIBLE_SUFFIX:
        return "*" * len(number)
    return number[:_VISIBLE_PREFIX] + "*" * hidden + number[-_VISIBLE_SUFFIX:]
