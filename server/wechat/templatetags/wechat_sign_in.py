"""Template tags: whether a page offers WeChat, and whether the person has connected it."""

from __future__ import annotations

from django import template
from django.template.context import Context

from server.accounts.session import signed_in_person
from server.wechat.models import WeChatLink
from server.wechat.offer import offers_wechat as is_offered

register = template.Library()


@register.simple_tag(takes_context=True)
def offers_wechat(context: Context) -> bool:
    """Whether the page offers to connect WeChat."""
    request = context.get("request")
    return request is not None and is_offered(request)


@register.simple_tag(takes_context=True)
def has_wechat(context: Context) -> bool:
    """Whether the signed-in person has connected WeChat."""
    person = signed_in_person(context["request"])
    return person is not None and WeChatLink.objects.filter(person=person).exists()
