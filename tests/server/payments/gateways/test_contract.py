"""The contract of every gateway, tested on both with the simulator over a real socket."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.payments.gateways import transport
from server.payments.gateways.base import (
    BillKind,
    Declined,
    Gateway,
    PaymentState,
    RefundRequest,
    RefundState,
    StartRequest,
    Unsure,
)
from server.payments.gateways.beijing_time import BEIJING
from server.payments.simulator.faults import CallFault, NotificationFault, PlannedFault
from server.payments.simulator.http_server import SimulatorServer

NewRequest = Callable[..., StartRequest]
# Faults with an error or no readable response. With those in DONE, the call is carried out nevertheless.
NOTHING_DONE = (CallFault.SERVER_ERROR, CallFault.TOO_MANY_REQUESTS, CallFault.HTML, CallFault.CUT_BEFORE)
DONE = (CallFault.CUT_AFTER, CallFault.BAD_SIGNATURE)


def plan(server: SimulatorServer, operation: str, fault: CallFault, times: int = 1) -> None:
    server.simulator.faults.plan(PlannedFault("*", operation, fault, times))


def pay(server: SimulatorServer, gateway: Gateway, number: str) -> None:
    server.simulator.pay(gateway.name, number, None, NotificationFault.LOST)


def paid_payment(server: SimulatorServer, gateway: Gateway, request: StartRequest) -> StartRequest:
    gateway.start(request)
    pay(server, gateway, request.number)
    return request


def refund_of(request: StartRequest, **changes: object) -> RefundRequest:
    values = {"number": request.number, "refund_number": f"R{request.number}", "amount_fen": request.amount_fen}
    values |= {"paid_fen": request.amount_fen, "reason": "another payment came first"}
    return RefundRequest(**values | changes)  # type: ignore[arg-type]


def test_a_payment_from_the_code_to_the_report(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest
) -> None:
    request = new_request()

    started = gateway.start(request)
    assert started.code_url == f"{server.url}/pay/{gateway.name}/{request.number}"
    assert not started.redirect_url
    assert not started.browser_values

    pay(server, gateway, request.number)
    report = gateway.query(request.number)
    assert (report.number, report.state, report.amount_fen) == (request.number, PaymentState.PAID, 1550)
    assert report.transaction_id
    assert report.paid_at is not None
    assert abs(report.paid_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert report.simulated


def test_an_unpaid_code_is_pending_or_still_unknown(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest
) -> None:
    request = new_request()
    gateway.start(request)
    expected = PaymentState.PENDING if gateway.name == "wechat" else PaymentState.UNKNOWN  # nobody has scanned it
    assert gateway.query(request.number).state is expected

    server.simulator.trades.scan(gateway.name, request.number)
    report = gateway.query(request.number)
    assert (report.state, report.amount_fen, report.paid_at) == (PaymentState.PENDING, 0, None)


def test_a_number_that_was_never_started_is_unknown(gateway: Gateway) -> None:
    assert gateway.query("NEVERSTARTED").state is PaymentState.UNKNOWN
    assert gateway.query_refund("NEVERSTARTED", "R1").state is RefundState.UNKNOWN


def test_the_same_request_again_gives_the_same_code(gateway: Gateway, new_request: NewRequest) -> None:
    request = new_request()
    assert gateway.start(request) == gateway.start(request)
    with pytest.raises(Declined):
        gateway.start(replace(request, amount_fen=1551))


def test_close_ends_an_open_payment_and_never_a_paid_one(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest
) -> None:
    request = new_request()
    gateway.start(request)
    server.simulator.trades.scan(gateway.name, request.number)
    gateway.close(request.number)
    assert gateway.query(request.number).state is PaymentState.CLOSED

    paid = paid_payment(server, gateway, new_request())
    with pytest.raises(Declined):
        gateway.close(paid.number)
    report = gateway.query(paid.number)
    assert (report.state, report.amount_fen) == (PaymentState.PAID, 1550)
    assert server.simulator.trades.find(gateway.name, paid.number).refunded_fen == 0


def test_a_close_during_a_payment_is_declined_and_the_next_query_reports_the_payment(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest
) -> None:
    request = new_request()
    gateway.start(request)
    plan(server, "close", CallFault.PAID_FIRST)
    with pytest.raises(Declined):
        gateway.close(request.number)
    assert gateway.query(request.number).state is PaymentState.PAID


@pytest.mark.parametrize("fault", NOTHING_DONE + DONE)
@pytest.mark.parametrize("operation", ["start", "query", "close", "refund", "query_refund", "bill"])
def test_every_fault_of_every_call_is_unsure_and_the_next_call_succeeds(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest, operation: str, fault: CallFault
) -> None:
    request = new_request()
    if operation in ("query", "refund", "query_refund", "bill"):
        paid_payment(server, gateway, request)
    if operation == "close":
        gateway.start(request)
        server.simulator.trades.scan(gateway.name, request.number)
    calls: dict[str, Callable[[], object]] = {
        "start": lambda: gateway.start(request),
        "query": lambda: gateway.query(request.number),
        "close": lambda: gateway.close(request.number),
        "refund": lambda: gateway.refund(refund_of(request)),
        "query_refund": lambda: gateway.query_refund(request.number, f"R{request.number}"),
        "bill": lambda: gateway.bill(datetime.now(BEIJING).date()),
    }
    plan(server, operation, fault)
    with pytest.raises(Unsure):
        calls[operation]()

    trade = server.simulator.trades.all()
    assert bool(trade) is (operation != "start" or fault in DONE)
    calls[operation]()
    assert sum(trade.refunded_fen for trade in server.simulator.trades.all()) == (1550 if operation == "refund" else 0)


def test_a_silent_gateway_times_out(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_S", 0.05)
    plan(server, "start", CallFault.SILENT)
    with pytest.raises(Unsure, match="Timeout"):
        gateway.start(new_request())


def test_a_refund_is_made_once_however_often_it_is_requested(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest
) -> None:
    request = paid_payment(server, gateway, new_request())
    refund = refund_of(request, amount_fen=550)
    first = gateway.refund(refund)
    assert (first.number, first.refund_number, first.amount_fen) == (request.number, refund.refund_number, 550)
    assert first.state in (RefundState.DONE, RefundState.PROCESSING)
    assert gateway.refund(refund).amount_fen == 550
    server.simulator.schedule.advance(60)

    report = gateway.query_refund(request.number, refund.refund_number)
    assert (report.state, report.amount_fen, report.simulated) == (RefundState.DONE, 550, True)
    assert gateway.refund(refund).state is RefundState.DONE
    assert server.simulator.trades.find(gateway.name, request.number).refunded_fen == 550
    with pytest.raises(Declined):
        gateway.refund(replace(refund, amount_fen=551))
    with pytest.raises(Declined):
        gateway.refund(refund_of(request, refund_number="R2", amount_fen=1001))


def test_a_payment_that_was_refunded_is_still_reported_as_paid(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest
) -> None:
    request = paid_payment(server, gateway, new_request())
    gateway.refund(refund_of(request))
    report = gateway.query(request.number)
    assert (report.state, report.amount_fen) == (PaymentState.PAID, 1550)


def test_the_bill_has_every_payment_and_refund_of_its_day(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest
) -> None:
    first, second = (paid_payment(server, gateway, new_request(amount_fen=fen)) for fen in (1, 123_456_78))
    gateway.start(new_request())
    gateway.refund(refund_of(second, amount_fen=5, paid_fen=123_456_78))

    today = datetime.now(BEIJING).date()
    lines = gateway.bill(today)
    found = [(line.kind, line.number, line.amount_fen, line.refund_number) for line in lines]
    assert found == [
        (BillKind.PAYMENT, first.number, 1, ""),
        (BillKind.PAYMENT, second.number, 123_456_78, ""),
        (BillKind.REFUND, second.number, 5, f"R{second.number}"),
    ]
    assert lines[0].transaction_id == gateway.query(first.number).transaction_id
    assert all(line.at.astimezone(BEIJING).date() == today for line in lines)
    assert gateway.bill(today - timedelta(days=1)) == []


def test_secrets_are_in_no_repr_and_in_no_exception(
    server: SimulatorServer, gateway: Gateway, new_request: NewRequest, caplog: pytest.LogCaptureFixture
) -> None:
    account = gateway._account  # type: ignore[attr-defined]
    assert "key" not in repr(account).replace("public_key", "")
    plan(server, "start", CallFault.CUT_BEFORE)
    with caplog.at_level(logging.DEBUG), pytest.raises(Unsure) as caught:
        gateway.start(new_request())
    assert caught.value.__suppress_context__
    for word in ("signature=", "sign=", "PRIVATE KEY"):
        assert word not in str(caught.value) + caplog.text
