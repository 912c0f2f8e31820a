"""The sentence that a student reads about their order; it is true also while the result is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from server.payments.gateways.money import yuan_of
from server.payments.models import OPEN_PAYMENT_STATES, Order, OrderState, Payment, PaymentState
from server.payments.refund_models import Refund, RefundState
from server.payments.sending_refunds import stuck_refunds
from server.records.campaign_options import Payer


class Situation(StrEnum):
    """Each has a sentence `payments.situation.<value>`, in this order of importance."""

    WRONG_AMOUNT = "wrong_amount"
    REFUND_STUCK = "refund_stuck"
    OVER_REFUNDING = "over_refunding"
    OVER_REFUNDED = "over_refunded"
    REFUND_REQUESTED = "refund_requested"
    REFUNDING = "refunding"
    PARTLY_REFUNDED = "partly_refunded"
    PAID = "paid"
    SCHOOL_PAYS = "school_pays"
    WAIVED = "waived"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    PENDING = "pending"
    OPEN = "open"


@dataclass(frozen=True)
class OrderSituation:
    """`amount_fen` is the amount in the sentence: the money that goes back, or the price."""

    situation: Situation
    amount_fen: int
    values: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The message; its value `amount` is in yuan."""
        return f"payments.situation.{self.situation.value}"


def situation_of(order: Order, now: datetime) -> OrderSituation:
    """Return the most important situation of the order."""
    situation, amount_fen = _money_back(order, now) or _of_state(order, now)
    return OrderSituation(situation, amount_fen, {"amount": yuan_of(amount_fen)})


def _money_back(order: Order, now: datetime) -> tuple[Situation, int] | None:
    wrong = order.payments.filter(state=PaymentState.WRONG.value, refunded=False, received_fen__gt=0).first()
    if wrong is not None:
        return Situation.WRONG_AMOUNT, wrong.received_fen
    stuck = stuck_refunds(now).filter(payment__order=order).first()
    if stuck is not None:
        return Situation.REFUND_STUCK, stuck.amount_fen
    refunds = Refund.objects.filter(payment__order=order).select_related("payment").order_by("-pk")
    over = refunds.filter(payment__over=True).first()
    if over is not None and over.state != RefundState.DONE.value:
        return Situation.OVER_REFUNDING, over.amount_fen
    if order.state != OrderState.PAID.value:
        return (Situation.OVER_REFUNDED, over.amount_fen) if over is not None and _was_closed(order) else None
    kept = refunds.filter(payment__over=False)
    for state, situation in _REFUNDS.items():
        if (found := kept.filter(state=state.value).first()) is not None:
            return situation, found.amount_fen
    return (Situation.OVER_REFUNDED, over.amount_fen) if over is not None else None


_REFUNDS = {
    RefundState.REQUESTED: Situation.REFUND_REQUESTED,
    RefundState.APPROVED: Situation.REFUNDING,
    RefundState.SENT: Situation.REFUNDING,
    RefundState.DONE: Situation.PARTLY_REFUNDED,
}


def _was_closed(order: Order) -> bool:
    return order.state in (OrderState.EXPIRED.value, OrderState.WAIVED.value)


def _of_state(order: Order, now: datetime) -> tuple[Situation, int]:
    if order.state == OrderState.OPEN.value:
        return _of_open(order, now), order.amount_fen
    if order.state == OrderState.WAIVED.value and order.student.campaign.payer == Payer.SCHOOL.value:
        return Situation.SCHOOL_PAYS, order.amount_fen
    return Situation(order.state), order.amount_fen


def _of_open(order: Order, now: datetime) -> Situation:
    """Return the situation of an open order; there is no "failed", because a payment with an unknown result may have
    been paid."""
    started: list[Payment] = list(order.payments.filter(state__in=OPEN_PAYMENT_STATES))
    if any(payment.code and payment.valid_until > now for payment in started):
        return Situation.PENDING
    return Situation.UNKNOWN if started else Situation.OPEN
