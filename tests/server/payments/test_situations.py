"""One sentence on the order's page states its situation, and never that a payment failed whose result is unknown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from config.i18n import LANGUAGES, translations
from server.payments.cash import Cashier, take_cash
from server.payments.gateways.base import PaymentReport, Product
from server.payments.models import Order, Payment
from server.payments.polling import query_open_payments
from server.payments.refunds import approve_refund, request_refund
from server.payments.sending_refunds import send_refunds
from server.payments.settling import Source, settle
from server.payments.situations import Situation, situation_of
from server.payments.starting import start
from server.payments.waivers import waive
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, PRICE_FEN, VISITOR, order_of, paying_campaign
from tests.server.payments.fake_gateway import FakeGateway


@pytest.fixture
def clerk(db: None) -> User:
    return User.objects.create(username="clerk")


def situation(order: Order, later: timedelta = timedelta()) -> tuple[str, int]:
    current = situation_of(Order.objects.get(pk=order.pk), NOW + later)
    return current.situation.value, current.amount_fen


def start_payment(order: Order, gateway: FakeGateway) -> Payment:
    return start(order, gateway, Product.NATIVE, VISITOR, NOW)


def settle_report(report: PaymentReport) -> None:
    settle(report, "wechat", Source.QUERY, NOW)


def test_from_open_to_paid(order: Order, wechat: FakeGateway) -> None:
    assert situation(order) == ("open", PRICE_FEN)
    wechat.fail("start", "after")
    start_payment(order, wechat)
    assert situation(order) == ("unknown", PRICE_FEN)
    payment = start_payment(order, wechat)
    assert situation(order) == ("pending", PRICE_FEN)
    assert situation(order, timedelta(minutes=31)) == ("unknown", PRICE_FEN), "until the gateway was queried"
    settle_report(wechat.pay(payment.number))
    assert situation(order) == ("paid", PRICE_FEN)


def test_a_code_that_was_closed_unpaid_leaves_the_order_open(order: Order, wechat: FakeGateway) -> None:
    start_payment(order, wechat)
    query_open_payments({"wechat": wechat}, NOW + timedelta(hours=1))
    assert situation(order) == ("open", PRICE_FEN)


def test_a_double_payment(order: Order, wechat: FakeGateway) -> None:
    payment = start_payment(order, wechat)
    take_cash(order, Cashier(), NOW)
    settle_report(wechat.pay(payment.number))
    assert situation(order) == ("over_refunding", PRICE_FEN)
    send_refunds({"wechat": wechat}, NOW)
    assert situation(order) == ("over_refunded", PRICE_FEN)


def test_a_payment_after_the_order_expired(order: Order, wechat: FakeGateway) -> None:
    payment = start_payment(order, wechat)
    Order.objects.update(state="expired")
    settle_report(wechat.pay(payment.number))
    assert situation(order) == ("over_refunding", PRICE_FEN)
    send_refunds({"wechat": wechat}, NOW)
    assert situation(order) == ("over_refunded", PRICE_FEN)


def test_a_partial_refund(order: Order, wechat: FakeGateway, clerk: User) -> None:
    payment = start_payment(order, wechat)
    settle_report(wechat.pay(payment.number))
    refund = request_refund(payment, 500, "多收", NOW)
    assert situation(order) == ("refund_requested", 500)
    approve_refund(refund, clerk, NOW)
    assert situation(order) == ("refunding", 500)
    assert situation(order, timedelta(days=4)) == ("refund_stuck", 500)
    send_refunds({"wechat": wechat}, NOW)
    assert situation(order) == ("partly_refunded", 500)
    approve_refund(request_refund(payment, PRICE_FEN - 500, "多收", NOW), clerk, NOW)
    send_refunds({"wechat": wechat}, NOW)
    assert situation(order) == ("refunded", PRICE_FEN)


def test_a_wrong_amount(order: Order, wechat: FakeGateway) -> None:
    settle_report(wechat.pay(start_payment(order, wechat).number, 1))
    assert situation(order) == ("wrong_amount", 1)


def test_nothing_to_pay(order: Order, clerk: User) -> None:
    waive(order, "困难学生", clerk, NOW)
    assert situation(order) == ("waived", PRICE_FEN)
    school = order_of(make_student(paying_campaign("school", payer="school")))
    assert situation(school) == ("school_pays", PRICE_FEN)
    Order.objects.update(state="expired")
    assert situation(order) == ("expired", PRICE_FEN)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", Situation)
def test_every_situation_has_its_sentence(language: str, value: Situation) -> None:
    key = f"payments.situation.{value}"
    assert translations(language).translate(key, amount="15.00") != key


def test_no_situation_names_a_failure() -> None:
    for value in Situation:
        assert "fail" not in translations("en").translate(f"payments.situation.{value}", amount="15.00")
