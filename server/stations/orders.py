"""The orders of students for the payment screen of a station, which itself never connects to a payment gateway."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from kiosk.upload.order import CashPayment, OrderPayload, PaymentCode
from server.core.api_errors import ApiError
from server.payments.cash import Cashier, take_cash
from server.payments.gateways.base import Product
from server.payments.gateways.configured import configured_gateways
from server.payments.jobs import watch_order
from server.payments.models import Order, OrderState, Payment, PaymentState
from server.payments.orders import order_for
from server.payments.situations import Situation, situation_of
from server.payments.starting import Visitor, start
from server.records.models import Student
from server.stations.models import Station

log = logging.getLogger(__name__)
_SCANNED: Final = (("wechat", Product.NATIVE), ("alipay", Product.PRECREATE))
"""The products whose codes are scanned from a screen."""
_UNCLEAR: Final = (Situation.UNKNOWN, Situation.WRONG_AMOUNT)
"""Situations in which somebody may have paid."""


def order_state(station: Station, student: str, now: datetime) -> OrderPayload:
    """Return the stored state; the gateways are queried in the background while somebody waits."""
    order = _order(station, student, now)
    if order is None:
        return _free_order()
    watch_order(order, now)
    return _payload(order, (), now)


def start_codes(station: Station, student: str, base_url: str, now: datetime) -> OrderPayload:
    """Return a code for each gateway that answered; the same ones again while they are valid."""
    order = _order(station, student, now)
    if order is None:
        return _free_order()
    payments = _start_all(order, Visitor(base_url=base_url), now)
    order.refresh_from_db()
    return _payload(order, payments if order.state == OrderState.OPEN.value else (), now)


def pay_cash(station: Station, student: str, cash: CashPayment, now: datetime) -> OrderPayload:
    """Record the order's amount as cash of this station's operator. Repeated, or with another amount than the order's,
    it changes nothing: the response shows the state."""
    order = _order(station, student, now)
    if order is None:
        return _free_order()
    if order.amount_fen == cash.amount_fen:
        try:
            take_cash(order, Cashier(station_name=station.name), now, cash.key)
        except ApiError as error:
            log.info("cash at station %s: %s", station.name, error.reason)
        order.refresh_from_db()
    return _payload(order, (), now)


def _order(station: Station, student: str, now: datetime) -> Order | None:
    """Return the order; None in a campaign without a price. Raises ApiError student_unknown, also for students outside
    the station's campaigns."""
    of_station = Student.objects.filter(pk=student, campaign__in=station.scope.allowed())
    found = of_station.select_related("campaign__school").first()
    if found is None:
        raise ApiError("refused.student_unknown")
    return order_for(found, now)


def _start_all(order: Order, visitor: Visitor, now: datetime) -> list[Payment]:
    started = []
    for name, product in _SCANNED:
        gateway = configured_gateways().get(name)
        if gateway is None or product not in gateway.products:
            continue
        try:
            payment = start(order, gateway, product, visitor, now)
        except ApiError as error:
            log.info("no code of %s: %s", name, error.reason)
            continue
        if payment.code:
            started.append(payment)
    return started


def _payload(order: Order, payments: Iterable[Payment], now: datetime) -> OrderPayload:
    shown = list(payments)
    ends = [(payment.valid_until - now).total_seconds() for payment in shown]
    kept = order.payments.filter(state=PaymentState.PAID.value, over=False, refunded=False).first()
    return OrderPayload(
        state=order.state,
        amount_fen=order.amount_fen,
        checking=order.state == OrderState.OPEN.value and situation_of(order, now).situation in _UNCLEAR,
        codes=tuple(PaymentCode(channel=payment.gateway, text=payment.code) for payment in shown),
        codes_valid_seconds=max(0.0, min(ends)) if ends else None,
        receipt_no=kept.receipt_number if kept is not None else "",
        simulated=order.student.campaign.simulated,
    )


def _free_order() -> OrderPayload:
    return OrderPayload(state=OrderState.WAIVED.value, amount_fen=0)
