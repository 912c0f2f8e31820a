"""Refunds: approved by a second person or a rule, always under one number, never more than was paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from server.core.api_errors import ApiError
from server.payments import sending_refunds
from server.payments.gateways.base import PaymentReport, PaymentState, Product, RefundReport, RefundState
from server.payments.models import Order, Payment
from server.payments.numbers import new_refund_number
from server.payments.refund_models import Refund
from server.payments.refunds import approve_refund, decline_refund, request_refund, retry_refund
from server.payments.sending_refunds import send_refunds, settle_refund, stuck_refunds
from server.payments.settling import Outcome, Source, settle
from server.payments.starting import start
from server.records.models import Campaign
from tests.server.payments.conftest import NOW, PRICE_FEN, VISITOR
from tests.server.payments.fake_gateway import FakeGateway


@pytest.fixture
def people(db: None) -> tuple[User, User]:
    return User.objects.create(username="clerk"), User.objects.create(username="lead")


@pytest.fixture
def paid(order: Order, wechat: FakeGateway) -> Payment:
    payment = start(order, wechat, Product.NATIVE, VISITOR, NOW)
    assert settle(wechat.pay(payment.number), "wechat", Source.QUERY, NOW) is Outcome.SETTLED
    payment.refresh_from_db()
    return payment


def approved_refund(payment: Payment, people: tuple[User, User], fen: int = PRICE_FEN) -> Refund:
    return approve_refund(request_refund(payment, fen, "重复登记", NOW, people[0]), people[1], NOW)


def order_state() -> str:
    return Order.objects.get().state


def test_a_refund_needs_a_second_person(paid: Payment, people: tuple[User, User]) -> None:
    refund = request_refund(paid, PRICE_FEN, "重复登记", NOW, people[0])
    with pytest.raises(ApiError) as refused:
        approve_refund(refund, people[0], NOW)
    assert refused.value.reason == "payment_second_person"
    assert approve_refund(refund, people[1], NOW).state == "approved"


def test_an_office_of_one_person_approves_its_own_refunds(paid: Payment, people: tuple[User, User]) -> None:
    Campaign.objects.update(four_eyes=False)
    refund = request_refund(paid, PRICE_FEN, "重复登记", NOW, people[0])
    assert approve_refund(refund, people[0], NOW).state == "approved"


def test_nothing_is_sent_before_it_is_approved(paid: Payment, people: tuple[User, User], wechat: FakeGateway) -> None:
    refund = request_refund(paid, PRICE_FEN, "重复登记", NOW, people[0])
    assert send_refunds({"wechat": wechat}, NOW) == 0
    decline_refund(refund, people[1], NOW)
    assert send_refunds({"wechat": wechat}, NOW) == 0
    assert wechat.refunds == {}
    with pytest.raises(ApiError, match="dealt with"):
        approve_refund(refund, people[1], NOW)


def test_partial_refunds_leave_the_order_paid_until_all_is_refunded(
    paid: Payment, people: tuple[User, User], wechat: FakeGateway
) -> None:
    approved_refund(paid, people, 500)
    assert send_refunds({"wechat": wechat}, NOW) == 1
    assert order_state() == "paid"
    with pytest.raises(ApiError, match=r"15\.00"):
        request_refund(paid, PRICE_FEN - 499, "太多", NOW, people[0])
    approved_refund(paid, people, PRICE_FEN - 500)
    assert send_refunds({"wechat": wechat}, NOW) == 1
    assert order_state() == "refunded"


@pytest.mark.parametrize("fault", ["before", "after"])
def test_an_unknown_answer_sends_the_same_number_again(
    paid: Payment, people: tuple[User, User], wechat: FakeGateway, fault: str
) -> None:
    approved_refund(paid, people, 800)
    wechat.fail("refund", fault)
    assert send_refunds({"wechat": wechat}, NOW) == 0
    assert send_refunds({"wechat": wechat}, NOW) == 0, "a silent gateway is not called again immediately"
    assert send_refunds({"wechat": wechat}, NOW + timedelta(minutes=2)) == 1
    assert [refund.amount_fen for refund in wechat.refunds.values()] == [800]


def test_with_a_new_number_for_each_attempt_it_would_be_refunded_twice(
    paid: Payment, people: tuple[User, User], wechat: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutation of the test above."""
    approved_refund(paid, people, 800)
    real = sending_refunds._send_or_query

    def mutated(refund: Refund, gateway: FakeGateway) -> RefundReport:
        refund.number = new_refund_number()
        return real(refund, gateway)

    monkeypatch.setattr(sending_refunds, "_send_or_query", mutated)
    wechat.fail("refund", "after")
    send_refunds({"wechat": wechat}, NOW)
    send_refunds({"wechat": wechat}, NOW + timedelta(minutes=2))
    assert [refund.amount_fen for refund in wechat.refunds.values()] == [800, 800]


