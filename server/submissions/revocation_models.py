"""Requests to revoke a portrait or to grant an appeal."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models

OPEN_REQUEST: Final = models.Q(approved_by=None, declined_by=None)


class RevocationRequest(models.Model):
    """An administrator's request to revoke a portrait or to grant an appeal; another administrator must approve it.

    `reasons` go to the student with the decision; only administrators see `internal_remark` and `decline_remark`.
    A cancelled request has the same person in `requested_by` and `declined_by`.
    """

    submission = models.ForeignKey(
        "submissions.Submission", on_delete=models.PROTECT, related_name="revocation_requests"
    )
    action = models.CharField(max_length=24)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    approved_at = models.DateTimeField(null=True)
    declined_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    declined_at = models.DateTimeField(null=True)
    reasons = models.JSONField(default=list)
    internal_remark = models.TextField(blank=True, default="")
    decline_remark = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission"], condition=OPEN_REQUEST, name="one_open_revocation_request"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
                name="revocation_needs_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.action}"


class RevocationProposal(models.Model):
    """The findings of the check after a campaign (server.remote.batch_check) or of the check of a delivery about one
    portrait. The row changes nothing: an administrator requests the revocation, or dismisses the proposal.

    `findings` are names of the messages `proposal.<finding>`.
    """

    submission = models.OneToOneField(
        "submissions.Submission", on_delete=models.CASCADE, primary_key=True, related_name="revocation_proposal"
    )
    findings = models.JSONField(default=list)
    made_at = models.DateTimeField()
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.submission_id}: {', '.join(self.findings)}"
