"""The products of the gateways that suit the browser of a request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from django.http import HttpRequest

from server.payments.gateways.base import Gateway, Product
from server.wechat.session_user import can_name_users

QR_PRODUCTS: Final = (Product.NATIVE, Product.PRECREATE)
_WECHAT_ON_A_COMPUTER: Final = re.compile(r"WindowsWechat|MacWechat")
_PHONE: Final = re.compile(r"Mobile|Android|iPhone|iPad|HarmonyOS")


def preferred_products(gateway: Gateway, request: HttpRequest) -> tuple[Product, ...]:
    """Return the products in the order in which they suit this browser; none if none works there.

    Inside WeChat only its own page can pay, and only Alipay inside Alipay. A QR code on a phone can be scanned by
    another device; WeChat on a computer shows one to the phone.
    """
    agent = request.headers.get("User-Agent", "")
    if is_inside_wechat(request):
        return _inside_wechat(gateway, agent) if gateway.name == "wechat" else ()
    if "AlipayClient" in agent:
        return (Product.WAP,) if gateway.name == "alipay" else ()
    if gateway.name == "wechat":
        return (Product.H5, Product.NATIVE) if _PHONE.search(agent) else (Product.NATIVE,)
    return (Product.WAP, Product.PRECREATE) if _PHONE.search(agent) else (Product.PRECREATE, Product.PAGE)


def product_for(gateway: Gateway, request: HttpRequest) -> Product | None:
    return next((product for product in preferred_products(gateway, request) if product in gateway.products), None)


def payable_gateways(gateways: Iterable[Gateway], request: HttpRequest, simulated: bool) -> list[Gateway]:
    """Return the gateways of this campaign's kind, real or simulated, that this browser can use."""
    suited = [gateway for gateway in gateways if gateway.simulated is simulated]
    return [gateway for gateway in suited if product_for(gateway, request) is not None]


def is_inside_wechat(request: HttpRequest) -> bool:
    return "MicroMessenger" in request.headers.get("User-Agent", "")


def _inside_wechat(gateway: Gateway, agent: str) -> tuple[Product, ...]:
    """Return WeChat Pay's products inside WeChat. JSAPI needs the user's openid from an official account of the same
    kind, real or simulated."""
    jsapi = (Product.JSAPI,) if can_name_users(gateway.simulated) else ()
    return (*jsapi, Product.NATIVE) if _WECHAT_ON_A_COMPUTER.search(agent) else jsapi
