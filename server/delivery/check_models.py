"""The check of a delivery's portraits for beauty filters: its progress, its findings, and the decisions on them."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models

from server.submissions.models import Submission


class CheckStatus(models.TextChoices):
    """`stopped`: it cannot go on without a person, see `problem`. `skipped`: a person packed without it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    SKIPPED = "skipped"


class Level(models.TextChoices):
    """The levels of kiosk.capture.retouch.beauty_filter.SuspicionLevel, and `unable`: nothing was found, and the skin
    could not be measured, which refuses nobody."""

    NONE = "none"
    LOOK = "look"
    STRONG = "strong"
    UNABLE = "unable"


class Decision(models.TextChoices):
    """A person's decision on a finding. `remove` and `revoke` take the portrait out of the delivery; `revoke` also
    proposes the revocation, which two administrators decide."""

    KEEP = "keep"
    REMOVE = "remove"
    REVOKE = "revoke"


FINDING_LEVELS: Final = (Level.LOOK.value, Level.STRONG.value)


class DeliveryCheck(models.Model):
    """The check of one delivery; packaging waits for it. `summary`: the counts at its end, see `check_findings`."""

    delivery = models.OneToOneField(
        "delivery.Delivery", on_delete=models.CASCADE, primary_key=True, related_name="portrait_check"
    )
    status = models.CharField(max_length=10, choices=CheckStatus.choices, default=CheckStatus.WAITING.value)
    worker = models.CharField(max_length=32, blank=True, default="")
    active_at = models.DateTimeField()
    """When it last made progress; a check without any progress was lost with its worker."""
    attempts = models.PositiveIntegerField(default=0)
    """Failures of the engine since the last portrait."""
    problem = models.CharField(max_length=60, blank=True, default="")
    finished_at = models.DateTimeField(null=True)
    summary = models.JSONField(default=dict)
    skipped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    skip_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.status}"


class PortraitCheck(models.Model):
    """The result of the check of one portrait. A later delivery of the same bytes does not measure them again;
    `evidence` is a list of (key, value) with the messages `beauty_filter.evidence.<key>`, and `unable` has the message
    `beauty_filter.unable.<unable>`.

    `keep` holds for every delivery of this portrait; other decisions for `decided_in` alone.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="portrait_checks")
    portrait_sha256 = models.CharField(max_length=64)
    checked_at = models.DateTimeField()
    level = models.CharField(max_length=10, choices=Level.choices)
    score = models.FloatField(default=0.0)
    evidence = models.JSONField(default=list)
    unable = models.CharField(max_length=30, blank=True, default="")
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    decided_in = models.ForeignKey("delivery.Delivery", on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["submission", "portrait_sha256"], name="each_portrait_checked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.level}"
