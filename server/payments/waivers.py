"""Waivers: the office waives the payment of an order. Above a number in a day a second person approves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.time_zones import local_date
from server.core.api_errors import ApiError
from server.payments.events import EventKind, add_event
from server.payments.models import Order, OrderState
from server.payments.office_models import Voucher, Waiver, WaiverState
from server.payments.orders import change_state, lock_order, require_payable
from server.payments.reasons import check_reason


def waive(order: Order, reason: str, by: Any, now: datetime) -> Waiver:
    """Waive an order, or request it if `by` has granted [payments] waivers_per_day today already: the waiver's state
    shows which.

    Raises ApiError: order_settled, order_closed, waiver_requested (somebody asked before), and those of check_reason.
    """
    text = check_reason(reason)
    with transaction.atomic():
        locked = lock_order(order.pk)
        require_payable(locked, now)
        if locked.waivers.filter(state=WaiverState.REQUESTED.value).exists():
            raise ApiError("refused.waiver_requested")
        waiver = Waiver(order=locked, reason=text, requested_by=by, requested_at=now)
        if granted_today(by, now) < settings.APP.payments.waivers_per_day:
            return _approve(waiver, by, now)
        waiver.state = WaiverState.REQUESTED.value
        waiver.save()
        add_event(locked, EventKind.WAIVER_REQUESTED, now, user=by)
        return waiver


def approve_waiver(waiver: Waiver, by: Any, now: datetime) -> Waiver:
    """Approve somebody else's request. Raises ApiError: waiver_decided, payment_second_person, order_settled,
    order_closed."""
    with transaction.atomic():
        locked = _lock_requested(waiver)
        if locked.requested_by_id == by.pk:
            raise ApiError("refused.payment_second_person")
        require_payable(locked.order, now)
        return _approve(locked, by, now)


def decline_waiver(waiver: Waiver, by: Any, now: datetime) -> Waiver:
    """Decline a request; also one's own, which cancels it. Raises ApiError: waiver_decided."""
    with transaction.atomic():
        locked = _lock_requested(waiver)
        locked.state, locked.decided_by, locked.decided_at = WaiverState.DECLINED.value, by, now
        locked.save(update_fields=["state", "decided_by", "decided_at"])
        add_event(locked.order, EventKind.WAIVER_DECLINED, now, user=by)
        return locked


def granted_today(by: Any, now: datetime) -> int:
    """Return how many waivers and vouchers this person granted alone since midnight."""
    midnight = timezone.make_aware(
        datetime.combine(local_date(now, timezone.get_default_timezone()), datetime.min.time())
    )
    waivers = Waiver.objects.filter(requested_by=by, decided_by=by, state="approved", requested_at__gte=midnight)
    vouchers = Voucher.objects.filter(created_by=by, approved_by=by, created_at__gte=midnight)
    return waivers.count() + vouchers.count()


def _approve(waiver: Waiver, by: Any, now: datetime) -> Waiver:
    waiver.state, waiver.decided_by, waiver.decided_at = WaiverState.APPROVED.value, by, now
    waiver.save()
    change_state(waiver.order, OrderState.WAIVED, now)
    add_event(waiver.order, EventKind.WAIVED, now, user=by, reason=waiver.reason)
    return waiver


def _lock_requested(waiver: Waiver) -> Waiver:
    order = lock_order(waiver.order_id)
    locked = Waiver.objects.get(pk=waiver.pk)
    if locked.state != WaiverState.REQUESTED.value:
        raise ApiError("refused.waiver_decided")
    locked.order = order
    return locked
