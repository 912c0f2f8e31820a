"""The periodic jobs and the tasks of payments."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django_tasks import task

from server.payments.bills import fetch_bills
from server.payments.gateways.base import Unsure
from server.payments.gateways.configured import configured_gateways
from server.payments.models import OPEN_PAYMENT_STATES, Order, Payment
from server.payments.polling import query_open_payments, query_or_close, watch
from server.payments.repricing import reprice
from server.payments.sending_refunds import send_refunds


def query_payments(now: datetime) -> int:
    return query_open_payments(configured_gateways(), now)


def send_approved_refunds(now: datetime) -> int:
    return send_refunds(configured_gateways(), now)


def compare_bills(now: datetime) -> int:
    return fetch_bills(configured_gateways(), now)


def watch_order(order: Order, now: datetime) -> int:
    """Queue the queries of an order that are due; call this at each request of a waiting page or kiosk."""
    return watch(order, now, query_payment_now.enqueue)


@task()
def reprice_orders(campaign: str) -> None:
    """Update the open orders after a change of a campaign's price or payer."""
    reprice(campaign, timezone.now())


@task()
def query_payment_now(number: str) -> None:
    """Query one payment for which somebody waits. If the result is unknown, a later query follows."""
    payment = Payment.objects.filter(number=number, state__in=OPEN_PAYMENT_STATES).first()
    gateway = configured_gateways().get(payment.gateway) if payment else None
    if payment is None or gateway is None:
        return
    try:
        query_or_close(payment, gateway, timezone.now())
    except Unsure:
        return
