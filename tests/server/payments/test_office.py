"""Cash, vouchers and waivers: what the office does without a gateway."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from server.core.api_errors import ApiError
from server.payments.cash import Cashier, cash_day, count_cash, pay_out_cash, take_cash
from server.payments.gateways.base import Product
from server.payments.models import Order
from server.payments.office_models import Voucher
from server.payments.refund_models import Refund
from server.payments.refunds import approve_refund, request_refund
from server.payments.settling import Outcome, Source, settle
from server.payments.starting import start
from server.payments.vouchers import approve_vouchers, cancel_voucher, create_vouchers, redeem_voucher
from server.payments.waivers import approve_waiver, decline_waiver, waive
from server.records.models import Campaign
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, PRICE_FEN, VISITOR, order_of
from tests.server.payments.fake_gateway import FakeGateway

TODAY = date(2026, 5, 11)


@pytest.fixture
def people(db: None) -> tuple[User, User]:
    return User.objects.create(username="clerk"), User.objects.create(username="lead")


@pytest.fixture
def orders(order: Order) -> list[Order]:
    campaign = order.student.campaign
    return [order] + [order_of(make_student(campaign, serial)) for serial in range(2, 9)]


def reason_of(refused: pytest.ExceptionInfo[ApiError]) -> str:
    return refused.value.reason


def test_receipts_are_numbered_without_gaps_within_the_school_and_year(orders: list[Order]) -> None:
    cashier = Cashier(station_name="一号站")
    numbers = [take_cash(order, cashier, NOW).receipt_number for order in orders[:2]]
    with pytest.raises(ApiError) as refused:
        take_cash(orders[0], cashier, NOW)
    assert reason_of(refused) == "order_settled"
    numbers.append(take_cash(orders[2], cashier, NOW).receipt_number)
    new_year = datetime(2026, 12, 31, 16, 1, tzinfo=UTC)  # 00:01 of 2027 at the school
    numbers.append(take_cash(orders[3], cashier, new_year).receipt_number)
    assert numbers == ["99001-2026-000001", "99001-2026-000002", "99001-2026-000003", "99001-2027-000001"]


def test_a_payment_that_follows_cash_is_refunded(order: Order, wechat: FakeGateway) -> None:
    payment = start(order, wechat, Product.NATIVE, VISITOR, NOW)
    take_cash(order, Cashier(), NOW)
    assert settle(wechat.pay(payment.number), "wechat", Source.NOTIFICATION, NOW) is Outcome.OVER
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount_fen, refund.state) == (payment, PRICE_FEN, "approved")


def test_the_days_count_is_stored_with_the_expected_amount(orders: list[Order], people: tuple[User, User]) -> None:
    first = take_cash(orders[0], Cashier(user=people[0]), NOW)
    take_cash(orders[1], Cashier(user=people[0]), NOW)
    take_cash(orders[2], Cashier(user=people[0]), NOW + timedelta(days=1))
    refund = approve_refund(request_refund(first, 500, "多收", NOW, people[0]), people[1], NOW)
    assert pay_out_cash(refund, Cashier(user=people[0]), NOW)
    assert not pay_out_cash(refund, Cashier(user=people[0]), NOW), "it is paid out once"
    day = cash_day(orders[0].student.campaign, TODAY)
    assert (day.taken, day.taken_fen, day.refunded_fen, day.expected_fen) == (2, 4000, 500, 3500)
    counted = count_cash(orders[0].student.campaign, TODAY, 3400, people[0], NOW, "少一元")
    assert (counted.expected_fen, counted.difference_fen) == (3500, -100)


def test_cash_is_not_paid_out_before_the_second_person(order: Order, people: tuple[User, User]) -> None:
    refund = request_refund(take_cash(order, Cashier(), NOW), 500, "多收", NOW, people[0])
    with pytest.raises(ApiError) as refused:
        pay_out_cash(refund, Cashier(), NOW)
    assert reason_of(refused) == "refund_decided"


def test_waivers_above_the_daily_limit_need_a_second_person(orders: list[Order], people: tuple[User, User]) -> None:
    clerk, lead = people
    states = [waive(order, "困难学生", clerk, NOW).state for order in orders[:6]]
    assert states == ["approved"] * 5 + ["requested"]
    assert waive(orders[6], "困难学生", clerk, NOW + timedelta(days=1)).state == "approved", "the next day"
    requested = Order.objects.get(pk=orders[5].pk).waivers.get()
    with pytest.raises(ApiError) as refused:
        approve_waiver(requested, clerk, NOW)
    assert reason_of(refused) == "payment_second_person"
    with pytest.raises(ApiError) as refused:
        waive(orders[5], "困难学生", lead, NOW)
    assert reason_of(refused) == "waiver_requested"
    assert approve_waiver(requested, lead, NOW).state == "approved"
    assert Order.objects.filter(state="waived").count() == 7
    with pytest.raises(ApiError) as refused:
        decline_waiver(requested, lead, NOW)
    assert reason_of(refused) == "waiver_decided"


@pytest.mark.parametrize(("reason", "refusal"), [(" ", "payment_reason_missing"), ("长" * 201, "payment_reason_long")])
def test_a_waiver_has_a_reason(order: Order, people: tuple[User, User], reason: str, refusal: str) -> None:
    with pytest.raises(ApiError) as refused:
        waive(order, reason, people[0], NOW)
    assert reason_of(refused) == refusal


def test_a_voucher_pays_one_order_of_its_campaign_once(orders: list[Order], people: tuple[User, User]) -> None:
    campaign, until = orders[0].student.campaign, NOW + timedelta(days=30)
    [code] = create_vouchers(campaign, 1, "志愿者", people[0], until, NOW)
    assert not Voucher.objects.filter(code_hmac__contains=code.replace("-", "")).exists()
    payment = redeem_voucher(orders[0], f" {code.lower()} ", NOW)
    assert (payment.gateway, payment.received_fen, payment.order.state) == ("voucher", 0, "paid")
    with pytest.raises(ApiError) as refused:
        redeem_voucher(orders[1], code, NOW)
    assert reason_of(refused) == "voucher_wrong"
    assert not cancel_voucher(Voucher.objects.get(), NOW)


def test_an_expired_cancelled_or_foreign_voucher_is_refused(orders: list[Order], people: tuple[User, User]) -> None:
    campaign, other = orders[0].student.campaign, Campaign.objects.get()
    other.pk = "others"
    other.save(force_insert=True)
    expired, cancelled = create_vouchers(campaign, 2, "志愿者", people[0], NOW, NOW)
    [foreign] = create_vouchers(other, 1, "志愿者", people[0], NOW + timedelta(days=1), NOW)
    assert cancel_voucher(Voucher.objects.get(code_end=cancelled[-4:]), NOW)
    for code, moment in ((expired, NOW + timedelta(seconds=1)), (cancelled, NOW), (foreign, NOW), ("", NOW)):
        with pytest.raises(ApiError) as refused:
            redeem_voucher(orders[0], code, moment)
        assert reason_of(refused) == "voucher_wrong"


def test_many_vouchers_need_a_second_person(orders: list[Order], people: tuple[User, User]) -> None:
    clerk, lead = people
    campaign = orders[0].student.campaign
    codes = create_vouchers(campaign, 6, "志愿者", clerk, NOW, NOW)
    with pytest.raises(ApiError):
        redeem_voucher(orders[0], codes[0], NOW)
    with pytest.raises(ApiError) as refused:
        approve_vouchers(campaign, clerk, clerk)
    assert reason_of(refused) == "payment_second_person"
    assert approve_vouchers(campaign, clerk, lead) == 6
    assert redeem_voucher(orders[0], codes[0], NOW).order.state == "paid"
