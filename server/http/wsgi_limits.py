"""The limits of bodies for a WSGI server that passes a request on as soon as its headers are complete (gunicorn).

waitress, which reads the whole body first, has the same limits in its parser (server.http.limits).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from server.core.body_limits import SMALL_BODY_BYTES, BodyLimit, find_body_limit
from server.http.rejection import HttpRejection, too_large
from server.http.sender_check import check_sender

Environment = dict[str, Any]
Application = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]


def limit_bodies(application: Application, limits: tuple[BodyLimit, ...]) -> Application:
    """Wrap the application in a check that rejects a request before the first byte of its body is read."""

    def limited(environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        rejection = _rejection(environ, limits)
        if rejection is None:
            return application(environ, start_response)
        status, headers, body = rejection.to_response()
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return limited


def content_length(text: str) -> int:
    """Return the announced length; 0 for none. A body of unknown length is not read by Django at all."""
    return int(text) if text.isascii() and text.isdigit() else 0


def _rejection(environ: Environment, limits: tuple[BodyLimit, ...]) -> HttpRejection | None:
    path, size = str(environ.get("PATH_INFO", "")), content_length(str(environ.get("CONTENT_LENGTH") or ""))
    limit = find_body_limit(path, limits)
    if size > limit.max_bytes:
        return too_large(path, limit.max_bytes)
    if size <= SMALL_BODY_BYTES:
        return None
    headers = {name[5:]: str(value) for name, value in environ.items() if name.startswith("HTTP_")}
    return check_sender(limit.sender, path, headers)
