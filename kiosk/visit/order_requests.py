"""The requests about a student's order that a visit sends to the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.upload.order import CashPayment, OrderPayload


@dataclass(frozen=True)
class OrderRequests:
    """Each request takes StudentPayload.id first, blocks until the server responds, and raises Problem without a
    response; it returns None if the server has an earlier version without orders.

    `start` returns the order with payment codes, `query` its state; `pay_cash` records cash that the operator took.
    """

    start: Callable[[str], OrderPayload | None]
    query: Callable[[str], OrderPayload | None]
    pay_cash: Callable[[str, CashPayment], OrderPayload | None]
