"""Starting a payment: one number for one product of one order, whatever the gateway does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.api_errors import ApiError
from server.payments import starting
from server.payments.gateways.base import Product
from server.payments.models import Order, Payment
from server.payments.orders import order_for
from server.payments.starting import start
from server.records.models import Campaign
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, PRICE_FEN, VISITOR, order_of, paying_campaign
from tests.server.payments.fake_gateway import FakeGateway


def start_native(order: Order, wechat: FakeGateway, later: timedelta = timedelta()) -> Payment:
    return start(order, wechat, Product.NATIVE, VISITOR, NOW + later)


def test_the_same_code_is_shown_again(order: Order, wechat: FakeGateway) -> None:
    first, second = start_native(order, wechat), start_native(order, wechat)
    assert first.code == second.code == f"fake://wechat/{first.number}"
    assert wechat.calls == [("start", first.number)]
    assert first.amount_fen == PRICE_FEN


def test_without_reuse_a_second_press_makes_a_second_number(
    order: Order, wechat: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutation of the test above."""
    monkeypatch.setattr(starting, "_reusable", lambda *_: None)
    assert start_native(order, wechat).number != start_native(order, wechat).number


@pytest.mark.parametrize("fault", ["before", "after"])
def test_an_unknown_answer_keeps_number_and_amount(order: Order, wechat: FakeGateway, fault: str) -> None:
    wechat.fail("start", fault)
    unanswered = start_native(order, wechat)
    assert (unanswered.code, unanswered.state) == ("", "created")
    Campaign.objects.update(price_fen=PRICE_FEN + 500)
    again = start_native(order, wechat)
    assert (again.number, again.amount_fen) == (unanswered.number, PRICE_FEN)
    assert again.code
    assert len(wechat.trades) == 1


def test_a_code_that_ends_soon_is_not_shown_again(order: Order, wechat: FakeGateway) -> None:
    first = start_native(order, wechat)
    assert start_native(order, wechat, timedelta(minutes=27)).number == first.number
    assert start_native(order, wechat, timedelta(minutes=28)).number != first.number


def test_a_declined_start_closes_the_payment(order: Order, wechat: FakeGateway) -> None:
    wechat.fail("start", "declined")
    with pytest.raises(ApiError, match="PARAM_ERROR"):
        start_native(order, wechat)
    assert [payment.state for payment in Payment.objects.all()] == ["closed"]
    assert start_native(order, wechat).code


def test_a_payment_whose_start_had_no_answer_is_settled(order: Order, wechat: FakeGateway) -> None:
    wechat.fail("start", "after")
    wechat.pay(start_native(order, wechat).number)
    with pytest.raises(ApiError, match="ORDERPAID"):
        start_native(order, wechat)
    order.refresh_from_db()
    assert order.state == "paid"


def test_a_simulated_gateway_is_never_used_for_a_real_campaign(order: Order, wechat: FakeGateway) -> None:
    Campaign.objects.update(simulated=False)
    with pytest.raises(ApiError) as refused:
        start_native(order, wechat)
    assert refused.value.reason == "payment_simulated"
    wechat.simulated = False
    assert start_native(order, wechat).code
    Campaign.objects.update(simulated=True)
    with pytest.raises(ApiError) as refused:
        start_native(order, wechat)
    assert refused.value.reason == "payment_real"


def test_another_person_in_wechat_gets_another_number(order: Order, wechat: FakeGateway) -> None:
    """The gateway binds a JSAPI payment to one openid, which is stored as a hash."""
    visitors = [starting.Visitor("https://photo.example.edu", openid=openid) for openid in ("parent", "child")]
    numbers = {start(order, wechat, Product.JSAPI, visitor, NOW).number for visitor in visitors}
    assert len(numbers) == 2
    assert not Payment.objects.filter(payer_hmac__contains="parent").exists()


def test_an_order_follows_the_price_until_somebody_begins_to_pay(order: Order, wechat: FakeGateway) -> None:
    Campaign.objects.update(price_fen=1500)
    order.student.campaign.refresh_from_db()
    assert order_of(order.student).amount_fen == 1500
    start_native(order, wechat)
    Campaign.objects.update(price_fen=1800)
    order.student.campaign.refresh_from_db()
    assert order_of(order.student).amount_fen == 1500


def test_where_the_school_pays_the_order_is_waived_from_the_beginning(db: None) -> None:
    assert order_of(make_student(paying_campaign(payer="school"))).state == "waived"


def test_a_free_campaign_has_no_orders(db: None) -> None:
    assert order_for(make_student(paying_campaign(payer="free", price_fen=0)), NOW) is None
