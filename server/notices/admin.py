"""Notices in Django's administration: to read, with masked addresses."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from server.members.admin import ScopedAdmin
from server.members.scope import students_of
from server.notices.models import Notice


@admin.register(Notice)
class NoticeAdmin(ScopedAdmin):
    """Shows whom the server could not reach, and why."""

    list_display = (
        "submission",
        "event",
        "channel",
        "state",
        "recipient",
        "attempts",
        "sent_at",
        "delivered_at",
        "why",
    )
    list_filter = ("state", "channel", "event")
    list_select_related = ("submission",)

    def visible(self, user: Any) -> QuerySet[Notice]:
        return Notice.objects.filter(submission__student__in=students_of(user))

    def _never(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = _never
