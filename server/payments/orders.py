"""The order of a student: create it, lock it, and check whether it is settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from server.core.api_errors import ApiError
from server.payments.events import EventKind, add_event
from server.payments.models import OPEN_PAYMENT_STATES, SETTLED_STATES, Order, OrderState
from server.records.campaign_options import Payer, PaymentRequired
from server.records.models import Campaign, Student

BEFORE_REVIEW: Final = (PaymentRequired.BEFORE_CAPTURE, PaymentRequired.BEFORE_REVIEW)
PAYMENT_STAGES: Final = (*BEFORE_REVIEW, PaymentRequired.BEFORE_DELIVERY)

_SETTLED: Final = "order_is_settled"


def order_for(student: Student, now: datetime) -> Order | None:
    """Return the one order of this student, created if it is missing; None in a campaign without a price.

    Where the school pays, the order is waived from the beginning. An open order that nobody has begun to pay follows
    the campaign's price; it is waived when the campaign costs nothing any more.
    """
    if _is_free(student.campaign):
        order = Order.objects.filter(student=student).first()
        if order is None or order.state != OrderState.OPEN.value:
            return order
    with transaction.atomic():
        order, created = Order.objects.get_or_create(
            student=student, defaults={"amount_fen": student.campaign.price_fen, "created_at": now, "changed_at": now}
        )
        if created:
            add_event(order, EventKind.CREATED, now, amount_fen=order.amount_fen)
        return _follow_campaign(lock_order(order.pk), now)


def lock_order(order: int) -> Order:
    """Return the order, locked until the transaction ends. Code that changes an order, a payment or a refund locks it
    first, so that there is one lock and no deadlock. SQLite locks the whole database instead."""
    rows = Order.objects.select_related("student__campaign__school")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=order)


def change_state(order: Order, state: OrderState, now: datetime) -> None:
    """Set another state of a locked order. Codes of an order that is not open any more are closed soon, before
    somebody pays twice."""
    order.state, order.changed_at = state.value, now
    if state.value in SETTLED_STATES:
        order.paid_at = now
    order.save(update_fields=["state", "changed_at", "paid_at"])
    if state is not OrderState.OPEN:
        order.payments.filter(state__in=OPEN_PAYMENT_STATES).update(next_query_at=now)


def is_payable(order: Order, now: datetime) -> bool:
    """Whether the order is open, or expired or refunded while its student may come again."""
    if order.state in SETTLED_STATES or order.state == OrderState.OPEN.value:
        return order.state == OrderState.OPEN.value
    revoked = order.student.submissions.filter(state="revoked").exists()  # no new portrait may come
    return order.student.may_come_at(now) and not revoked


def require_payable(order: Order, now: datetime) -> None:
    """Reopen a locked order that its student may pay again. Raises ApiError for one that nobody has to pay any more:
    order_settled, order_closed."""
    if order.state in SETTLED_STATES:
        raise ApiError("refused.order_settled")
    if not is_payable(order, now):
        raise ApiError("refused.order_closed")
    if order.state != OrderState.OPEN.value:
        before = order.state
        change_state(order, OrderState.OPEN, now)
        add_event(order, EventKind.REOPENED, now, before=before)


def _follow_campaign(order: Order, now: datetime) -> Order:
    campaign = order.student.campaign
    if order.state != OrderState.OPEN.value:
        return order
    if _is_free(campaign):
        change_state(order, OrderState.WAIVED, now)
        add_event(order, EventKind.NO_PRICE, now)
        return order
    if order.amount_fen != campaign.price_fen and not order.payments.exists():
        add_event(order, EventKind.REPRICED, now, before_fen=order.amount_fen, amount_fen=campaign.price_fen)
        order.amount_fen = campaign.price_fen
        order.save(update_fields=["amount_fen"])
    if campaign.payer == Payer.SCHOOL.value:
        change_state(order, OrderState.WAIVED, now)
        add_event(order, EventKind.SCHOOL_PAYS, now)
    return order


def _is_free(campaign: Campaign) -> bool:
    return campaign.payer == Payer.FREE.value or not campaign.price_fen


def is_required(campaign: Campaign, *stages: PaymentRequired) -> bool:
    """Whether the campaign requires the student's own payment at one of these stages."""
    return campaign.payer == Payer.STUDENT.value and campaign.payment_required in {stage.value for stage in stages}


def is_settled(student: Student) -> bool:
    """Whether the order is waived or paid, and the money is real if the campaign is."""
    known = student.__dict__.get(_SETTLED)
    return Order.objects.filter(settled_orders(), student=student).exists() if known is None else bool(known)


def read_settled(campaign: Campaign, students: Iterable[Student]) -> None:
    """Read with one query what `is_settled` returns for these objects: a delivery has twenty thousand of them. Only for
    objects that are used immediately."""
    orders = Order.objects.filter(settled_orders(), student__campaign=campaign)
    settled = set(orders.values_list("student", flat=True))
    for student in students:
        student.__dict__[_SETTLED] = student.pk in settled


def settled_orders(prefix: str = "") -> Q:
    """Return the condition of settled orders; `prefix` leads to the order, such as "student__order__".

    A simulated payment never settles an order of a real campaign, whatever its state.
    """
    waived = Q(**{f"{prefix}state": OrderState.WAIVED.value})
    paid = Q(**{f"{prefix}state": OrderState.PAID.value})
    kept_payment = {
        f"{prefix}payments__state": "paid",
        f"{prefix}payments__over": False,
        f"{prefix}payments__refunded": False,
    }
    real = Q(**kept_payment, **{f"{prefix}payments__simulated": False})
    simulated = Q(**kept_payment, **{f"{prefix}student__campaign__simulated": True})
    return waived | (paid & (real | simulated))


def may_be_reviewed() -> Q:
    """Return the condition of submissions whose student owes nothing before the review, or whose campaign does not
    require it."""
    stages = [stage.value for stage in BEFORE_REVIEW]
    requiring = Campaign.objects.filter(payer=Payer.STUDENT.value, payment_required__in=stages)
    settled = Order.objects.filter(settled_orders(), student=OuterRef("student"))
    return ~Q(campaign__in=requiring.values("pk")) | Q(Exists(settled))
