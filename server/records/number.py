"""ID numbers: their form, their keyed hash and their sealing. The plain number exists only in memory."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Final

from django.conf import settings

from kiosk.upload.envelope import NumberHashing, number_hash
from kiosk.upload.number_hashing import slow_hash
from server.encryption import decrypted, encrypted

# GB 11643-1999, ISO 7064 MOD 11-2.
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS: Final = "10X98765432"
_RESIDENT: Final = re.compile(r"[0-9]{17}[0-9X]")
SCRYPT_N: Final = 1 << 11
PEPPERS: Final = 32
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
    """The key (hex) of `Student.number_hash`. Stations that were paired with 86a4649 have it, too."""
    key: str = settings.KEY_STORE.oldest("roster")
    return key


def hash_of(number: str) -> str:
    """By which this server finds a student; it never leaves the server, but for stations of 86a4649."""
    return number_hash(roster_key(), tidy(number))


def hashing() -> NumberHashing:
    """How the stations of this server hash ID numbers. Fixed for the life of the data: the hashes are stored."""
    salt = bytes.fromhex(settings.KEY_STORE.oldest("salt"))[:16].hex()
    return NumberHashing(salt=salt, n=SCRYPT_N, r=8, p=1, peppers=PEPPERS)


def slow_hash_of(number: str) -> str:
    """The slow hash of a number with its own pepper, which only this server knows, as hex."""
    key = bytes.fromhex(settings.KEY_STORE.oldest("pepper"))
    pepper = hmac.new(key, tidy(number).encode(), hashlib.sha256).digest()[0] % PEPPERS
    return slow_hash(tidy(number), hashing(), pepper).hex()


def slow_hashes_of(numbers: Sequence[str]) -> list[str]:
    """`slow_hash_of` each, on all processors: scrypt runs outside Python's lock."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(slow_hash_of, numbers))


def sealed(number: str) -> str:
    """The number encrypted (Fernet) with a key that only this server's user can read."""
    return encrypted("number", tidy(number))


def opened(seal: str) -> str:
    """The number out of `sealed`; cryptography's InvalidToken where no key is the right one."""
    return decrypted("number", seal)