def test_a_refund_that_the_gateway_is_processing_is_queried(
    paid: Payment, people: tuple[User, User], wechat: FakeGateway
) -> None:
    refund = approved_refund(paid, people)
    wechat.refunds[refund.number] = RefundReport(
        refund.number, paid.number, RefundState.PROCESSING, True, "", PRICE_FEN
    )
    assert send_refunds({"wechat": wechat}, NOW) == 0
    later = NOW + timedelta(minutes=2)
    assert send_refunds({"wechat": wechat}, later) == 0
    assert [call for call, _ in wechat.calls][-2:] == ["refund", "query_refund"]
    done = RefundReport(refund.number, paid.number, RefundState.DONE, True, "", PRICE_FEN)
    assert settle_refund(done, "wechat", later)
    assert not settle_refund(done, "wechat", later), "the second report changes nothing"
    assert order_state() == "refunded"


def test_a_refund_that_fails_or_takes_too_long_is_shown_to_the_office(
    paid: Payment, people: tuple[User, User], wechat: FakeGateway
) -> None:
    refund = approved_refund(paid, people)
    assert not stuck_refunds(NOW + timedelta(days=3)).exists()
    assert stuck_refunds(NOW + timedelta(days=3, minutes=1)).get() == refund
    wechat.fail("refund", "declined")
    send_refunds({"wechat": wechat}, NOW)
    assert stuck_refunds(NOW).get().failure_code == "PARAM_ERROR"
    assert retry_refund(refund, people[1], NOW).number == refund.number
    assert send_refunds({"wechat": wechat}, NOW) == 1
    assert not stuck_refunds(NOW).exists()


def test_a_wrong_amount_can_only_be_refunded_as_it_came(
    order: Order, people: tuple[User, User], wechat: FakeGateway
) -> None:
    payment = start(order, wechat, Product.NATIVE, VISITOR, NOW)
    settle(wechat.pay(payment.number, 1), "wechat", Source.QUERY, NOW)
    payment.refresh_from_db()
    with pytest.raises(ApiError, match=r"0\.01"):
        request_refund(payment, PRICE_FEN, "金额不符", NOW, people[0])
    approved_refund(payment, people, 1)
    assert send_refunds({"wechat": wechat}, NOW) == 1
    assert order_state() == "open"


def test_a_report_of_a_foreign_payment_changes_no_refund(paid: Payment, people: tuple[User, User]) -> None:
    refund = approved_refund(paid, people)
    for number, simulated in (("another", True), (paid.number, False)):
        foreign = RefundReport(refund.number, number, RefundState.DONE, simulated, "", PRICE_FEN)
        assert not settle_refund(foreign, "wechat", NOW)
    assert order_state() == "paid"


def test_an_open_payment_has_nothing_to_refund(order: Order, people: tuple[User, User], wechat: FakeGateway) -> None:
    payment = start(order, wechat, Product.NATIVE, VISITOR, NOW)
    with pytest.raises(ApiError) as refused:
        request_refund(payment, 1, "试试", NOW, people[0])
    assert refused.value.reason == "not_refundable"
    assert settle(PaymentReport(payment.number, PaymentState.PENDING, True), "wechat", Source.QUERY, NOW) == "ignored"
