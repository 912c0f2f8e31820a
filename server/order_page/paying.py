"""Start a payment in the student's browser, or pay with a voucher."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.core.throttle import Throttle
from server.order_page.access import order_view
from server.order_page.products import product_for
from server.order_page.views import render_page
from server.payments.gateways.base import Product
from server.payments.gateways.configured import configured_gateways
from server.payments.models import Order
from server.payments.starting import Visitor, start
from server.payments.vouchers import redeem_voucher
from server.wechat.account import configured_account
from server.wechat.pending import Pending
from server.wechat.session_user import known_openid
from server.wechat.views import redirect_to_wechat

_VOUCHER_TRIES: Final = 10


@require_POST
@order_view
def pay(request: HttpRequest, order: Order) -> HttpResponse:
    """Start a payment at the chosen gateway, then show its code or link. A second press shows the same payment."""
    return _start(request, order, request.POST.get("gateway", ""))


@require_safe
@order_view
def pay_inside_wechat(request: HttpRequest, order: Order) -> HttpResponse:
    """Let WeChat name its user, without asking them anything, then start the payment. WeChat redirects the browser back
    here, so this is a GET; a second request shows the same payment."""
    account = configured_account()
    if account is None or known_openid(request):
        return _start(request, order, "wechat")
    here = reverse("order_page:wechat", args=[order.token])
    return redirect_to_wechat(request, account, Pending(here, reverse("order_page:page", args=[order.token])))


def _start(request: HttpRequest, order: Order, name: str) -> HttpResponse:
    gateway = configured_gateways().get(name)
    product = product_for(gateway, request) if gateway is not None else None
    lacks_openid = product is Product.JSAPI and not known_openid(request)
    if gateway is None or product is None or lacks_openid:
        return _rejected(request, order, ApiError("refused.product_unavailable"))
    try:
        start(order, gateway, product, _visitor(request, order, product), timezone.now())
    except ApiError as error:
        return _rejected(request, order, error)
    return redirect(f"{reverse('order_page:page', args=[order.token])}?{urlencode({'with': gateway.name})}")


@require_POST
@order_view
def voucher(request: HttpRequest, order: Order) -> HttpResponse:
    throttle = Throttle("voucher", _VOUCHER_TRIES)
    if not throttle.allow(order.token):
        return _rejected(
            request, order, ApiError("refused.too_many_tries", minutes=settings.APP.throttle.window_minutes)
        )
    try:
        redeem_voucher(order, request.POST.get("code", ""), timezone.now())
    except ApiError as error:
        return _rejected(request, order, error)
    messages.success(request, request_translations(request).translate("order_page.voucher_redeemed"))
    return redirect("order_page:page", token=order.token)


def _visitor(request: HttpRequest, order: Order, product: Product) -> Visitor:
    base_url = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return Visitor(
        base_url=base_url,
        openid=known_openid(request) if product is Product.JSAPI else "",
        client_ip=str(request.META.get("REMOTE_ADDR", "")),
        return_url=base_url + reverse("order_page:page", args=[order.token]),
    )


def _rejected(request: HttpRequest, order: Order, error: ApiError) -> HttpResponse:
    order.refresh_from_db()
    return render_page(request, order, error.status, error=error.in_language(request_language(request)))
