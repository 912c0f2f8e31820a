"""Memberships in Django's administration, and a base class that limits the administration to what a user may see."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from server.members.models import Membership
from server.members.scope import campaigns_of, schools_of
from server.records.models import Campaign, School


class ScopedAdmin(admin.ModelAdmin):
    """Administration of the rows that `visible` returns; lists of schools and campaigns are limited in the same way."""

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
    """Superusers only: anybody else could grant themselves memberships."""

    list_display = ("user", "school", "campaign", "role")
    list_filter = ("role", "school")

    def _superuser(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.is_superuser)

    has_view_permission = has_add_permission = has_change_permission = has_delete_permission = _superuser
