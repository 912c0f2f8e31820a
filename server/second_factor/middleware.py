"""Require the second factor from administrators, and end idle sessions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from server.second_factor.factor import is_passed, is_required

GetResponse = Callable[[HttpRequest], HttpResponseBase]
PAGE_PATH: Final = "/second-factor/"
OPEN_PATHS: Final = (PAGE_PATH, "/signin", "/signout", "/static/", "/p/", "/api/")
_LAST_SEEN_KEY: Final = "seen_at"
_SIGNED_IN_KEY: Final = "signed_in_at"
_WRITE_INTERVAL_S: Final = 60.0
POLL_HEADER: Final = "Zhengguan-Poll"
"""The header of requests that a page's script repeats without any action of the user: the session stays idle."""


def second_factor_middleware(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        if request.path.startswith(OPEN_PATHS) or not user.is_authenticated:
            return get_response(request)
        if is_required(user) and not is_passed(request):
            back = request.get_full_path() if request.method in ("GET", "HEAD") else settings.LOGIN_REDIRECT_URL
            return redirect(f"{PAGE_PATH}?{urlencode({'next': back})}")
        return get_response(request)

    return middleware


def session_timeout_middleware(get_response: GetResponse) -> GetResponse:
    """Sign out users who were idle for [session] idle_minutes or signed in more than [session] max_hours ago."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        if user.is_authenticated:
            now = time.time()
            signed_in = request.session.setdefault(_SIGNED_IN_KEY, now)
            last_seen = request.session.get(_LAST_SEEN_KEY, now)
            limits = settings.APP.session
            if now - last_seen > limits.idle_minutes * 60 or now - signed_in > limits.max_hours * 3600:
                logout(request)
            elif POLL_HEADER in request.headers:
                request.session.setdefault(_LAST_SEEN_KEY, now)
            elif now - last_seen > _WRITE_INTERVAL_S or _LAST_SEEN_KEY not in request.session:
                request.session[_LAST_SEEN_KEY] = now
        return get_response(request)

    return middleware
