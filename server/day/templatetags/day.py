"""Template tags of the capture day."""

from __future__ import annotations

from django import template
from django.template.context import Context

from server.core.language import request_language
from server.day import access
from server.day.absent import AbsentStudent
from server.day.student_table import state_text

register = template.Library()


@register.simple_tag(takes_context=True)
def sees_day(context: Context) -> bool:
    """Whether the menu shows the capture day."""
    user = context.get("user")
    return user is not None and access.sees_day(user)


@register.filter
def gigabytes(count: int) -> str:
    """Format a number of bytes."""
    return f"{count / 1e9:.1f}" if count < 100e9 else f"{count / 1e9:.0f}"


@register.simple_tag(takes_context=True)
def student_state(context: Context, row: AbsentStudent) -> str:
    """Return the state of a student without a photo, with its day."""
    return state_text(row.student, row.state, request_language(context["request"]))
