"""Reports of Alipay's trades, from responses and from notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from server.payments.gateways.base import PaymentReport, PaymentState
from server.payments.gateways.beijing_time import parse_beijing
from server.payments.gateways.money import fen_of

_PAID: Final = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})  # FINISHED: it can no longer be refunded


def payment_report(fields: Mapping[str, Any], paid_at: str, simulated: bool) -> PaymentReport:
    """Return the report of a trade; `paid_at` is the time of payment as Alipay wrote it, or "".

    A trade that was refunded in full is TRADE_CLOSED, as is one that nobody paid; only the former has a time of
    payment. Raises ValueError, KeyError or TypeError.
    """
    status, number = fields["trade_status"], fields["out_trade_no"]
    if not isinstance(number, str) or not number:
        raise ValueError("no number")
    if status in _PAID or (status == "TRADE_CLOSED" and paid_at):
        return PaymentReport(
            number,
            PaymentState.PAID,
            simulated,
            transaction_id=fields["trade_no"],
            amount_fen=fen_of(fields["total_amount"]),
            paid_at=parse_beijing(paid_at) if paid_at else None,
        )
    state = {"WAIT_BUYER_PAY": PaymentState.PENDING, "TRADE_CLOSED": PaymentState.CLOSED}[status]
    return PaymentReport(number, state, simulated)
