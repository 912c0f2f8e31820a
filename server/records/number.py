"""ID numbers: their form, their keyed hash and their sealing. The plain number exists only in memory."""

from __future__ import annotations

import base64
import re
import unicodedata
from datetime import date
from typing import Final

from cryptography.fernet import Fernet
from django.conf import settings

from kiosk.upload.envelope import number_hash
from server.keys import secret

# GB 11643-1999, ISO 7064 MOD 11-2.
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS: Final = "10X98765432"
_RESIDENT: Final = re.compile(r"[0-9]{17}[0-9X]")
# Permanent residence cards of before 2023: three letters, twelve digits.
_PERMANENT: Final = re.compile(r"[A-Z]{3}[0-9]{12}")


def check_character(first_17: str) -> str:
    """The 18th character of a resident ID number.

    >>> check_character("11010519491231002"), check_character("44052418800101001")
    ('X', '4')
    """
    return CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_17, strict=True)) % 11]


def tidy(number: str) -> str:
    """The number as it is compared: no blanks, its letters upper case, full-width characters as plain ones."""
    return "".join(unicodedata.normalize("NFKC", number).split()).upper()


def fault(number: str) -> str:
    """The word key of what is wrong with a tidy number, or "" for a number that can be right."""
    if _PERMANENT.fullmatch(number):
        return ""
    if not _RESIDENT.fullmatch(number):
        return "roster.number_form"
    if check_character(number[:17]) != number[17]:
        return "roster.number_check"
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "roster.number_birth"
    return ""


def roster_key() -> str:
    """The key (hex) of the hashes by which this server and its stations look students up."""
    return secret(settings.KEYS, "roster")


def hash_of(number: str) -> str:
    return number_hash(roster_key(), tidy(number))


def sealed(number: str) -> str:
    """The number encrypted (Fernet) with the key that only this server's user can read."""
    return _fernet().encrypt(tidy(number).encode("ascii")).decode("ascii")


def opened(seal: str) -> str:
    """The number out of `sealed`; cryptography's InvalidToken where the key is another one."""
    return _fernet().decrypt(seal.encode("ascii")).decode("ascii")


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(secret(settings.KEYS, "number"))))
