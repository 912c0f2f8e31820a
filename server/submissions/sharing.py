"""One portrait for several enrolments of a person: the other enrolment gets a submission with the same files.

Each enrolment is then reviewed and delivered independently; a decision about one does not affect the other.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, QuerySet

from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.roster_payload import StudentState
from server.core.api_errors import ApiError
from server.proof.statements import copy_statements
from server.records.models import Student
from server.submissions.actor import Actor
from server.submissions.locks import lock_students, locked_rows
from server.submissions.models import CLOSED_STATES, Submission
from server.submissions.sender import Sender, actor_of, serves
from server.submissions.states import State
from server.submissions.workflow import record_submitted

_CLOSED_FOR_COPIES: Final = tuple(state for state in CLOSED_STATES if state != State.REVOKED.value)
"""The closed states after which another version may come: all but `revoked`."""
log = logging.getLogger(__name__)


def other_enrolments(submission: Submission) -> QuerySet[Student]:
    """Return the person's other enrolments in the same campaign that still need a portrait."""
    if submission.portrait_sha256 is None or submission.state in CLOSED_STATES:
        return Student.objects.none()
    student = submission.student
    same = Student.objects.filter(campaign=student.campaign_id, id_number_hmac=student.id_number_hmac)
    blocking = Submission.objects.exclude(state__in=_CLOSED_FOR_COPIES).values("student")
    return same.exclude(pk=student.pk).filter(state=StudentState.EXPECTED.value).exclude(pk__in=blocking)


def share(submission: Submission, student: str, user: Any, now: datetime) -> Submission:
    """Use this portrait for the person's enrolment `student` too, as a reviewer decided. Raises ApiError:
    not_shareable."""
    with transaction.atomic():
        lock_students([submission.student_id, student])
        locked = locked_rows().get(pk=submission.pk)
        other = other_enrolments(locked).filter(pk=student).first()
        if other is None:
            raise ApiError("refused.not_shareable")
        return _copy(locked, other, now, Actor(user=user))


def share_with_chosen(submission: Submission, students: Iterable[str], sender: Sender, now: datetime) -> None:
    """Share with the enrolments that the student chose, inside the intake's transaction, which has
    locked them. An enrolment that cannot have the portrait is skipped: it does not make the submission fail."""
    for student in students:
        other = Student.objects.select_related("campaign").filter(pk=student).first()
        if other is not None and _may_share(submission, other, sender):
            _copy(submission, other, now, actor_of(sender))
        else:
            log.warning("submission %s is not used for another enrolment that it names", submission.pk)


def _may_share(submission: Submission, other: Student, sender: Sender) -> bool:
    """Whether it is the same person, expected, in a campaign that this sender serves, with the same standard."""
    own, campaign = submission.student, other.campaign
    return (
        submission.outcome == VisitOutcome.ACCEPTED.value
        and submission.portrait_sha256 is not None
        and other.pk != own.pk
        and other.id_number_hmac == own.id_number_hmac
        and other.state == StudentState.EXPECTED.value
        and (campaign.standard, campaign.background) == (own.campaign.standard, own.campaign.background)
        and (campaign.simulated or not submission.simulated)
        and serves(sender, campaign)
        and not Submission.objects.filter(student=other).exclude(state__in=_CLOSED_FOR_COPIES).exists()
    )


def _copy(submission: Submission, other: Student, now: datetime, actor: Actor) -> Submission:
    last: int | None = Submission.objects.filter(student=other).aggregate(last=Max("version"))["last"]
    identifier = _copy_id(submission, other, last or 0)
    envelope = {**submission.envelope, "id": identifier, "student": other.pk, "campaign": other.campaign_id}
    copy = Submission.objects.create(
        id=identifier,
        student=other,
        station=submission.station,
        source=submission.source,
        version=(last or 0) + 1,
        shot_sha256=submission.shot_sha256,
        portrait_sha256=submission.portrait_sha256,
        simulated=submission.simulated,
        outcome=submission.outcome,
        taken_at=submission.taken_at,
        received_at=now,
        identity_check=submission.identity_check,
        suspicious=submission.suspicious,
        worst_outcome=submission.worst_outcome,
        envelope={**envelope, "also_for": [], "shared_from": submission.pk},
    )
    copy_statements(submission, copy)
    record_submitted(copy, actor, now)
    Student.objects.filter(pk=other.pk).update(state=StudentState.CAPTURED.value)
    return copy


def _copy_id(submission: Submission, other: Student, last: int) -> str:
    return hashlib.sha256(f"{submission.pk}:{other.pk}:{last}".encode()).hexdigest()[:32]
