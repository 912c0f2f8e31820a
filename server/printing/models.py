"""The photos that were printed on each sheet; a second print of the same photo is marked as a reprint."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from server.stations.models import Station
from server.submissions.models import Submission


class PrintedPhoto(models.Model):
    """A portrait on a sheet, printed by a user or at a station. `key` identifies a form: one that is sent
    twice is the same print."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="prints")
    sheet = models.CharField(max_length=60)
    key = models.CharField(max_length=32)
    printed_at = models.DateTimeField(default=timezone.now)
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    station = models.ForeignKey(Station, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["submission", "sheet", "key"], name="photo_once_in_a_print"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.sheet}"
