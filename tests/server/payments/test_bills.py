"""Comparison of a day's bill with the ledger: the findings are exactly the differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from server.core.api_errors import ApiError
from server.payments.bill_models import Bill, BillFinding
from server.payments.bills import fetch_bills, reconcile
from server.payments.findings import decide_finding
from server.payments.gateways.base import BillKind, BillLine, Product
from server.payments.gateways.wechat.bill import parse_bill
from server.payments.models import Order, Payment
from server.payments.refund_models import Refund, RefundCause
from server.payments.refunds import refund_by_rule
from server.payments.sending_refunds import send_refunds
from server.payments.settling import Source, settle
from server.payments.starting import start
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, PRICE_FEN, VISITOR, order_of
from tests.server.payments.fake_gateway import FakeGateway

DAY = date(2026, 5, 11)
AFTER_BILL = datetime(2026, 5, 12, 2, 0, tzinfo=UTC)  # 10:00 in Beijing


@pytest.fixture
def clerk(db: None) -> User:
    return User.objects.create(username="clerk")


@pytest.fixture
def payments(order: Order, wechat: FakeGateway) -> list[Payment]:
    orders = [order] + [order_of(make_student(order.student.campaign, serial)) for serial in range(2, 5)]
    started = [start(one, wechat, Product.NATIVE, VISITOR, NOW) for one in orders]
    for payment in started:
        settle(wechat.pay(payment.number), "wechat", Source.NOTIFICATION, NOW)
        payment.refresh_from_db()
    return started


def compare(wechat: FakeGateway, lines: list[BillLine], day: date = DAY) -> list[tuple[str, str]]:
    return [(one.kind, one.number) for one in reconcile(wechat, day, lines, AFTER_BILL)]


def foreign_line(number: str = "foreign-number") -> BillLine:
    return BillLine(BillKind.PAYMENT, number, "t-foreign", 1800, NOW)


def test_a_bill_that_agrees_has_no_findings(payments: list[Payment], wechat: FakeGateway) -> None:
    refund_by_rule(payments[0].order, RefundCause.REVOKED, NOW)
    assert send_refunds({"wechat": wechat}, NOW) == 1
    assert compare(wechat, wechat.bill(DAY)) == []
    bill = Bill.objects.get()
    assert (bill.payments, bill.payments_fen, bill.refunds, bill.refunds_fen) == (4, 4 * PRICE_FEN, 1, PRICE_FEN)


def test_one_missing_one_additional_and_one_different_row_are_three_findings(
    payments: list[Payment], wechat: FakeGateway
) -> None:
    _, second, *rest = wechat.bill(DAY)
    lines = [replace(second, amount_fen=PRICE_FEN - 100), *rest, foreign_line()]
    assert sorted(compare(wechat, lines)) == sorted(
        [
            ("missing", payments[0].number),
            ("different", payments[1].number),
            ("additional", "foreign-number"),
        ]
    )
    stored = [(one.kind, one.number) for one in BillFinding.objects.all()]
    assert compare(wechat, lines) == stored, "a second comparison adds no finding"


def test_a_payment_that_only_the_bill_has_is_settled(order: Order, wechat: FakeGateway) -> None:
    payment = start(order, wechat, Product.NATIVE, VISITOR, NOW)
    wechat.pay(payment.number)
    assert compare(wechat, wechat.bill(DAY)) == []
    order.refresh_from_db()
    assert order.state == "paid"


def test_a_bill_never_settles_another_amount(order: Order, wechat: FakeGateway) -> None:
    payment = start(order, wechat, Product.NATIVE, VISITOR, NOW)
    wechat.pay(payment.number, PRICE_FEN - 1)
    assert compare(wechat, wechat.bill(DAY)) == [("additional", payment.number)]
    order.refresh_from_db()
    assert order.state == "open"


def test_a_refund_that_only_the_bill_has_is_additional(payments: list[Payment], wechat: FakeGateway) -> None:
    by_hand = BillLine(BillKind.REFUND, payments[0].number, "", 500, NOW, "made-by-hand")
    assert compare(wechat, [*wechat.bill(DAY), by_hand]) == [("additional", "made-by-hand")]


def test_a_payment_at_midnight_is_found_in_the_next_bill(payments: list[Payment], wechat: FakeGateway) -> None:
    first, *rest = wechat.bill(DAY)
    assert compare(wechat, rest) == [("missing", payments[0].number)]
    assert compare(wechat, [first], DAY + timedelta(days=1)) == []
    assert BillFinding.objects.get().state == "ours"


def test_bills_are_fetched_from_ten_in_the_morning_once(payments: list[Payment], wechat: FakeGateway) -> None:
    gateways = {"wechat": wechat}
    assert fetch_bills(gateways, AFTER_BILL - timedelta(minutes=1)) == 0
    wechat.fail("bill", "before")
    assert [fetch_bills(gateways, AFTER_BILL) for _ in range(3)] == [0, 1, 0]
    assert fetch_bills(gateways, AFTER_BILL + timedelta(days=2)) == 2


def test_a_bill_that_cannot_be_read_does_not_hold_up_the_next_days(
    payments: list[Payment], wechat: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = wechat.bill

    def bill_with_odd_line(day: date) -> list[BillLine]:
        if day == DAY:
            parse_bill("交易时间,微信订单号,商户订单号,交易状态\n`2026-05-11 10:00:00,`1,`2,`转入\n".encode())
        return bill(day)

    monkeypatch.setattr(wechat, "bill", bill_with_odd_line)
    assert fetch_bills({"wechat": wechat}, AFTER_BILL + timedelta(days=2)) == 2
    monkeypatch.undo()
    assert fetch_bills({"wechat": wechat}, AFTER_BILL + timedelta(days=2)) == 1, "it is fetched again"


def test_a_gateway_without_payments_has_no_bills(wechat: FakeGateway, db: None) -> None:
    assert fetch_bills({"wechat": wechat}, AFTER_BILL) == 0
    assert wechat.calls == []


@pytest.fixture
def finding(payments: list[Payment], wechat: FakeGateway) -> Callable[[list[BillLine]], BillFinding]:
    def only_finding(lines: list[BillLine]) -> BillFinding:
        [one] = reconcile(wechat, DAY, lines, AFTER_BILL)
        return one

    return only_finding


def test_believing_the_gateway_of_a_missing_payment_opens_the_order_again(
    finding: Callable[[list[BillLine]], BillFinding], payments: list[Payment], wechat: FakeGateway, clerk: User
) -> None:
    one = finding(wechat.bill(DAY)[1:])
    decide_finding(one, "gateway", clerk, AFTER_BILL)
    payment = Payment.objects.get(pk=payments[0].pk)
    assert (payment.state, payment.received_fen, payment.order.state) == ("wrong", 0, "open")
    with pytest.raises(ApiError) as refused:
        decide_finding(one, "ours", clerk, AFTER_BILL)
    assert refused.value.reason == "finding_decided"


def test_believing_the_gateway_of_another_amount_leaves_it_to_a_refund(
    finding: Callable[[list[BillLine]], BillFinding], payments: list[Payment], wechat: FakeGateway, clerk: User
) -> None:
    first, *rest = wechat.bill(DAY)
    decide_finding(finding([replace(first, amount_fen=1), *rest]), "gateway", clerk, AFTER_BILL)
    payment = Payment.objects.get(pk=payments[0].pk)
    assert (payment.state, payment.received_fen, payment.order.state) == ("wrong", 1, "open")


def test_believing_the_gateway_of_a_refund_made_by_hand_records_it(
    finding: Callable[[list[BillLine]], BillFinding], payments: list[Payment], wechat: FakeGateway, clerk: User
) -> None:
    by_hand = BillLine(BillKind.REFUND, payments[0].number, "", PRICE_FEN, NOW, "made-by-hand")
    decide_finding(finding([*wechat.bill(DAY), by_hand]), "gateway", clerk, AFTER_BILL)
    refund = Refund.objects.get()
    assert (refund.number, refund.state, refund.payment.order.state) == ("made-by-hand", "done", "refunded")


@pytest.mark.parametrize("decision", ["ours", "asked"])
def test_believing_our_rows_or_asking_changes_none_of_them(
    finding: Callable[[list[BillLine]], BillFinding], wechat: FakeGateway, clerk: User, decision: str
) -> None:
    one = finding(wechat.bill(DAY)[1:])
    decide_finding(one, decision, clerk, AFTER_BILL, "已问客服")
    assert BillFinding.objects.get().state == decision
    assert set(Order.objects.values_list("state", flat=True)) == {"paid"}
    if decision == "asked":  # the gateway's answer comes later
        decide_finding(one, "gateway", clerk, AFTER_BILL)
        assert Order.objects.filter(state="open").count() == 1


def test_a_payment_of_somebody_else_can_only_be_noted(
    finding: Callable[[list[BillLine]], BillFinding], wechat: FakeGateway, clerk: User
) -> None:
    decide_finding(finding([*wechat.bill(DAY), foreign_line()]), "gateway", clerk, AFTER_BILL)
    assert BillFinding.objects.get().state == "gateway"
    assert Payment.objects.count() == 4


def test_believing_the_gateway_of_a_missing_refund_sends_it_again(
    finding: Callable[[list[BillLine]], BillFinding], payments: list[Payment], wechat: FakeGateway, clerk: User
) -> None:
    [refund] = refund_by_rule(payments[0].order, RefundCause.REVOKED, NOW)
    send_refunds({"wechat": wechat}, NOW)
    wechat.refunds.clear()
    decide_finding(finding(wechat.bill(DAY)), "gateway", clerk, AFTER_BILL)
    assert Order.objects.get(pk=payments[0].order_id).state == "paid"
    assert send_refunds({"wechat": wechat}, AFTER_BILL) == 1
    assert list(wechat.refunds) == [refund.number]
    assert Order.objects.get(pk=payments[0].order_id).state == "refunded"
