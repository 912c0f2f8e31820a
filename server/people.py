"""Who may sign in: reviewers, and administrators who also look after stations and rosters."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

GROUP: Final = "reviewers"


def reviewers() -> Group:
    """The group whose members may review, made at the first need."""
    group, _ = Group.objects.get_or_create(name=GROUP)
    group.permissions.add(Permission.objects.get(codename="review_submission", content_type__app_label="submissions"))
    return group


def create_reviewer(name: str, password: str, admin: bool = False) -> Any:
    """Makes the user, or gives a known one this password and these rights."""
    user: Any
    user, _ = get_user_model().objects.get_or_create(username=name)
    user.set_password(password)
    user.is_staff = user.is_superuser = admin
    user.save()
    user.groups.add(reviewers())
    return user
