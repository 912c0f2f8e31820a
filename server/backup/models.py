"""The check of stored pictures: its progress, and the pictures that are missing or damaged."""

from __future__ import annotations

from django.db import models

from server.submissions.models import Submission


class FileState(models.TextChoices):
    """`damaged`: the content differs from the hash that is its name."""

    MISSING = "missing"
    DAMAGED = "damaged"


class ScrubRound(models.Model):
    """One pass through the pictures of all submissions, in the order of their ids. It continues after
    `last_submission`."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    last_submission = models.CharField(max_length=40, blank=True, default="")
    files = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class DamagedFile(models.Model):
    """A picture that was missing or damaged at `checked_at`; the row is deleted when a later check finds it intact."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    part = models.CharField(max_length=30)
    state = models.CharField(max_length=10, choices=FileState.choices)
    found_at = models.DateTimeField()
    checked_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["found_at", "sha256"]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.part}: {self.state}"
