"""Submissions, their history, their reasons, and pending decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from django.conf import settings
from django.db import models

from kiosk.upload.envelope import VisitOutcome
from server.records.campaign_options import PhotoSource
from server.records.models import Campaign, Student
from server.stations.models import Station

# Django finds the tables of an app through this module.
from server.submissions import revocation_models  # noqa: F401
from server.submissions.participants import FOUR_EYES, Participants
from server.submissions.reason_models import Reason
from server.submissions.reasons import GivenReason, remark_of
from server.submissions.rule import Role
from server.submissions.states import CLOSED_STATES as _CLOSED
from server.submissions.states import State

REVIEW_PERMISSION: Final = "submissions.review_submission"


class IdentityCheck(models.TextChoices):
    """The result of checking the last four characters of the ID number; `card`: the card itself was read."""

    CARD = "card"
    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    NOT_ASKED = "not_asked"


CLOSED_STATES: Final = tuple(state.value for state in _CLOSED)
"""States after which the same student may submit a new version, except `revoked`."""


SUSPICIOUS_OUTCOMES: Final = ("fail", "unsure")
"""Reviewers see submissions with such a verdict first."""


QUEUE_COLUMNS: Final = (
    "state",
    "suspicious",
    "received_at",
    "id",
    "campaign",
    "claimed_until",
    "worst_outcome",
    "identity_check",
    "station",
    "student",
)
"""The columns that order the review queue and that its lists filter by: lists read the index alone, because each row
has an envelope of about 8 KB."""


STATION_SOURCE: Final = "station"
SOURCES: Final = (STATION_SOURCE, *(source.value for source in PhotoSource))
"""Where the shot was taken: at a station, or how a remote student took it."""


def was_interrupted(submission: Any) -> bool:
    """Whether the student did not accept the portrait, so that another visit may replace this one."""
    return bool(submission.outcome != VisitOutcome.ACCEPTED.value)


def state_choices() -> list[tuple[str, str]]:
    return [(state.value, state.value) for state in State]


class Submission(Participants):
    """One visit's result. `revision` grows with every transition, so that a decision on an outdated page is
    detected. Only `server.submissions.workflow` changes the state."""

    id = models.CharField(max_length=32, primary_key=True)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="submissions")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="submissions", editable=False)
    """The student's campaign, which never changes; stored here for the index of the queue."""
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True)
    """None: the student sent the photo with a phone (server.remote)."""
    source = models.CharField(
        max_length=12, choices=[(source, source) for source in SOURCES], default=STATION_SOURCE, editable=False
    )
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=24, choices=state_choices(), default=State.RECEIVED.value)
    revision = models.PositiveIntegerField(default=0)
    shot_sha256 = models.CharField(max_length=64)
    portrait_sha256 = models.CharField(max_length=64, null=True)
    original_portrait_sha256 = models.CharField(max_length=64, null=True)
    """The portrait as it was submitted, if a retouched one has replaced it."""
    simulated = models.BooleanField()
    suspicious = models.BooleanField(default=False)
    """A verdict failed or is unsure, or a reviewer marked it in the grid: it is inspected alone, before others."""
    worst_outcome = models.CharField(max_length=12, blank=True, default="")
    """The worst of the portrait's verdicts: fail, unsure or pass; "" if no rule was measured on this portrait."""
    outcome = models.CharField(max_length=12)
    taken_at = models.DateTimeField()
    received_at = models.DateTimeField()
    identity_check = models.CharField(
        max_length=12, choices=IdentityCheck.choices, default=IdentityCheck.NOT_ASKED.value
    )
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    confirm_until = models.DateTimeField(null=True)
    """When a portrait that awaits the student's confirmation counts as confirmed."""
    handed_over_at = models.DateTimeField(null=True)
    """When the package with this portrait left the school; from then on it cannot be taken out of the delivery."""
    envelope = models.JSONField()
    _stored_state: str | None = None

    class Meta:
        permissions = [("review_submission", "May look at submissions and decide")]
        constraints = [
            models.UniqueConstraint(fields=["student", "version"], name="one_submission_per_version"),
            models.UniqueConstraint(
                fields=["student"], condition=~models.Q(state__in=CLOSED_STATES), name="one_open_submission_per_student"
            ),
            FOUR_EYES,
        ]
        indexes = [models.Index(fields=QUEUE_COLUMNS, name="review_queue")]

    def __str__(self) -> str:
        return self.id

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any) -> Submission:
        submission = super().from_db(db, field_names, values, **more)
        submission._stored_state = submission.__dict__.get("state")
        return submission

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._stored_state = self.__dict__.get("state")

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.campaign_id = self.student.campaign_id
        if not self._state.adding and self._stored_state not in (None, self.state):
            raise TypeError("Only server.submissions.workflow changes a state.")
        super().save(*args, **kwargs)
        self._stored_state = self.state

    @property
    def is_remote(self) -> bool:
        """Whether the student sent the photo with a phone."""
        return self.source != STATION_SOURCE

    @property
    def submitted_portrait_sha256(self) -> str | None:
        """The portrait as it was submitted; retouching does not change it."""
        return self.original_portrait_sha256 or self.portrait_sha256

    def latest_reasons(self) -> list[Reason]:
        """Return the reasons of the latest decision that gave any."""
        reasons = list(self.reasons.order_by("id"))
        return [reason for reason in reasons if reason.entry_id == reasons[-1].entry_id]

    @property
    def reason(self) -> str:
        """The code of the first of the latest reasons."""
        latest = self.latest_reasons()
        return latest[0].code if latest else ""

    @property
    def comment(self) -> str:
        return remark_of(self.latest_reasons())


class AuditEntry(models.Model):
    """One transition: who made it, when, from which state to which, and why. Written in the same transaction, never
    changed. `action` and `role` are empty in entries of earlier versions."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True)
    action = models.CharField(max_length=24, blank=True, default="")
    role = models.CharField(max_length=24, blank=True, default="")
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24)
    reason = models.CharField(max_length=30, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["action", "at"], name="history_by_action")]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.from_state or '-'} > {self.to_state}"

    @property
    def by(self) -> str:
        """Who did it: the user, the station whose submission caused it, or the student (by masked name)."""
        if self.user is not None:
            return str(self.user.get_username())
        if self.role == Role.STUDENT.value:
            return self.submission.student.masked_name
        return self.station.name if self.station is not None else ""

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An audit entry is written once.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit entry cannot be deleted.")


def store_reasons(submission: Submission, entry: AuditEntry, reasons: Sequence[GivenReason]) -> None:
    rows = []
    for reason in reasons:
        mark = {name: getattr(reason.mark, name) for name in "xywh"} if reason.mark else {}
        rows.append(Reason(submission=submission, entry=entry, code=reason.code, comment=reason.comment, **mark))
    Reason.objects.bulk_create(rows)


class PendingDecision(models.Model):
    """A reviewer's decision that takes effect at `effective_at`; until then the reviewer may take it back."""

    submission = models.OneToOneField(
        Submission, on_delete=models.CASCADE, primary_key=True, related_name="pending_decision"
    )
    action = models.CharField(max_length=24)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    decided_at = models.DateTimeField()
    effective_at = models.DateTimeField(db_index=True)
    reasons = models.JSONField(default=list)
    identity_confirmed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.action}"
