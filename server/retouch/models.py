"""The jobs of the photo engine for retouchers, one row each, with input and result."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import models

from server.records.identifiers import new_id
from server.submissions.models import Submission


class Kind(models.TextChoices):
    """`prepare` makes the pictures that the brush needs, `strokes` a portrait from the original by strokes, `upload`
    checks a portrait that was edited elsewhere."""

    PREPARE = "prepare"
    STROKES = "strokes"
    UPLOAD = "upload"


class Status(models.TextChoices):
    """`refused`: the job ran, and its result may not be used. `failed`: it could not run; it may be tried again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


UNFINISHED: Final = (Status.QUEUED.value, Status.RUNNING.value)


class RetouchJob(models.Model):
    """One job. `key` is the hash of everything that determines its result, so the same request is the same job.

    `parent_sha256` is the submission's portrait when it was requested. `report` has the findings of the retouch guard
    and the rules that fail now. A job whose result was submitted stays as long as its submission: `strokes` and
    `recipe` record how the portrait was made.
    """

    id = models.CharField(max_length=32, primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=64, unique=True)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="retouch_jobs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    parent_sha256 = models.CharField(max_length=64)
    strokes = models.JSONField(default=list)
    upload_sha256 = models.CharField(max_length=64, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED.value)
    stage = models.CharField(max_length=20, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result_sha256 = models.CharField(max_length=64, blank=True, default="")
    recipe = models.JSONField(null=True)
    report = models.JSONField(default=dict)
    problem = models.CharField(max_length=60, blank=True, default="")
    problem_values = models.JSONField(default=dict)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["submission", "kind", "-created_at"], name="jobs_of_a_submission"),
            models.Index(fields=["status", "created_at"], name="retouch_jobs_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.kind}"

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def is_usable(self) -> bool:
        """Whether its portrait may be submitted."""
        return self.status == Status.DONE.value and self.kind != Kind.PREPARE.value

    def findings(self) -> list[dict[str, Any]]:
        """Return the findings of the retouch guard, the worst first."""
        findings: list[dict[str, Any]] = self.report.get("findings", [])
        return findings
