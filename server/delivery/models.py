"""Deliveries: the planned portraits, the files made of them, and who took the files."""

from __future__ import annotations

import json
from typing import Any, Final

from django.conf import settings
from django.db import models

# Django finds the tables of an app through this module.
from server.delivery import check_models  # noqa: F401
from server.records.identifiers import new_id
from server.records.models import Campaign
from server.secrets.encryption import decrypt, encrypt
from server.submissions.models import Submission

ENCRYPTION_KEY: Final = "number"
"""The rows of a delivery may contain ID numbers."""


class Receiver(models.TextChoices):
    """The receiver of the package. CHSI's package has its own names and list (server.delivery.chsi)."""

    SCHOOL = "school"
    CHSI = "chsi"


class Encryption(models.TextChoices):
    """The encryption of each file of the package: for the receiver's age key, or with a password as WinZip does."""

    AGE = "age"
    ZIP_AES = "zip_aes"
    NONE = "none"


class Status(models.TextChoices):
    WAITING = "waiting"
    """It waits for the check of the portraits and the decisions on the findings (server.delivery.check_models)."""
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class Delivery(models.Model):
    """One package. `key` comes from the form, so that a button that is pressed twice plans it once. `source`: the
    delivery whose portraits this package contains for another receiver."""

    id = models.CharField(max_length=32, primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="deliveries")
    receiver = models.CharField(max_length=10, choices=Receiver.choices, default=Receiver.SCHOOL.value)
    source = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="other_packages")
    key = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    template = models.CharField(max_length=120)
    with_id_number = models.BooleanField(default=False)
    with_dbf = models.BooleanField(default=False)
    with_proofs = models.BooleanField(default=False)
    """Whether each portrait comes with its proof for third parties (server.proof)."""
    encryption = models.CharField(max_length=10, choices=Encryption.choices)
    age_recipient = models.CharField(max_length=120, blank=True, default="")
    password_encrypted = models.TextField(blank=True, default="")
    """The password of `zip_aes`; it is deleted when the package is handed over."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING.value)
    worker = models.CharField(max_length=32, blank=True, default="")
    active_at = models.DateTimeField(null=True)
    """When the worker last finished something; a package without any progress was lost with its worker."""
    attempts = models.PositiveIntegerField(default=0)
    """Attempts since the last finished file."""
    problem = models.CharField(max_length=60, blank=True, default="")
    problem_values = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)
    hash_list_sha256 = models.CharField(max_length=64, blank=True, default="")
    handed_over_at = models.DateTimeField(null=True)
    handed_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    handed_over_to = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "receiver"], name="one_package_for_each_receiver"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.created_at:%Y-%m-%d %H:%M}"


class DeliveryItem(models.Model):
    """One portrait of a delivery, as it was planned. `row_encrypted` has the file name and the values for the lists.
    `left_out_at`: the submission was taken out before the package was handed over."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="delivery_items")
    portrait_sha256 = models.CharField(max_length=64)
    row_encrypted = models.TextField()
    left_out_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "position"], name="one_item_at_each_position"),
            models.UniqueConstraint(fields=["delivery", "submission"], name="each_submission_once"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.position}"

    @property
    def row(self) -> dict[str, Any]:
        """`name` and `values`, as `encrypt_row` stored them."""
        loaded: dict[str, Any] = json.loads(decrypt(ENCRYPTION_KEY, self.row_encrypted))
        return loaded


class DeliveryFile(models.Model):
    """One finished file of the package; `number` 0 has the lists, the others the portraits in the order of the plan.
    `stored_name` is its name in the delivery's folder."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    stored_name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    portraits = models.PositiveIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="each_file_once")]

    def __str__(self) -> str:
        return self.name


class UploadState(models.Model):
    """CHSI has received the portrait, and it is not published yet."""

    submission = models.OneToOneField(
        Submission, on_delete=models.CASCADE, primary_key=True, related_name="upload_state"
    )
    uploaded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.submission_id


def encrypt_row(name: str, values: dict[str, str]) -> str:
    return encrypt(ENCRYPTION_KEY, json.dumps({"name": name, "values": values}, ensure_ascii=False))
