"""Who may open the pages of revocations: administrators, for the submissions of their campaigns."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from server.core.access import View, error_page, redirect_to_sign_in
from server.members.models import Role
from server.members.scope import roles_in, scope_of
from server.records.models import Campaign
from server.records.scope import Scope
from server.submissions.models import REVIEW_PERMISSION, Submission


def is_administrator(user: Any) -> bool:
    """Whether the user has the role somewhere; a superuser has every role."""
    return user.is_authenticated and user.is_active and _scope(user) != Scope()


def may_administer(user: Any, campaign: Campaign) -> bool:
    return Role.ADMINISTRATOR in roles_in(user, campaign)


def administered(user: Any) -> QuerySet[Submission]:
    """Return the submissions that the user may revoke or whose appeals they answer."""
    scope = _scope(user)
    if scope.everything:
        return Submission.objects.all()
    return Submission.objects.filter(student__campaign__in=scope.allowed())


def require_administrator(view: View) -> View:
    """Redirect anonymous users to the sign-in page; answer 403 to users without the role."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_sign_in(request)
        if not is_administrator(request.user):
            return error_page(request, "refused.not_allowed", 403)
        return view(request, *args, **kwargs)

    return guarded


def require_reviewer_or_administrator(view: View) -> View:
    """As require_permission(REVIEW_PERMISSION), and for administrators, who see the portrait that they revoke."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user: Any = request.user
        if not user.is_authenticated:
            return redirect_to_sign_in(request)
        if not user.has_perm(REVIEW_PERMISSION) and not is_administrator(user):
            return error_page(request, "refused.not_allowed", 403)
        return view(request, *args, **kwargs)

    return guarded


def _scope(user: Any) -> Scope:
    """Return the user's scope as an administrator; read once for each request."""
    if not hasattr(user, "administrator_scope_of_request"):
        user.administrator_scope_of_request = scope_of(user, Role.ADMINISTRATOR.value)
    scope: Scope = user.administrator_scope_of_request
    return scope
