"""Messages of Alipay: responses with a signature over their inner object, and notifications as signed forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from server.payments.gateways.alipay.account import joined
from server.payments.gateways.beijing_time import beijing_text
from server.payments.gateways.money import yuan_of
from server.payments.gateways.signing import sign
from server.payments.simulator.faults import NotificationFault
from server.payments.simulator.keys import APP_ID, SELLER_ID, SimulatorKeys
from server.payments.simulator.messages import OutgoingNotification, Response
from server.payments.simulator.trades import Trade, TradeState, utc_now

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class AlipayMessages:
    def __init__(self, keys: SimulatorKeys) -> None:
        self._keys = keys

    def answer(self, method: str, fields: Mapping[str, Any], forged: bool = False) -> Response:
        inner = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        signature = sign(self._keys.stranger if forged else self._keys.alipay_platform, inner.encode())
        name = method.replace(".", "_") + "_response"
        return Response(200, "text/html;charset=utf-8", f'{{"{name}":{inner},"sign":"{signature}"}}'.encode())

    def payment(self, trade: Trade, fault: NotificationFault) -> OutgoingNotification:
        fields = {
            "app_id": "2021111111111111" if fault is NotificationFault.FOREIGN_APP else APP_ID,
            "seller_id": "2088111111111111" if fault is NotificationFault.FOREIGN_MERCHANT else SELLER_ID,
            "notify_id": f"n{trade.transaction_id}",
            "notify_type": "trade_status_sync",
            "notify_time": beijing_text(utc_now()),
            "charset": "utf-8",
            "version": "1.0",
            "subject": trade.description,
            **trade_fields(trade),
            "gmt_payment": beijing_text(trade.paid_at or utc_now()),
        }
        if fault is NotificationFault.WRONG_AMOUNT:
            fields["total_amount"] = yuan_of(trade.paid_fen - 1)
        key = self._keys.stranger if fault is NotificationFault.FORGED else self._keys.alipay_platform
        form = fields | {"sign": sign(key, joined(fields).encode()), "sign_type": "RSA2"}
        if fault is NotificationFault.MODIFIED:
            form["out_trade_no"] += "X"
        return OutgoingNotification(_FORM, urlencode(form).encode())

    def return_parameters(self, trade: Trade) -> str:
        """Return the query that the browser brings back to the merchant's page; it proves nothing."""
        fields = {
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "method": "alipay.trade.page.pay.return",
            "out_trade_no": trade.number,
            "trade_no": trade.transaction_id,
            "total_amount": yuan_of(trade.paid_fen),
            "timestamp": beijing_text(utc_now()),
            "charset": "utf-8",
            "version": "1.0",
        }
        signature = sign(self._keys.alipay_platform, joined(fields).encode())
        return urlencode(fields | {"sign": signature, "sign_type": "RSA2"})


def trade_fields(trade: Trade) -> dict[str, str]:
    """Return number, status and amount. A trade that was refunded in full is closed."""
    statuses = {TradeState.OPEN: "WAIT_BUYER_PAY", TradeState.CLOSED: "TRADE_CLOSED", TradeState.PAID: "TRADE_SUCCESS"}
    if trade.state is TradeState.PAID and trade.refunded_fen >= trade.paid_fen:
        status = "TRADE_CLOSED"
    else:
        status = statuses[trade.state]
    return {
        "out_trade_no": trade.number,
        "trade_no": trade.transaction_id or f"open{trade.number}",
        "trade_status": status,
        "total_amount": yuan_of(trade.paid_fen if trade.state is TradeState.PAID else trade.amount_fen),
    }
