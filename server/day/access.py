"""Access to the pages of the capture day, and the campaigns that a user sees there."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from server.clerk.access import campaigns as clerk_campaigns
from server.core.access import require
from server.members.models import Role
from server.members.scope import has_role, request_scope
from server.records.models import Campaign

ROLES: Final = (Role.OPERATOR, Role.CLERK, Role.ADMINISTRATOR)


def sees_day(user: Any) -> bool:
    return has_role(user, *ROLES)


require_day: Final = require(sees_day, *ROLES)


def campaigns(user: Any) -> QuerySet[Campaign]:
    return request_scope(user, *ROLES).allowed().select_related("school")


def get_campaign(request: HttpRequest, code: str) -> Campaign:
    """Return a campaign; 404 also for those of other schools."""
    return get_object_or_404(campaigns(request.user), pk=code)


def get_own_campaign(request: HttpRequest, code: str) -> Campaign:
    """Return a campaign for an action that only its clerks may perform; 404 for other users."""
    return get_object_or_404(clerk_campaigns(request.user).select_related("school"), pk=code)


def may_open_windows(user: Any, campaign: Campaign) -> bool:
    """Whether the user may open a make-up window: clerks of the campaign."""
    return clerk_campaigns(user).filter(pk=campaign.pk).exists()
