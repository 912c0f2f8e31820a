"""Start a payment: the row is committed before the gateway is called, so that its result can always be queried."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from server.core.api_errors import ApiError
from server.payments.events import EventKind, add_event
from server.payments.gateways.base import (
    Declined,
    Gateway,
    PaymentReport,
    PaymentState,
    Product,
    StartedPayment,
    StartRequest,
    Unsure,
)
from server.payments.models import OPEN_PAYMENT_STATES, Order, Payment
from server.payments.orders import lock_order, require_payable
from server.payments.settling import Source, settle

REUSED_IF_VALID_FOR: Final = timedelta(minutes=2)
"""A code that expires sooner is not shown again: it could expire while somebody pays."""
DESCRIPTION: Final = "毕业生图像采集"


@dataclass(frozen=True)
class Visitor:
    """The person who pays, as far as a gateway needs it; see StartRequest. `base_url` is this server's address for the
    gateway."""

    base_url: str
    openid: str = ""
    client_ip: str = ""
    return_url: str = ""


def start(order: Order, gateway: Gateway, product: Product, visitor: Visitor, now: datetime) -> Payment:
    """Return a payment with its code; the same one again if the same product was started before.

    `code` stays empty while the gateway's result is unknown: nothing is lost, and another call sends the same number
    and amount. Raises ApiError: order_settled, order_closed, product_unavailable, payment_simulated, payment_real,
    gateway_declined (the payment may have been paid or closed meanwhile: read the order again).
    """
    if product not in gateway.products:
        raise ApiError("refused.product_unavailable")
    payment = _open_payment(order, gateway, product, visitor, now)
    if payment.code:
        return payment
    try:
        started = gateway.start(_request(payment, gateway, product, visitor))
    except Unsure:
        return payment
    except Declined as declined:
        _close_declined(payment, gateway, declined, now)
        raise ApiError("refused.gateway_declined", code=declined.code) from declined
    payment.code = code_of(started)
    changes = {"code": payment.code, "state": "pending"}
    if Payment.objects.filter(pk=payment.pk, state="created").update(**changes):
        payment.state = "pending"
    return payment


def code_of(started: StartedPayment) -> str:
    """Return the text of the QR code, the URL, or the values for the page in WeChat as JSON."""
    if started.browser_values:
        return json.dumps(dict(started.browser_values))
    return started.code_url or started.redirect_url


def notification_path(gateway: str) -> str:
    return f"/payments/notifications/{gateway}"


def _open_payment(order: Order, gateway: Gateway, product: Product, visitor: Visitor, now: datetime) -> Payment:
    """Return the open attempt of this product, or a new one, committed."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        require_payable(locked, now)
        _require_same_realm(locked, gateway)
        payer = payer_hmac(visitor.openid)
        payment = _reusable(locked, gateway, product, payer, now)
        if payment is None:
            payment = Payment.objects.create(
                order=locked,
                gateway=gateway.name,
                product=product.value,
                amount_fen=locked.amount_fen,
                simulated=gateway.simulated,
                payer_hmac=payer,
                created_at=now,
                valid_until=now + timedelta(minutes=settings.APP.payments.code_minutes),
                next_query_at=now + timedelta(minutes=settings.APP.payments.query_minutes),
            )
            details = {"number": payment.number, "gateway": gateway.name, "product": product.value}
            add_event(locked, EventKind.STARTED, now, **details, amount_fen=payment.amount_fen)
        return payment


def _reusable(order: Order, gateway: Gateway, product: Product, payer: str, now: datetime) -> Payment | None:
    """Return the attempt that a second press of the button uses again: a second number could be paid, too."""
    attempts = order.payments.filter(
        gateway=gateway.name,
        product=product.value,
        payer_hmac=payer,
        amount_fen=order.amount_fen,
        simulated=gateway.simulated,
        state__in=OPEN_PAYMENT_STATES,
        valid_until__gt=now + REUSED_IF_VALID_FOR,
    )
    return attempts.order_by("pk").first()


def _require_same_realm(order: Order, gateway: Gateway) -> None:
    if gateway.simulated and not order.student.campaign.simulated:
        raise ApiError("refused.payment_simulated")
    if order.student.campaign.simulated and not gateway.simulated:
        raise ApiError("refused.payment_real")


def payer_hmac(openid: str) -> str:
    """Return the keyed hash of a WeChat user; "" without one."""
    return salted_hmac("payer of a payment", openid, algorithm="sha256").hexdigest() if openid else ""


def _request(payment: Payment, gateway: Gateway, product: Product, visitor: Visitor) -> StartRequest:
    return StartRequest(
        number=payment.number,
        product=product,
        amount_fen=payment.amount_fen,
        description=DESCRIPTION,
        notify_url=visitor.base_url + notification_path(gateway.name),
        expires_at=payment.valid_until,
        openid=visitor.openid,
        client_ip=visitor.client_ip,
        return_url=visitor.return_url,
    )


def _close_declined(payment: Payment, gateway: Gateway, declined: Declined, now: datetime) -> None:
    """Query a declined payment, which an earlier call may have started, and close it unless it is paid or pending."""
    add_event(payment.order, EventKind.START_DECLINED, now, number=payment.number, code=declined.code)
    try:
        report: PaymentReport = gateway.query(payment.number)
    except Unsure:
        return
    if report.state is PaymentState.PAID:
        settle(report, gateway.name, Source.QUERY, now)
    elif report.state in (PaymentState.CLOSED, PaymentState.UNKNOWN):
        # Nobody has seen its code. If it is paid nevertheless, settle() accepts it.
        Payment.objects.filter(pk=payment.pk, state="created").update(state="closed", next_query_at=None)
