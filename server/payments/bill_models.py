"""Daily bills of the gateways, and their differences from the payments and refunds here."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Bill(models.Model):
    """The bill of one gateway for one day (Beijing time), stored when it was compared."""

    gateway = models.CharField(max_length=10)
    day = models.DateField()
    compared_at = models.DateTimeField()
    payments = models.PositiveIntegerField()
    payments_fen = models.PositiveBigIntegerField()
    refunds = models.PositiveIntegerField()
    refunds_fen = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-day", "gateway"]
        constraints = [models.UniqueConstraint(fields=["gateway", "day"], name="one_bill_for_a_day")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.day}"


class FindingKind(models.TextChoices):
    """`missing`: here, not in the bill. `additional`: in the bill, not here. `different`: another amount."""

    MISSING = "missing"
    ADDITIONAL = "additional"
    DIFFERENT = "different"


class FindingState(models.TextChoices):
    """A person's decision: follow the gateway, keep our rows, or ask the gateway and wait for its answer."""

    OPEN = "open"
    GATEWAY = "gateway"
    OURS = "ours"
    ASKED = "asked"


class BillFinding(models.Model):
    """One row that differs. `number` is that of the payment, or of the refund of `payment_number`."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="findings")
    kind = models.CharField(max_length=10, choices=FindingKind.choices)
    is_refund = models.BooleanField()
    number = models.CharField(max_length=64)
    payment_number = models.CharField(max_length=64, blank=True, default="")
    transaction_id = models.CharField(max_length=64, blank=True, default="")
    our_fen = models.PositiveIntegerField(null=True)
    their_fen = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=FindingState.choices, default=FindingState.OPEN.value)
    remark = models.CharField(max_length=200, blank=True, default="")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-bill__day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "is_refund", "number"], name="one_finding_for_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
