"""Users: reviewers, and administrators who also manage stations and rosters."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from server.audit.models import Action
from server.audit.record import record
from server.members.models import Role
from server.members.scope import scope_of, set_scope
from server.records.scope import EVERYTHING, Scope

REVIEWERS_GROUP: Final = "reviewers"
REVIEWING_ROLES: Final = (Role.REVIEWER, Role.FINAL_REVIEWER)


def reviewers_group() -> Group:
    """Return the group whose members may review; create it if it is missing."""
    group, _ = Group.objects.get_or_create(name=REVIEWERS_GROUP)
    group.permissions.add(Permission.objects.get(codename="review_submission", content_type__app_label="submissions"))
    return group


def grant_role(user: Any, role: Role, scope: Scope) -> None:
    """Replace the user's scope in this role; reviewing roles may also open the review pages."""
    set_scope(user, scope, role)
    if role in REVIEWING_ROLES:
        user.groups.add(reviewers_group())


def create_reviewer(name: str, password: str, admin: bool = False, scope: Scope | None = None) -> Any:
    """Create the user, or update an existing user's password and rights, and grant `scope`.

    Without a scope an existing user keeps theirs and a new one gets all schools. The reviewer may do the first and the
    final review; Django's administration can remove one of the memberships.
    """
    user: Any
    with transaction.atomic():
        user, is_new = get_user_model().objects.get_or_create(username=name)
        user.set_password(password)
        user.is_staff = user.is_superuser = admin
        user.save()
        user.groups.add(reviewers_group())
        if scope is not None or is_new:
            for role in REVIEWING_ROLES:
                grant_role(user, role, scope or EVERYTHING)
        current = scope_of(user)
        details: dict[str, Any] = {
            "everything": current.everything,
            "schools": list(current.schools),
            "campaigns": list(current.campaigns),
        }
        record(Action.USER_CHANGED, name, admin=admin, new=is_new, **details)
    return user
