"""Responses to requests that no view answers: JSON for stations, a page with one sentence for everybody else."""

from __future__ import annotations

import html
import logging
import sys
from typing import Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DataError
from django.http import HttpRequest, HttpResponse

from server.core.access import error_page
from server.core.api_errors import ApiError
from server.core.body_limits import STATION_API
from server.core.language import request_translations
from server.core.storage_errors import storage_api_error

log = logging.getLogger(__name__)
_PAGE_KEYS: Final = {"disk_full": "pages.disk_full", "busy": "pages.busy", "storage": "pages.storage"}


def is_station_request(request: HttpRequest) -> bool:
    return request.path.startswith(STATION_API)


def json_error_response(api_error: ApiError) -> HttpResponse:
    """Return the rejection in the form that stations read."""
    body = api_error.to_payload().model_dump_json()
    return _set_retry_after(HttpResponse(body, status=api_error.status, content_type="application/json"), api_error)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Respond with 400. The usual cause is an unknown host name: a proxy or a station uses another address than the
    settings."""
    if not isinstance(exception, DisallowedHost):
        if is_station_request(request):
            return json_error_response(ApiError("refused.unreadable"))
        return error_page(request, "pages.bad_request", 400)
    host = str(request.META.get("HTTP_HOST", ""))[:100]
    public_url = settings.PUBLIC_URL or '""'
    if is_station_request(request):
        return json_error_response(ApiError("refused.unknown_host", host=host, public_url=public_url))
    return error_page(request, "pages.unknown_host", 421, host=host, public_url=public_url)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_station_request(request):
        return json_error_response(ApiError("refused.no_such_address"))
    return error_page(request, "pages.not_found", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond to an exception that a view, the middleware or the administration did not catch.

    A full disk and a locked database are not bugs: they give 507 and 503 with one sentence and Retry-After. A value
    that the database cannot hold (for PostgreSQL a NUL character) gives 400; no form of these pages sends one.
    """
    error = sys.exc_info()[1]
    if isinstance(error, DataError):
        log.warning("a request with a value that the database cannot hold: %s", type(error.__cause__).__name__)
        if is_station_request(request):
            return json_error_response(ApiError("refused.unreadable"))
        return _page_without_database(request, "pages.bad_request", 400)
    api_error = storage_api_error(error) if error else None
    if api_error:
        log.warning("%s: %s", api_error.reason, error)
    if is_station_request(request):
        response = json_error_response(api_error or ApiError("refused.server_error"))
    elif api_error:
        response = _set_retry_after(
            _page_without_database(request, _PAGE_KEYS[api_error.reason], api_error.status), api_error
        )
    else:
        response = _page_without_database(request, "pages.broken", 500)
    if api_error:
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django would add a traceback
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Respond to a failed CSRF check: the page was open for too long, or was opened under an address that the settings
    do not name, for example behind a proxy that is not configured."""
    origin = request.headers.get("Origin", "")[:200]
    own = f"{request.scheme}://{request.get_host()}"
    if origin in ("", "null", own, *settings.CSRF_TRUSTED_ORIGINS):
        return error_page(request, "pages.outdated", 403)
    if settings.PUBLIC_URL:
        return error_page(request, "pages.other_address", 403, origin=origin, public_url=settings.PUBLIC_URL)
    return error_page(request, "pages.public_url_missing", 403, origin=origin)


def _page_without_database(request: HttpRequest, key: str, status: int) -> HttpResponse:
    """Render the usual page; if that needs the database that just failed, return the sentence alone."""
    try:
        return error_page(request, key, status)
    except Exception:
        sentence = html.escape(request_translations(request).translate(key))
        return HttpResponse(f'<!doctype html><meta charset="utf-8"><p>{sentence}</p>', status=status)


def _set_retry_after(response: HttpResponse, api_error: ApiError) -> HttpResponse:
    if api_error.retry_after:
        response.headers["Retry-After"] = str(api_error.retry_after)
    return response
