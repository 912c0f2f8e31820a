"""Reasons of decisions, as they are stored."""

from __future__ import annotations

from django.db import models

from server.submissions.reasons import Mark


class Reason(models.Model):
    """One reason of a decision; `x`, `y`, `w` and `h` mark the place in the portrait as shares of its size."""

    submission = models.ForeignKey("submissions.Submission", on_delete=models.PROTECT, related_name="reasons")
    entry = models.ForeignKey("submissions.AuditEntry", on_delete=models.PROTECT, related_name="reasons", null=True)
    code = models.CharField(max_length=30)
    comment = models.TextField(blank=True)
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    w = models.FloatField(null=True)
    h = models.FloatField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.code}"

    @property
    def mark(self) -> Mark | None:
        if self.x is None or self.y is None or self.w is None or self.h is None:
            return None
        return Mark(self.x, self.y, self.w, self.h)
