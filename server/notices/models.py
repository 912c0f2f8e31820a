"""Notices, one row for each event and channel, and where students can be reached."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from config.i18n import LANGUAGES
from server.core.language import DEFAULT_LANGUAGE
from server.notices.events import Channel
from server.records.identifiers import new_id
from server.records.models import Student
from server.submissions.models import Submission


class ContactSource(models.TextChoices):
    """Who entered the addresses. A roster never replaces what the student entered or removed."""

    STUDENT = "student"
    ROSTER = "roster"


class Contact(models.Model):
    """Phone and e-mail of a student, encrypted; used only with the student's consent."""

    student = models.OneToOneField(Student, on_delete=models.CASCADE, related_name="contact")
    phone_encrypted = models.TextField(blank=True, default="", editable=False)
    email_encrypted = models.TextField(blank=True, default="", editable=False)
    language = models.CharField(
        max_length=10, default=DEFAULT_LANGUAGE, choices=[(language, language) for language in LANGUAGES]
    )
    consent_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(
        max_length=10, choices=ContactSource.choices, default=ContactSource.STUDENT.value, editable=False
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.student)


class NoticeState(models.TextChoices):
    """queued > sent > delivered, or an end without success, after which the next channel is used.

    `failed`: the provider rejected the address or reported that the notice did not arrive. `given_up`: no attempt
    succeeded. `muted`: the settings send nothing for this event.
    """

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    MUTED = "muted"


class Notice(models.Model):
    """One event of one submission, or of a student without one, through one channel.

    `version` is the submission's revision after the transition, so that a later transition to the same state is a new
    notice; without a submission it is the number of what the notice is about, such as a make-up window. `key` is the
    same for every attempt, so that a provider or reader can drop a duplicate. `outcome_unknown`: the last attempt ended
    without a response, by a timeout or a crash, and may have sent the notice.
    """

    key = models.CharField(max_length=32, unique=True, default=new_id, editable=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="notices")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="notices", null=True)
    event = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.QUEUED.value)
    values = models.JSONField(default=dict)
    queued_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claim = models.CharField(max_length=32, blank=True, default="", editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    outcome_unknown = models.BooleanField(default=False, editable=False)
    recipient = models.CharField(max_length=100, blank=True, default="")
    """Masked, for staff."""
    address_encrypted = models.TextField(blank=True, default="", editable=False)
    """The address that the student entered for this notice alone; emptied as soon as it is sent or has ended."""
    provider_id = models.CharField(max_length=100, blank=True, default="", editable=False)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "event", "version", "channel"], name="one_notice_per_event_and_channel"
            ),
            models.UniqueConstraint(
                fields=["student", "event", "version", "channel"],
                condition=Q(submission=None),
                name="one_notice_per_student_and_channel",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state__in=("queued", "sent")), name="notices_due"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.channel} {self.state}"
