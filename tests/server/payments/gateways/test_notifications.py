"""Every notification that the simulator can send, genuine or not, on both gateways."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode

import pytest

from server.payments.gateways.base import (
    Gateway,
    Notification,
    NotificationRejected,
    PaymentReport,
    PaymentState,
    RefundReport,
    RefundState,
    StartRequest,
)
from server.payments.simulator.faults import NotificationFault
from server.payments.simulator.http_server import SimulatorServer
from server.payments.simulator.messages import OutgoingNotification

Fault = NotificationFault
NewRequest = Callable[..., StartRequest]
NOT_GENUINE = (
    Fault.FORGED,
    Fault.STALE,
    Fault.MODIFIED,
    Fault.FOREIGN_APP,
    Fault.FOREIGN_MERCHANT,
    Fault.UNKNOWN_SERIAL,
)
WECHAT_ONLY = (Fault.STALE, Fault.UNKNOWN_SERIAL)  # Alipay sends no serial number, and signs no time of sending


@pytest.fixture
def paid(server: SimulatorServer, gateway: Gateway, new_request: NewRequest) -> Callable[[Fault], OutgoingNotification]:
    """The notification of a payment of ¥15.50, with a fault."""
    request = new_request()
    gateway.start(request)
    server.simulator.pay(gateway.name, request.number, None, Fault.LOST)
    trade = server.simulator.trades.find(gateway.name, request.number)
    messages = (server.simulator.wechat if gateway.name == "wechat" else server.simulator.alipay).messages
    return lambda fault: messages.payment(trade, fault)


def read(gateway: Gateway, message: OutgoingNotification, now: datetime | None = None) -> Notification:
    """Read a notification, and check that this makes no outgoing call, not even for an unknown serial."""
    with patch.object(socket.socket, "connect", side_effect=OSError("an outgoing call")) as connect:
        try:
            return gateway.read_notification(message.headers, message.body, now or datetime.now(UTC))
        finally:
            connect.assert_not_called()


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.NO_SIGNATURE_TYPE])
def test_a_genuine_notification_is_a_report(
    gateway: Gateway, paid: Callable[[Fault], OutgoingNotification], fault: Fault
) -> None:
    first, second = read(gateway, paid(fault)), read(gateway, paid(fault))
    assert isinstance(first.report, PaymentReport)
    assert (first.report.state, first.report.amount_fen, first.report.simulated) == (PaymentState.PAID, 1550, True)
    assert first.report.paid_at is not None
    assert first.key == second.key, "a repetition has the same key"
    assert first.key.startswith(f"{gateway.name}:")


@pytest.mark.parametrize("fault", NOT_GENUINE)
def test_what_is_not_genuine_is_rejected(
    gateway: Gateway, paid: Callable[[Fault], OutgoingNotification], fault: Fault
) -> None:
    if gateway.name == "alipay" and fault in WECHAT_ONLY:
        assert read(gateway, paid(fault)).report.simulated
        return
    with pytest.raises(NotificationRejected) as caught:
        read(gateway, paid(fault))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_another_amount_is_reported_as_it_was_signed(
    gateway: Gateway, paid: Callable[[Fault], OutgoingNotification]
) -> None:
    report = read(gateway, paid(Fault.WRONG_AMOUNT)).report
    assert report.amount_fen == 1549, "the ledger decides, not the gateway"


def test_a_replay_is_rejected_after_five_minutes(
    gateways: dict[str, Gateway], gateway: Gateway, paid: Callable[[Fault], OutgoingNotification]
) -> None:
    message, now = paid(Fault.NONE), datetime.now(UTC)
    assert read(gateway, message, now + timedelta(seconds=290))
    if gateway.name == "alipay":
        return
    for later in (timedelta(seconds=310), -timedelta(seconds=310)):
        with pytest.raises(NotificationRejected, match="this server's time"):
            read(gateway, message, now + later)


def test_every_changed_byte_is_rejected(gateway: Gateway, paid: Callable[[Fault], OutgoingNotification]) -> None:
    message = paid(Fault.NONE)
    for at in range(0, len(message.body), 37):
        changed = message.body[:at] + bytes([message.body[at] ^ 1]) + message.body[at + 1 :]
        if gateway.name == "alipay" and dict(parse_qsl(changed.decode("ascii"))) == dict(
            parse_qsl(message.body.decode("ascii"))
        ):
            continue  # "%2a" and "%2A" are the same text
        with pytest.raises(NotificationRejected):
            read(gateway, OutgoingNotification(message.headers, changed))


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]", b'{"resource":{}}', b"a=1&a=2", b"\xff", b"&&&"])
def test_nonsense_is_rejected(gateway: Gateway, paid: Callable[[Fault], OutgoingNotification], body: bytes) -> None:
    message = paid(Fault.NONE)
    for headers in ({}, message.headers):
        with pytest.raises(NotificationRejected):
            read(gateway, OutgoingNotification(headers, body))


@pytest.mark.parametrize("body", [b"{}", b"null", b"[]", b'{"resource":{}}', b'{"resource":{"algorithm":"none"}}'])
def test_signed_nonsense_is_rejected_without_its_content(
    server: SimulatorServer, gateways: dict[str, Gateway], body: bytes
) -> None:
    headers = server.simulator.wechat.messages.signed_headers(body)
    with pytest.raises(NotificationRejected) as caught:
        read(gateways["wechat"], OutgoingNotification(headers, body))
    assert "resource" not in str(caught.value)


def test_a_field_that_is_there_twice_is_rejected(gateways: dict[str, Gateway]) -> None:
    """Otherwise the signature could be valid for one value while the other is read."""
    trade_form = {"out_trade_no": "T1", "total_amount": "1.00"}
    body = (urlencode(trade_form) + "&total_amount=2.00").encode()
    with pytest.raises(NotificationRejected, match="twice"):
        read(gateways["alipay"], OutgoingNotification({}, body))


def test_the_headers_may_have_any_case(server: SimulatorServer, gateways: dict[str, Gateway]) -> None:
    body = json.dumps({"no": "event"}).encode()
    headers = {name.upper(): value for name, value in server.simulator.wechat.messages.signed_headers(body).items()}
    with pytest.raises(NotificationRejected, match="unexpected content"):
        read(gateways["wechat"], OutgoingNotification(headers, body))


def test_both_keys_are_accepted_during_a_change(
    server: SimulatorServer, gateways: dict[str, Gateway], gateway: Gateway, new_request: NewRequest
) -> None:
    if gateway.name == "alipay":
        pytest.skip("Alipay's key has no id: test_protocols tests its change")
    request = new_request()
    server.simulator.wechat.messages.rotate()
    gateway.start(request)
    server.simulator.pay("wechat", request.number, None, Fault.LOST)
    trade = server.simulator.trades.find("wechat", request.number)
    assert read(gateway, server.simulator.wechat.messages.payment(trade, Fault.NONE)).report.amount_fen == 1550


def test_the_end_of_a_refund_is_notified_by_wechat_pay(
    server: SimulatorServer, gateways: dict[str, Gateway], gateway: Gateway, new_request: NewRequest
) -> None:
    if gateway.name == "alipay":
        pytest.skip("Alipay's refunds are done when the call returns")
    request = new_request()
    gateway.start(request)
    server.simulator.pay("wechat", request.number, None, Fault.LOST)
    refund, _ = server.simulator.trades.refund("wechat", request.number, "R0000001", 550)
    trade = server.simulator.trades.find("wechat", request.number)
    refund.done = True
    report = read(gateway, server.simulator.wechat.messages.refund(trade, refund)).report
    assert isinstance(report, RefundReport)
    assert (report.number, report.refund_number, report.amount_fen) == (request.number, "R0000001", 550)
    assert report.state is RefundState.DONE
    assert report.done_at is not None
