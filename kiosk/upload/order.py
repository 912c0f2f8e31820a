"""A student's order on the wire: its amount and state, and the codes by which it can be paid.

A station sends these requests to the server only, never to a payment gateway. The codes contain no secret of the
student: whoever scans one pays this order.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

from kiosk.upload.envelope import Payload
from kiosk.upload.wire_types import Key

MAX_FEN: Final = 10_000_000
"""Amounts above this can only be a mistake."""
Fen = Annotated[int, Field(strict=True, ge=0, le=MAX_FEN)]
SETTLED_STATES: Final = ("paid", "waived")
"""The order is settled."""
CLOSED_STATES: Final = ("refunded", "expired")
"""Nothing can be paid any more."""
_PHONE_CODE: Final = re.compile(r"1[0-5]\d{16}|(?:2[5-9]|30)\d{14,22}")


class PaymentCode(Payload):
    """`channel` is "wechat" or "alipay"; `text` is the content of the QR code."""

    channel: Key
    text: str = Field(max_length=600, repr=False)


class OrderPayload(Payload):
    """The order of one student: `state` is open, paid, waived, refunded or expired.

    `checking`: a payment has been started whose result the server does not know yet. `codes` are valid for
    `codes_valid_seconds` more. `receipt_no` is the number of a cash receipt. `simulated`: no money is moved.
    """

    state: Key
    amount_fen: Fen
    checking: bool = False
    codes: tuple[PaymentCode, ...] = Field(default=(), max_length=8)
    codes_valid_seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    receipt_no: Key = ""
    simulated: bool = False


class CashPayment(Payload):
    """Cash that the operator took at a station: the order's amount. `key` is random and the same in every resend, so
    that a resend changes nothing, whatever the state of the order is by then."""

    amount_fen: Fen
    key: str = Field(default="", pattern=r"^[0-9a-f]{0,64}$")


def is_phone_payment_code(text: str) -> bool:
    """Return whether a scanned text is a payment code that a wallet shows on a phone (付款码).

    WeChat Pay has 18 digits that begin with 10 to 15, Alipay 16 to 24 that begin with 25 to 30.

    >>> is_phone_payment_code("130000000000000000"), is_phone_payment_code("2022S001")
    (True, False)
    """
    return _PHONE_CODE.fullmatch(text.strip()) is not None
