"""Settling a report: once, for the right campaign, amount and transaction; a payment that is over is refunded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.payments.gateways.base import PaymentReport, PaymentState, Product
from server.payments.models import Order, OrderEvent, Payment
from server.payments.orders import is_settled, order_for
from server.payments.refund_models import Refund
from server.payments.settling import Outcome, Source, settle
from server.payments.starting import start
from server.records.models import Campaign
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, PRICE_FEN, VISITOR, order_of
from tests.server.payments.fake_gateway import FakeGateway


@pytest.fixture
def payment(order: Order, wechat: FakeGateway) -> Payment:
    return start(order, wechat, Product.NATIVE, VISITOR, NOW)


def settle_report(report: PaymentReport, source: Source = Source.NOTIFICATION, gateway: str = "wechat") -> Outcome:
    return settle(report, gateway, source, NOW)


def kinds() -> list[str]:
    return list(OrderEvent.objects.values_list("kind", flat=True))


def test_a_payment_settles_once(payment: Payment, wechat: FakeGateway) -> None:
    report = wechat.pay(payment.number)
    assert [settle_report(report) for _ in range(3)] == ["settled", "known", "known"]
    payment.refresh_from_db()
    assert (payment.order.state, payment.received_fen, payment.transaction_id) == (
        "paid",
        PRICE_FEN,
        f"t{payment.number}",
    )
    assert is_settled(payment.order.student)
    assert kinds() == ["created", "started", "paid"]


def test_two_gateways_are_paid_and_one_is_refunded(
    order: Order, payment: Payment, wechat: FakeGateway, alipay: FakeGateway
) -> None:
    second = start(order, alipay, Product.PRECREATE, VISITOR, NOW)
    assert settle_report(wechat.pay(payment.number)) is Outcome.SETTLED
    assert settle_report(alipay.pay(second.number), gateway="alipay") is Outcome.OVER
    assert Refund.objects.get().payment == second
    assert Order.objects.get().state == "paid"


@pytest.mark.parametrize("state", ["waived", "expired", "refunded"])
def test_money_for_an_order_that_is_not_open_is_over(payment: Payment, wechat: FakeGateway, state: str) -> None:
    Order.objects.update(state=state)
    assert settle_report(wechat.pay(payment.number)) is Outcome.OVER
    assert Order.objects.get().state == state


def test_a_payment_that_was_closed_here_still_counts(payment: Payment, wechat: FakeGateway) -> None:
    Payment.objects.update(state="closed")
    assert settle_report(wechat.pay(payment.number)) is Outcome.SETTLED


def test_a_campaign_that_ended_meanwhile_still_takes_the_payment(payment: Payment, wechat: FakeGateway) -> None:
    Campaign.objects.update(closes_at=NOW - timedelta(days=1))
    assert settle_report(wechat.pay(payment.number)) is Outcome.SETTLED


def test_another_amount_is_accepted_only_from_our_own_query(payment: Payment, wechat: FakeGateway) -> None:
    report = wechat.pay(payment.number, PRICE_FEN - 1)
    assert settle_report(report) is Outcome.NOTED
    payment.refresh_from_db()
    assert (payment.state, payment.next_query_at) == ("pending", NOW), "it is queried at once"
    assert settle_report(report, Source.QUERY) is Outcome.NOTED
    payment.refresh_from_db()
    assert (payment.state, payment.received_fen, payment.order.state) == ("wrong", PRICE_FEN - 1, "open")
    assert settle_report(report, Source.QUERY) is Outcome.KNOWN


def test_a_number_that_nobody_here_started_is_noted_once(payment: Payment, wechat: FakeGateway) -> None:
    report = replace(wechat.pay(payment.number), number="somebody-elses")
    assert [settle_report(report), settle_report(report)] == ["noted", "noted"]
    assert settle_report(wechat.report(payment.number), gateway="alipay") is Outcome.NOTED, "of another gateway"
    assert kinds().count("unknown_number") == 2


def test_a_second_transaction_for_a_number_is_shown(payment: Payment, wechat: FakeGateway) -> None:
    report = wechat.pay(payment.number)
    settle_report(report)
    assert settle_report(replace(report, transaction_id="another")) is Outcome.NOTED
    assert kinds()[-1] == "transaction_twice"


def test_one_transaction_settles_one_payment(order: Order, payment: Payment, wechat: FakeGateway) -> None:
    other = start(order_of(make_student(order.student.campaign, 2)), wechat, Product.NATIVE, VISITOR, NOW)
    settle_report(wechat.pay(payment.number))
    twice = replace(wechat.pay(other.number), transaction_id=f"t{payment.number}")
    assert settle_report(twice) is Outcome.NOTED
    other.order.refresh_from_db()
    assert other.order.state == "open"


def test_simulated_money_never_settles_a_real_campaign(payment: Payment, wechat: FakeGateway) -> None:
    report = wechat.pay(payment.number)
    assert settle_report(replace(report, simulated=False)) is Outcome.NOTED
    Campaign.objects.update(simulated=False)
    assert settle_report(report) is Outcome.NOTED
    assert Order.objects.get().state == "open"
    Campaign.objects.update(simulated=True)
    assert settle_report(report) is Outcome.SETTLED
    Campaign.objects.update(simulated=False)
    assert not is_settled(payment.order.student), "a campaign that became real does not accept it either"


def test_a_report_of_a_pending_payment_is_ignored(payment: Payment) -> None:
    assert settle_report(PaymentReport(payment.number, PaymentState.PENDING, True)) is Outcome.IGNORED


def test_a_retake_has_the_same_order(order: Order) -> None:
    again = order_for(order.student, NOW + timedelta(days=3))
    assert again is not None
    assert again.pk == order.pk
    assert Order.objects.count() == 1
