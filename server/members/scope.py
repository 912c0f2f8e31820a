"""The campaigns, schools and students that a user may see. Every view and every page of the administration uses these
functions instead of a model's manager."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from server.members.models import Membership, Role
from server.records.models import Campaign, School, Student
from server.records.scope import Scope


def scope_of(user: Any, *roles: str) -> Scope:
    """Return the user's scope in these roles, or in all: everything for a superuser, nothing without a membership."""
    if not user.is_active:
        return Scope()
    if user.is_superuser:
        return Scope(everything=True)
    return _scope_of_memberships(list(_memberships(user)), roles)


def request_scope(user: Any, *roles: str) -> Scope:
    """Return `scope_of` for the user of a request; memberships are read once, however many roles a page checks."""
    if not user.is_active or user.is_superuser:
        return scope_of(user)
    if not hasattr(user, "memberships_of_request"):
        user.memberships_of_request = list(_memberships(user))
    return _scope_of_memberships(user.memberships_of_request, roles)


def has_role(user: Any, *roles: str) -> bool:
    """Whether the user of a request has one of the roles somewhere; a superuser has every role."""
    return bool(user.is_authenticated) and request_scope(user, *roles) != Scope()


def _memberships(user: Any) -> QuerySet[Membership, tuple[str, str | None, str | None]]:
    return Membership.objects.filter(user=user.pk).values_list("role", "school", "campaign")


def _scope_of_memberships(memberships: list[tuple[str, str | None, str | None]], roles: tuple[str, ...]) -> Scope:
    rows = [(school, campaign) for role, school, campaign in memberships if not roles or role in roles]
    everything = any(school is None and campaign is None for school, campaign in rows)
    schools = tuple(sorted({school for school, _ in rows if school is not None}))
    return Scope(everything, schools, tuple(sorted({campaign for _, campaign in rows if campaign is not None})))


def roles_in(user: Any, campaign: Campaign) -> frozenset[Role]:
    """Return the user's roles in this campaign: all for a superuser, none for an inactive user."""
    if user is None or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Role)
    everywhere = Q(school__isnull=True, campaign__isnull=True)
    here = everywhere | Q(school=campaign.school_id) | Q(campaign=campaign.pk)
    found = Membership.objects.filter(here, user=user.pk).values_list("role", flat=True)
    return frozenset(Role(role) for role in found)


def set_scope(user: Any, scope: Scope, role: Role = Role.REVIEWER) -> None:
    """Replace the user's memberships in that role."""
    rows = [Membership(user=user, role=role, school_id=school) for school in scope.schools]
    rows += [Membership(user=user, role=role, campaign_id=campaign) for campaign in scope.campaigns]
    if scope.everything:
        rows = [Membership(user=user, role=role)]
    with transaction.atomic():
        Membership.objects.filter(user=user, role=role).delete()
        Membership.objects.bulk_create(rows)


def campaigns_of(user: Any) -> QuerySet[Campaign]:
    return scope_of(user).allowed()


def schools_of(user: Any) -> QuerySet[School]:
    """Return the schools of which the user sees at least one campaign, or all future ones."""
    scope = scope_of(user)
    if scope.everything:
        return School.objects.all()
    return School.objects.filter(Q(pk__in=scope.schools) | Q(campaign__in=scope.campaigns)).distinct()


def students_of(user: Any) -> QuerySet[Student]:
    scope = scope_of(user)
    return Student.objects.all() if scope.everything else Student.objects.filter(campaign__in=scope.allowed())


def can_grant(user: Any, scope: Scope) -> bool:
    """Whether the user may grant `scope`, for example to a station."""
    own = scope_of(user)
    if own.everything:
        return True
    if scope.everything or not set(scope.schools) <= set(own.schools):
        return False
    return own.allowed().filter(pk__in=scope.campaigns).count() == len(set(scope.campaigns))


def has_real_students() -> bool:
    """Whether there is a campaign that is not simulated. The demo and a new server have none."""
    return Campaign.objects.filter(simulated=False).exists()
