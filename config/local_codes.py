"""Our own codes, for rehearsals and for schools without 采集码: a student number with a message authentication code.

    ZGTEST1:<campaign>:<student number>:<code>

The code is HMAC-SHA256 with a key derived from the key of the pairing, cut to 80 bits, in base32: nobody can make a
code without that key, and a station verifies a code without the network. A code has no date; it is valid until its
campaign ends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

_PREFIX: Final = "ZGTEST1"
_MAC_BYTES: Final = 10


@dataclass(frozen=True)
class LocalCode:
    """The parts of a code. `is_authentic`: the code was made with the key."""

    campaign: str
    student_no: str
    is_authentic: bool


def local_code(codes_key: str, campaign: str, student_no: str) -> str:
    """Return the code of a student; `codes_key` is Pairing.effective_codes_key. Raises ValueError if a part has a
    colon.

    >>> local_code("00" * 32, "ABC123", "2022001")
    'ZGTEST1:ABC123:2022001:JQYLLQETVWJOWWI2'
    """
    if ":" in campaign + student_no:
        raise ValueError("Neither campaign nor student number of a local code may have a colon.")
    return f"{_PREFIX}:{campaign}:{student_no}:{_mac(codes_key, campaign, student_no)}"


def parse_local_code(codes_key: str, payload: str) -> LocalCode | None:
    """Return the parts of a code and whether it was made with `codes_key` (hex); None for any other payload."""
    parts = payload.split(":")
    if len(parts) != 4 or parts[0] != _PREFIX:
        return None
    _, campaign, student_no, mac = parts
    is_authentic = hmac.compare_digest(mac.encode(), _mac(codes_key, campaign, student_no).encode())
    return LocalCode(campaign, student_no, is_authentic)


def _mac(codes_key: str, campaign: str, student_no: str) -> str:
    key = hmac.new(bytes.fromhex(codes_key), _PREFIX.encode(), hashlib.sha256).digest()
    whole = hmac.new(key, f"{campaign}:{student_no}".encode(), hashlib.sha256).digest()
    return base64.b32encode(whole[:_MAC_BYTES]).decode("ascii")
