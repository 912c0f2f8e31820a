"""Cash: taken by an operator or a clerk, with a numbered receipt, and counted at the end of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from config.time_zones import local_date
from server.core.api_errors import ApiError
from server.core.locks import lock_names
from server.payments.events import EventKind, add_event
from server.payments.models import GatewayName, Order, OrderState, Payment, PaymentState
from server.payments.office_models import CashCount
from server.payments.orders import change_state, lock_order, require_payable
from server.payments.refund_models import Refund, RefundState
from server.payments.refunds import complete_refund, lock_refund
from server.records.models import Campaign


@dataclass(frozen=True)
class Cashier:
    """The person who takes or pays out cash: a signed-in user, or the operator of a station that checked the PIN."""

    user: Any = None
    station_name: str = ""


@dataclass(frozen=True)
class CashDay:
    """The cash of a campaign on one day, in fen."""

    taken: int
    taken_fen: int
    refunded: int
    refunded_fen: int

    @property
    def expected_fen(self) -> int:
        return self.taken_fen - self.refunded_fen


def take_cash(order: Order, cashier: Cashier, now: datetime, key: str = "") -> Payment:
    """Take the amount of an order in cash; the payment has the number of the receipt. If somebody pays a code of the
    order afterwards, that payment is refunded.

    The same `key` again returns the same payment, also if it was refunded meanwhile: a request that is repeated after
    a lost response takes no cash twice.
    Raises ApiError: order_settled, order_closed.
    """
    with transaction.atomic():
        locked = lock_order(order.pk)
        event_key = f"cash:{locked.pk}:{key}"
        known = locked.events.filter(key=event_key).first() if key else None
        if known is not None:
            return locked.payments.get(number=known.details["number"])
        require_payable(locked, now)
        payment = _create_payment(locked, cashier, now)
        change_state(locked, OrderState.PAID, now)
        details = {"number": payment.number, "receipt": payment.receipt_number, "station": payment.station_name}
        add_event(
            locked,
            EventKind.CASH_TAKEN,
            now,
            key=event_key if key else None,
            user=cashier.user,
            **details,
            amount_fen=payment.amount_fen,
        )
        return payment


def pay_out_cash(refund: Refund, cashier: Cashier, now: datetime) -> bool:
    """Record that an approved refund of cash was paid out; return False if it was recorded before. Raises ApiError:
    refund_decided (not approved, or not of cash)."""
    with transaction.atomic():
        _, locked = lock_refund(refund.pk)
        payable = locked.state in (RefundState.APPROVED.value, RefundState.DONE.value)
        if not payable or locked.payment.gateway != GatewayName.CASH.value:
            raise ApiError("refused.refund_decided")
        return complete_refund(locked.pk, now, cashier.user)


def cash_payments(campaign: Campaign, day: date) -> QuerySet[Payment]:
    """Return the cash payments of a day in the school's time zone, by receipt number."""
    begin, end = _day(day)
    payments = Payment.objects.filter(gateway=GatewayName.CASH.value, order__student__campaign=campaign)
    return payments.filter(paid_at__gte=begin, paid_at__lt=end).order_by("receipt_number")


def cash_refunds(campaign: Campaign, day: date) -> QuerySet[Refund]:
    begin, end = _day(day)
    refunds = Refund.objects.filter(payment__gateway=GatewayName.CASH.value, state=RefundState.DONE.value)
    return refunds.filter(payment__order__student__campaign=campaign, done_at__gte=begin, done_at__lt=end)


def cash_day(campaign: Campaign, day: date) -> CashDay:
    """Return the cash taken and refunded on a day; the difference is expected in the cash box."""
    payments, refunds = cash_payments(campaign, day), cash_refunds(campaign, day)
    return CashDay(
        payments.count(),
        payments.aggregate(fen=Sum("received_fen"))["fen"] or 0,
        refunds.count(),
        refunds.aggregate(fen=Sum("amount_fen"))["fen"] or 0,
    )


def count_cash(campaign: Campaign, day: date, counted_fen: int, by: Any, now: datetime, remark: str = "") -> CashCount:
    """Store the count of a day with the expected amount; a difference is stored, never corrected."""
    expected = cash_day(campaign, day).expected_fen
    return CashCount.objects.create(
        campaign=campaign,
        day=day,
        expected_fen=expected,
        counted_fen=counted_fen,
        remark=remark.strip()[:200],
        counted_by=by,
        counted_at=now,
    )


def _create_payment(order: Order, cashier: Cashier, now: datetime) -> Payment:
    """Create the payment of a locked order, with the number of its receipt."""
    campaign = order.student.campaign
    return Payment.objects.create(
        order=order,
        gateway=GatewayName.CASH.value,
        product="office",
        amount_fen=order.amount_fen,
        received_fen=order.amount_fen,
        state=PaymentState.PAID.value,
        simulated=campaign.simulated,
        created_at=now,
        valid_until=now,
        paid_at=now,
        receipt_number=_next_receipt_number(campaign.school_id, now),
        taken_by=cashier.user,
        station_name=cashier.station_name[:60],
    )


def _next_receipt_number(school: str, now: datetime) -> str:
    """Return the next number of the school and year, without gaps: the transaction that takes it holds a lock."""
    lock_names(f"receipts:{school}")
    prefix = f"{school}-{local_date(now, timezone.get_default_timezone()).year}-"
    last = Payment.objects.filter(receipt_number__startswith=prefix).order_by("-receipt_number").first()
    return f"{prefix}{int(last.receipt_number.removeprefix(prefix)) + 1 if last else 1:06d}"


def _day(day: date) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the day in the school's time zone."""
    begin = timezone.make_aware(datetime.combine(day, time.min))
    return begin, timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
