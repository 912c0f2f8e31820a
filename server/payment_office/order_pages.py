"""The list of orders, and the page of one order with what the office can do."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.core.language import request_translations
from server.payment_office.access import (
    campaigns,
    chosen_campaign,
    get_campaign,
    get_order,
    office_scope,
    require_office,
)
from server.payment_office.order_list import NONE, OrderQuery, find, page_of, totals
from server.payments.models import GatewayName, Order, OrderState
from server.payments.orders import order_for
from server.payments.refunds import refundable_fen
from server.payments.repricing import price_effects
from server.payments.situations import situation_of
from server.records.models import Campaign


@require_safe
@require_office
def order_list(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("campaign")
    campaign = get_campaign(request, code) if code else chosen_campaign(request)
    if campaign is None:
        return render(request, "payment_office/empty.html", {"tab": "orders"})
    code = campaign.pk
    query = OrderQuery.parse(request.GET)
    page = page_of(find(campaign, query), request.GET.get("page"))
    context = {
        **base_context(campaign, "orders"),
        "effects": price_effects(campaign) if campaign.price_fen else None,
        "campaigns": campaigns(request.user).order_by("-closes_at", "pk"),
        "query": query,
        "page": page,
        "totals": [(state, count, fen, query.url(code, state=state)) for state, count, fen in totals(campaign)],
        "states": [*OrderState.values, NONE, "invoice"],
        "previous_url": query.url(code, page=page.number - 1),
        "next_url": query.url(code, page=page.number + 1),
    }
    return render(request, "payment_office/orders.html", context)


def base_context(campaign: Campaign, tab: str) -> dict[str, Any]:
    return {"campaign": campaign, "tab": tab}


@require_POST
@require_office
def open_order(request: HttpRequest, student: str) -> HttpResponse:
    """Open the order of a student who has none yet, such as for cash at the desk."""
    students = office_scope(request.user).students().select_related("campaign__school")
    order = order_for(get_object_or_404(students, pk=student), timezone.now())
    if order is None:
        messages.error(request, request_translations(request).translate("payment_office.no_price"))
        return redirect("payment_office:orders")
    return redirect("payment_office:order", order.pk)


@require_safe
@require_office
def order_page(request: HttpRequest, number: int) -> HttpResponse:
    order = get_order(request, number)
    return render_order(request, order_for(order.student, timezone.now()) or order)


def render_order(request: HttpRequest, order: Order, error: str = "", status: int = 200) -> HttpResponse:
    payments = list(order.payments.select_related("taken_by").order_by("pk"))
    for payment in payments:
        covers = payment.gateway != GatewayName.VOUCHER.value
        payment.left_fen = refundable_fen(payment) if covers else 0  # type: ignore[attr-defined]
    refunds = [
        refund
        for payment in payments
        for refund in payment.refunds.select_related("requested_by", "approved_by", "payment").order_by("pk")
    ]
    sentence = situation_of(order, timezone.now())
    context = {
        **base_context(order.student.campaign, "orders"),
        "order": order,
        "student": order.student,
        "sentence": request_translations(request).translate(sentence.key, **sentence.values),
        "payments": payments,
        "refunds": refunds,
        "waiver": order.waivers.filter(state="requested").select_related("requested_by").first(),
        "events": order.events.select_related("user").order_by("-id")[:100],
        "error": error,
    }
    return render(request, "payment_office/order.html", context, status=status)
