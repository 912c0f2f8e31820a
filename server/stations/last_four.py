"""Check the last four characters of an ID number that a student without a card typed at a station."""

from __future__ import annotations

import hmac
from datetime import datetime

from kiosk.upload.envelope import LastFourAnswer
from server.audit.models import Action
from server.audit.record import record
from server.records.last_four import LastFourResult, at_stations
from server.records.models import Student
from server.stations.models import LastFourConfirmation, Station


def check_last_four(station: Station, student_id: str, typed: str, now: datetime) -> LastFourAnswer:
    """Check `typed` within the limits of [throttle]. For a student outside the station's campaigns, the result, the
    count and the pause are those of wrong characters."""
    student = Student.objects.filter(pk=student_id, campaign__in=station.scope.allowed()).first()
    who = (
        student_id if student is not None else f"{station.id} {student_id}"
    )  # a station cannot pause students of other stations
    result = at_stations().check(who, typed, student.last_four if student is not None else None)
    if result.is_paused:
        return _pause_answer(station, who, result, now)
    if student is not None and result.confirmed:
        LastFourConfirmation.objects.create(student=student, station=station, at=now)
    return LastFourAnswer(confirmed=result.confirmed, tries_left=result.tries_left)


def matches(student: Student, typed: str) -> bool:
    """Compare the characters; for the server alone: no response to a client may depend on it."""
    return hmac.compare_digest(typed.encode(), student.last_four.encode())


def was_confirmed(student: Student, station: Station) -> bool:
    """Whether this server itself confirmed the student's characters to this station."""
    return LastFourConfirmation.objects.filter(student=student, station=station).exists()


def _pause_answer(station: Station, who: str, result: LastFourResult, now: datetime) -> LastFourAnswer:
    until = result.resets_at
    record(Action.LAST_FOUR_PAUSED, who, station_name=station.name, for_good=until is None)
    wait = max((until - now).total_seconds(), 0.0) if until is not None else None
    return LastFourAnswer(confirmed=False, tries_left=0, retry_after=wait)
