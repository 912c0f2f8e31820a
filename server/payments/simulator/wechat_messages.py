"""Messages of WeChat Pay: signed headers, transactions, refunds, and notifications with an encrypted resource."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.payments.gateways.beijing_time import BEIJING
from server.payments.gateways.signing import sign
from server.payments.simulator.faults import NotificationFault
from server.payments.simulator.keys import APPID, KEY_ID, MCHID, NEXT_KEY_ID, SimulatorKeys
from server.payments.simulator.messages import JSON_TYPE, OutgoingNotification
from server.payments.simulator.trades import SimulatedRefund, Trade, TradeState, utc_now

STALE_S: Final = 86400
UNKNOWN_SERIAL: Final = "5157F09EFDC096DE15EBE81A47057A72"
SIGNATURE_TYPE: Final = "WECHATPAY2-SHA256-RSA2048"


class WeChatMessages:
    """Signs with the current platform key; `rotate` changes to the next one."""

    def __init__(self, keys: SimulatorKeys) -> None:
        self._keys = keys
        self._key_id, self._key = KEY_ID, keys.wechat_platform

    def rotate(self) -> None:
        self._key_id, self._key = NEXT_KEY_ID, self._keys.wechat_next_platform

    def signed_headers(self, body: bytes, fault: NotificationFault = NotificationFault.NONE) -> dict[str, str]:
        timestamp = str(int(time.time()) - (STALE_S if fault is NotificationFault.STALE else 0))
        nonce = secrets.token_hex(16)
        key = self._keys.stranger if fault is NotificationFault.FORGED else self._key
        headers = {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": UNKNOWN_SERIAL if fault is NotificationFault.UNKNOWN_SERIAL else self._key_id,
            "Wechatpay-Signature": sign(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n"),
        }
        if fault is not NotificationFault.NO_SIGNATURE_TYPE:
            headers["Wechatpay-Signature-Type"] = SIGNATURE_TYPE
        return headers

    def payment(self, trade: Trade, fault: NotificationFault) -> OutgoingNotification:
        fields = transaction_fields(trade)
        if fault is NotificationFault.FOREIGN_APP:
            fields["appid"] = "wx1111111111111111"
        if fault is NotificationFault.FOREIGN_MERCHANT:
            fields["mchid"] = "1911111111"
        if fault is NotificationFault.WRONG_AMOUNT:
            fields["amount"] = {**fields["amount"], "total": trade.paid_fen - 1}
        event = f"EV-{trade.transaction_id}"
        return self._notification(event, "TRANSACTION.SUCCESS", "transaction", fields, fault)

    def refund(self, trade: Trade, refund: SimulatedRefund) -> OutgoingNotification:
        fields = refund_fields(trade, refund)
        fields |= {"mchid": MCHID, "refund_status": fields.pop("status")}
        event = f"EV-{refund.refund_id}"
        return self._notification(event, "REFUND.SUCCESS", "refund", fields, NotificationFault.NONE)

    def _notification(
        self, event: str, event_type: str, original: str, fields: dict[str, Any], fault: NotificationFault
    ) -> OutgoingNotification:
        content = {
            "id": event,
            "create_time": utc_now().astimezone(BEIJING).isoformat(timespec="seconds"),
            "event_type": event_type,
            "resource_type": "encrypt-resource",
            "summary": "SIMULATED",
            "resource": self._encrypt(original, fields),
        }
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"Content-Type": JSON_TYPE, **self.signed_headers(body, fault)}
        if fault is NotificationFault.MODIFIED:
            body = body.replace(b'"EV-', b'"EW-', 1)
        return OutgoingNotification(headers, body)

    def _encrypt(self, original: str, fields: dict[str, Any]) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        plain = json.dumps(fields, ensure_ascii=False).encode()
        ciphertext = AESGCM(self._keys.api_v3_key).encrypt(nonce.encode(), plain, original.encode())
        return {
            "original_type": original,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(ciphertext).decode("ascii"),
            "associated_data": original,
            "nonce": nonce,
        }


def transaction_fields(trade: Trade) -> dict[str, Any]:
    states = {TradeState.OPEN: "NOTPAY", TradeState.CLOSED: "CLOSED", TradeState.PAID: "SUCCESS"}
    fields: dict[str, Any] = {
        "appid": APPID,
        "mchid": MCHID,
        "out_trade_no": trade.number,
        "trade_state": "REFUND" if trade.refunds else states[trade.state],
        "trade_state_desc": "SIMULATED",
        "attach": "",
    }
    if trade.paid_at is not None:
        fields |= {
            "transaction_id": trade.transaction_id,
            "trade_type": {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB"}[trade.product],
            "bank_type": "OTHERS",
            "success_time": trade.paid_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            "payer": {"openid": "simulated"},
            "amount": {
                "total": trade.paid_fen,
                "payer_total": trade.paid_fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
    return fields


def refund_fields(trade: Trade, refund: SimulatedRefund) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.number,
        "out_trade_no": trade.number,
        "transaction_id": trade.transaction_id,
        "channel": "ORIGINAL",
        "user_received_account": "SIMULATED",
        "status": "SUCCESS" if refund.done else "PROCESSING",
        "create_time": refund.at.astimezone(BEIJING).isoformat(timespec="seconds"),
        "amount": {
            "total": trade.paid_fen,
            "refund": refund.amount_fen,
            "payer_total": trade.paid_fen,
            "payer_refund": refund.amount_fen,
            "currency": "CNY",
        },
    }
    if refund.done:
        fields["success_time"] = refund.at.astimezone(BEIJING).isoformat(timespec="seconds")
    return fields
