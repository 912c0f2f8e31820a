"""Query gateways about open payments: after lost notifications and unknown results. Expired codes are closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from server.payments.events import EventKind, add_event
from server.payments.gateways.base import Declined, Gateway, PaymentState, Unsure
from server.payments.models import OPEN_PAYMENT_STATES, Order, OrderState, Payment
from server.payments.settling import Source, settle

AT_ONCE: Final = 25
"""Payments that one run queries at most. A call may take seconds, and other jobs wait for this one."""


def watch(order: Order, now: datetime, query: Callable[[str], object]) -> int:
    """Call `query` with the number of every open payment whose turn it is, and return how many those are.

    Called at each request of a waiting page or kiosk for the state of the order. This function calls no gateway:
    `query` queues a call (server.payments.jobs.query_payment_now). However many wait, each turn is queued once.
    """
    if order.state != OrderState.OPEN.value:
        return 0
    due = [payment for payment in order.payments.filter(state__in=OPEN_PAYMENT_STATES) if _is_turn(payment, now)]
    claimed = [payment.number for payment in due if _claim(payment, now)]
    for number in claimed:
        query(number)
    return len(claimed)


def query_open_payments(gateways: Mapping[str, Gateway], now: datetime) -> int:
    """Query or close every open payment whose time has come; return how many. A gateway that does not answer is skipped
    until the next run."""
    due = Payment.objects.filter(state__in=OPEN_PAYMENT_STATES, next_query_at__lte=now, gateway__in=list(gateways))
    silent: set[str] = set()
    count = 0
    for payment in due.order_by("next_query_at", "pk")[:AT_ONCE]:
        if payment.gateway in silent or not _claim(payment, now):
            continue
        try:
            query_or_close(payment, gateways[payment.gateway], now)
            count += 1
        except Unsure:
            silent.add(payment.gateway)
    return count


def query_or_close(payment: Payment, gateway: Gateway, now: datetime) -> None:
    """Query an open payment, or close it if its code expired long enough ago or its order is not open any more. Raises
    Unsure; then nothing has changed."""
    due = Order.objects.filter(pk=payment.order_id, state=OrderState.OPEN.value).exists()
    if not due or now >= payment.valid_until + timedelta(minutes=settings.APP.payments.close_after_minutes):
        close_payment(payment, gateway, now)
    else:
        query_payment(payment, gateway, now)


def query_payment(payment: Payment, gateway: Gateway, now: datetime) -> PaymentState:
    """Settle the gateway's report, and return its state. Raises Unsure."""
    report = gateway.query(payment.number)
    settle(report, gateway.name, Source.QUERY, now)
    if report.state is PaymentState.CLOSED:
        _mark_closed(payment, now)
    return report.state


def close_payment(payment: Payment, gateway: Gateway, now: datetime) -> None:
    """Query, close, query again: somebody may pay between the first two. Raises Unsure; then the payment stays open and
    the next run begins again.

    alipay.trade.cancel is not used: it would refund a payment made in that second.
    """
    if query_payment(payment, gateway, now) in (PaymentState.PAID, PaymentState.CLOSED):
        return
    with suppress(Declined):  # paid just now, or nobody has scanned it: the second query shows which
        gateway.close(payment.number)
    if query_payment(payment, gateway, now) is PaymentState.UNKNOWN:
        _mark_closed(payment, now)


def _mark_closed(payment: Payment, now: datetime) -> None:
    """Mark an open payment as closed; if somebody pays it nevertheless, `settle` accepts it in this state, too."""
    changes = {"state": "closed", "next_query_at": None}
    with transaction.atomic():
        if Payment.objects.filter(pk=payment.pk, state__in=OPEN_PAYMENT_STATES).update(**changes):
            add_event(payment.order, EventKind.CLOSED, now, number=payment.number)


def _is_turn(payment: Payment, now: datetime) -> bool:
    waits = settings.APP.payments.query_seconds
    wait = waits[min(payment.queries, len(waits) - 1)]
    return now >= (payment.queried_at or payment.created_at) + timedelta(seconds=wait)


def _claim(payment: Payment, now: datetime) -> bool:
    """Take this turn, unless another process has. The row is written before the call: a crash skips one turn."""
    later = now + timedelta(minutes=settings.APP.payments.query_minutes)
    unchanged = Payment.objects.filter(pk=payment.pk, queries=payment.queries, state__in=OPEN_PAYMENT_STATES)
    return bool(unchanged.update(queries=F("queries") + 1, queried_at=now, next_query_at=later))
