"""Refunds, waivers and vouchers that wait for a second person, and refunds that are stuck."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.payment_office.access import campaigns, chosen_campaign, office_scope, require_office
from server.payments.office_models import Voucher, Waiver, WaiverState
from server.payments.refund_models import Refund, RefundState
from server.payments.sending_refunds import stuck_refunds

MOST: Final = 200


@require_safe
@require_office
def approvals(request: HttpRequest) -> HttpResponse:
    waiting = Refund.objects.filter(state=RefundState.REQUESTED.value)
    waivers = Waiver.objects.filter(state=WaiverState.REQUESTED.value)
    own = campaigns(request.user)
    if not office_scope(request.user).everything:
        waivers = waivers.filter(order__student__campaign__in=own)
    vouchers = Voucher.objects.filter(approved_by=None, cancelled_at=None, campaign__in=own)
    context = {
        "tab": "approvals",
        "campaign": chosen_campaign(request),
        "refunds": _of_scope(request.user, waiting).order_by("requested_at")[:MOST],
        "stuck": _of_scope(request.user, stuck_refunds(timezone.now())).order_by("requested_at")[:MOST],
        "waivers": waivers.select_related("order__student__campaign", "requested_by").order_by("requested_at")[:MOST],
        "vouchers": vouchers.values("campaign__title", "campaign_id", "created_by__username").annotate(
            count=Count("pk")
        ),
    }
    return render(request, "payment_office/approvals.html", context)


def _of_scope(user: Any, refunds: Any) -> Any:
    refunds = refunds.select_related("payment__order__student__campaign", "requested_by")
    if office_scope(user).everything:
        return refunds
    return refunds.filter(payment__order__student__campaign__in=campaigns(user))
