"""A process killed at any step of start or settle: polling completes its work, and no fen is lost or counted twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from server.payments import settling
from server.payments.cash import Cashier, take_cash
from server.payments.gateways.base import Product
from server.payments.models import Order, Payment
from server.payments.polling import query_open_payments
from server.payments.sending_refunds import send_refunds
from server.payments.settling import Source, settle
from server.payments.starting import start
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, VISITOR, order_of, paying_campaign
from tests.server.payments.killing import Steps, StoredGateway, every_step
from tests.server.payments.ledger_check import problems
from tests.server.races import remove_transactions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]
STEPS = 25
"""The number of orders, one for each step."""


@pytest.fixture
def wechat(tmp_path: Path) -> StoredGateway:
    return StoredGateway(path=tmp_path / "gateway")


@pytest.fixture
def orders(transactional_db: None) -> list[Order]:
    campaign = paying_campaign()
    return [order_of(make_student(campaign, serial)) for serial in range(1, STEPS + 1)]


def start_payment(order: Order, wechat: StoredGateway) -> Payment:
    return start(order, wechat, Product.NATIVE, VISITOR, NOW)


def let_time_pass(wechat: StoredGateway) -> None:
    for hours in range(1, 4):
        query_open_payments({"wechat": wechat}, NOW + timedelta(hours=hours))
        send_refunds({"wechat": wechat}, NOW + timedelta(hours=hours))


def test_killed_at_any_step_of_start(orders: list[Order], wechat: StoredGateway) -> None:
    def run(step: int, steps: Steps) -> None:
        wechat.step = steps
        start_payment(orders[step], wechat)

    killed = list(every_step(run, STEPS))
    assert len(killed) > 5
    wechat.load()
    for step in killed[::2]:  # some press again and pay, the others leave
        wechat.pay(start_payment(orders[step], wechat).number)
        wechat._end(False)
    let_time_pass(wechat)
    assert problems([wechat]) == []
    assert [order.state for order in Order.objects.filter(pk__in=[orders[step].pk for step in killed[::2]])] == [
        "paid"
    ] * len(killed[::2])


def _kill_every_settling(orders: list[Order], wechat: StoredGateway) -> int:
    payments = [start_payment(order, wechat) for order in orders]
    reports = [wechat.pay(payment.number) for payment in payments]
    wechat._end(False)

    def run(step: int, _: Steps) -> None:
        settle(reports[step], "wechat", Source.NOTIFICATION, NOW)

    return len(list(every_step(run, STEPS)))


@pytest.mark.parametrize("atomic", [True, False])
def test_killed_at_any_step_of_settle(
    orders: list[Order], wechat: StoredGateway, monkeypatch: pytest.MonkeyPatch, atomic: bool
) -> None:
    """Without the transaction an order stays open although its payment is settled."""
    if not atomic:
        remove_transactions(monkeypatch, settling)
        monkeypatch.setattr(
            settling, "lock_order", lambda pk: Order.objects.select_related("student__campaign").get(pk=pk)
        )
    assert _kill_every_settling(orders, wechat) > 5
    let_time_pass(wechat)
    assert (problems([wechat]) == []) is atomic


def test_killed_while_a_second_payment_is_settled(orders: list[Order], wechat: StoredGateway) -> None:
    for order in orders:
        start_payment(order, wechat)
        take_cash(order, Cashier(), NOW)
    payments = Payment.objects.filter(gateway="wechat").order_by("pk")
    reports = [wechat.pay(payment.number) for payment in payments]
    wechat._end(False)

    def run(step: int, _: Steps) -> None:
        settle(reports[step], "wechat", Source.NOTIFICATION, NOW)

    killed = list(every_step(run, STEPS))
    assert len(killed) > 5
    let_time_pass(wechat)
    assert problems([wechat]) == []
    assert len(wechat.refunds) == len(orders)
