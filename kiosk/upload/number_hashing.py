"""The slow hash of ID numbers: searching a stolen roster takes years, looking up one card takes a moment.

An ID number has some 3.5e9 likely values (3,200 areas, three years of birth dates, 1,000 serial numbers), too few for a
fast hash. scrypt (RFC 7914) makes each try slow. A secret pepper makes it slower still for everybody who has to search
(station and thief), but not for the server, which knows the pepper of each number and hashes 20,000 students in
seconds: Udi Manber, "A simple scheme to make passwords based on one-way functions much harder to crack", 1996.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from config.id_number import normalize_number
from kiosk.upload.envelope import NumberHashing


def slow_hash(number: str, hashing: NumberHashing, pepper: int) -> bytes:
    """Return scrypt of an ID number (as config.id_number normalizes it) with this pepper: 32 bytes. Releases the
    GIL."""
    salt = bytes.fromhex(hashing.salt) + bytes([pepper])
    return hashlib.scrypt(
        normalize_number(number).encode("utf-8"),
        salt=salt,
        n=hashing.n,
        r=hashing.r,
        p=hashing.p,
        maxmem=64 << 20,
        dklen=32,
    )


def roster_hash(roster_key: str, slow: bytes) -> str:
    """Return the roster hash of a number's slow hash: HMAC-SHA256 with the station's key, as hex.

    `roster_key` is Pairing.roster_key (hex; ValueError if it is not).
    """
    return hmac.new(bytes.fromhex(roster_key), b"number:" + slow, hashlib.sha256).hexdigest()


def candidate_hashes(roster_key: str, number: str, hashing: NumberHashing) -> Iterator[str]:
    """Yield every roster hash that the number may have, one for each pepper, computed lazily."""
    for pepper in range(hashing.peppers):
        yield roster_hash(roster_key, slow_hash(number, hashing, pepper))
