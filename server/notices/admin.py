"""Notices in Django's administration: to read, with masked addresses."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import lazy

from config.i18n import translations
from server.core.language import current_language
from server.members.admin import ScopedAdmin
from server.members.scope import students_of
from server.notices.models import Notice
from server.notices.receipts import record_receipt

BOUNCED: Final = "came back, as staff reported"


def _translate(key: str, **values: object) -> str:
    return translations(current_language()).translate(key, **values)


@admin.register(Notice)
class NoticeAdmin(ScopedAdmin):
    """Shows who could not be reached, and why."""

    list_display = (
        "student",
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
    list_select_related = ("student",)

    actions = ("mark_undelivered",)

    def visible(self, user: Any) -> QuerySet[Notice]:
        return Notice.objects.filter(student__in=students_of(user))

    def _never(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = _never

    @admin.action(permissions=["view"], description=lazy(_translate, str)("notices.mark_undelivered"))
    def mark_undelivered(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        """Record that notices came back, for example bounced e-mails; the next channel is used."""
        returned = [notice for notice in queryset if record_receipt(notice.key, False, timezone.now(), BOUNCED)]
        for notice in returned:
            self.log_change(request, notice, BOUNCED)
        self.message_user(request, _translate("notices.marked_undelivered", count=len(returned)))
