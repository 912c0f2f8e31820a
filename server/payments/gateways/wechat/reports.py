"""Reports of WeChat Pay's transactions and refunds, from responses and from notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from server.payments.gateways.base import PaymentReport, PaymentState, RefundReport, RefundState
from server.payments.gateways.beijing_time import parse_rfc3339
from server.payments.gateways.wechat.account import WeChatAccount

# REFUND: paid, and at least partly refunded. PAYERROR: this try failed, another may follow.
_STATES: Final = {
    "SUCCESS": PaymentState.PAID,
    "REFUND": PaymentState.PAID,
    "NOTPAY": PaymentState.PENDING,
    "USERPAYING": PaymentState.PENDING,
    "ACCEPT": PaymentState.PENDING,
    "PAYERROR": PaymentState.PENDING,
    "CLOSED": PaymentState.CLOSED,
    "REVOKED": PaymentState.CLOSED,
}
_REFUND_STATES: Final = {
    "SUCCESS": RefundState.DONE,
    "PROCESSING": RefundState.PROCESSING,
    "CLOSED": RefundState.FAILED,
    "ABNORMAL": RefundState.FAILED,  # the payer's card or account is gone: refund by hand
}


def payment_report(account: WeChatAccount, fields: Mapping[str, Any]) -> PaymentReport:
    """Return the report of a transaction. Raises ValueError, KeyError or TypeError if a field is missing, of another
    type, or another merchant's."""
    if fields["mchid"] != account.mchid or fields["appid"] != account.appid:
        raise ValueError("another merchant or app")
    state = _STATES[fields["trade_state"]]
    number = _text(fields["out_trade_no"])
    if state is not PaymentState.PAID:
        return PaymentReport(number, state, account.simulated)
    return PaymentReport(
        number,
        state,
        account.simulated,
        transaction_id=_text(fields["transaction_id"]),
        amount_fen=_fen(fields["amount"], "total"),
        paid_at=parse_rfc3339(fields["success_time"]),
    )


def refund_report(account: WeChatAccount, fields: Mapping[str, Any]) -> RefundReport:
    """Return the report of a refund; its status has another name in notifications. Raises as `payment_report`."""
    if fields.get("mchid", account.mchid) != account.mchid:
        raise ValueError("another merchant")
    status = fields["refund_status"] if "refund_status" in fields else fields["status"]
    state = _REFUND_STATES[status]
    done_at = fields.get("success_time")
    return RefundReport(
        refund_number=_text(fields["out_refund_no"]),
        number=_text(fields["out_trade_no"]),
        state=state,
        simulated=account.simulated,
        refund_id=_text(fields["refund_id"]),
        amount_fen=_fen(fields["amount"], "refund"),
        done_at=parse_rfc3339(done_at) if done_at and state is RefundState.DONE else None,
        code=status if state is RefundState.FAILED else "",
    )


def _fen(amount: Mapping[str, Any], name: str) -> int:
    value = amount[name]
    if type(value) is not int or value < 0 or amount.get("currency", "CNY") != "CNY":
        raise ValueError("not an amount in fen")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value
