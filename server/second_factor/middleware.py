"""Administrators get no page before they have shown the second factor; sessions end after idling."""

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

Answer = Callable[[HttpRequest], HttpResponseBase]
PAGE: Final = "/second-factor/"
OPEN: Final = (PAGE, "/signin", "/signout", "/static/", "/p/", "/api/")
_SEEN: Final = "seen_at"
_SINCE: Final = "signed_in_at"
_WRITE_EVERY: Final = 60.0


def second_factor(answer: Answer) -> Answer:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        if request.path.startswith(OPEN) or not user.is_authenticated:
            return answer(request)
        if is_required(user) and not is_passed(request):
            back = request.get_full_path() if request.method in ("GET", "HEAD") else settings.LOGIN_REDIRECT_URL
            return redirect(f"{PAGE}?{urlencode({'next': back})}")
        return answer(request)

    return middleware


def session_limits(answer: Answer) -> Answer:
    """Signs people out who opened no page for [session] idle_minutes, or signed in more than [session] hours ago."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        if user.is_authenticated:
            now = time.time()
            since, seen = request.session.setdefault(_SINCE, now), request.session.get(_SEEN, now)
            limits = settings.HOUSE.session
            if now - seen > limits.idle_minutes * 60 or now - since > limits.hours * 3600:
                logout(request)
            elif now - seen > _WRITE_EVERY or _SEEN not in request.session:
                request.session[_SEEN] = now
        return answer(request)

    return middleware
