"""Who may open the pages of the capture day, and which campaigns they see there."""

from __future__ import annotations

from functools import wraps
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from server.clerk.access import campaigns as clerk_campaigns
from server.core.access import View, error_page, redirect_to_sign_in
from server.members.models import Role
from server.members.scope import scope_of
from server.records.models import Campaign
from server.records.scope import Scope

ROLES: Final = (Role.OPERATOR, Role.CLERK, Role.ADMINISTRATOR)


def sees_day(user: Any) -> bool:
    """Whether the user has one of the roles somewhere; a superuser has every role."""
    return bool(user.is_authenticated and user.is_active and _scope(user) != Scope())


def require_day(view: View) -> View:
    """Redirect anonymous users to the sign-in page; answer 403 to users without one of the roles."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_sign_in(request)
        if not sees_day(request.user):
            return error_page(request, "refused.not_allowed", 403)
        return view(request, *args, **kwargs)

    return guarded


def campaigns(user: Any) -> QuerySet[Campaign]:
    return _scope(user).allowed().select_related("school")


def get_campaign(request: HttpRequest, code: str) -> Campaign:
    """Look a campaign up; 404 also for those of other schools."""
    return get_object_or_404(campaigns(request.user), pk=code)


def get_own_campaign(request: HttpRequest, code: str) -> Campaign:
    """The same for what clerks alone may do."""
    return get_object_or_404(clerk_campaigns(request.user).select_related("school"), pk=code)


def may_open_windows(user: Any, campaign: Campaign) -> bool:
    """Whether the user may open a make-up window: clerks of the campaign."""
    return clerk_campaigns(user).filter(pk=campaign.pk).exists()


def _scope(user: Any) -> Scope:
    """Read once for each request."""
    if not hasattr(user, "day_scope_of_request"):
        user.day_scope_of_request = scope_of(user, *ROLES)
    scope: Scope = user.day_scope_of_request
    return scope
