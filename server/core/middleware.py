"""Middleware for every request: language, security headers, and no body in the response to HEAD."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import translation

from config.i18n import LANGUAGES
from server.core.language import LANGUAGE_COOKIE, django_language, request_language

GetResponse = Callable[[HttpRequest], HttpResponseBase]
YEAR_S: Final = 365 * 24 * 3600
# Pages load from this server only, cannot be framed, and their forms can only be sent to it.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def head_middleware(get_response: GetResponse) -> GetResponse:
    """Remove the body of a response to HEAD, which waitress would send: the client would read it as the beginning of
    the next response."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method != "HEAD":
            return response
        if isinstance(response, StreamingHttpResponse):
            response.headers.setdefault("Content-Length", "0")  # without it, waitress sends an empty chunk
            response.streaming_content = ()
        elif isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    return middleware


def language_middleware(get_response: GetResponse) -> GetResponse:
    """Activate the request's language and store a choice made with `?lang=`."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with translation.override(django_language(request_language(request))):
            response = get_response(request)
        requested = request.GET.get(LANGUAGE_COOKIE)
        if requested in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, requested, max_age=YEAR_S, samesite="Lax", secure=settings.BY_HTTPS)
        return response

    return middleware


def security_headers_middleware(get_response: GetResponse) -> GetResponse:
    """Add the content security policy, and keep personal pages out of caches unless a view decides otherwise."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware
