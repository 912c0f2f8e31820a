"""A gateway in this process that stores trades and refunds in memory and fails on request."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from server.payments.gateways.base import (
    Answer,
    BillKind,
    BillLine,
    Declined,
    Gateway,
    Notification,
    NotificationRejected,
    PaymentReport,
    PaymentState,
    Product,
    RefundReport,
    RefundRequest,
    RefundState,
    StartedPayment,
    StartRequest,
    Unsure,
)

PRODUCTS = {
    "wechat": frozenset({Product.NATIVE, Product.JSAPI, Product.H5}),
    "alipay": frozenset({Product.PRECREATE, Product.WAP, Product.PAGE}),
}


@dataclass
class Trade:
    number: str
    amount_fen: int
    state: PaymentState = PaymentState.PENDING
    paid_fen: int = 0
    transaction_id: str = ""


@dataclass
class FakeGateway(Gateway):
    """`faults[call]` are the faults of the next calls: "before" ends without an answer before the call is carried out,
    "after" once it is carried out, "declined" refuses it, and a function is called first."""

    name: str = "wechat"
    simulated: bool = True
    trades: dict[str, Trade] = field(default_factory=dict)
    refunds: dict[str, RefundReport] = field(default_factory=dict)
    faults: dict[str, deque[object]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    accepted_answer = Answer(200, "text/plain", b"success")
    rejected_answer = Answer(401, "text/plain", b"failure")

    @property
    def products(self) -> frozenset[Product]:  # type: ignore[override]
        return PRODUCTS[self.name]

    def fail(self, call: str, *faults: object) -> None:
        self.faults.setdefault(call, deque()).extend(faults)

    def start(self, request: StartRequest) -> StartedPayment:
        after = self._begin("start", request.number)
        trade = self.trades.setdefault(request.number, Trade(request.number, request.amount_fen))
        assert trade.amount_fen == request.amount_fen, "a number belongs to one amount"
        if trade.state is not PaymentState.PENDING:
            raise Declined("ORDERPAID" if trade.state is PaymentState.PAID else "ORDERCLOSED")
        self._end(after)
        if request.product is Product.JSAPI:
            return StartedPayment(browser_values={"package": f"prepay_id=wx{request.number}"})
        return StartedPayment(code_url=f"fake://{self.name}/{request.number}")

    def query(self, number: str) -> PaymentReport:
        after = self._begin("query", number)
        report = self.report(number)
        self._end(after)
        return report

    def close(self, number: str) -> None:
        after = self._begin("close", number)
        trade = self.trades.get(number)
        if trade is None or trade.state is PaymentState.PAID:
            raise Declined("ORDERPAID" if trade else "ORDER_NOT_EXIST")
        trade.state = PaymentState.CLOSED
        self._end(after)

    def refund(self, request: RefundRequest) -> RefundReport:
        after = self._begin("refund", request.refund_number)
        trade = self.trades[request.number]
        assert trade.paid_fen == request.paid_fen
        if request.refund_number not in self.refunds:
            refunded = sum(one.amount_fen for one in self.refunds.values() if one.number == request.number)
            if refunded + request.amount_fen > trade.paid_fen:
                raise Declined("NOT_ENOUGH")
            self.refunds[request.refund_number] = RefundReport(
                request.refund_number, request.number, RefundState.DONE, self.simulated, "", request.amount_fen
            )
        assert self.refunds[request.refund_number].amount_fen == request.amount_fen
        self._end(after)
        return self.refunds[request.refund_number]

    def query_refund(self, number: str, refund_number: str) -> RefundReport:
        after = self._begin("query_refund", refund_number)
        self._end(after)
        unknown = RefundReport(refund_number, number, RefundState.UNKNOWN, self.simulated)
        return self.refunds.get(refund_number, unknown)

    def bill(self, day: date) -> list[BillLine]:
        after = self._begin("bill", str(day))
        self._end(after)
        at = datetime.now(UTC)
        paid = [
            BillLine(BillKind.PAYMENT, trade.number, trade.transaction_id, trade.paid_fen, at)
            for trade in self.trades.values()
            if trade.paid_fen
        ]
        return paid + [
            BillLine(BillKind.REFUND, one.number, "", one.amount_fen, at, one.refund_number)
            for one in self.refunds.values()
        ]

    def notification_body(self, number: str, state: PaymentState | None = None, amount_fen: int | None = None) -> bytes:
        """Return the notification that the gateway would send now; `state` and `amount_fen` replace the true values."""
        report = self.report(number)
        claim = {
            "number": number,
            "state": (state or report.state).value,
            "transaction": f"t{number}",
            "amount_fen": report.amount_fen if amount_fen is None else amount_fen,
        }
        return json.dumps(claim).encode()

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        """Reject every notification whose header "Signature" is not "genuine"."""
        if headers.get("Signature") != "genuine":
            raise NotificationRejected("signature")
        claim = json.loads(body)
        report = PaymentReport(
            claim["number"], PaymentState(claim["state"]), self.simulated, claim["transaction"], claim["amount_fen"]
        )
        return Notification(f"key-{claim['number']}", report)

    def pay(self, number: str, amount_fen: int | None = None) -> PaymentReport:
        """A person pays."""
        trade = self.trades[number]
        assert trade.state is PaymentState.PENDING
        trade.state, trade.transaction_id = PaymentState.PAID, f"t{number}"
        trade.paid_fen = trade.amount_fen if amount_fen is None else amount_fen
        return self.report(number)

    def report(self, number: str) -> PaymentReport:
        trade = self.trades.get(number)
        if trade is None:
            return PaymentReport(number, PaymentState.UNKNOWN, self.simulated)
        return PaymentReport(number, trade.state, self.simulated, trade.transaction_id, trade.paid_fen)

    def _begin(self, call: str, number: str) -> bool:
        """Return whether the call ends without an answer."""
        self.calls.append((call, number))
        faults = self.faults.get(call)
        fault = faults.popleft() if faults else None
        if callable(fault):
            fault()
        if fault == "before":
            raise Unsure("no answer")
        if fault == "declined":
            raise Declined("PARAM_ERROR")
        return fault == "after"

    def _end(self, unanswered: bool) -> None:
        if unanswered:
            raise Unsure("no answer")
