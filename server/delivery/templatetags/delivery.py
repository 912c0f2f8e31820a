"""Template tags of the delivery pages."""

from __future__ import annotations

from django import template
from django.template.context import Context

from config.i18n import values_from_json
from server.core.language import request_translations
from server.delivery import access
from server.delivery.models import Delivery

register = template.Library()


@register.simple_tag(takes_context=True)
def sees_delivery(context: Context) -> bool:
    """Whether the menu shows the deliveries."""
    user = context.get("user")
    return user is not None and access.sees_delivery(user)


@register.filter
def megabytes(count: int) -> str:
    """Format a number of bytes."""
    return f"{count / 1e6:.1f} MB"


@register.simple_tag(takes_context=True)
def problem_of(context: Context, delivery: Delivery) -> str:
    """Return why the packaging failed."""
    values = values_from_json(delivery.problem_values)
    return request_translations(context["request"]).translate(delivery.problem, **values)
