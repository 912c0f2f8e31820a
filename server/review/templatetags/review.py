"""Template tags of the review pages."""

from __future__ import annotations

from django import template
from django.template.context import Context

from server.review import access

register = template.Library()


@register.simple_tag(takes_context=True)
def is_administrator(context: Context) -> bool:
    """Whether the menu shows the pages of revocations."""
    user = context.get("user")
    return user is not None and access.is_administrator(user)


@register.filter
def unlocalized(value: float) -> str:
    """Format a number for an attribute of SVG: with a point, without thousands separators."""
    return f"{value:.2f}"
