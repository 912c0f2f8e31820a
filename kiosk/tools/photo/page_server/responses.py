"""Responses of the page's server, and the headers that all of them have."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

SECURITY_HEADERS: Final = {
    # Nothing is loaded from elsewhere and nothing is sent elsewhere.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # the address contains the token
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",  # photos of persons
}


@dataclass(frozen=True)
class Response:
    """`body`: the bytes, or the file that contains them."""

    status: HTTPStatus
    content_type: str
    body: bytes | Path
    headers: dict[str, str] = field(default_factory=dict)


def json_response(content: Any, status: HTTPStatus = HTTPStatus.OK) -> Response:
    text = json.dumps(content, ensure_ascii=False)
    # A file name may contain half of a surrogate pair, which UTF-8 does not have; its escape is valid JSON.
    return Response(status, "application/json", text.encode(errors="backslashreplace"))


def text_response(status: HTTPStatus) -> Response:
    """Return a short response without any content of the page."""
    return Response(status, "text/plain; charset=utf-8", f"{status.value} {status.phrase}\n".encode())


def file_response(path: Path, content_type: str, download_name: str = "") -> Response:
    """Return a file; with `download_name` the browser saves it under this name instead of showing it (RFC 6266)."""
    headers = {}
    if download_name:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(download_name, safe='')}"
    return Response(HTTPStatus.OK, content_type, path, headers)
