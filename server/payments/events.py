"""Write the events of orders."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from server.payments.models import Order, OrderEvent


class EventKind(StrEnum):
    """Kinds of events; each has a label `payment_office.event.<value>` in the catalogues."""

    CREATED = "created"
    REPRICED = "repriced"
    STARTED = "started"
    START_DECLINED = "start_declined"
    PAID = "paid"
    PAID_OVER = "paid_over"
    AMOUNT_REPORTED = "amount_reported"  # a notification with another amount, to be confirmed by our own query
    WRONG_AMOUNT = "wrong_amount"
    WRONG_REALM = "wrong_realm"  # simulated money for a real campaign, or real money for a simulated one
    TRANSACTION_TWICE = "transaction_twice"
    UNKNOWN_NUMBER = "unknown_number"
    CLOSED = "closed"
    EXPIRED = "expired"
    REOPENED = "reopened"
    CASH_TAKEN = "cash_taken"
    VOUCHER_REDEEMED = "voucher_redeemed"
    SCHOOL_PAYS = "school_pays"
    NO_PRICE = "no_price"
    WAIVER_REQUESTED = "waiver_requested"
    WAIVER_DECLINED = "waiver_declined"
    WAIVED = "waived"
    FREE_RETAKE = "free_retake"
    REFUND_REQUESTED = "refund_requested"
    REFUND_APPROVED = "refund_approved"
    REFUND_DECLINED = "refund_declined"
    REFUND_SENT = "refund_sent"
    REFUND_DONE = "refund_done"
    REFUND_FAILED = "refund_failed"
    INVOICE_CHANGED = "invoice_changed"
    FINDING_DECIDED = "finding_decided"


def add_event(
    order: Order | None, kind: EventKind, now: datetime, *, key: str | None = None, user: Any = None, **details: Any
) -> None:
    """Append an event in the open transaction. A second one with the same `key` is left out.

    `details` must not contain a code, a token, an openid or the number of a document.
    """
    event = OrderEvent(order=order, at=now, kind=kind.value, key=key, user=user, details=details)
    OrderEvent.objects.bulk_create([event], ignore_conflicts=key is not None)
