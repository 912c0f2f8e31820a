"""Check the last four characters of an ID number that a student without a card typed at a station.

Four characters have about 11,000 values, so attempts are counted per student, across all stations.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from kiosk.upload.envelope import LastFourAnswer
from server.audit.models import Action
from server.audit.record import record
from server.core.throttle import Throttle
from server.records.models import Student
from server.stations.models import LastFourConfirmation, Station

_TEN_YEARS_MINUTES: Final = 10 * 366 * 24 * 60
UNKNOWN_STUDENT_SECRET: Final = "----"  # never equal to typed characters


def check_last_four(station: Station, student_id: str, typed: str, now: datetime) -> LastFourAnswer:
    """Check `typed` within the limits of [throttle]. A student outside the station's campaigns is answered, counted and
    paused like one with other characters."""
    student = Student.objects.filter(pk=student_id, campaign__in=station.scope.allowed()).first()
    who = (
        student_id if student is not None else f"{station.id} {student_id}"
    )  # a station cannot pause students of other stations
    recently, in_all = _throttles()
    if not (in_all.allow(who) and recently.allow(who)):
        return _pause_answer(station, who, now)
    secret = student.last_four if student is not None else UNKNOWN_STUDENT_SECRET
    if not hmac.compare_digest(typed.encode(), secret.encode()) or student is None:
        tries_left = min(recently.remaining(who), in_all.remaining(who))
        return (
            _pause_answer(station, who, now)
            if tries_left == 0
            else LastFourAnswer(confirmed=False, tries_left=tries_left)
        )
    with transaction.atomic():
        recently.give_back(who)
        in_all.give_back(who)
        LastFourConfirmation.objects.create(student=student, station=station, at=now)
    return LastFourAnswer(confirmed=True, tries_left=recently.remaining(who))


def matches(student: Student, typed: str) -> bool:
    """Compare the characters; for the server alone: no response to a client may depend on it."""
    return hmac.compare_digest(typed.encode(), student.last_four.encode())


def was_confirmed(student: Student, station: Station) -> bool:
    """Whether this server itself confirmed the student's characters to this station."""
    return LastFourConfirmation.objects.filter(student=student, station=station).exists()


def _throttles() -> tuple[Throttle, Throttle]:
    limits = settings.APP.throttle
    return Throttle("last_four", limits.last_four_tries), Throttle(
        "last_four_in_all", limits.last_four_total_tries, _TEN_YEARS_MINUTES
    )


def _pause_answer(station: Station, who: str, now: datetime) -> LastFourAnswer:
    recently, in_all = _throttles()
    for_good = in_all.remaining(who) == 0
    until = None if for_good else recently.resets_at(who)
    record(Action.LAST_FOUR_PAUSED, who, station_name=station.name, for_good=for_good)
    wait = max((until - now).total_seconds(), 0.0) if until is not None else None
    return LastFourAnswer(confirmed=False, tries_left=0, retry_after=wait)
