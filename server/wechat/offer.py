"""The condition for offering the sign-in with WeChat: the setting allows it, and the page is open inside WeChat."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from server.wechat.account import configured_account


def offers_wechat(request: HttpRequest) -> bool:
    inside = "MicroMessenger" in request.headers.get("User-Agent", "")
    return inside and settings.APP.wechat.sign_in and configured_account() is not None
