"""Memberships: what a user who is not a superuser may see."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from server.records.models import Campaign, School


class Role(models.TextChoices):
    """A user's task in a school or campaign. The workflow checks roles (server.submissions.rules); permissions decide
    which pages a user may open."""

    CLERK = "clerk"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    FINAL_REVIEWER = "final_reviewer"
    RETOUCHER = "retoucher"
    DELIVERY = "delivery"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Membership(models.Model):
    """One user works for one school, including its future campaigns, or for one campaign; without either, for every
    school."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, blank=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, null=True, blank=True)
    role = models.CharField(max_length=24, choices=Role.choices, default=Role.REVIEWER.value)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(school__isnull=True) | Q(campaign__isnull=True), name="school_or_campaign_not_both"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.campaign or self.school or '*'}"
