"""The endpoint for the gateways' notifications: it verifies them, settles once and responds immediately."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from server.payments import notifications
from server.payments.gateways.base import PaymentState, Product
from server.payments.models import Order, Payment
from server.payments.starting import notification_path, start
from tests.server.payments.conftest import NOW, PRICE_FEN, VISITOR
from tests.server.payments.fake_gateway import FakeGateway


@pytest.fixture
def payment(order: Order, wechat: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Payment:
    monkeypatch.setattr(notifications, "configured_gateways", lambda: {"wechat": wechat})
    return start(order, wechat, Product.NATIVE, VISITOR, NOW)


def send(body: bytes, signature: str = "genuine", gateway: str = "wechat") -> tuple[int, bytes]:
    """Send a notification as the gateway does, without a CSRF token."""
    client = Client(enforce_csrf_checks=True)
    response = client.post(
        notification_path(gateway), body, content_type="application/json", headers={"Signature": signature}
    )
    return response.status_code, response.content


def state() -> str:
    return Order.objects.get().state


def test_a_notification_settles_the_order_and_its_repetitions_nothing(payment: Payment, wechat: FakeGateway) -> None:
    wechat.pay(payment.number)
    body = wechat.notification_body(payment.number)
    assert [send(body) for _ in range(3)] == [(200, b"success")] * 3
    assert state() == "paid"
    assert Payment.objects.count() == 1


def test_a_forged_notification_is_rejected_and_not_logged(
    payment: Payment, wechat: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    body = wechat.notification_body(payment.number, PaymentState.PAID, PRICE_FEN)
    assert send(body, "forged") == (401, b"failure")
    assert state() == "open"
    assert payment.number not in caplog.text
    assert "rejected" in caplog.text


def test_an_unknown_gateway_a_large_body_and_another_method_are_refused(payment: Payment) -> None:
    assert send(b"{}", gateway="another")[0] == 404
    assert send(b" " * (notifications.MAX_BYTES + 1))[0] == 413
    assert Client().get(notification_path("wechat")).status_code == 405


def test_a_failure_of_this_server_returns_500_so_that_the_gateway_sends_again(
    payment: Payment, wechat: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    wechat.pay(payment.number)
    body = wechat.notification_body(payment.number)
    with monkeypatch.context() as broken:
        broken.setattr(notifications, "settle", lambda *_: 1 / 0)
        client = Client(raise_request_exception=False)
        response = client.post(
            notification_path("wechat"), body, content_type="application/json", headers={"Signature": "genuine"}
        )
        assert response.status_code == 500
    assert state() == "open"
    assert send(body)[0] == 200
    assert state() == "paid"


def test_settling_makes_no_call_and_few_queries(payment: Payment, wechat: FakeGateway) -> None:
    wechat.pay(payment.number)
    calls = list(wechat.calls)
    with CaptureQueriesContext(connection) as queries:
        send(wechat.notification_body(payment.number))
    assert wechat.calls == calls
    assert len(queries) <= 10
