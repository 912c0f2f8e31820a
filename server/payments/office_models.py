"""Rows of the office: waivers, vouchers and the count of the cash at the end of the day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from server.records.models import Campaign


class WaiverState(models.TextChoices):
    """`requested`: above the daily limit, so that a second person decides."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"


class Waiver(models.Model):
    """The office waives the payment of one order, for a reason."""

    order = models.ForeignKey("payments.Order", on_delete=models.PROTECT, related_name="waivers")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=WaiverState.choices)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="requested"), name="one_requested_waiver_for_an_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"


class Voucher(models.Model):
    """A code that pays one order of a campaign in full. The code itself is shown once and stored as a keyed hash."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="vouchers")
    code_hmac = models.CharField(max_length=64, unique=True)
    code_end = models.CharField(max_length=4)
    """The last four characters, by which the office recognizes it."""
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """The creator, up to the daily limit. A voucher that nobody has approved pays nothing."""
    valid_until = models.DateTimeField()
    payment = models.OneToOneField("payments.Payment", on_delete=models.PROTECT, null=True, related_name="voucher")
    cancelled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"…{self.code_end}"


class CashCount(models.Model):
    """A count of the cash of a campaign at the end of a day. A second count of the day is a second row."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="cash_counts")
    day = models.DateField()
    expected_fen = models.IntegerField()
    """Cash taken minus cash refunded on that day; below zero if more was refunded."""
    counted_fen = models.IntegerField()
    remark = models.CharField(max_length=200, blank=True, default="")
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-day", "-id"]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.day}"

    @property
    def difference_fen(self) -> int:
        return self.counted_fen - self.expected_fen
