"""Appeals of students against the revocation of their portrait."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from server.submissions.models import AuditEntry, Submission


class Appeal(models.Model):
    """One appeal against one revocation (`entry`). It is granted when two administrators take the revocation back
    (server.submissions.revocation), and declined with an answer to the student."""

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="appeal")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="appeals")
    text = models.TextField()
    filed_at = models.DateTimeField()
    answer = models.TextField(blank=True, default="")
    declined_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    declined_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"{self.submission_id} {self.filed_at:%Y-%m-%d}"

    @property
    def is_declined(self) -> bool:
        return self.declined_at is not None
