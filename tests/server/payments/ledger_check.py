"""Check that every fen is accounted for: compare what people paid at the gateways with the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Sum

from server.payments.gateways.base import PaymentState
from server.payments.models import OPEN_PAYMENT_STATES, Order, Payment
from server.payments.refund_models import Refund
from tests.server.payments.fake_gateway import FakeGateway


def problems(gateways: Iterable[FakeGateway]) -> list[str]:
    """Return every difference, or an empty list."""
    return [*_trades(gateways), *_orders(), *_sums(gateways), *_numbers()]


def _trades(gateways: Iterable[FakeGateway]) -> list[str]:
    differences = []
    for gateway in gateways:
        at_gateway = {number for number, trade in gateway.trades.items() if trade.state is PaymentState.PAID}
        payments = Payment.objects.filter(gateway=gateway.name, state__in=["paid", "wrong"])
        in_ledger = set(payments.values_list("number", flat=True))
        differences += [f"paid at the gateway, not in the ledger: {number}" for number in at_gateway - in_ledger]
        differences += [f"paid in the ledger, not at the gateway: {number}" for number in in_ledger - at_gateway]
    return differences


def _orders() -> list[str]:
    differences = []
    for order in Order.objects.all():
        payments = order.payments.filter(state="paid", over=False, refunded=False).count()
        if payments != (1 if order.state == "paid" else 0):
            differences.append(f"order {order.pk} is {order.state} with {payments} payments")
    return differences


def _sums(gateways: Iterable[FakeGateway]) -> list[str]:
    gateway_paid = sum(trade.paid_fen for gateway in gateways for trade in gateway.trades.values())
    gateway_refunded = sum(refund.amount_fen for gateway in gateways for refund in gateway.refunds.values())
    online = Payment.objects.filter(gateway__in=["wechat", "alipay"])
    due = _fen(online.filter(state="paid", over=False), "amount_fen")
    wrong = _fen(online.filter(state="wrong"), "received_fen")
    over = _fen(online.filter(state="paid", over=True), "received_fen")
    refunded = _fen(Refund.objects.filter(state="done"), "amount_fen")
    differences = []
    if gateway_paid - gateway_refunded != due + wrong:
        differences.append(f"gateways: {gateway_paid} - {gateway_refunded}, ledger: {due} + {wrong}")
    if not over == refunded == gateway_refunded:
        differences.append(f"over {over}, refunded {refunded} in the ledger and {gateway_refunded} at the gateways")
    return differences


def _numbers() -> list[str]:
    """Report orders with two numbers for one product of which none is closed, and payments that are still open."""
    paid_or_open = Payment.objects.filter(gateway__in=["wechat", "alipay"]).exclude(state="closed")
    duplicates = paid_or_open.values("order", "product").annotate(count=Count("pk")).filter(count__gt=1)
    still_open = Payment.objects.filter(state__in=OPEN_PAYMENT_STATES).count()
    return [f"two numbers: {row}" for row in duplicates] + [f"open: {still_open}" for _ in range(bool(still_open))]


def _fen(rows: object, column: str) -> int:
    total: int | None = rows.aggregate(fen=Sum(column))["fen"]  # type: ignore[attr-defined]
    return total or 0
