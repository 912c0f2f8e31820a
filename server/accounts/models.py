"""The account of a person: how they sign in. Names and numbers are with their enrolments."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.i18n import LANGUAGES
from server.core.language import DEFAULT_LANGUAGE
from server.records.models import Person

ENCRYPTED_COLUMNS: Final = ("phone_encrypted", "email_encrypted", "name_encrypted")
"""With the key of `server.notices.contacts`."""


class Account(models.Model):
    """How a person signs in. Phone, e-mail and name are encrypted; phone and ID number are found by keyed hashes.

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
