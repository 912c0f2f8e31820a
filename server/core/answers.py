"""How a request is answered that no view answers: by its path as JSON for a station or as a page with one sentence."""

from __future__ import annotations

import html
import logging
import sys
from typing import Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from server.core.access import told
from server.core.api_errors import Refusal
from server.core.body_limits import STATION_API
from server.core.language import words_for
from server.core.storage_errors import storage_refusal

log = logging.getLogger(__name__)
_OF_PAGES: Final = {"disk_full": "pages.disk_full", "busy": "pages.busy", "storage": "pages.storage"}


def is_for_station(request: HttpRequest) -> bool:
    return request.path.startswith(STATION_API)


def wire_response(refusal: Refusal) -> HttpResponse:
    """The refusal as stations read it."""
    body = refusal.on_the_wire().model_dump_json()
    return _retry(HttpResponse(body, status=refusal.status, content_type="application/json"), refusal)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Mostly a name that this server does not know as its own: the address in a proxy or on a station is another."""
    if not isinstance(exception, DisallowedHost):
        if is_for_station(request):
            return wire_response(Refusal("refused.unreadable"))
        return told(request, "pages.bad_request", 400)
    host = str(request.META.get("HTTP_HOST", ""))[:100]
    public_url = settings.PUBLIC_URL or '""'
    if is_for_station(request):
        return wire_response(Refusal("refused.unknown_host", host=host, public_url=public_url))
    return told(request, "pages.unknown_host", 421, host=host, public_url=public_url)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_for_station(request):
        return wire_response(Refusal("refused.no_such_address"))
    return told(request, "pages.not_found", 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler of every exception that nothing caught, in a view, in the middleware or in the administration.

    A full disk and a locked database are no faults of the program: 507 and 503 with one sentence and Retry-After.
    """
    error = sys.exc_info()[1]
    refusal = storage_refusal(error) if error else None
    if refusal:
        log.warning("%s: %s", refusal.reason, error)
    if is_for_station(request):
        response = wire_response(refusal or Refusal("refused.server_error"))
    elif refusal:
        response = _retry(_page_without_database(request, _OF_PAGES[refusal.reason], refusal.status), refusal)
    else:
        response = _page_without_database(request, "pages.broken", 500)
    if refusal:
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django would add a traceback
    return response


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's check against forged forms failed: a page that was left open too long, or one that was opened under an
    address that the settings do not name, as behind a proxy that nobody told the server of."""
    origin = request.headers.get("Origin", "")[:200]
    own = f"{request.scheme}://{request.get_host()}"
    if origin in ("", "null", own, *settings.CSRF_TRUSTED_ORIGINS):
        return told(request, "pages.outdated", 403)
    if settings.PUBLIC_URL:
        return told(request, "pages.other_address", 403, origin=origin, public_url=settings.PUBLIC_URL)
    return told(request, "pages.public_url_missing", 403, origin=origin)


def _page_without_database(request: HttpRequest, key: str, status: int) -> HttpResponse:
    """The page as always; where it needs the very database that fails, its sentence alone."""
    try:
        return told(request, key, status)
    except Exception:
        sentence = html.escape(words_for(request).translate(key))
        return HttpResponse(f'<!doctype html><meta charset="utf-8"><p>{sentence}</p>', status=status)


def _retry(response: HttpResponse, refusal: Refusal) -> HttpResponse:
    if refusal.retry_after:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
