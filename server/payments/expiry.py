"""Expire orders of students who never came and may not come any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from server.payments.events import EventKind, add_event
from server.payments.models import OPEN_PAYMENT_STATES, Order, OrderState
from server.payments.orders import change_state, lock_order


def expire_orders(now: datetime) -> int:
    """Expire the open orders whose time is over; return how many. A student with a portrait may pay as long as the
    portrait is there, and a code that may still be paid keeps its order open."""
    before = now - timedelta(days=settings.APP.payments.expire_days)
    ended = Order.objects.filter(state=OrderState.OPEN.value, student__campaign__closes_at__lt=before)
    candidates = ended.select_related("student__campaign", "student__make_up_window").order_by("pk")
    return sum(expire(order, now) for order in list(candidates) if not order.student.may_come_at(before))


def expire(order: Order, now: datetime) -> bool:
    """Expire an open order without an open payment or portrait; return whether it was expired."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        unpaid = locked.state == OrderState.OPEN.value
        if not unpaid or locked.payments.filter(state__in=OPEN_PAYMENT_STATES).exists():
            return False
        if locked.student.has_open_portrait():
            return False
        change_state(locked, OrderState.EXPIRED, now)
        add_event(locked, EventKind.EXPIRED, now)
        return True
