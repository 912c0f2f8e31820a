"""Memberships in Django's administration, and how other models show there only what a person may see."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from server.members.models import Membership
from server.members.scope import campaigns_of, schools_of
from server.records.models import Campaign, School


class ScopedAdmin(admin.ModelAdmin):
    """`visible` gives the rows that a user may see; lists of schools and collections are limited in the same way."""

    def visible(self, user: Any) -> QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = self.visible(request.user).values("pk")
        return super().get_queryset(request).filter(pk__in=visible)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is School:
            kwargs["queryset"] = schools_of(request.user)
        if db_field.related_model is Campaign:
            kwargs["queryset"] = campaigns_of(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Only superusers: whoever gives memberships could give them to themselves."""

    list_display = ("user", "school", "campaign", "role")
    list_filter = ("role", "school")

    def _superuser(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.is_superuser)

    has_view_permission = has_add_permission = has_change_permission = has_delete_permission = _superuser
