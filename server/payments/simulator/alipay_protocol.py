"""Alipay as the merchant sees it: /gateway.do. https://opendocs.alipay.com/open/194"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from server.payments.gateways.alipay.account import joined
from server.payments.gateways.beijing_time import beijing_text, parse_beijing
from server.payments.gateways.money import fen_of, yuan_of
from server.payments.gateways.signing import is_signed_by
from server.payments.simulator.alipay_messages import AlipayMessages, trade_fields
from server.payments.simulator.bills import alipay_bill
from server.payments.simulator.fault_responses import answer_before
from server.payments.simulator.faults import CallFault, Faults, NotificationFault
from server.payments.simulator.keys import APP_ID, SimulatorKeys
from server.payments.simulator.messages import Cut, Request, Response
from server.payments.simulator.notifier import ALIPAY_RETRIES, Delivery, Notifier
from server.payments.simulator.trades import Refusal, Refused, Trade, Trades, TradeState

GATEWAY: Final = "alipay"
MAX_CLOCK_DIFFERENCE_S: Final = 900
DEFAULT_EXPIRY: Final = timedelta(hours=2)
_OPERATIONS: Final = {
    "alipay.trade.precreate": "start",
    "alipay.trade.query": "query",
    "alipay.trade.close": "close",
    "alipay.trade.cancel": "cancel",
    "alipay.trade.refund": "refund",
    "alipay.trade.fastpay.refund.query": "query_refund",
    "alipay.data.dataservice.bill.downloadurl.query": "bill",
}
PAGE_METHODS: Final = {"alipay.trade.wap.pay": "wap", "alipay.trade.page.pay": "page"}
_REFUSALS: Final[Mapping[Refusal, str]] = {
    Refusal.UNKNOWN: "ACQ.TRADE_NOT_EXIST",
    Refusal.AMOUNT_DIFFERS: "ACQ.CONTEXT_INCONSISTENT",
    Refusal.PAID: "ACQ.TRADE_HAS_SUCCESS",
    Refusal.CLOSED: "ACQ.TRADE_HAS_CLOSE",
    Refusal.NOT_PAID: "ACQ.TRADE_STATUS_ERROR",
    Refusal.TOO_MUCH: "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
}


class AlipayProtocol:
    def __init__(self, keys: SimulatorKeys, trades: Trades, faults: Faults, notifier: Notifier, url: str) -> None:
        self._keys, self._trades, self._faults, self._notifier, self._url = keys, trades, faults, notifier, url
        self.messages = AlipayMessages(keys)
        self._bills: dict[str, bytes] = {}

    def respond(self, request: Request) -> Response:
        """Perform a request to /gateway.do. Raises Cut and Silent."""
        parameters = dict(request.query) | dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        method = parameters.get("method", "")
        problem = self._request_problem(parameters)
        if problem:
            return self.messages.answer(method, _failure("40002", problem))
        if method in PAGE_METHODS:
            return self._open_page(PAGE_METHODS[method], parameters)
        content = json.loads(parameters["biz_content"])
        fault = self._faults.next_call(GATEWAY, _OPERATIONS.get(method, "unknown"))
        early = answer_before(fault)
        if early is not None:
            return early
        if fault is CallFault.PAID_FIRST:
            self.pay(content["out_trade_no"], None, NotificationFault.LOST)
        fields = self._perform(method, content, parameters.get("notify_url", ""))
        if fault is CallFault.CUT_AFTER:
            raise Cut
        return self.messages.answer(method, fields, forged=fault is CallFault.BAD_SIGNATURE)

    def download(self, token: str) -> Response:
        return Response(200, "application/zip", self._bills[token])

    def pay(self, number: str, amount_fen: int | None, fault: NotificationFault) -> None:
        """Pay a trade as its buyer. Raises Refused."""
        trade = self._trades.pay(GATEWAY, number, amount_fen)
        self._notifier.notify(
            Delivery(trade.notify_url, lambda: self.messages.payment(trade, fault), _accepts, ALIPAY_RETRIES, fault)
        )

    def _perform(self, method: str, content: Mapping[str, Any], notify_url: str) -> dict[str, Any]:
        actions: dict[str, Callable[[], dict[str, Any]]] = {
            "alipay.trade.precreate": lambda: self._precreate(content, notify_url),
            "alipay.trade.query": lambda: self._query(content),
            "alipay.trade.close": lambda: self._close(content),
            "alipay.trade.cancel": lambda: self._cancel(content),
            "alipay.trade.refund": lambda: self._refund(content),
            "alipay.trade.fastpay.refund.query": lambda: self._query_refund(content),
            "alipay.data.dataservice.bill.downloadurl.query": lambda: self._offer_bill(content),
        }
        if method not in actions:
            return _failure("40002", "isv.invalid-method")
        try:
            with self._trades.lock:
                return {"code": "10000", "msg": "Success", **actions[method]()}
        except Refused as refused:
            return _failure("40004", _REFUSALS[refused.refusal])
        except (KeyError, ValueError, TypeError):
            return _failure("40004", "ACQ.INVALID_PARAMETER")

    def _precreate(self, content: Mapping[str, Any], notify_url: str) -> dict[str, Any]:
        trade = self._start("precreate", content, notify_url, TradeState.UNSCANNED)
        return {"out_trade_no": trade.number, "qr_code": f"{self._url}/pay/{GATEWAY}/{trade.number}"}

    def _start(
        self, product: str, content: Mapping[str, Any], notify_url: str, state: TradeState, return_url: str = ""
    ) -> Trade:
        default = beijing_text(datetime.now(UTC) + DEFAULT_EXPIRY)
        trade = Trade(
            GATEWAY,
            product,
            content["out_trade_no"],
            fen_of(content["total_amount"]),
            content["subject"],
            notify_url,
            parse_beijing(content.get("time_expire", default)),
            return_url,
            state,
        )
        return self._trades.start(trade)

    def _query(self, content: Mapping[str, Any]) -> dict[str, Any]:
        trade = self._scanned(content)
        paid = {"send_pay_date": beijing_text(trade.paid_at)} if trade.paid_at is not None else {}
        return {**trade_fields(trade), **paid, "buyer_logon_id": "SIMULATED"}

    def _close(self, content: Mapping[str, Any]) -> dict[str, Any]:
        trade = self._scanned(content)
        if trade.state is TradeState.PAID:
            raise Refused(Refusal.NOT_PAID)  # ACQ.TRADE_STATUS_ERROR
        self._trades.close(GATEWAY, trade.number)
        return {"out_trade_no": trade.number}

    def _cancel(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Close a trade, or refund it if it is paid, as the real alipay.trade.cancel does."""
        trade = self._trades.find(GATEWAY, content["out_trade_no"])
        if trade.state is TradeState.PAID:
            self._trades.refund(GATEWAY, trade.number, f"cancel{trade.number}"[:32], trade.paid_fen)
            return {"out_trade_no": trade.number, "action": "refund"}
        self._trades.close(GATEWAY, trade.number)
        return {"out_trade_no": trade.number, "action": "close"}

    def _refund(self, content: Mapping[str, Any]) -> dict[str, Any]:
        number, amount = content["out_trade_no"], fen_of(content["refund_amount"])
        refund, is_new = self._trades.refund(GATEWAY, number, content.get("out_request_no", number), amount)
        refund.done = True
        trade = self._trades.find(GATEWAY, number)
        return {
            "out_trade_no": number,
            "trade_no": trade.transaction_id,
            "fund_change": "Y" if is_new else "N",
            "refund_fee": yuan_of(trade.refunded_fen),
        }

    def _query_refund(self, content: Mapping[str, Any]) -> dict[str, Any]:
        trade = self._trades.find(GATEWAY, content["out_trade_no"])
        refund = trade.refunds.get(content["out_request_no"])
        if refund is None:
            return {}
        return {
            "out_trade_no": trade.number,
            "out_request_no": refund.number,
            "refund_status": "REFUND_SUCCESS",
            "refund_amount": yuan_of(refund.amount_fen),
        }

    def _offer_bill(self, content: Mapping[str, Any]) -> dict[str, Any]:
        packed = alipay_bill(self._trades.all(), date.fromisoformat(content["bill_date"]))
        token = hashlib.sha256(packed).hexdigest()
        self._bills[token] = packed
        return {"bill_download_url": f"{self._url}/alipay/bill?token={token}"}

    def _open_page(self, product: str, parameters: Mapping[str, str]) -> Response:
        """Start the trade of the signed address that the buyer's browser opens."""
        content, return_url = json.loads(parameters["biz_content"]), parameters.get("return_url", "")
        try:
            self._start(product, content, parameters.get("notify_url", ""), TradeState.OPEN, return_url)
        except Refused as refused:
            return self.messages.answer(parameters["method"], _failure("40004", _REFUSALS[refused.refusal]))
        location = f"{self._url}/pay/{GATEWAY}/{content['out_trade_no']}"
        return Response(302, "text/plain", b"", {"Location": location})

    def _scanned(self, content: Mapping[str, Any]) -> Trade:
        trade = self._trades.find(GATEWAY, content["out_trade_no"])
        if trade.state is TradeState.UNSCANNED or (trade.product == "precreate" and not trade.was_scanned):
            raise Refused(Refusal.UNKNOWN)
        return trade

    def _request_problem(self, parameters: Mapping[str, str]) -> str:
        signed = {name: value for name, value in parameters.items() if name != "sign" and value}
        if parameters.get("app_id") != APP_ID or parameters.get("sign_type") != "RSA2":
            return "isv.invalid-app-id"
        key = self._keys.alipay_app.public_key()
        if not is_signed_by(key, joined(signed).encode(), parameters.get("sign", "")):
            return "isv.invalid-signature"
        try:
            sent_at = parse_beijing(parameters.get("timestamp", ""))
        except ValueError:
            return "isv.invalid-timestamp"
        if abs((self._trades.now() - sent_at).total_seconds()) > MAX_CLOCK_DIFFERENCE_S:
            return "isv.invalid-timestamp"
        return ""


def _failure(code: str, sub_code: str) -> dict[str, str]:
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "SIMULATED"}


def _accepts(status: int, body: bytes) -> bool:
    return body.strip() == b"success"
