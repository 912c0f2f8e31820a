"""Protection of ID numbers: keyed hashes and encryption. The plain number exists in memory only."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.conf import settings

from config.id_number import normalize_number
from kiosk.upload.number_hashing import number_hash, slow_hash
from kiosk.upload.roster_payload import NumberHashing
from server.secrets.encryption import decrypt, encrypt

SCRYPT_N: Final = 1 << 11
PEPPERS: Final = 32


def roster_key() -> str:
    """Return the key (hex) of `Student.id_number_hmac`. Stations that were paired with 86a4649 have it, too."""
    return settings.KEY_STORE.oldest("roster")


def keyed_hash(number: str) -> str:
    """Return the hash by which this server finds a student; only stations of 86a4649 receive it."""
    return number_hash(roster_key(), normalize_number(number))


def hashing_parameters() -> NumberHashing:
    """Return the parameters with which stations hash ID numbers. They never change, because the hashes are stored."""
    salt = bytes.fromhex(settings.KEY_STORE.oldest("salt"))[:16].hex()
    return NumberHashing(salt=salt, n=SCRYPT_N, r=8, p=1, peppers=PEPPERS)


def slow_keyed_hash(number: str) -> str:
    """Return the slow hash (hex) of a number with its own pepper, which only this server has."""
    key = bytes.fromhex(settings.KEY_STORE.oldest("pepper"))
    pepper = hmac.new(key, normalize_number(number).encode(), hashlib.sha256).digest()[0] % PEPPERS
    return slow_hash(normalize_number(number), hashing_parameters(), pepper).hex()


def slow_keyed_hashes(numbers: Sequence[str]) -> list[str]:
    """Apply `slow_keyed_hash` to each on all processors: scrypt releases Python's lock."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(slow_keyed_hash, numbers))


def encrypt_number(number: str) -> str:
    """Encrypt the number (Fernet) with a key that only this server's user can read."""
    return encrypt("number", normalize_number(number))


def decrypt_number(token: str) -> str:
    """Decrypt the result of `encrypt_number`. Raises cryptography's InvalidToken if no key fits."""
    return decrypt("number", token)
