"""The order's page, and its part that is requested again while somebody waits."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import qrcode
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.money import format_yuan
from server.core.language import request_language, request_translations
from server.order_page.access import order_view
from server.order_page.invoices import InvoiceForm
from server.order_page.products import QR_PRODUCTS, is_inside_wechat, payable_gateways, product_for
from server.order_page.summary import summary_of
from server.payments.gateways.base import Gateway, Product
from server.payments.gateways.configured import configured_gateways
from server.payments.jobs import watch_order
from server.payments.models import OPEN_PAYMENT_STATES, Order, OrderState, Payment
from server.payments.orders import order_for
from server.payments.same_portrait import orders_of_same_portrait
from server.payments.starting import payer_hmac
from server.portal.proof import is_proven
from server.records.help_line import help_line_of
from server.wechat.session_user import known_openid

REFRESH_S: Final = 2


@dataclass(frozen=True)
class WayToPay:
    """A gateway's button. With `link`, it leads to WeChat, which names its user first; the policy form-action forbids
    forms to lead there."""

    gateway: str
    link: str = ""


@require_safe
@order_view
def page(request: HttpRequest, order: Order) -> HttpResponse:
    return render_page(request, order)


@require_safe
@order_view
def live(request: HttpRequest, order: Order) -> HttpResponse:
    """Render the state alone, for the script of the page."""
    return render(request, "order_page/_live.html", page_context(request, order))


def render_page(request: HttpRequest, order: Order, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "order_page/page.html", {**page_context(request, order), **more}, status=status)


def page_context(request: HttpRequest, order: Order) -> dict[str, Any]:
    now = timezone.now()
    order = order_for(order.student, now) or order
    watch_order(order, now)
    order.refresh_from_db()
    campaign, summary = order.student.campaign, summary_of(order, now)
    sentence, tr = summary.situation, request_translations(request)
    proven = is_proven(request, order.student)
    return {
        "order": order,
        "student": order.student,
        "campaign": campaign,
        "summary": summary,
        "sentence": tr.translate(sentence.key, **sentence.values),
        "amount": format_yuan(order.amount_fen),
        "refundable": format_yuan(summary.refundable_fen) if summary.refundable_fen else "",
        "gateways": _ways_to_pay(request, order) if summary.may_pay else [],
        "inside_wechat": is_inside_wechat(request),
        "attempt": _attempt(request, order),
        "others": orders_of_same_portrait(order.student, now),
        "proven": proven,
        "invoice_form": InvoiceForm(order=order) if proven else None,
        "help_line": help_line_of(campaign, request_language(request)),
        "refresh_seconds": REFRESH_S,
    }


def _ways_to_pay(request: HttpRequest, order: Order) -> list[WayToPay]:
    if order.state != OrderState.OPEN.value:
        return []
    gateways = configured_gateways().values()
    suited = payable_gateways(gateways, request, order.student.campaign.simulated)
    return [WayToPay(gateway.name, _link_to_wechat(request, order, gateway)) for gateway in suited]


def _link_to_wechat(request: HttpRequest, order: Order, gateway: Gateway) -> str:
    if product_for(gateway, request) is not Product.JSAPI or known_openid(request):
        return ""
    return reverse("order_page:wechat", args=[order.token])


def _attempt(request: HttpRequest, order: Order) -> dict[str, Any] | None:
    """Return the started payment that `?with=` names: its QR code, its link, or the values for WeChat's own page."""
    gateway = configured_gateways().get(request.GET.get("with", ""))
    product = product_for(gateway, request) if gateway is not None else None
    if order.state != OrderState.OPEN.value or gateway is None or product is None:
        return None
    attempts = order.payments.filter(
        gateway=gateway.name, product=product.value, state__in=OPEN_PAYMENT_STATES, valid_until__gt=timezone.now()
    )
    if product is Product.JSAPI:  # its values work for this user alone
        attempts = attempts.filter(payer_hmac=payer_hmac(known_openid(request)))
    payment = attempts.exclude(code="").order_by("-pk").first()
    if payment is None:
        return {"gateway": gateway.name, "is_unsure": True}
    if product is Product.JSAPI and payment.simulated:
        return {
            "gateway": gateway.name,
            "until": payment.valid_until,
            "link": _simulated_wallet(request, payment, gateway),
        }
    return _attempt_values(payment, product)


def _simulated_wallet(request: HttpRequest, payment: Payment, gateway: Gateway) -> str:
    """Return the URL of the simulator's page, which takes the values in place of WeChat."""
    back = request.build_absolute_uri(reverse("order_page:page", args=[payment.order.token]))
    return f"{gateway.address}/jsapi?{urlencode({**json.loads(payment.code), 'redirect_url': back})}"


def _attempt_values(payment: Payment, product: Product) -> dict[str, Any]:
    values: dict[str, Any] = {"gateway": payment.gateway, "until": payment.valid_until}
    if product in QR_PRODUCTS:
        return {**values, "picture": qr_data_url(payment.code)}
    if product is Product.JSAPI:
        return {**values, "browser_values": payment.code}
    return {**values, "link": payment.code}


def qr_data_url(text: str) -> str:
    out = io.BytesIO()
    qrcode.make(text, box_size=6, border=4).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")
