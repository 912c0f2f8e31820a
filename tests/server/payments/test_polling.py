"""Polling makes up for lost notifications, queries more often while somebody waits, and closes between two queries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.api_errors import ApiError
from server.payments import polling
from server.payments.cash import Cashier, take_cash
from server.payments.expiry import expire_orders
from server.payments.gateways.base import PaymentState, Product
from server.payments.models import Order, Payment
from server.payments.orders import is_payable
from server.payments.polling import query_open_payments, watch
from server.payments.starting import start
from server.records.models import Campaign
from server.submissions.states import State
from tests.server.payments.conftest import NOW, VISITOR
from tests.server.payments.fake_gateway import FakeGateway
from tests.server.submissions.reviewing import submission_of

OVER = timedelta(minutes=45)
"""30 minutes of the code and 15 more."""


@pytest.fixture
def payment(order: Order, wechat: FakeGateway) -> Payment:
    return start(order, wechat, Product.NATIVE, VISITOR, NOW)


def poll(wechat: FakeGateway, later: timedelta) -> int:
    return query_open_payments({"wechat": wechat}, NOW + later)


def states() -> tuple[str, str]:
    payment = Payment.objects.select_related("order").get()
    return payment.state, payment.order.state


def test_while_somebody_waits_it_is_queried_after_5_10_20_and_40_seconds(payment: Payment) -> None:
    queries: list[int] = []
    for second in range(160):
        watch(payment.order, NOW + timedelta(seconds=second), lambda number, second=second: queries.append(second))
    assert queries == [5, 15, 35, 75, 115, 155]


def test_a_query_is_queued_once_however_many_pages_wait(payment: Payment) -> None:
    numbers: list[str] = []
    for _ in range(3):
        watch(payment.order, NOW + timedelta(seconds=6), numbers.append)
    assert numbers == [payment.number]


def test_nothing_is_queried_for_a_settled_order(payment: Payment) -> None:
    payment.order.state = "paid"
    assert watch(payment.order, NOW + timedelta(seconds=6), print) == 0


def test_a_lost_notification_is_repaired_after_ten_minutes(payment: Payment, wechat: FakeGateway) -> None:
    wechat.pay(payment.number)
    assert poll(wechat, timedelta(minutes=9)) == 0
    assert poll(wechat, timedelta(minutes=10)) == 1
    assert states() == ("paid", "paid")


def test_a_code_is_closed_a_quarter_of_an_hour_after_its_end(payment: Payment, wechat: FakeGateway) -> None:
    poll(wechat, OVER - timedelta(seconds=1))
    assert states() == ("pending", "open")
    poll(wechat, OVER + timedelta(minutes=10))
    assert states() == ("closed", "open")
    assert [call for call, _ in wechat.calls] == ["start", "query", "query", "close", "query"]
    assert wechat.trades[payment.number].state is PaymentState.CLOSED


@pytest.mark.parametrize("mutated", [False, True])
def test_a_payment_in_the_middle_of_closing_is_kept(
    payment: Payment, wechat: FakeGateway, monkeypatch: pytest.MonkeyPatch, mutated: bool
) -> None:
    wechat.fail("close", lambda: wechat.pay(payment.number))
    if mutated:  # no second query
        real = polling.query_payment
        answers = iter([real, lambda *_: PaymentState.UNKNOWN])
        monkeypatch.setattr(polling, "query_payment", lambda *arguments: next(answers)(*arguments))
    poll(wechat, OVER)
    assert states() == (("closed", "open") if mutated else ("paid", "paid"))


def test_an_alipay_code_that_nobody_scanned_is_closed(order: Order, alipay: FakeGateway) -> None:
    payment = start(order, alipay, Product.PRECREATE, VISITOR, NOW)
    del alipay.trades[payment.number]
    query_open_payments({"alipay": alipay}, NOW + OVER)
    assert states() == ("closed", "open")


@pytest.mark.parametrize("call", ["query", "close"])
def test_a_silent_gateway_leaves_the_payment_open(payment: Payment, wechat: FakeGateway, call: str) -> None:
    wechat.fail(call, "after")
    assert poll(wechat, OVER) == 0
    assert states() == ("pending", "open")
    assert poll(wechat, OVER + timedelta(minutes=10)) == 1
    assert states() == ("closed", "open")


def test_a_silent_gateway_is_queried_once_in_a_run(payment: Payment, order: Order, wechat: FakeGateway) -> None:
    for product in (Product.H5, Product.JSAPI):
        start(order, wechat, product, VISITOR, NOW)
    wechat.fail("query", "before")
    poll(wechat, timedelta(minutes=10))
    assert [call for call, _ in wechat.calls].count("query") == 1


def test_an_order_expires_a_week_after_the_students_last_day(order: Order) -> None:
    closes_at = order.student.campaign.closes_at
    assert expire_orders(closes_at + timedelta(days=7)) == 0
    assert expire_orders(closes_at + timedelta(days=8)) == 1
    assert Order.objects.get().state == "expired"


def test_an_open_code_keeps_its_order_open(payment: Payment) -> None:
    Campaign.objects.update(closes_at=NOW - timedelta(days=30))
    assert expire_orders(NOW) == 0
    Payment.objects.update(state="closed")
    assert expire_orders(NOW) == 1


def test_a_code_is_closed_as_soon_as_the_order_is_paid_otherwise(payment: Payment, wechat: FakeGateway) -> None:
    take_cash(payment.order, Cashier(), NOW)
    poll(wechat, timedelta())
    assert Payment.objects.get(pk=payment.pk).state == "closed"
    assert wechat.trades[payment.number].state is PaymentState.CLOSED


@pytest.mark.parametrize("state", ["expired", "refunded"])
def test_a_student_who_may_come_again_reopens_the_order(order: Order, wechat: FakeGateway, state: str) -> None:
    Order.objects.update(state=state)
    assert is_payable(Order.objects.get(), NOW)
    assert start(order, wechat, Product.NATIVE, VISITOR, NOW).code
    assert Order.objects.get().state == "open"
    Order.objects.update(state=state)
    assert take_cash(order, Cashier(), NOW).order.state == "paid"


@pytest.mark.parametrize("revoked", [True, False])
def test_a_student_who_may_not_come_again_cannot_pay(order: Order, wechat: FakeGateway, revoked: bool) -> None:
    Order.objects.update(state="refunded")
    if revoked:
        submission_of(order.student, State.REVOKED)
    else:
        Campaign.objects.update(closes_at=NOW - timedelta(days=30))
    assert not is_payable(Order.objects.get(), NOW)
    with pytest.raises(ApiError) as refused:
        start(order, wechat, Product.NATIVE, VISITOR, NOW)
    assert refused.value.reason == "order_closed"
