"""The account of a person: how they sign in. Names and numbers are with their enrolments."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.i18n import LANGUAGES
from server.core.language import DEFAULT_LANGUAGE
from server.records.models import Campaign, Student
from server.records.people_models import Person

ENCRYPTED_COLUMNS: Final = ("phone_encrypted", "email_encrypted", "name_encrypted")
"""With the key of `server.notices.contacts`."""


class Account(models.Model):
    """The sign-in of a person. Phone, e-mail and name are encrypted; phone and ID number are found by keyed hashes.

    `session_version` grows when every session of the account has to end: after a new password or phone.
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="account")
    phone_encrypted = models.TextField(blank=True, default="", editable=False)
    phone_hmac = models.CharField(max_length=64, blank=True, default="", editable=False)
    email_encrypted = models.TextField(blank=True, default="", editable=False)
    name_encrypted = models.TextField(blank=True, default="", editable=False)
    id_number_hmac = models.CharField(max_length=64, blank=True, default="", editable=False)
    """The number with which the person signs in (mode B); the plain number is not stored here."""
    password = models.CharField(max_length=128, blank=True, default="", editable=False)
    """As Django's hashers write it; "": the person signs in without one."""
    language = models.CharField(
        max_length=10, default=DEFAULT_LANGUAGE, choices=[(language, language) for language in LANGUAGES]
    )
    created_at = models.DateTimeField(default=timezone.now)
    session_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["phone_hmac"], condition=~Q(phone_hmac=""), name="one_account_for_each_phone"
            ),
            models.UniqueConstraint(
                fields=["id_number_hmac"], condition=~Q(id_number_hmac=""), name="one_account_for_each_number"
            ),
        ]

    def __str__(self) -> str:
        return self.person_id


class CaptureCode(models.Model):
    """A capture code (采集码) of a student, as a keyed hash, from a list that the school imported."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="capture_codes")
    code_hmac = models.CharField(max_length=64)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="capture_codes")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code_hmac"], name="one_student_for_each_capture_code"),
        ]

    def __str__(self) -> str:
        return self.student_id


class RequestState(models.TextChoices):
    """The state of a request to link an enrolment."""

    WAITING = "waiting"
    LINKED = "linked"
    REFUSED = "refused"


class LinkRequest(models.Model):
    """A person asks a clerk to find their enrolment (手动关联学籍). The typed values are encrypted and, except for the
    student number and class, deleted with the decision. `number_encrypted` is "" if they gave no ID number.

    `notified_at`: when the SMS with the decision was sent; `attempts` counts the tries.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="link_requests")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="link_requests")
    name_encrypted = models.TextField(blank=True, default="", editable=False)
    number_encrypted = models.TextField(blank=True, default="", editable=False)
    is_card_read = models.BooleanField(default=False)
    capture_code_hmac = models.CharField(max_length=64, blank=True, default="", editable=False)
    student_no = models.CharField(max_length=40)
    class_name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.WAITING.value)
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    student = models.ForeignKey(Student, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True, default="")
    notified_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "campaign"],
                condition=Q(state=RequestState.WAITING.value),
                name="one_waiting_request_per_campaign",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="link_requests_in_order")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.state}"
