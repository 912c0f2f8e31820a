"""Whether every fen is accounted for: what people paid at the gateways, against the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Sum

from server.payments.gateways.base import PaymentState
from server.payments.models import OPEN_PAYMENT_STATES, Order, Payment
from server.payments.refund_models import Refund
from tests.server.payments.fake_gateway import FakeGateway


def problems(gateways: Iterable[FakeGateway]) -> list[str]:
    """Every difference; empty if all is well."""
    return [*_trades(gateways), *_orders(), *_sums(gateways), *_numbers()]


def _trades(gateways: Iterable[FakeGateway]) -> list[str]:
    found = []
    for gateway in gateways:
        paid = {number for number, trade in gateway.trades.items() if trade.state is PaymentState.PAID}
        here = Payment.objects.filter(gateway=gateway.name, state__in=["paid", "wrong"])
        numbers = set(here.values_list("number", flat=True))
        found += [f"paid there, not here: {number}" for number in paid - numbers]
        found += [f"paid here, not there: {number}" for number in numbers - paid]
    return found


def _orders() -> list[str]:
    found = []
    for order in Order.objects.all():
        kept = order.payments.filter(state="paid", over=False, refunded=False).count()
        if kept != (1 if order.state == "paid" else 0):
            found.append(f"order {order.pk} is {order.state} with {kept} payments")
    return found


def _sums(gateways: Iterable[FakeGateway]) -> list[str]:
    there = sum(trade.paid_fen for gateway in gateways for trade in gateway.trades.values())
    back_there = sum(refund.amount_fen for gateway in gateways for refund in gateway.refunds.values())
    online = Payment.objects.filter(gateway__in=["wechat", "alipay"])
    kept = _fen(online.filter(state="paid", over=False), "amount_fen")
    wrong = _fen(online.filter(state="wrong"), "received_fen")
    over = _fen(online.filter(state="paid", over=True), "received_fen")
    back = _fen(Refund.objects.filter(state="done"), "amount_fen")
    found = []
    if there - back_there != kept + wrong:
        found.append(f"{there} - {back_there} there, {kept} + {wrong} here")
    if not over == back == back_there:
        found.append(f"over {over}, refunded {back} here and {back_there} there")
    return found


def _numbers() -> list[str]:
    """No order has two numbers for one product, unless the first was closed."""
    paid_or_open = Payment.objects.filter(gateway__in=["wechat", "alipay"]).exclude(state="closed")
    twice = paid_or_open.values("order", "product").annotate(count=Count("pk")).filter(count__gt=1)
    left_open = Payment.objects.filter(state__in=OPEN_PAYMENT_STATES).count()
    return [f"two numbers: {row}" for row in twice] + [f"left open: {left_open}" for _ in range(bool(left_open))]


def _fen(rows: object, column: str) -> int:
    total: int | None = rows.aggregate(fen=Sum(column))["fen"]  # type: ignore[attr-defined]
    return total or 0
