"""Second looks: approvals drawn at random that somebody else judges again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from server.submissions.models import AuditEntry, Submission


class SecondLook(models.Model):
    """One approval of `reviewer`, drawn for a second look. Whoever looks does not see the first decision; the answer
    changes nothing about the submission. `is_fine` is None until somebody has looked."""

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="second_look")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="second_looks")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    """The day of the approval in the server's time zone."""
    drawn_at = models.DateTimeField()
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    looked_at = models.DateTimeField(null=True)
    is_fine = models.BooleanField(null=True)
    reason = models.CharField(max_length=30, blank=True, default="")
    comment = models.TextField(blank=True, default="")

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(looked_by=None) | ~Q(looked_by=F("reviewer")), name="second_look_by_somebody_else"
            ),
        ]
        indexes = [
            models.Index(fields=["looked_at", "id"], name="second_looks_waiting"),
            models.Index(fields=["day", "reviewer"], name="second_looks_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.day}"
