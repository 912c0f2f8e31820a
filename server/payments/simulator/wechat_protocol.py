"""WeChat Pay v3 as the merchant sees it. https://pay.weixin.qq.com/doc/v3/merchant/4012791877"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from server.payments.gateways.beijing_time import parse_rfc3339
from server.payments.gateways.signing import is_signed_by
from server.payments.simulator.bills import wechat_bill
from server.payments.simulator.fault_responses import answer_before
from server.payments.simulator.faults import CallFault, Faults, NotificationFault
from server.payments.simulator.keys import APPID, MCHID, SERIAL, SimulatorKeys
from server.payments.simulator.messages import JSON_TYPE, Cut, Request, Response, json_response
from server.payments.simulator.notifier import WECHAT_RETRIES, Delivery, Notifier
from server.payments.simulator.schedule import Schedule
from server.payments.simulator.trades import Refusal, Refused, SimulatedRefund, Trade, Trades, TradeState
from server.payments.simulator.wechat_messages import WeChatMessages, refund_fields, transaction_fields

GATEWAY: Final = "wechat"
REFUND_TAKES_S: Final = 10.0
MAX_CLOCK_DIFFERENCE_S: Final = 300
_NUMBER: Final = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_REFUSALS: Final[Mapping[Refusal, tuple[int, str]]] = {
    Refusal.UNKNOWN: (404, "ORDER_NOT_EXIST"),
    Refusal.AMOUNT_DIFFERS: (403, "OUT_TRADE_NO_USED"),
    Refusal.PAID: (400, "ORDERPAID"),
    Refusal.CLOSED: (400, "ORDER_CLOSED"),
    Refusal.NOT_PAID: (404, "RESOURCE_NOT_EXISTS"),
    Refusal.TOO_MUCH: (400, "INVALID_REQUEST"),
}


class WeChatProtocol:
    def __init__(
        self, keys: SimulatorKeys, trades: Trades, faults: Faults, schedule: Schedule, notifier: Notifier, url: str
    ) -> None:
        self._keys, self._trades, self._faults, self._url = keys, trades, faults, url
        self._schedule, self._notifier = schedule, notifier
        self.messages = WeChatMessages(keys)
        self._bills: dict[str, bytes] = {}

    def respond(self, request: Request) -> Response:
        """Perform a signed request. Raises Cut and Silent."""
        if not self._is_signed(request):
            return json_response(401, {"code": "SIGN_ERROR", "message": "SIMULATED"})
        operation, action = self._route(request)
        fault = self._faults.next_call(GATEWAY, operation)
        early = answer_before(fault)
        if early is not None:
            return early
        if fault is CallFault.PAID_FIRST:
            self.pay(request.path.split("/")[5], None, NotificationFault.LOST)
        status, content = self._perform(action)
        if fault is CallFault.CUT_AFTER:
            raise Cut
        if isinstance(content, bytes):  # a bill carries no signature
            return Response(status, "application/octet-stream", content)
        body = json.dumps(content, ensure_ascii=False).encode() if content is not None else b""
        sign_fault = NotificationFault.FORGED if fault is CallFault.BAD_SIGNATURE else NotificationFault.NONE
        return Response(status, JSON_TYPE, body, self.messages.signed_headers(body, sign_fault))

    def pay(self, number: str, amount_fen: int | None, fault: NotificationFault) -> None:
        """Pay a trade as its buyer. Raises Refused."""
        trade = self._trades.pay(GATEWAY, number, amount_fen)
        self._notifier.notify(
            Delivery(trade.notify_url, lambda: self.messages.payment(trade, fault), _accepts, WECHAT_RETRIES, fault)
        )

    def _perform(self, action: Callable[[], Any]) -> tuple[int, Any]:
        try:
            with self._trades.lock:
                content = action()
        except Refused as refused:
            status, code = _REFUSALS[refused.refusal]
            return status, {"code": code, "message": "SIMULATED"}
        except (KeyError, ValueError, TypeError):
            return 400, {"code": "PARAM_ERROR", "message": "SIMULATED"}
        return (204 if content is None else 200), content

    def _route(self, request: Request) -> tuple[str, Callable[[], Any]]:
        path, body = request.path, request.body
        if match := re.fullmatch(r"/v3/pay/transactions/(native|jsapi|h5)", path):
            return "start", lambda: self._start(match[1], json.loads(body))
        if match := re.fullmatch(r"/v3/pay/transactions/out-trade-no/([^/]+)/close", path):
            return "close", lambda: self._close(match[1], json.loads(body))
        if match := re.fullmatch(r"/v3/pay/transactions/out-trade-no/([^/]+)", path):
            return "query", lambda: self._query(match[1], request.query)
        if path == "/v3/refund/domestic/refunds":
            return "refund", lambda: self._refund(json.loads(body))
        if match := re.fullmatch(r"/v3/refund/domestic/refunds/([^/]+)", path):
            return "query_refund", lambda: self._query_refund(match[1])
        if path == "/v3/bill/tradebill":
            return "bill", lambda: self._offer_bill(request.query)
        if path == "/v3/billdownload/file":
            return "bill_download", lambda: self._bills[request.query["token"]]
        return "unknown", lambda: self._trades.find(GATEWAY, "")

    def _start(self, product: str, fields: Mapping[str, Any]) -> dict[str, str]:
        number, total = fields["out_trade_no"], fields["amount"]["total"]
        if type(total) is not int or total <= 0 or not _NUMBER.fullmatch(number):
            raise ValueError
        if (fields["mchid"], fields["appid"], fields["amount"]["currency"]) != (MCHID, APPID, "CNY"):
            raise ValueError
        if not 1 <= len(fields["description"]) <= 127 or "?" in fields["notify_url"]:
            raise ValueError
        if product == "jsapi" and not fields["payer"]["openid"]:
            raise ValueError
        if product == "h5" and not fields["scene_info"]["payer_client_ip"]:
            raise ValueError
        expires_at = parse_rfc3339(fields["time_expire"])
        description, notify_url = fields["description"], fields["notify_url"]
        self._trades.start(Trade(GATEWAY, product, number, total, description, notify_url, expires_at))
        page = f"{self._url}/pay/{GATEWAY}/{number}"
        return {
            "native": {"code_url": page},
            "jsapi": {"prepay_id": f"wx{number}"},
            "h5": {"h5_url": f"{page}?mweb=1"},
        }[product]

    def _query(self, number: str, query: Mapping[str, str]) -> dict[str, Any]:
        if query.get("mchid") != MCHID:
            raise ValueError
        return transaction_fields(self._trades.find(GATEWAY, number))

    def _close(self, number: str, fields: Mapping[str, Any]) -> None:
        if fields["mchid"] != MCHID:
            raise ValueError
        self._trades.close(GATEWAY, number)

    def _refund(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        number, refund_number, amount = fields["out_trade_no"], fields["out_refund_no"], fields["amount"]
        if type(amount["refund"]) is not int or amount["currency"] != "CNY":
            raise ValueError
        trade = self._trades.find(GATEWAY, number)
        if trade.state is TradeState.PAID and amount["total"] != trade.paid_fen:
            raise ValueError
        refund, is_new = self._trades.refund(GATEWAY, number, refund_number, amount["refund"])
        if is_new:
            refund.notify_url = fields.get("notify_url", "")
            self._schedule.after(REFUND_TAKES_S, lambda: self._complete_refund(trade, refund))
        return refund_fields(trade, refund)

    def _complete_refund(self, trade: Trade, refund: SimulatedRefund) -> None:
        refund.done = True
        if refund.notify_url:
            self._notifier.notify(
                Delivery(refund.notify_url, lambda: self.messages.refund(trade, refund), _accepts, WECHAT_RETRIES)
            )

    def _query_refund(self, refund_number: str) -> dict[str, Any]:
        try:
            return refund_fields(*self._trades.find_refund(GATEWAY, refund_number))
        except Refused:
            raise Refused(Refusal.NOT_PAID) from None

    def _offer_bill(self, query: Mapping[str, str]) -> dict[str, str]:
        packed, digest = wechat_bill(self._trades.all(), date.fromisoformat(query["bill_date"]))
        token = hashlib.sha256(packed).hexdigest()
        self._bills[token] = packed
        url = f"{self._url}/v3/billdownload/file?token={token}"
        return {"download_url": url, "hash_type": "SHA1", "hash_value": digest}

    def _is_signed(self, request: Request) -> bool:
        header = request.headers.get("authorization", "")
        values = dict(re.findall(r'(\w+)="([^"]*)"', header))
        try:
            timestamp, nonce, signature = int(values["timestamp"]), values["nonce_str"], values["signature"]
        except (KeyError, ValueError):
            return False
        if not header.startswith("WECHATPAY2-SHA256-RSA2048 "):
            return False
        if (values.get("mchid"), values.get("serial_no")) != (MCHID, SERIAL) or not request.headers.get("user-agent"):
            return False
        if abs(self._trades.now().timestamp() - timestamp) > MAX_CLOCK_DIFFERENCE_S:
            return False
        text = f"{request.method}\n{request.target}\n{timestamp}\n{nonce}\n".encode() + request.body + b"\n"
        return is_signed_by(self._keys.wechat_merchant.public_key(), text, signature)


def _accepts(status: int, body: bytes) -> bool:
    return status in (200, 204)
