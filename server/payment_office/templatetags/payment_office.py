"""Template tags of the office's pages."""

from __future__ import annotations

from django import template
from django.template.context import Context

from config.money import format_yuan
from server.payment_office.access import sees_payments as may_see

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    return format_yuan(fen) if fen is not None else "–"


@register.simple_tag(takes_context=True)
def sees_payments(context: Context) -> bool:
    """Whether the menu shows the office's pages."""
    user = context.get("user")
    return user is not None and may_see(user)
