"""Orders, payments, refunds and the events of an order. Money is integer fen (1/100 yuan) everywhere.

A student has one order in a campaign; a retake never creates a second one. A payment is one attempt with one number at
one gateway; a refund has its own number. Nothing that a gateway or a browser sends changes a row before it is
verified, and everything that changes a row holds the lock of the order (server.payments.orders.lock_order).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

# Django finds the tables of an app through this module.
from server.payments import bill_models, office_models, refund_models  # noqa: F401
from server.payments.gateways.base import Product
from server.payments.numbers import new_payment_number
from server.records.identifiers import new_token
from server.records.models import Student


class OrderState(models.TextChoices):
    """State of the payment of an order. `expired`: the student may not come any more and never paid."""

    OPEN = "open"
    PAID = "paid"
    WAIVED = "waived"
    REFUNDED = "refunded"
    EXPIRED = "expired"


SETTLED_STATES = (OrderState.PAID.value, OrderState.WAIVED.value)
"""States in which the student owes nothing and may be served."""


class InvoiceState(models.TextChoices):
    """State of the invoice (发票), which the office issues elsewhere. `reversed`: by a red-letter invoice."""

    NONE = "none"
    REQUESTED = "requested"
    ISSUED = "issued"
    REVERSED = "reversed"


class Order(models.Model):
    """The amount that one student pays in one campaign. `token` is the secret part of the URL of its page."""

    student = models.OneToOneField(Student, on_delete=models.PROTECT, related_name="order")
    amount_fen = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.OPEN.value, db_index=True)
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True)
    """When it was paid or waived."""
    changed_at = models.DateTimeField(default=timezone.now)
    """When the state changed last."""
    invoice_state = models.CharField(
        max_length=10, choices=InvoiceState.choices, default=InvoiceState.NONE.value, db_index=True
    )
    invoice_title = models.CharField(max_length=100, blank=True, default="")
    invoice_taxpayer_number = models.CharField(max_length=20, blank=True, default="")
    invoice_email = models.CharField(max_length=254, blank=True, default="")
    invoice_number = models.CharField(max_length=40, blank=True, default="")
    """The number of the invoice that the office issued."""

    def __str__(self) -> str:
        return f"{self.pk} {self.state} {self.amount_fen} fen"


class GatewayName(models.TextChoices):
    """Ways to pay an order."""

    WECHAT = "wechat"
    ALIPAY = "alipay"
    CASH = "cash"
    VOUCHER = "voucher"


ONLINE_GATEWAYS = (GatewayName.WECHAT.value, GatewayName.ALIPAY.value)


PRODUCTS = (*((product.value, product.value) for product in Product), ("office", "office"))
"""The products of the gateways, and "office" for cash and vouchers."""


class PaymentState(models.TextChoices):
    """`created`: stored here; the gateway may or may not have it. `pending`: the gateway has it. `wrong`: paid with
    another amount, so that a person decides."""

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    CLOSED = "closed"
    WRONG = "wrong"


OPEN_PAYMENT_STATES = (PaymentState.CREATED.value, PaymentState.PENDING.value)


class Payment(models.Model):
    """One attempt to pay. Its number is never used for another amount. `over`: it was paid although the order was not
    open any more, and is refunded."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=10, choices=GatewayName.choices)
    product = models.CharField(max_length=10, choices=PRODUCTS)
    number = models.CharField(max_length=32, unique=True, default=new_payment_number)
    amount_fen = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=PaymentState.choices, default=PaymentState.CREATED.value)
    over = models.BooleanField(default=False)
    refunded = models.BooleanField(default=False)
    """Completely refunded."""
    simulated = models.BooleanField(default=False)
    code = models.TextField(blank=True, default="")
    """The text of the QR code, the URL to open, or the parameters of the page in WeChat (JSON)."""
    payer_hmac = models.CharField(max_length=64, blank=True, default="")
    """Keyed hash of the WeChat user for whom a JSAPI payment was started."""
    valid_until = models.DateTimeField()
    transaction_id = models.CharField(max_length=64, blank=True, default="")
    """The gateway's own number."""
    received_fen = models.PositiveIntegerField(default=0)
    """The amount that the gateway reported as paid."""
    created_at = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True)
    receipt_number = models.CharField(max_length=24, blank=True, default="")
    """For cash: the number on the paper receipt, without gaps within a school and year."""
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    station_name = models.CharField(max_length=60, blank=True, default="")
    """The station whose operator took the cash with the PIN."""
    queries = models.PositiveIntegerField(default=0)
    queried_at = models.DateTimeField(null=True)
    next_query_at = models.DateTimeField(null=True)
    """When the payment is queried even if nobody waits for it."""
    billed_on = models.DateField(null=True)
    """The day of the bill that contains it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "transaction_id"], condition=~Q(transaction_id=""), name="payment_transaction_once"
            ),
            models.UniqueConstraint(
                fields=["receipt_number"], condition=~Q(receipt_number=""), name="payment_receipt_once"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state="paid", over=False, refunded=False),
                name="one_kept_payment_for_an_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_query_at"], condition=Q(state__in=["created", "pending"]), name="payments_to_query"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.number} {self.state}"


class OrderEvent(models.Model):
    """An event of an order, appended and never changed (server.audit.append_only). `key`: a second event with the
    same key is not stored. `order` is null for a payment that nobody here started."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40, db_index=True)
    key = models.CharField(max_length=120, unique=True, null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    details = models.JSONField(default=dict)
    """Numbers, amounts and codes; no secret, no name, no number of a document."""

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An event of an order is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An event of an order is never deleted.")
