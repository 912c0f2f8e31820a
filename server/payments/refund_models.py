"""Refunds: money that goes back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from server.payments.numbers import new_refund_number


class RefundState(models.TextChoices):
    """`requested`: waits for a second person. `approved`: to be sent. `sent`: the gateway is working on it. `failed`:
    the gateway declined it, and a person decides. `declined`: by a person, so that nothing is refunded."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    DECLINED = "declined"


class RefundCause(models.TextChoices):
    """Cause of a refund. All but `requested` follow from a rule, without a second person."""

    REQUESTED = "requested"
    OVER = "over"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class Refund(models.Model):
    """Money that goes back. Its number stays the same however often it is sent, so that it is refunded once."""

    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="refunds")
    number = models.CharField(max_length=32, unique=True, default=new_refund_number)
    amount_fen = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RefundState.choices, default=RefundState.REQUESTED.value)
    cause = models.CharField(max_length=10, choices=RefundCause.choices, default=RefundCause.REQUESTED.value)
    reason = models.CharField(max_length=200)
    """Written by a person or a rule; the gateway and the student may read it."""
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """null: the student on the order's page, or a rule."""
    requested_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=64, blank=True, default="")
    billed_on = models.DateField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_of_something")]
        indexes = [models.Index(fields=["state", "next_try_at"], name="refunds_to_send")]

    def __str__(self) -> str:
        return f"{self.number} {self.state} {self.amount_fen} fen"
