"""The ledger as an order's page shows it: a headline, one sentence, the kept payment and the refundable amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.payments.models import GatewayName, Order, OrderState, Payment, PaymentState
from server.payments.refund_models import RefundState
from server.payments.situations import OrderSituation, Situation, situation_of

UNCLEAR: Final = (Situation.UNKNOWN, Situation.WRONG_AMOUNT)
"""Situations in which somebody may have paid: the page reports no failure, and nobody should pay again."""
_MOVING: Final = (Situation.UNKNOWN, Situation.PENDING, Situation.OPEN, Situation.OVER_REFUNDING, Situation.REFUNDING)
_GOOD: Final = (OrderState.PAID.value, OrderState.WAIVED.value)


@dataclass(frozen=True)
class OrderSummary:
    """`state` is the order's, or `checking`: message `order_page.<state>`. `waits`: it may change automatically."""

    state: str
    tone: str
    waits: bool
    situation: OrderSituation
    kept: Payment | None
    refundable_fen: int

    @property
    def may_pay(self) -> bool:
        """Whether the page offers to pay. After a wrong amount it asks to wait; while a result is unknown, another
        press sends the same payment."""
        return self.situation.situation is not Situation.WRONG_AMOUNT

    @property
    def headline(self) -> str:
        return f"order_page.{self.state}"


def summary_of(order: Order, now: datetime) -> OrderSummary:
    situation = situation_of(order, now)
    is_unclear = order.state == OrderState.OPEN.value and situation.situation in UNCLEAR
    kept = order.payments.filter(state=PaymentState.PAID.value, over=False).prefetch_related("refunds").first()
    tone = "good" if order.state in _GOOD else "attention" if order.state == OrderState.OPEN.value else "calm"
    return OrderSummary(
        state="checking" if is_unclear else order.state,
        tone=tone,
        waits=situation.situation in _MOVING,
        situation=situation,
        kept=kept,
        refundable_fen=_refundable(order, kept),
    )


def _refundable(order: Order, kept: Payment | None) -> int:
    """Return the amount that a student may request back: 0 while another request is undecided."""
    if order.state != OrderState.PAID.value or kept is None or kept.gateway == GatewayName.VOUCHER.value:
        return 0
    covered = [refund for refund in kept.refunds.all() if refund.state != RefundState.DECLINED.value]
    if any(refund.state == RefundState.REQUESTED.value for refund in covered):
        return 0
    return kept.received_fen - sum(refund.amount_fen for refund in covered)
