"""The orders of students at a station: codes, state and cash; the station never calls a gateway."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kiosk.upload.order import OrderPayload
from kiosk.upload.roster_payload import RosterPayload
from server.payments.gateways.base import PaymentReport, PaymentState
from server.payments.models import Order, Payment
from server.payments.settling import Source, settle
from server.stations.pairing import new_pairing_code
from tests.server.conftest import make_student
from tests.server.order_page.conftest import gateways, open_campaign, order
from tests.server.payments.fake_gateway import FakeGateway

__all__ = ["gateways", "order"]
API = "/api/station/v1"


@pytest.fixture
def station(db: None) -> Client:
    response = Client().post(
        f"{API}/pair", {"code": new_pairing_code(timezone.now()), "name": "one"}, content_type="application/json"
    )
    return Client(headers={"authorization": f"Bearer {response.json()['token']}", "zhengguan-wire": "2"})


def post(station: Client, order: Order, part: str, **body: Any) -> OrderPayload:
    url = f"{API}/students/{order.student_id}/order/{part}"
    response = station.post(url, body, content_type="application/json")
    assert response.status_code == 200, response.content
    return OrderPayload.model_validate_json(response.content)


def state(station: Client, order: Order) -> OrderPayload:
    response = station.get(f"{API}/students/{order.student_id}/order")
    assert response.status_code == 200, response.content
    return OrderPayload.model_validate_json(response.content)


def settle_payment(payment: Payment) -> None:
    report = PaymentReport(payment.number, PaymentState.PAID, True, payment.number, payment.amount_fen, timezone.now())
    settle(report, payment.gateway, Source.NOTIFICATION, timezone.now())


def test_both_codes_come_and_the_state_follows_the_payment(
    station: Client, order: Order, gateways: dict[str, FakeGateway]
) -> None:
    started = post(station, order, "codes")
    assert [code.channel for code in started.codes] == ["wechat", "alipay"]
    assert (started.state, started.amount_fen, started.simulated) == ("open", 2000, True)
    assert 0 < (started.codes_valid_seconds or 0) <= 1800
    assert post(station, order, "codes").codes == started.codes, "the same codes again"
    assert (state(station, order).state, state(station, order).codes) == ("open", ())
    settle_payment(order.payments.get(gateway="wechat"))
    assert state(station, order).state == "paid"
    assert post(station, order, "codes").codes == ()


def test_if_one_gateway_is_silent_the_code_of_the_other_is_sent(
    station: Client, order: Order, gateways: dict[str, FakeGateway]
) -> None:
    gateways["wechat"].fail("start", "before")
    assert [code.channel for code in post(station, order, "codes").codes] == ["alipay"]


def test_a_wrong_amount_is_being_checked(station: Client, order: Order, gateways: dict[str, FakeGateway]) -> None:
    post(station, order, "codes")
    payment = order.payments.get(gateway="alipay")
    report = PaymentReport(payment.number, PaymentState.PAID, True, payment.number, 1, timezone.now())
    settle(report, "alipay", Source.QUERY, timezone.now())
    assert state(station, order).checking


def test_cash_is_recorded_once_with_a_receipt(station: Client, order: Order, gateways: Any) -> None:
    assert post(station, order, "cash", amount_fen=1).state == "open", "another amount than the order's"
    first = post(station, order, "cash", amount_fen=2000)
    assert first.state == "paid"
    assert first.receipt_no.endswith("-000001")
    assert post(station, order, "cash", amount_fen=2000) == first
    assert Payment.objects.get().station_name == "one"


def test_students_of_others_are_unknown(db: None, station: Client, gateways: Any) -> None:
    response = station.get(f"{API}/students/{'f' * 32}/order")
    assert response.status_code == 422
    assert response.json()["reason"] == "student_unknown"
    assert Client().get(f"{API}/students/{'f' * 32}/order").status_code == 401


def test_a_campaign_without_a_price_costs_nothing(station: Client, gateways: Any) -> None:
    student = make_student(open_campaign("gratis", price_fen=0, payer="free"))
    response = station.get(f"{API}/students/{student.pk}/order").json()
    assert (response["state"], response["amount_fen"]) == ("waived", 0)


def test_unknown_fields_of_a_newer_station_are_ignored(station: Client, order: Order, gateways: Any) -> None:
    assert post(station, order, "cash", amount_fen=2000, wallet="new").state == "paid"


def test_the_roster_carries_price_rule_and_order(station: Client, order: Order, gateways: Any) -> None:
    tag = station.get(f"{API}/roster")["ETag"]
    roster = RosterPayload.model_validate_json(station.get(f"{API}/roster").content)
    [campaign], [student] = roster.campaigns, roster.students
    assert (campaign.price_fen, campaign.payer, campaign.payment_required) == (2000, "student", "before_delivery")
    assert student.order_state == "open"
    post(station, order, "cash", amount_fen=2000)
    changed = station.get(f"{API}/roster", headers={"if-none-match": tag})
    assert changed.status_code == 200, "a payment changes the roster"
    assert RosterPayload.model_validate_json(changed.content).students[0].order_state == "paid"
