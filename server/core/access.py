"""Who may open which page."""

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


def require_permission(permission: str) -> Callable[[View], View]:
    """Sends the anonymous to the sign-in page, and tells the signed-in without this permission so (403)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated:
                return _redirect_to_sign_in(request)
            if not user.has_perm(permission):
                return error_page(request, "refused.not_allowed", 403)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def redirect_admin_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Django's administration has a sign-in page of its own, which counts no tries; everybody goes through ours."""
    user: Any = request.user
    if user.is_authenticated:  # but not of the staff: our page would only send them back
        return error_page(request, "refused.not_allowed", 403)
    return redirect_to_login(request.GET.get("next", "/admin/"))


def _redirect_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Back here afterwards; but what somebody wanted to change cannot be asked for by a link: then to the start."""
    return redirect_to_login(
        request.get_full_path() if request.method in ("GET", "HEAD") else settings.LOGIN_REDIRECT_URL
    )


def error_page(request: HttpRequest, key: str, status: int, **values: object) -> HttpResponse:
    """A page with one sentence."""
    sentence = request_translations(request).translate(key, **values)
    return render(request, "core/error.html", {"sentence": sentence}, status=status)
