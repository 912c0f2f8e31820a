"""WeChat Pay as a Gateway."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

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
from server.payments.gateways.beijing_time import BEIJING
from server.payments.gateways.wechat import notifications
from server.payments.gateways.wechat.account import WeChatAccount
from server.payments.gateways.wechat.api import call
from server.payments.gateways.wechat.bill import read_bill
from server.payments.gateways.wechat.reports import payment_report, refund_report

BASE_URL: Final = "https://api.mch.weixin.qq.com"
_TRANSACTIONS: Final = "/v3/pay/transactions"
_REFUNDS: Final = "/v3/refund/domestic/refunds"
_NO_SUCH_ORDER: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST"})
_NO_SUCH_REFUND: Final = frozenset({"RESOURCE_NOT_EXISTS", "REFUND_NOT_EXISTS", "REFUNDNOTEXIST"})
_MAX_DESCRIPTION: Final = 127  # characters
_MAX_REASON: Final = 80


class WeChatGateway(Gateway):
    name = "wechat"
    accepted_answer = Answer(204, "application/json", b"")
    rejected_answer = Answer(401, "application/json", b'{"code":"FAIL","message":"SIGN_ERROR"}')

    def __init__(self, account: WeChatAccount, products: frozenset[Product]) -> None:
        self._account = account
        self.products = products
        self.address, self.simulated = account.base_url, account.simulated

    def start(self, request: StartRequest) -> StartedPayment:
        fields = call(self._account, "POST", f"{_TRANSACTIONS}/{request.product.value}", self._start_fields(request))
        match request.product:
            case Product.NATIVE:
                return StartedPayment(code_url=_required(fields, "code_url"))
            case Product.H5:
                back = f"&redirect_url={quote(request.return_url, safe='')}" if request.return_url else ""
                return StartedPayment(redirect_url=_required(fields, "h5_url") + back)
            case _:
                return StartedPayment(browser_values=self._account.browser_values(_required(fields, "prepay_id")))

    def query(self, number: str) -> PaymentReport:
        try:
            fields = call(self._account, "GET", f"{self._path(number)}?mchid={self._account.mchid}")
        except Declined as declined:
            if declined.code in _NO_SUCH_ORDER:
                return PaymentReport(number, PaymentState.UNKNOWN, self.simulated)
            raise Unsure(declined.code) from None
        try:
            report = payment_report(self._account, fields)
        except (ValueError, KeyError, TypeError) as error:
            raise Unsure(f"unexpected answer ({type(error).__name__})") from None
        if report.number != number:
            raise Unsure("an answer about another payment")
        return report

    def close(self, number: str) -> None:
        call(self._account, "POST", f"{self._path(number)}/close", {"mchid": self._account.mchid})

    def refund(self, request: RefundRequest) -> RefundReport:
        content = {
            "out_trade_no": request.number,
            "out_refund_no": request.refund_number,
            "reason": request.reason[:_MAX_REASON],
            "amount": {"refund": request.amount_fen, "total": request.paid_fen, "currency": "CNY"},
        }
        if request.notify_url:
            content["notify_url"] = request.notify_url
        return self._refund_report(
            call(self._account, "POST", _REFUNDS, content), request.number, request.refund_number
        )

    def query_refund(self, number: str, refund_number: str) -> RefundReport:
        try:
            fields = call(self._account, "GET", f"{_REFUNDS}/{quote(refund_number, safe='')}")
        except Declined as declined:
            if declined.code in _NO_SUCH_REFUND:
                return RefundReport(refund_number, number, RefundState.UNKNOWN, self.simulated)
            raise Unsure(declined.code) from None
        return self._refund_report(fields, number, refund_number)

    def bill(self, day: date) -> list[BillLine]:
        return read_bill(self._account, day)

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        return notifications.read(self._account, headers, body, now)

    def _path(self, number: str) -> str:
        return f"{_TRANSACTIONS}/out-trade-no/{quote(number, safe='')}"

    def _start_fields(self, request: StartRequest) -> dict[str, Any]:
        if request.product not in self.products:
            raise ValueError(f"{request.product} is not a product of WeChat Pay")
        fields: dict[str, Any] = {
            "appid": self._account.appid,
            "mchid": self._account.mchid,
            "description": request.description[:_MAX_DESCRIPTION],
            "out_trade_no": request.number,
            "time_expire": request.expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            "notify_url": request.notify_url,
            "amount": {"total": request.amount_fen, "currency": "CNY"},
        }
        if request.product is Product.JSAPI:
            fields["payer"] = {"openid": request.openid}
        if request.product is Product.H5:
            fields["scene_info"] = {"payer_client_ip": request.client_ip, "h5_info": {"type": "Wap"}}
        return fields

    def _refund_report(self, fields: Mapping[str, Any], number: str, refund_number: str) -> RefundReport:
        try:
            report = refund_report(self._account, fields)
        except (ValueError, KeyError, TypeError) as error:
            raise Unsure(f"unexpected answer ({type(error).__name__})") from None
        if (report.number, report.refund_number) != (number, refund_number):
            raise Unsure("an answer about another refund")
        return report


def _required(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Unsure(f"an answer without {name}")
    return value
