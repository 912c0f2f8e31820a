"""Decisions of the office about rows on which the gateway's bill and the ledger differ."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from server.core.api_errors import ApiError
from server.payments.bill_models import BillFinding, FindingKind, FindingState
from server.payments.events import EventKind, add_event
from server.payments.models import Order, OrderState, Payment, PaymentState
from server.payments.orders import change_state
from server.payments.refund_models import Refund, RefundState
from server.payments.refunds import follow_refunds, lock_payment


def decide_finding(finding: BillFinding, decision: str, by: Any, now: datetime, remark: str = "") -> BillFinding:
    """Decide `gateway` (our rows follow the bill if they contain the payment's number), `ours` or `asked` (the office
    asked the gateway's service; another decision follows).

    Raises ApiError finding_decided if somebody has decided, and ValueError for another value of `decision`.
    """
    chosen = FindingState(decision)
    if chosen is FindingState.OPEN:
        raise ValueError(decision)
    with transaction.atomic():
        payment = Payment.objects.filter(number=finding.payment_number, gateway=finding.bill.gateway).first()
        order, payment = lock_payment(payment.pk) if payment else (None, None)
        locked = BillFinding.objects.select_for_update(of=("self",), no_key=True).get(pk=finding.pk)
        if locked.state not in (FindingState.OPEN.value, FindingState.ASKED.value):
            raise ApiError("refused.finding_decided")
        if chosen is FindingState.GATEWAY and order is not None and payment is not None:
            _follow_gateway(locked, order, payment, by, now)
        locked.state, locked.decided_by, locked.decided_at = chosen.value, by, now
        locked.remark = remark.strip()[:200]
        locked.save(update_fields=["state", "decided_by", "decided_at", "remark"])
        details = {"number": locked.number, "finding": locked.kind, "decision": chosen.value}
        add_event(order, EventKind.FINDING_DECIDED, now, user=by, **details)
        return locked


def _follow_gateway(finding: BillFinding, order: Order, payment: Payment, by: Any, now: datetime) -> None:
    if finding.is_refund:
        _follow_refund_line(finding, order, payment, by, now)
        return
    # Another amount than the order's, or none: the order is not paid, and a person refunds the amount received.
    payment.received_fen = finding.their_fen or 0
    was_kept = payment.state == PaymentState.PAID.value and not payment.over and not payment.refunded
    payment.state = PaymentState.WRONG.value
    payment.transaction_id = payment.transaction_id or finding.transaction_id
    payment.save(update_fields=["received_fen", "state", "transaction_id"])
    if was_kept and order.state == OrderState.PAID.value:
        change_state(order, OrderState.OPEN, now)


def _follow_refund_line(finding: BillFinding, order: Order, payment: Payment, by: Any, now: datetime) -> None:
    refunds = Refund.objects.filter(number=finding.number)
    if finding.kind == FindingKind.MISSING.value:  # it is sent again, with its number
        refunds.update(state=RefundState.APPROVED.value, next_try_at=now, done_at=None)
        if payment.refunded and order.state == OrderState.REFUNDED.value:
            change_state(order, OrderState.PAID, now)
        Payment.objects.filter(pk=payment.pk).update(refunded=False)
        return
    assert finding.their_fen is not None
    values = {"amount_fen": finding.their_fen, "state": RefundState.DONE.value, "done_at": now, "next_try_at": None}
    if not refunds.update(**values):
        Refund.objects.create(
            payment=payment,
            number=finding.number[:32],
            reason="支付平台账单 / in the gateway's bill",
            requested_by=by,
            requested_at=now,
            approved_by=by,
            approved_at=now,
            **values,
        )
    follow_refunds(order, payment, now)
