"""Appeals in Django's administration: to read, and to decline with an answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from server.core.api_errors import ApiError
from server.core.language import current_language
from server.members.admin import ScopedAdmin
from server.members.scope import students_of
from server.portal.appeals import MAX_LENGTH, decline_appeal
from server.portal.models import Appeal
from server.submissions.actor import Actor
from server.submissions.rule import Role
from server.submissions.states import State


class AppealForm(forms.ModelForm):
    answer = forms.CharField(max_length=MAX_LENGTH, widget=forms.Textarea)


@admin.register(Appeal)
class AppealAdmin(ScopedAdmin):
    """An answer declines the appeal. It is granted with the revocation's reversal, which two administrators decide."""

    form = AppealForm
    list_display = ("submission", "filed_at", "is_open", "declined_at")
    list_select_related = ("submission",)
    fields = ("submission", "filed_at", "text", "answer", "declined_by", "declined_at")
    readonly_fields = ("submission", "filed_at", "text", "declined_by", "declined_at")

    def visible(self, user: Any) -> QuerySet[Appeal]:
        return Appeal.objects.filter(submission__student__in=students_of(user))

    @admin.display(boolean=True)
    def is_open(self, appeal: Appeal) -> bool:
        return not appeal.is_declined and appeal.submission.state == State.REVOKED.value

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is None:
            return allowed
        is_administrator = Role.ADMINISTRATOR in Actor(user=request.user).roles(obj.submission)
        return allowed and is_administrator and self.is_open(obj)

    def save_model(self, request: HttpRequest, obj: Appeal, form: Any, change: bool) -> None:
        try:
            decline_appeal(obj, request.user, obj.answer, timezone.now(), request)
        except ApiError as api_error:
            messages.error(request, api_error.in_language(current_language()))
