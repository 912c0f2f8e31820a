"""Mode C: a capture code (采集码) and the last four characters of the ID number.

The national code is encrypted and its scheme is not public, so the server finds a student by a list of codes that the
school imported, as hashes; or by a code that the school drew itself (config.local_codes).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest

from config.id_number import normalize_number
from config.local_codes import parse_local_code
from kiosk.upload.number_hashing import number_hash
from server.accounts.models import CaptureCode
from server.audit.models import Action
from server.audit.record import record
from server.core.throttle import Throttle, address_tries, throttle_address
from server.records.last_four import LastFourCheck, LastFourResult
from server.records.models import Campaign, Student

MAX_LENGTH: Final = 4000
"""A QR code holds 4,296 characters at most."""
_AIM_PREFIX: Final = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
"""Some scanners put it before the code (ISO/IEC 15424)."""


@dataclass(frozen=True)
class CodeProof:
    """`student` is set only if the characters were right."""

    student: Student | None
    result: LastFourResult


def normalize_payload(payload: str) -> str:
    return _AIM_PREFIX.sub("", payload.strip().replace("\0", ""))[:MAX_LENGTH]


def code_hash(payload: str) -> str:
    """Return the keyed hash under which a code is stored. A school's list may have the SHA-256 instead of the code."""
    return keyed_code_hash(hashlib.sha256(payload.encode()).hexdigest())


def keyed_code_hash(sha256: str) -> str:
    return number_hash(settings.KEY_STORE.oldest("capture_code"), sha256)


def find_student(campaign: Campaign, payload: str) -> Student | None:
    """Return the student of a code, with one query whether there is one or not."""
    local = parse_local_code(settings.KEY_STORE.oldest("codes"), payload)
    is_own = local is not None and local.is_authentic and local.campaign == campaign.pk
    student_no = local.student_no if local is not None and is_own else ""
    of_list = CaptureCode.objects.filter(campaign=campaign, code_hmac=code_hash(payload)).values("student")
    students = campaign.students.select_related("campaign__school")
    matches = list(students.filter(Q(pk__in=of_list) | Q(student_no=student_no, student_no__gt=""))[:2])
    return matches[0] if len(matches) == 1 else None


def prove(request: HttpRequest, campaign: Campaign, payload: str, typed: str) -> CodeProof:
    """Compare the last four characters within the limits of [throttle]: few tries for one code, and for one address.

    An unknown code is counted, and gets the same result as wrong characters.
    """
    student, address = find_student(campaign, payload), throttle_address(request)
    by_address = Throttle(
        "capture_address", address_tries(request, settings.APP.throttle.person_tries_per_hour_per_address), 60
    )
    if not by_address.allow(address):
        return CodeProof(None, LastFourResult(False, 0, by_address.resets_at(address)))
    who = f"student {student.pk}" if student else f"code {code_hash(payload)}"
    characters, was_paused = normalize_number(typed)[:8], _guard().is_paused(who)
    result = _guard().check(who, characters, student.last_four if student else None)
    if result.confirmed:
        by_address.give_back(address)
        return CodeProof(student, result)
    if result.is_paused and not was_paused:
        record(Action.LAST_FOUR_PAUSED, "capture code", request=request, for_good=result.resets_at is None)
    return CodeProof(None, result)


def _guard() -> LastFourCheck:
    """Return a counter separate from those of stations and student pages: guesses here do not pause anybody there."""
    return LastFourCheck("capture_code", settings.APP.throttle.last_four_tries)
