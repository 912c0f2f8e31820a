"""Imports of rosters, so that they can be undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from server.records.identifiers import new_id


class RosterImport(models.Model):
    """One import of a roster, so that it can be undone; the audit log has its permanent record."""

    id = models.CharField(max_length=32, primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey("records.Campaign", on_delete=models.CASCADE, related_name="roster_imports")
    imported_at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    file_name = models.CharField(max_length=120, blank=True)
    created = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-imported_at", "-id"]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.imported_at:%Y-%m-%d %H:%M}"


class RosterChange(models.Model):
    """The columns of one student before and after an import, and the earlier number if the import changed it.
    `changes_contact`: it changed the addresses, whose earlier values are here, too."""

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="changes")
    student = models.ForeignKey("records.Student", on_delete=models.CASCADE, related_name="+")
    id_number_encrypted = models.TextField(blank=True, default="")
    changes_contact = models.BooleanField(default=False)
    phone_encrypted = models.TextField(blank=True, default="")
    email_encrypted = models.TextField(blank=True, default="")
    contact_consent_at = models.DateTimeField(null=True)
    before = models.JSONField()
    after = models.JSONField()

    def __str__(self) -> str:
        return f"{self.roster_import_id}: {self.student_id}"
