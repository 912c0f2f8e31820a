"""Refunds: requested by one person and approved by another, or following from a rule; each keeps its number."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Sum

from server.core.api_errors import ApiError
from server.payments.events import EventKind, add_event
from server.payments.gateways.money import yuan_of
from server.payments.models import GatewayName, Order, OrderState, Payment, PaymentState
from server.payments.orders import change_state, lock_order
from server.payments.reasons import check_reason
from server.payments.refund_models import Refund, RefundCause, RefundState

REFUNDABLE: Final = (PaymentState.PAID.value, PaymentState.WRONG.value)


def request_refund(payment: Payment, amount_fen: int, reason: str, now: datetime, by: Any = None) -> Refund:
    """Request a refund of a part or all of a payment; nothing is sent before somebody approves it. `by` is None for
    the student on the order's page.

    Raises ApiError: not_refundable, refund_too_much, and those of `check_reason`.
    """
    text = check_reason(reason)
    with transaction.atomic():
        order, locked = lock_payment(payment.pk)
        check_refundable(locked, amount_fen)
        refund = Refund.objects.create(
            payment=locked, amount_fen=amount_fen, reason=text, requested_by=by, requested_at=now
        )
        _event(order, EventKind.REFUND_REQUESTED, refund, now, by)
        return refund


def approve_refund(refund: Refund, by: Any, now: datetime) -> Refund:
    """Approve a request, so that it is sent. Raises ApiError: refund_decided, payment_second_person."""
    with transaction.atomic():
        order, locked = lock_refund(refund.pk)
        _require(locked, RefundState.REQUESTED)
        if order.student.campaign.four_eyes and locked.requested_by_id == by.pk:
            raise ApiError("refused.payment_second_person")
        locked.state, locked.approved_by, locked.approved_at = RefundState.APPROVED.value, by, now
        locked.next_try_at = now
        locked.save(update_fields=["state", "approved_by", "approved_at", "next_try_at"])
        _event(order, EventKind.REFUND_APPROVED, locked, now, by)
        return locked


def decline_refund(refund: Refund, by: Any, now: datetime) -> Refund:
    """Decline a request; also one's own, which cancels it. Raises ApiError: refund_decided."""
    with transaction.atomic():
        order, locked = lock_refund(refund.pk)
        _require(locked, RefundState.REQUESTED)
        locked.state, locked.approved_at, locked.approved_by = RefundState.DECLINED.value, now, by
        locked.save(update_fields=["state", "approved_by", "approved_at"])
        _event(order, EventKind.REFUND_DECLINED, locked, now, by)
        return locked


def retry_refund(refund: Refund, by: Any, now: datetime) -> Refund:
    """Send a failed refund again, with the same number. Raises ApiError: refund_decided."""
    with transaction.atomic():
        order, locked = lock_refund(refund.pk)
        _require(locked, RefundState.FAILED)
        locked.state, locked.next_try_at, locked.failure_code = RefundState.APPROVED.value, now, ""
        locked.save(update_fields=["state", "next_try_at", "failure_code"])
        _event(order, EventKind.REFUND_APPROVED, locked, now, by)
        return locked


def refund_by_rule(order: Order, cause: RefundCause, now: datetime) -> list[Refund]:
    """Refund the rest of the kept payment of a locked order, by the campaign's written rule. Vouchers and waivers
    have nothing to refund."""
    refunds = []
    for payment in order.payments.filter(state=PaymentState.PAID.value, over=False, refunded=False):
        remaining_fen = refundable_fen(payment)
        if remaining_fen and payment.gateway != GatewayName.VOUCHER.value:
            refund = Refund.objects.create(
                payment=payment,
                amount_fen=remaining_fen,
                state=RefundState.APPROVED.value,
                cause=cause.value,
                reason=_REASONS[cause],
                requested_at=now,
                approved_at=now,
                next_try_at=now,
            )
            _event(order, EventKind.REFUND_APPROVED, refund, now)
            refunds.append(refund)
    return refunds


def complete_refund(refund: int, now: datetime, user: Any = None) -> bool:
    """Record that the money has gone back; return False if it was recorded before. See `follow_refunds`."""
    with transaction.atomic():
        order, locked = lock_refund(refund)
        if locked.state == RefundState.DONE.value:
            return False
        locked.state, locked.done_at, locked.next_try_at = RefundState.DONE.value, now, None
        locked.failure_code = ""
        locked.save(update_fields=["state", "done_at", "next_try_at", "failure_code"])
        _event(order, EventKind.REFUND_DONE, locked, now, user)
        follow_refunds(order, locked.payment, now)
        return True


def fail_refund(refund: int, code: str, now: datetime) -> None:
    """Record that the gateway declined a refund: a person decides (`retry_refund`)."""
    with transaction.atomic():
        order, locked = lock_refund(refund)
        if locked.state in (RefundState.DONE.value, RefundState.FAILED.value):
            return
        locked.state, locked.failure_code, locked.next_try_at = RefundState.FAILED.value, code[:64], None
        locked.save(update_fields=["state", "failure_code", "next_try_at"])
        _event(order, EventKind.REFUND_FAILED, locked, now, code=code[:64])


def follow_refunds(order: Order, payment: Payment, now: datetime) -> None:
    """Mark a completely refunded payment of a locked order, and the order if this was its kept payment."""
    refunded_fen = payment.refunds.filter(state=RefundState.DONE.value).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    if payment.refunded or refunded_fen < payment.received_fen:
        return
    was_kept = payment.state == PaymentState.PAID.value and not payment.over
    payment.refunded = True
    payment.save(update_fields=["refunded"])
    if was_kept and order.state == OrderState.PAID.value:
        change_state(order, OrderState.REFUNDED, now)


def refundable_fen(payment: Payment) -> int:
    """Return the amount that no refund covers yet. A failed refund may still succeed, so it counts."""
    covered = payment.refunds.exclude(state=RefundState.DECLINED.value).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    return payment.received_fen - covered if payment.state in REFUNDABLE else 0


def check_refundable(payment: Payment, amount_fen: int) -> None:
    if payment.state not in REFUNDABLE or payment.gateway == GatewayName.VOUCHER.value:
        raise ApiError("refused.not_refundable")
    remaining_fen = refundable_fen(payment)
    if not 0 < amount_fen <= remaining_fen:
        raise ApiError("refused.refund_too_much", left=yuan_of(remaining_fen))


def lock_payment(payment: int) -> tuple[Order, Payment]:
    """Lock the order and return it with the payment, read afterwards."""
    order = lock_order(Payment.objects.values_list("order", flat=True).get(pk=payment))
    return order, order.payments.get(pk=payment)


def lock_refund(refund: int) -> tuple[Order, Refund]:
    """Lock the order and return it with the refund, read afterwards."""
    order = lock_order(Refund.objects.values_list("payment__order", flat=True).get(pk=refund))
    return order, Refund.objects.select_related("payment").get(pk=refund)


def _require(refund: Refund, state: RefundState) -> None:
    if refund.state != state.value:
        raise ApiError("refused.refund_decided")


def _event(order: Order, kind: EventKind, refund: Refund, now: datetime, by: Any = None, **details: Any) -> None:
    add_event(order, kind, now, user=by, number=refund.number, amount_fen=refund.amount_fen, **details)


_REASONS: Final = {
    RefundCause.WITHDRAWN: "撤回照片 / portrait withdrawn",
    RefundCause.REVOKED: "照片作废 / portrait revoked",
}
