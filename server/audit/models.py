"""The audit log: events are appended and never changed; the database rejects changes too (server.audit.append_only)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone


class Action(models.TextChoices):
    """The kind of an event. Each has a label `audit.<value>` in the catalogues."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT_EVERYWHERE = "sign_out_everywhere"
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    SECOND_FACTOR_RESET = "second_factor_reset"
    RECOVERY_CODE_USED = "recovery_code_used"
    USER_CHANGED = "user_changed"
    PAIRING_CODE_MADE = "pairing_code_made"
    STATION_PAIRED = "station_paired"
    PAIRING_FAILED = "pairing_failed"
    STATION_CHANGED = "station_changed"
    STATION_REVOKED = "station_revoked"
    ROSTER_IMPORTED = "roster_imported"
    ROSTER_UNDONE = "roster_undone"
    IMAGE_VIEWED = "image_viewed"
    ORIGINAL_DOWNLOADED = "original_downloaded"
    LAST_FOUR_PAUSED = "last_four_paused"
    RECORD_CHANGED = "record_changed"
    REVOCATION_CHANGED = "revocation_changed"
    KEYS_CHANGED = "keys_changed"
    DELIVERY_PLANNED = "delivery_planned"
    DELIVERY_FINDING_DECIDED = "delivery_finding_decided"
    DELIVERY_UNCHECKED = "delivery_unchecked"
    DELIVERY_PACKED_AGAIN = "delivery_packed_again"
    DELIVERY_DOWNLOADED = "delivery_downloaded"
    DELIVERY_HANDED_OVER = "delivery_handed_over"
    UPLOAD_STATES_IMPORTED = "upload_states_imported"
    OWN_FILE_DOWNLOADED = "own_file_downloaded"
    OWN_FILE_MAILED = "own_file_mailed"
    PERSON_SIGNED_IN = "person_signed_in"
    PERSON_SIGN_IN_FAILED = "person_sign_in_failed"
    PERSON_PASSWORD_CHANGED = "person_password_changed"
    PERSON_PHONE_CHANGED = "person_phone_changed"
    ENROLMENT_LINKED = "enrolment_linked"
    LINK_REFUSED = "link_refused"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    BACKUP_MADE = "backup_made"
    BACKUP_RESTORED = "backup_restored"
    KEYS_SEALED = "keys_sealed"
    FILES_CHECKED = "files_checked"
    FILE_DAMAGED = "file_damaged"
    FILE_REPAIRED = "file_repaired"
    STUDENTS_ERASED = "students_erased"
    DATA_COPIED = "data_copied"
    DATA_REQUEST_FILED = "data_request_filed"
    DATA_REQUEST_DECIDED = "data_request_decided"
    LOG_EXPORTED = "log_exported"
    BREACH_LISTED = "breach_listed"


class AppendOnlyQuerySet(models.QuerySet["Event"]):
    def update(self, **values: Any) -> int:
        raise TypeError("An audit event is never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit event is never deleted.")


class Event(models.Model):
    """One event. `subject` names the object of the action; `details` has counts and settings. Neither contains an ID
    number, a token or a password."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    action = models.CharField(max_length=30, choices=Action.choices, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    station_name = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject", "-id"], name="events_of_a_subject")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An audit event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit event is never deleted.")
