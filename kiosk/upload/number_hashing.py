"""The hashes by which a station and the server look up ID numbers and student numbers.

The hash of ID numbers is slow: searching a stolen roster takes years, looking up one card takes a moment.
An ID number has some 3.5e9 likely values (3,200 areas, three years of birth dates, 1,000 serial numbers), too few for a
fast hash. scrypt (RFC 7914) makes each try slow. A secret pepper makes it slower still for everybody who has to search
(station and thief), but not for the server, which has the pepper of each number and hashes 20,000 students in
seconds: Udi Manber, "A simple scheme to make passwords based on one-way functions much harder to crack", 1996.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from config.id_number import normalize_number, normalize_student_no
from kiosk.upload.roster_payload import NumberHashing


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


def number_hash(roster_key: str, number: str) -> str:
    """Return the HMAC-SHA256 of an ID number as hexadecimal digits; both sides look a student up by it.

    `roster_key` is Pairing.roster_key (hex; ValueError if it is not). Blanks, brackets and the case of letters make no
    difference: the hash is of config.id_number.normalize_number.

    >>> number_hash("00" * 32, "99010119990101123x") == number_hash("00" * 32, " 99010119990101123X ")
    True
    """
    return hmac.new(bytes.fromhex(roster_key), normalize_number(number).encode("utf-8"), hashlib.sha256).hexdigest()


def student_no_hash(roster_key: str, student_no: str) -> str:
    """As `number_hash`, of a student number. Never the hash of an ID number, even where the characters are the same.

    >>> student_no_hash("00" * 32, " 2022s001 ") == student_no_hash("00" * 32, "2022S001")
    True
    >>> student_no_hash("00" * 32, "1") == number_hash("00" * 32, "1")
    False
    """
    labelled = f"student_no:{normalize_student_no(student_no).upper()}".encode()
    return hmac.new(bytes.fromhex(roster_key), labelled, hashlib.sha256).hexdigest()
