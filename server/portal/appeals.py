"""A student appeals the revocation of their portrait; the school answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from server.audit.models import Action as AuditAction
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.working_hours import DueTime, due_time
from server.notices.queue import queue_notice
from server.portal.models import Appeal
from server.records.models import Student
from server.submissions.actor import Actor
from server.submissions.locks import lock
from server.submissions.models import AuditEntry, Submission
from server.submissions.revocation import requested_the_revocation
from server.submissions.rule import Action, Role
from server.submissions.states import State

MAX_LENGTH: Final = 1000


def revocation_of(submission: Submission) -> AuditEntry | None:
    """Return the latest revocation of this portrait."""
    return submission.history.filter(action=Action.REVOKE.value).last()


def appeal_of(submission: Submission) -> Appeal | None:
    """Return the appeal against the latest revocation."""
    entry = revocation_of(submission)
    return None if entry is None else Appeal.objects.filter(entry=entry).first()


def appeal_deadline(submission: Submission) -> datetime | None:
    entry = revocation_of(submission)
    return None if entry is None else submission.student.campaign.appeal_end(entry.at)


def open_appeals() -> QuerySet[Appeal]:
    """Return the appeals that wait for an answer: neither declined nor followed by a grant."""
    granted = AuditEntry.objects.filter(
        submission=OuterRef("submission"), action=Action.GRANT_APPEAL.value, pk__gt=OuterRef("entry")
    )
    waiting = Appeal.objects.filter(declined_at=None, submission__state=State.REVOKED.value)
    return waiting.exclude(Exists(granted))


def answer_due(appeal: Appeal) -> DueTime:
    """Return the time by which the school promises to answer."""
    return due_time(appeal.filed_at, settings.APP.review.appeal_due_hours)


def file_appeal(request: HttpRequest, student: Student, submission: Submission, text: str, now: datetime) -> Appeal:
    """Store the appeal. A second one against the same revocation returns the first.

    Raises ApiError: appeal_not_needed (not revoked any more), appeal_too_late, appeal_text_missing, appeal_text_long.
    """
    with transaction.atomic():
        locked = lock(submission.pk)
        entry = revocation_of(locked)
        if locked.state != State.REVOKED.value or entry is None:
            raise ApiError("refused.appeal_not_needed")
        existing = Appeal.objects.filter(entry=entry).first()
        if existing is not None:
            return existing
        if now > student.campaign.appeal_end(entry.at):
            raise ApiError("refused.appeal_too_late")
        text = _check_text(text, "refused.appeal_text_missing", "refused.appeal_text_long")
        appeal = Appeal.objects.create(submission=locked, entry=entry, text=text, filed_at=now)
        record(AuditAction.RECORD_CHANGED, f"student {student.pk}", request=request, by="student", change="appealed")
        return appeal


def decline_appeal(appeal: Appeal, user: Any, answer: str, now: datetime, request: HttpRequest | None = None) -> None:
    """Decline the appeal with an answer that the student reads; the portrait stays revoked.

    Raises ApiError: not_allowed, appeal_own (the user requested the revocation), not_now (granted or declined
    meanwhile), answer_missing, comment_long.
    """
    with transaction.atomic():
        submission = lock(appeal.submission_id)
        if Role.ADMINISTRATOR not in Actor(user=user).roles(submission):
            raise ApiError("refused.not_allowed")
        if requested_the_revocation(submission, user):
            raise ApiError("refused.appeal_own")
        if submission.state != State.REVOKED.value or Appeal.objects.get(pk=appeal.pk).is_declined:
            raise ApiError("refused.not_now")
        appeal.answer = _check_text(answer, "refused.answer_missing", "refused.comment_long")
        appeal.declined_by, appeal.declined_at = user, now
        appeal.save(update_fields=["answer", "declined_by", "declined_at"])
        queue_notice("appeal_declined", submission, now, comment=appeal.answer)
        subject = f"student {submission.student_id}"
        record(AuditAction.RECORD_CHANGED, subject, request=request, user=user, change="appeal_declined")


def _check_text(text: str, missing: str, too_long: str) -> str:
    """Return the text with plain line ends. Raises ApiError with one of the two keys."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise ApiError(missing)
    if len(text) > MAX_LENGTH:
        raise ApiError(too_long, limit=MAX_LENGTH)
    return text
