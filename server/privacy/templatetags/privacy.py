"""Template tags of the pages of data protection."""

from __future__ import annotations

from django import template
from django.template.context import Context

from server.privacy import access

register = template.Library()


@register.simple_tag(takes_context=True)
def sees_privacy(context: Context) -> bool:
    """Whether the menu shows the pages."""
    user = context.get("user")
    return user is not None and access.answers_requests(user)


@register.simple_tag(takes_context=True)
def administers_privacy(context: Context) -> bool:
    """Whether the tabs show the pages of administrators."""
    user = context.get("user")
    return user is not None and access.administers(user)
