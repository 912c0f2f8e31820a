"""Our own codes, for rehearsals and for schools without 采集码: a student number with a message authentication code.

    ZGTEST1:<campaign>:<student number>:<code>

The code is HMAC-SHA256 with a key derived from the pairing's, cut to 80 bits, in base32: nobody can make one without
that key, and a station checks one without the network. A code has no date; it is valid until its campaign ends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

from kiosk.identification.code_resolver import CodeProblem
from kiosk.upload.roster import Enrolment, Roster

_PREFIX: Final = "ZGTEST1"
_MAC_BYTES: Final = 10


def local_code(codes_key: str, campaign: str, student_no: str) -> str:
    """Return the code of a student; `codes_key` is Pairing.effective_codes_key. Raises ValueError if a part has a
    colon.

    >>> local_code("00" * 32, "ABC123", "2022001")
    'ZGTEST1:ABC123:2022001:JQYLLQETVWJOWWI2'
    """
    if ":" in campaign + student_no:
        raise ValueError("Neither campaign nor student number of a local code may have a colon.")
    return f"{_PREFIX}:{campaign}:{student_no}:{_mac(codes_key, campaign, student_no)}"


class LocalCodeResolver:
    """A CodeResolver (kiosk.identification.code_resolver)."""

    def __init__(self, roster: Roster, codes_key: str) -> None:
        self._roster = roster
        self._key = codes_key

    def resolve(self, payload: str, now: datetime) -> Enrolment | None:
        parts = payload.split(":")
        if len(parts) != 4 or parts[0] != _PREFIX:
            return None
        _, campaign, student_no, seal = parts
        if not hmac.compare_digest(seal.encode(), _mac(self._key, campaign, student_no).encode()):
            raise CodeProblem("code.unknown")
        if self._roster.campaign(campaign) is None:
            raise CodeProblem("code.other_campaign")
        return self._roster.find_student_no(student_no, now, campaign)


def _mac(codes_key: str, campaign: str, student_no: str) -> str:
    key = hmac.new(bytes.fromhex(codes_key), _PREFIX.encode(), hashlib.sha256).digest()
    whole = hmac.new(key, f"{campaign}:{student_no}".encode(), hashlib.sha256).digest()
    return base64.b32encode(whole[:_MAC_BYTES]).decode("ascii")
