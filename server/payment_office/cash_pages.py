"""The cash of a day: its receipts, the amount expected in the cash box, and the count."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_translations
from server.payment_office.access import get_campaign, require_office
from server.payment_office.actions import fen_of
from server.payment_office.order_pages import base_context
from server.payments.cash import cash_day, cash_payments, cash_refunds, count_cash
from server.payments.office_models import CashCount


@require_http_methods(["GET", "HEAD", "POST"])
@require_office
def cash_page(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    day = _day(request.POST.get("day", "") or request.GET.get("day", ""))
    error, status = "", 200
    if request.method == "POST":
        counted_fen = fen_of(request.POST.get("counted", ""))
        if counted_fen is not None:
            count_cash(campaign, day, counted_fen, request.user, timezone.now(), request.POST.get("remark", ""))
            record(Action.RECORD_CHANGED, f"campaign {code}", request=request, change="cash_counted", day=str(day))
            messages.success(request, request_translations(request).translate("payment_office.done.count"))
            return redirect(f"{reverse('payment_office:cash_day', args=[code])}?day={day}")
        error, status = request_translations(request).translate("payment_office.amount_wrong"), 422
    context = {
        **base_context(campaign, "cash"),
        "day": day,
        "figures": cash_day(campaign, day),
        "payments": cash_payments(campaign, day).select_related("order__student", "taken_by"),
        "refunds": cash_refunds(campaign, day).select_related("payment__order__student", "approved_by"),
        "counts": CashCount.objects.filter(campaign=campaign).select_related("counted_by")[:20],
        "error": error,
    }
    return render(request, "payment_office/cash.html", context, status=status)


def _day(text: str) -> date:
    """Return the day that a request names; today if it names none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()
    return day if 1970 <= day.year <= 2100 else timezone.localdate()
