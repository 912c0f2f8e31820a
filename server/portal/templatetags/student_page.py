"""Template tags of the student's page: times as people write them, in the language of the request."""

from __future__ import annotations

from datetime import datetime, time

from django import template
from django.utils import timezone

from server.core.language import current_language
from server.core.working_hours import format_day, format_day_deadline, format_deadline, format_moment, format_period
from server.records.window_models import CaptureWindow

register = template.Library()
_END_OF_DAY = time(23, 59)


@register.filter
def deadline(moment: datetime) -> str:
    """Return "by Tuesday 24 February, 15:00"; at the end of a day "by the end of Tuesday 24 February"."""
    if timezone.localtime(moment).time() >= _END_OF_DAY:
        return format_day_deadline(moment, current_language())
    return format_deadline(moment, current_language())


@register.filter
def moment(value: datetime) -> str:
    return format_moment(value, current_language())


@register.filter
def clock(value: datetime) -> str:
    """Return "15:00"."""
    return f"{timezone.localtime(value):%H:%M}"


@register.filter
def day(value: datetime) -> str:
    return format_day(value, current_language())


@register.filter
def window_time(window: CaptureWindow) -> str:
    return format_period(window.opens_at, window.closes_at, current_language())
