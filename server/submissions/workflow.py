"""State transitions of a submission: permission, audit entry and change in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django_fsm import can_proceed, has_transition_perm

from kiosk.upload.envelope import StudentState
from server.core.api_errors import ApiError
from server.records.models import Student
from server.stations.models import Station
from server.submissions.models import AuditEntry, IdentityCheck, State, Submission

FREE_TEXT_REASON: Final = "other"
MAX_COMMENT_LENGTH: Final = 500
IDENTITY_CONFIRMED: Final = "identity_confirmed"  # the comment of such an approval


def approve(identifier: str, revision: int, user: Any, now: datetime, identity_confirmed: bool = False) -> Submission:
    """Approve what the reviewer saw. `identity_confirmed`: the reviewer verified the identity by other means, which is
    required if the last four characters of the ID number did not match.

    Raises ApiError: decided_already, not_allowed, no_portrait, identity_unconfirmed.
    """
    with transaction.atomic():
        submission = _lock_revision(identifier, revision)
        mismatch = submission.identity_check == IdentityCheck.NOT_MATCHED.value
        if mismatch and not identity_confirmed:
            raise ApiError("refused.identity_unconfirmed")
        _transition(submission, "approve", user, now, comment=IDENTITY_CONFIRMED if mismatch else "")
        # Also for an interrupted visit: its portrait counts now, and the student need not come again.
        _set_student_state(submission, StudentState.EXPECTED, StudentState.CAPTURED)
        return submission


def reject(identifier: str, revision: int, user: Any, now: datetime, reason: str, comment: str) -> Submission:
    """Reject with a reason code of server.toml; the student is expected again.

    Raises ApiError: decided_already, not_allowed, reason_unknown, comment_missing, comment_long.
    """
    _check_reason(reason, comment)
    with transaction.atomic():
        submission = _lock_revision(identifier, revision)
        _transition(submission, "reject", user, now, reason, comment.strip())
        _set_student_state(submission, StudentState.CAPTURED, StudentState.EXPECTED)
        return submission


def supersede(submission: Submission, station: Station, now: datetime) -> None:
    """Supersede an interrupted visit; only within the transaction that takes in the next one."""
    _transition(submission, "supersede", None, now, station=station)


def _check_reason(reason: str, comment: str) -> None:
    if reason not in settings.APP.review.codes:
        raise ApiError("refused.reason_unknown")
    if reason == FREE_TEXT_REASON and not comment.strip():
        raise ApiError("refused.comment_missing")
    if len(comment) > MAX_COMMENT_LENGTH:
        raise ApiError("refused.comment_long", limit=MAX_COMMENT_LENGTH)


def _lock_revision(identifier: str, revision: int) -> Submission:
    submission = Submission.objects.select_for_update().get(pk=identifier)
    if submission.revision != revision or submission.state != State.RECEIVED.value:
        last = AuditEntry.objects.filter(submission=submission).select_related("user", "station").last()
        raise ApiError("refused.decided_already", by=last.by if last else "-")
    return submission


def _set_student_state(submission: Submission, before: StudentState, after: StudentState) -> None:
    """Change the state only if it is `before`: a withdrawn student stays withdrawn."""
    Student.objects.filter(pk=submission.student_id, state=before.value).update(state=after.value)


def _transition(
    submission: Submission,
    action: str,
    user: Any,
    now: datetime,
    reason: str = "",
    comment: str = "",
    station: Station | None = None,
) -> Submission:
    method = getattr(submission, action)
    # In this order: has_transition_perm also checks the conditions, and "not allowed" would hide which one failed.
    if not can_proceed(method):
        raise ApiError("refused.no_portrait" if action == "approve" else "refused.not_now")
    if not has_transition_perm(method, user):
        raise ApiError("refused.not_allowed")
    before = submission.state
    method(reason, comment) if action == "reject" else method()
    submission.revision += 1
    submission.save()
    AuditEntry.objects.create(
        submission=submission,
        at=now,
        user=user,
        station=station,
        from_state=before,
        to_state=submission.state,
        reason=reason,
        comment=comment,
    )
    return submission
