"""Vouchers of a campaign: create some, show their codes once, approve and cancel them."""

from __future__ import annotations

from datetime import datetime, time

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.form_numbers import whole_number
from server.core.language import request_language, request_translations
from server.payment_office.access import get_campaign, require_office
from server.payment_office.order_pages import base_context
from server.payments.vouchers import approve_vouchers, cancel_voucher, create_vouchers
from server.records.models import Campaign

_PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@require_office
def voucher_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show the vouchers; a POST creates some, and only its response shows their codes."""
    campaign = get_campaign(request, code)
    codes: list[str] = []
    error, status = "", 200
    if request.method == "POST":
        try:
            codes = _create(request, campaign)
        except ApiError as api_error:
            error, status = api_error.in_language(request_language(request)), api_error.status
    vouchers = campaign.vouchers.select_related("created_by", "approved_by", "payment__order").order_by("-pk")
    waiting = vouchers.filter(approved_by=None, cancelled_at=None).order_by("created_by")
    context = {
        **base_context(campaign, "vouchers"),
        "page": Paginator(vouchers, _PER_PAGE).get_page(request.GET.get("page")),
        "waiting": waiting.values_list("created_by", "created_by__username").distinct(),
        "codes": codes,
        "are_waiting": bool(codes) and waiting.filter(created_by=request.user.pk).exists(),
        "error": error,
        "last_day": max(timezone.localtime(campaign.closes_at).date(), timezone.localdate()),
        "now": timezone.now(),
    }
    return render(request, "payment_office/vouchers.html", context, status=status)


def _create(request: HttpRequest, campaign: Campaign) -> list[str]:
    count = whole_number(request.POST.get("count", ""), 0, digits=4)
    until, now = _end_of_day(request.POST.get("until", "")), timezone.now()
    if until is None or until < now:
        raise ApiError("refused.voucher_until")
    codes = create_vouchers(campaign, count, request.POST.get("reason", ""), request.user, until, now)
    record(Action.RECORD_CHANGED, f"campaign {campaign.pk}", request=request, change="vouchers_created", count=count)
    return codes


@require_POST
@require_office
def approve(request: HttpRequest, code: str) -> HttpResponse:
    campaign, tr = get_campaign(request, code), request_translations(request)
    creator = get_object_or_404(get_user_model(), pk=whole_number(request.POST.get("by", ""), 0))
    try:
        count = approve_vouchers(campaign, creator, request.user)
    except ApiError as error:
        messages.error(request, error.in_language(request_language(request)))
        return redirect("payment_office:vouchers", code)
    record(Action.RECORD_CHANGED, f"campaign {code}", request=request, change="vouchers_approved", count=count)
    messages.success(request, tr.translate("payment_office.done.vouchers_approved"))
    return redirect("payment_office:vouchers", code)


@require_POST
@require_office
def cancel(request: HttpRequest, code: str, number: int) -> HttpResponse:
    voucher = get_object_or_404(get_campaign(request, code).vouchers, pk=number)
    is_cancelled = cancel_voucher(voucher, timezone.now())
    if is_cancelled:
        record(Action.RECORD_CHANGED, f"campaign {code}", request=request, change="voucher_cancelled", voucher=number)
    tr = request_translations(request)
    key = "payment_office.done.voucher_cancelled" if is_cancelled else "payment_office.voucher_used"
    (messages.success if is_cancelled else messages.error)(request, tr.translate(key))
    return redirect("payment_office:vouchers", code)


def _end_of_day(text: str) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
