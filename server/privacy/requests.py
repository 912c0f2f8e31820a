"""Requests of students about their data: a copy, a correction, or the erasure; each with a deadline and an answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from config.errors import Problem
from config.i18n import translations
from server.audit.models import Action
from server.audit.record import record
from server.core.database_text import without_nul
from server.core.language import DEFAULT_LANGUAGE
from server.core.working_hours import due_time, work_calendar
from server.notices.queue import queue_for_students
from server.privacy.models import RequestKind, RequestState, SubjectRequest
from server.records.models import Student

MAX_TEXT: Final = 1000
WRITTEN: Final = (RequestKind.CORRECTION.value, RequestKind.ERASURE.value)
"""The kinds of requests that the office answers; a copy is made immediately on the student's page."""
ERASED_AFTER: Final = timedelta(days=1)
"""A granted erasure waits this long, so that the student receives the notice first."""


class LegalGround(StrEnum):
    """The legal ground for not erasing data (PIPL, article 47). Each has a message `privacy.ground.<value>`."""

    REGISTERED = "registered"
    ACCOUNTS = "accounts"
    DISPUTE = "dispute"
    NEEDED = "needed"


def file_request(request: HttpRequest, student: Student, kind: str, text: str, now: datetime) -> SubjectRequest:
    """File a request, or return the open request of the same kind. Raises Problem: privacy.text_needed,
    privacy.text_long."""
    words = without_nul(text).strip()
    if kind == RequestKind.CORRECTION.value and not words:
        raise Problem("privacy.text_needed")
    if len(words) > MAX_TEXT:
        raise Problem("privacy.text_long", most=MAX_TEXT)
    with transaction.atomic():
        filed, is_new = SubjectRequest.objects.get_or_create(
            student=student,
            kind=kind,
            state=RequestState.OPEN.value,
            defaults={"text": words, "filed_at": now, "due_at": answer_by(now)},
        )
        if is_new:
            record(Action.DATA_REQUEST_FILED, f"student {student.pk}", request=request, kind=kind)
    return filed


def request_erasure(*, request: HttpRequest, student: Student, now: datetime, **_: Any) -> None:
    """Receive the signal `consent_withdrawn`: without consent the data are erased, unless the office names a legal
    ground (PIPL, article 47)."""
    words = translations(DEFAULT_LANGUAGE).translate("privacy.request_by_withdrawal")
    file_request(request, student, RequestKind.ERASURE.value, words, now)


def answer_by(filed_at: datetime) -> datetime:
    """Return the time when [privacy] answer_workdays of the office's calendar have passed."""
    calendar = work_calendar()
    day = date(2026, 1, 1)
    hours = (datetime.combine(day, calendar.closes) - datetime.combine(day, calendar.opens)) / timedelta(hours=1)
    return due_time(filed_at, settings.APP.privacy.answer_workdays * hours).moment


def decide(request: HttpRequest, filed: SubjectRequest, granted: bool, answer: str, ground: str, now: datetime) -> None:
    """Answer a request and notify the student. A granted erasure takes place in the first night after ERASED_AFTER.

    Raises Problem: privacy.decided_already, privacy.answer_needed (a refusal without a text, or a refusal of an erasure
    without a legal ground).
    """
    words = without_nul(answer).strip()[:MAX_TEXT]
    is_erasure = filed.kind == RequestKind.ERASURE.value
    if not granted and (not words or (is_erasure and ground not in set(LegalGround))):
        raise Problem("privacy.answer_needed")
    values: dict[str, Any] = {
        "state": (RequestState.DONE if granted else RequestState.REFUSED).value,
        "decided_by": request.user,
        "decided_at": now,
        "answer": words,
        "legal_ground": ground if is_erasure and not granted else "",
    }
    with transaction.atomic():
        if not SubjectRequest.objects.filter(pk=filed.pk, state=RequestState.OPEN.value).update(**values):
            raise Problem("privacy.decided_already")
        queue_for_students("request_answered", Student.objects.filter(pk=filed.student_id), now, filed.pk)
        details = {"kind": filed.kind, "granted": granted, "ground": values["legal_ground"]}
        record(Action.DATA_REQUEST_DECIDED, f"student {filed.student_id}", request=request, **details)


def students_to_erase(now: datetime) -> list[Student]:
    """Return the students whose request for erasure was granted at least ERASED_AFTER ago."""
    granted = SubjectRequest.objects.filter(
        kind=RequestKind.ERASURE.value, state=RequestState.DONE.value, decided_at__lte=now - ERASED_AFTER
    )
    students = Student.objects.filter(pk__in=granted.values("student"), erased_at=None)
    return list(students.select_related("campaign").order_by("pk"))
