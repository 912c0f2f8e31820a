"""The effect of a change of a campaign's price or payer on its orders.

An open order that nobody has begun to pay follows the campaign; one with a payment keeps its amount, because its
student has seen it and a gateway may have it. Orders that are not open stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef

from server.payments.models import Order, OrderState, Payment
from server.payments.orders import order_for
from server.records.models import Campaign


@dataclass(frozen=True)
class PriceEffects:
    """Open orders with another amount than the campaign's price: `following` will have it soon, `keeping` never."""

    following: int
    keeping: int


def price_effects(campaign: Campaign) -> PriceEffects:
    begun = Exists(Payment.objects.filter(order=OuterRef("pk")))
    others = Order.objects.filter(student__campaign=campaign, state=OrderState.OPEN.value)
    counts = others.exclude(amount_fen=campaign.price_fen).aggregate(
        following=Count("pk", filter=~begun), keeping=Count("pk", filter=begun)
    )
    return PriceEffects(**counts)


def reprice(campaign: str, now: datetime) -> None:
    """Update the open orders, each in a separate transaction: there may be twenty thousand. A second run changes
    nothing."""
    waiting = Order.objects.filter(student__campaign=campaign, state=OrderState.OPEN.value)
    for order in list(waiting.select_related("student__campaign").order_by("pk")):
        order_for(order.student, now)
