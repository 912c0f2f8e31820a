"""Proof that the visitor of a student's page is the student: the last four characters of the ID number, stored in
this browser's session for [session] unlock_minutes."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest

from config.id_number import normalize_number
from server.audit.models import Action
from server.audit.record import record
from server.records.last_four import LastFourResult, on_student_page
from server.records.models import Student


def prove(request: HttpRequest, student: Student, typed: str) -> LastFourResult:
    """Check the characters within the limits of [throttle], and store a success in the session."""
    result = on_student_page().check(student.id, normalize_number(typed), student.last_four)
    if result.confirmed:
        request.session.cycle_key()
        request.session[_session_key(student)] = time.time() + settings.APP.session.unlock_minutes * 60
    elif result.is_paused:
        record(Action.LAST_FOUR_PAUSED, student.id, request=request, for_good=result.resets_at is None)
    return result


def is_proven(request: HttpRequest, student: Student) -> bool:
    return _until(request, student) > time.time()


def proven_until(request: HttpRequest, student: Student) -> datetime | None:
    until = _until(request, student)
    return datetime.fromtimestamp(until, UTC) if until > time.time() else None


def forget_proof(request: HttpRequest, student: Student) -> None:
    """Remove the proof from the session, for somebody who used a borrowed phone."""
    request.session.pop(_session_key(student), None)


def _until(request: HttpRequest, student: Student) -> float:
    until: float = request.session.get(_session_key(student), 0.0)
    return until


def _session_key(student: Student) -> str:
    return f"proof:{student.id}"
