"""Template tag: whether a page offers to sign in with WeChat."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.template.context import Context

from server.wechat.account import configured_account

register = template.Library()


@register.simple_tag(takes_context=True)
def offers_wechat(context: Context) -> bool:
    """Whether the setting allows it, and this page is open inside WeChat."""
    request = context.get("request")
    inside = request is not None and "MicroMessenger" in request.headers.get("User-Agent", "")
    return inside and settings.APP.wechat.sign_in and configured_account() is not None
