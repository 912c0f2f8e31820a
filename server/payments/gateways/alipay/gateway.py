"""Alipay as a Gateway.

`alipay.trade.cancel` is not used: it refunds a trade that was paid in the meantime.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from server.payments.gateways.alipay import notifications
from server.payments.gateways.alipay.account import AlipayAccount
from server.payments.gateways.alipay.api import call, page_url
from server.payments.gateways.alipay.bill import read_bill
from server.payments.gateways.alipay.reports import payment_report
from server.payments.gateways.base import (
    Answer,
    BillLine,
    Declined,
    Gateway,
    Notification,
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
from server.payments.gateways.beijing_time import beijing_text
from server.payments.gateways.money import fen_of, yuan_of

BASE_URL: Final = "https://openapi.alipay.com"
_PAGES: Final = {
    Product.WAP: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    Product.PAGE: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
}
_NO_TRADE: Final = "ACQ.TRADE_NOT_EXIST"
_MAX_SUBJECT: Final = 256


class AlipayGateway(Gateway):
    name = "alipay"
    accepted_answer = Answer(200, "text/plain", b"success")
    rejected_answer = Answer(401, "text/plain", b"fail")

    def __init__(self, account: AlipayAccount, products: frozenset[Product]) -> None:
        self._account = account
        self.products = products
        self.address, self.simulated = account.base_url, account.simulated

    def start(self, request: StartRequest) -> StartedPayment:
        if request.product not in self.products:
            raise ValueError(f"{request.product} is not a product of Alipay")
        content: dict[str, Any] = {
            "out_trade_no": request.number,
            "total_amount": yuan_of(request.amount_fen),
            "subject": request.description[:_MAX_SUBJECT],
            "time_expire": beijing_text(request.expires_at),
        }
        if request.product is Product.PRECREATE:
            # A code that nobody has scanned is no trade yet, so it has a separate time limit.
            minutes = int((request.expires_at - datetime.now(UTC)).total_seconds() // 60)
            content["qr_code_timeout_express"] = f"{max(1, minutes)}m"
            fields = call(self._account, "alipay.trade.precreate", content, request.notify_url)
            if not isinstance(fields.get("qr_code"), str) or fields.get("out_trade_no") != request.number:
                raise Unsure("an answer without a code for this number")
            return StartedPayment(code_url=fields["qr_code"])
        method, content["product_code"] = _PAGES[request.product]
        if request.product is Product.WAP and request.return_url:
            content["quit_url"] = request.return_url
        return StartedPayment(
            redirect_url=page_url(self._account, method, content, request.notify_url, request.return_url)
        )

    def query(self, number: str) -> PaymentReport:
        try:
            fields = call(self._account, "alipay.trade.query", {"out_trade_no": number})
        except Declined as declined:
            if declined.code == _NO_TRADE:
                return PaymentReport(number, PaymentState.UNKNOWN, self.simulated)
            raise Unsure(declined.code) from None
        try:
            report = payment_report(fields, fields.get("send_pay_date", ""), self.simulated)
        except (ValueError, KeyError, TypeError) as error:
            raise Unsure(f"unexpected answer ({type(error).__name__})") from None
        if report.number != number:
            raise Unsure("an answer about another payment")
        return report

    def close(self, number: str) -> None:
        call(self._account, "alipay.trade.close", {"out_trade_no": number})

    def refund(self, request: RefundRequest) -> RefundReport:
        content = {
            "out_trade_no": request.number,
            "refund_amount": yuan_of(request.amount_fen),
            "out_request_no": request.refund_number,
            "refund_reason": request.reason[:_MAX_SUBJECT],
        }
        fields = call(self._account, "alipay.trade.refund", content)
        if fields.get("out_trade_no") != request.number:
            raise Unsure("an answer about another payment")
        if fields.get("fund_change") == "Y":
            return self._refund_report(request.number, request.refund_number, RefundState.DONE, request.amount_fen)
        # N: this call moved no money, either because an earlier one did or because it is not finished.
        report = self.query_refund(request.number, request.refund_number)
        if report.state is RefundState.UNKNOWN:
            return self._refund_report(
                request.number, request.refund_number, RefundState.PROCESSING, request.amount_fen
            )
        return report

    def query_refund(self, number: str, refund_number: str) -> RefundReport:
        content = {"out_trade_no": number, "out_request_no": refund_number}
        try:
            fields = call(self._account, "alipay.trade.fastpay.refund.query", content)
        except Declined as declined:
            if declined.code == _NO_TRADE:
                return self._refund_report(number, refund_number, RefundState.UNKNOWN)
            raise Unsure(declined.code) from None
        # Without an amount, no such refund was received or it failed; the same request may be repeated.
        if fields.get("refund_status", "REFUND_SUCCESS") != "REFUND_SUCCESS" or not fields.get("refund_amount"):
            return self._refund_report(number, refund_number, RefundState.UNKNOWN)
        if fields.get("out_request_no") != refund_number or fields.get("out_trade_no") != number:
            raise Unsure("an answer about another refund")
        try:
            amount = fen_of(fields["refund_amount"])
        except (ValueError, TypeError):
            raise Unsure("an answer without an amount") from None
        return self._refund_report(number, refund_number, RefundState.DONE, amount)

    def bill(self, day: date) -> list[BillLine]:
        return read_bill(self._account, day)

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        return notifications.read(self._account, body, now)

    def _refund_report(self, number: str, refund_number: str, state: RefundState, amount_fen: int = 0) -> RefundReport:
        return RefundReport(refund_number, number, state, self.simulated, amount_fen=amount_fen)
