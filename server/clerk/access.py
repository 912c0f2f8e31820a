"""Who may open the clerk's pages, and what they see there."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from server.core.access import View, error_page, redirect_to_sign_in
from server.members.models import Role
from server.members.scope import scope_of
from server.records.models import Campaign, School, Student
from server.records.scope import Scope


def is_clerk(user: Any) -> bool:
    """Whether the user has the role somewhere; a superuser has every role."""
    if not user.is_authenticated or not user.is_active:
        return False
    return clerk_scope(user) != Scope()


def require_clerk(view: View) -> View:
    """Redirect anonymous users to the sign-in page; answer 403 to users without the role."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_sign_in(request)
        if not is_clerk(request.user):
            return error_page(request, "refused.not_allowed", 403)
        return view(request, *args, **kwargs)

    return guarded


def clerk_scope(user: Any) -> Scope:
    """Return what the user sees as a clerk; read once for each request."""
    if not hasattr(user, "clerk_scope_of_request"):
        user.clerk_scope_of_request = scope_of(user, Role.CLERK)
    scope: Scope = user.clerk_scope_of_request
    return scope


def campaigns(user: Any) -> QuerySet[Campaign]:
    return clerk_scope(user).allowed()


def schools(user: Any) -> QuerySet[School]:
    """Return the schools for which the user may create campaigns."""
    return clerk_scope(user).schools_with_all_campaigns()


def students(user: Any) -> QuerySet[Student]:
    return clerk_scope(user).students()


def may_create_school(user: Any) -> bool:
    return clerk_scope(user).everything


def get_campaign(request: HttpRequest, code: str) -> Campaign:
    """Look a campaign up; 404 also for those of other schools, so nobody learns what they have."""
    return get_object_or_404(campaigns(request.user).select_related("school"), pk=code)


def get_student(request: HttpRequest, identifier: str) -> Student:
    return get_object_or_404(students(request.user).select_related("campaign__school", "make_up_window"), pk=identifier)


def has_stations(user: Any) -> bool:
    """Whether a station is paired for one of the user's campaigns."""
    from server.stations.models import Station

    own = campaigns(user)
    of_them = Q(everything=True) | Q(campaigns__in=own) | Q(schools__in=own.values("school"))
    return Station.objects.filter(of_them, revoked_at=None).exists()
