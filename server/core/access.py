"""Access control of pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from server.core.language import request_translations

View = Callable[..., HttpResponseBase]


def require(may_open: Callable[[Any], bool], *roles: str) -> Callable[[View], View]:
    """Redirect anonymous users to the sign-in page; respond with 403 to users that `may_open` refuses. `roles` are the
    roles that may open the page, for its sentence: messages `role.<role>`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_sign_in(request)
            if not may_open(request.user):
                return role_missing(request, *roles)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def require_permission(permission: str, role: str) -> Callable[[View], View]:
    """Require a permission of the user; `role` is the role whose users have it."""
    return require(lambda user: bool(user.has_perm(permission)), role)


def redirect_admin_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Redirect from the administration's sign-in page, which does not limit attempts, to the server's own page."""
    user: Any = request.user
    if user.is_authenticated:  # signed in but not staff: the sign-in page would redirect back
        return role_missing(request, "administrator")
    return redirect_to_login(request.GET.get("next", "/admin/"))


def redirect_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Redirect to the sign-in page, and back to this page after it; after a POST, which a link cannot repeat, to the
    start page."""
    return redirect_to_login(
        request.get_full_path() if request.method in ("GET", "HEAD") else settings.LOGIN_REDIRECT_URL
    )


def role_missing(request: HttpRequest, *roles: str) -> HttpResponse:
    """Name the roles that may open the page, none of which the user has."""
    tr = request_translations(request)
    names = tr.translate("role.or").join(tr.translate(f"role.{role}") for role in roles)
    return error_page(request, "refused.page", 403, roles=names)


def error_page(request: HttpRequest, key: str, status: int, **values: object) -> HttpResponse:
    """Render a page with one sentence."""
    sentence = request_translations(request).translate(key, **values)
    return render(request, "core/error.html", {"sentence": sentence}, status=status)
