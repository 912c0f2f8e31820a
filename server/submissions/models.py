"""Submissions of stations, their states, and the history of each."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import models
from django_fsm import FSMField, FSMModelMixin, transition

from kiosk.upload.envelope import VisitOutcome
from server.records.models import Student
from server.stations.models import Station

REVIEW_PERMISSION: Final = "submissions.review_submission"


class State(models.TextChoices):
    """received > approved | rejected. The student's next visit supersedes one that was not completed."""

    RECEIVED = "received"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class IdentityCheck(models.TextChoices):
    """The result of checking the last four characters of the ID number; `card`: the card itself was read."""

    CARD = "card"
    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    NOT_ASKED = "not_asked"


CLOSED_STATES: Final = (State.REJECTED.value, State.SUPERSEDED.value)
"""States after which the same student may submit a new version."""


def has_portrait(submission: Any) -> bool:
    return submission.portrait_sha256 is not None


def was_interrupted(submission: Any) -> bool:
    """Whether the student did not accept the portrait, so that another visit may replace this one."""
    return bool(submission.outcome != VisitOutcome.ACCEPTED.value)


def may_review(_: Any, user: Any) -> bool:
    """Whether the user may review at all; server.submissions.visibility limits which submissions they see."""
    return bool(user is not None and user.is_active and user.has_perm(REVIEW_PERMISSION))


def is_server(_: Any, user: Any) -> bool:
    """Whether the server itself acts, while it takes in the next version; never a person."""
    return user is None


class Submission(FSMModelMixin, models.Model):
    """One visit's result. `revision` grows with every transition, so that a decision on an outdated page is
    detected."""

    id = models.CharField(max_length=32, primary_key=True)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="submissions")
    station = models.ForeignKey(Station, on_delete=models.PROTECT)
    version = models.PositiveIntegerField()
    state = FSMField(max_length=12, choices=State.choices, default=State.RECEIVED.value, protected=True)
    revision = models.PositiveIntegerField(default=0)
    shot_sha256 = models.CharField(max_length=64)
    portrait_sha256 = models.CharField(max_length=64, null=True)
    simulated = models.BooleanField()
    outcome = models.CharField(max_length=12)
    taken_at = models.DateTimeField()
    received_at = models.DateTimeField()
    identity_check = models.CharField(
        max_length=12, choices=IdentityCheck.choices, default=IdentityCheck.NOT_ASKED.value
    )
    reason = models.CharField(max_length=30, blank=True)
    comment = models.TextField(blank=True)
    envelope = models.JSONField()

    class Meta:
        permissions = [("review_submission", "May look at submissions and decide")]
        constraints = [
            models.UniqueConstraint(fields=["student", "version"], name="one_submission_per_version"),
            models.UniqueConstraint(
                fields=["student"], condition=~models.Q(state__in=CLOSED_STATES), name="one_open_submission_per_student"
            ),
        ]
        indexes = [models.Index(fields=["state", "received_at"], name="queue_order")]

    def __str__(self) -> str:
        return self.id

    @transition(
        field=state, source=State.RECEIVED, target=State.APPROVED, conditions=[has_portrait], permission=may_review
    )
    def approve(self) -> None:
        """Approve the portrait as it is; it is final."""

    @transition(field=state, source=State.RECEIVED, target=State.REJECTED, permission=may_review)
    def reject(self, reason: str, comment: str) -> None:
        """Ask the student to come again; the progress page shows the reason."""
        self.reason, self.comment = reason, comment

    @transition(
        field=state,
        source=State.RECEIVED,
        target=State.SUPERSEDED,
        conditions=[was_interrupted],
        permission=is_server,
    )
    def supersede(self) -> None:
        """Replace an interrupted visit by the next one of the student."""


class AuditEntry(models.Model):
    """One transition: who made it, when, from which state to which, and why. Written in the same transaction, never
    changed."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    reason = models.CharField(max_length=30, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.from_state or '-'} > {self.to_state}"

    @property
    def by(self) -> str:
        """Who did it: the reviewer, or the station whose submission caused it."""
        if self.user is not None:
            return str(self.user.get_username())
        return self.station.name if self.station is not None else ""

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An audit entry is written once.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit entry stays.")
