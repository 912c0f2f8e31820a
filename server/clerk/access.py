"""Access to the clerk's pages, and the campaigns, schools and students that a user sees there."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from server.core.access import require
from server.members.models import Role
from server.members.scope import has_role, request_scope
from server.records.models import Campaign, School, Student
from server.records.scope import Scope


def is_clerk(user: Any) -> bool:
    return has_role(user, Role.CLERK)


require_clerk: Final = require(is_clerk, Role.CLERK)


def clerk_scope(user: Any) -> Scope:
    return request_scope(user, Role.CLERK)


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
    """Return a campaign; 404 also for those of other schools, so that nobody learns which exist."""
    return get_object_or_404(campaigns(request.user).select_related("school"), pk=code)


def get_student(request: HttpRequest, identifier: str) -> Student:
    return get_object_or_404(students(request.user).select_related("campaign__school", "make_up_window"), pk=identifier)


def has_stations(user: Any) -> bool:
    """Whether a station is paired for one of the user's campaigns."""
    from server.stations.models import Station

    own = campaigns(user)
    of_them = Q(everything=True) | Q(campaigns__in=own) | Q(schools__in=own.values("school"))
    return Station.objects.filter(of_them, revoked_at=None).exists()
