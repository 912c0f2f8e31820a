"""Send approved refunds to their gateway, with the same number until the result is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Q, QuerySet

from server.payments.gateways.base import (
    Declined,
    Gateway,
    RefundReport,
    RefundRequest,
    Unsure,
)
from server.payments.gateways.base import RefundState as Reported
from server.payments.models import ONLINE_GATEWAYS
from server.payments.refund_models import Refund, RefundState
from server.payments.refunds import complete_refund, fail_refund

RETRY_S: Final = (60, 300, 1800, 7200)
"""Seconds to the next attempt; the last one repeats."""
AT_ONCE: Final = 50


def send_refunds(gateways: Mapping[str, Gateway], now: datetime) -> int:
    """Send or query everything that is due; return how many refunds were completed. A gateway that does not answer is
    skipped until the next run."""
    due = Refund.objects.filter(
        state__in=[RefundState.APPROVED.value, RefundState.SENT.value],
        next_try_at__lte=now,
        payment__gateway__in=list(gateways),
    )
    completed, silent = 0, set()
    for refund in due.select_related("payment").order_by("next_try_at", "pk")[:AT_ONCE]:
        name = refund.payment.gateway
        if name in silent:
            continue
        try:
            completed += send_refund(refund, gateways[name], now)
        except Unsure:
            silent.add(name)
    return completed


def send_refund(refund: Refund, gateway: Gateway, now: datetime) -> bool:
    """Send one approved refund, or query it if it was sent; return whether it is completed. Raises Unsure."""
    delay = RETRY_S[min(refund.tries, len(RETRY_S) - 1)]
    # The state is written after the call: after a crash, the call is repeated with the same number.
    Refund.objects.filter(pk=refund.pk).update(tries=F("tries") + 1, next_try_at=now + timedelta(seconds=delay))
    try:
        report = _send_or_query(refund, gateway)
    except Declined as declined:
        fail_refund(refund.pk, declined.code, now)
        return False
    return settle_refund(report, gateway.name, now)


def settle_refund(report: RefundReport, gateway: str, now: datetime) -> bool:
    """Write a verified report about a refund; return whether it completed the refund now."""
    refunds = Refund.objects.filter(number=report.refund_number, payment__gateway=gateway).select_related("payment")
    refund = refunds.filter(payment__number=report.number, payment__simulated=report.simulated).first()
    if refund is None or report.state is Reported.UNKNOWN:
        return False
    if report.state is Reported.FAILED:
        fail_refund(refund.pk, report.code or "FAILED", now)
        return False
    if report.state is Reported.DONE:
        return complete_refund(refund.pk, report.done_at or now)
    Refund.objects.filter(pk=refund.pk, state=RefundState.APPROVED.value).update(state=RefundState.SENT.value)
    return False


def stuck_refunds(now: datetime) -> QuerySet[Refund]:
    """Return the refunds that need a person: those that failed, and those that take too long."""
    before = now - timedelta(days=settings.APP.payments.refund_days)
    waiting = Q(state__in=[RefundState.APPROVED.value, RefundState.SENT.value], approved_at__lt=before)
    online = Q(payment__gateway__in=ONLINE_GATEWAYS)
    return Refund.objects.filter(Q(state=RefundState.FAILED.value) | (waiting & online))


def _send_or_query(refund: Refund, gateway: Gateway) -> RefundReport:
    payment = refund.payment
    if refund.state == RefundState.SENT.value:
        report = gateway.query_refund(payment.number, refund.number)
        if report.state is not Reported.UNKNOWN:
            return report
    request = RefundRequest(
        number=payment.number,
        refund_number=refund.number,
        amount_fen=refund.amount_fen,
        paid_fen=payment.received_fen,
        reason=refund.reason,
    )
    return gateway.refund(request)
