"""Periods in which students of a campaign are photographed."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils import timezone

from config.time_zones import local_date


class WindowKind(models.TextChoices):
    """How portraits are taken in a window."""

    ON_SITE = "on_site"
    MAKE_UP = "make_up"
    REMOTE = "remote"


class CaptureWindow(models.Model):
    """A period in which students of a campaign are photographed, within the campaign's days.

    A window with `students` is a make-up window (补拍) for them alone: at a station (`make_up`) or on the remote page
    (`remote`). It may be after the campaign's last day.
    """

    campaign = models.ForeignKey("records.Campaign", on_delete=models.CASCADE, related_name="windows")
    kind = models.CharField(max_length=10, choices=WindowKind.choices, default=WindowKind.ON_SITE.value)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True, default="")
    place_en = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["opens_at", "id"]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.kind} {self.opens_at:%Y-%m-%d %H:%M}"

    def is_open_on(self, day: date) -> bool:
        """Whether it is open at some time of that day at the school: its first and last day count in full."""
        zone = timezone.get_default_timezone()
        return local_date(self.opens_at, zone) <= day <= local_date(self.closes_at, zone)
