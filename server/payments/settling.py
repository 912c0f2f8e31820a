"""Settle the reports of gateways: each payment once, however often and in whichever order it is reported."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from server.payments.events import EventKind, add_event
from server.payments.gateways.base import PaymentReport
from server.payments.gateways.base import PaymentState as Reported
from server.payments.models import Order, OrderState, Payment, PaymentState
from server.payments.orders import change_state, lock_order
from server.payments.refund_models import Refund, RefundCause, RefundState


class Source(StrEnum):
    """Source of a report. A query and a bill are responses to our own requests."""

    NOTIFICATION = "notification"
    QUERY = "query"
    BILL = "bill"


class Outcome(StrEnum):
    """Effect of a report."""

    IGNORED = "ignored"  # it does not report a payment as paid
    KNOWN = "known"
    SETTLED = "settled"
    OVER = "over"
    NOTED = "noted"  # nothing was settled; an event names the reason


def settle(report: PaymentReport, gateway: str, source: Source, now: datetime) -> Outcome:
    """Write a verified report into the ledger, in one short transaction under the lock of the order."""
    if report.state is not Reported.PAID:
        return Outcome.IGNORED
    order_id = Payment.objects.filter(number=report.number, gateway=gateway).values_list("order", flat=True).first()
    if order_id is None:
        details = {"gateway": gateway, "source": source.value, "amount_fen": report.amount_fen}
        add_event(None, EventKind.UNKNOWN_NUMBER, now, key=f"unknown:{gateway}:{report.number}", **details)
        return Outcome.NOTED
    with transaction.atomic():
        order = lock_order(order_id)
        return _settle_locked(order, order.payments.get(number=report.number), report, source, now)


def _settle_locked(order: Order, payment: Payment, report: PaymentReport, source: Source, now: datetime) -> Outcome:
    if _was_settled(payment):
        return _known(order, payment, report, now)
    if report.simulated != payment.simulated or report.simulated != order.student.campaign.simulated:
        add_event(order, EventKind.WRONG_REALM, now, key=f"realm:{payment.number}", number=payment.number)
        return Outcome.NOTED
    if _is_of_another(payment, report):
        add_event(order, EventKind.TRANSACTION_TWICE, now, key=f"twice:{payment.number}", number=payment.number)
        return Outcome.NOTED
    if report.amount_fen != payment.amount_fen:
        return _settle_wrong_amount(order, payment, report, source, now)
    return _settle_paid(order, payment, report, source, now)


def _settle_paid(order: Order, payment: Payment, report: PaymentReport, source: Source, now: datetime) -> Outcome:
    payment.over = order.state != OrderState.OPEN.value
    _write(payment, PaymentState.PAID, report, now)
    details = {"number": payment.number, "gateway": payment.gateway, "source": source.value}
    if payment.over:
        add_event(order, EventKind.PAID_OVER, now, **details, amount_fen=payment.amount_fen, state=order.state)
        refund_over(payment, now)
        return Outcome.OVER
    change_state(order, OrderState.PAID, now)
    add_event(order, EventKind.PAID, now, **details, amount_fen=payment.amount_fen)
    return Outcome.SETTLED


def _settle_wrong_amount(
    order: Order, payment: Payment, report: PaymentReport, source: Source, now: datetime
) -> Outcome:
    """Record another amount: a notification only causes a query; a query or a bill sets the state `wrong`."""
    details: dict[str, Any] = {"number": payment.number, "amount_fen": payment.amount_fen}
    details["reported_fen"] = report.amount_fen
    if source is Source.NOTIFICATION:
        add_event(order, EventKind.AMOUNT_REPORTED, now, key=f"amount:{payment.number}", **details)
        payment.next_query_at = now
        payment.save(update_fields=["next_query_at"])
        return Outcome.NOTED
    _write(payment, PaymentState.WRONG, report, now)
    add_event(order, EventKind.WRONG_AMOUNT, now, **details)
    return Outcome.NOTED


def refund_over(payment: Payment, now: datetime) -> Refund:
    """Create the approved refund of a payment that came when nothing was due any more; no person decides."""
    return Refund.objects.create(
        payment=payment,
        amount_fen=payment.received_fen,
        state=RefundState.APPROVED.value,
        cause=RefundCause.OVER.value,
        reason="重复付款 / paid twice",
        requested_at=now,
        approved_at=now,
        next_try_at=now,
    )


def _write(payment: Payment, state: PaymentState, report: PaymentReport, now: datetime) -> None:
    payment.state, payment.transaction_id = state.value, report.transaction_id
    payment.received_fen, payment.paid_at = report.amount_fen, report.paid_at or now
    payment.next_query_at = None
    payment.save(update_fields=["state", "over", "transaction_id", "received_fen", "paid_at", "next_query_at"])


def _was_settled(payment: Payment) -> bool:
    return payment.state in (PaymentState.PAID.value, PaymentState.WRONG.value)


def _known(order: Order, payment: Payment, report: PaymentReport, now: datetime) -> Outcome:
    """Return the outcome for a settled number. Another transaction for it is money that the ledger lacks."""
    if report.transaction_id and report.transaction_id != payment.transaction_id:
        key = f"second:{payment.number}:{report.transaction_id}"[:120]
        add_event(order, EventKind.TRANSACTION_TWICE, now, key=key, number=payment.number)
        return Outcome.NOTED
    return Outcome.KNOWN


def _is_of_another(payment: Payment, report: PaymentReport) -> bool:
    others = Payment.objects.filter(gateway=payment.gateway, transaction_id=report.transaction_id)
    return bool(report.transaction_id) and others.exclude(pk=payment.pk).exists()
