"""Requests of the upload protocol that stations and phones share: HEAD for the offset, PATCH for the next piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.http import HttpRequest, HttpResponse

from server.core.api_errors import ApiError
from server.core.body_limits import MAX_PIECE_BYTES
from server.core.error_handlers import json_error_response
from server.core.form_numbers import whole_number
from server.submissions.partial_files import PartialFiles, PartialState, WrongOffset

OFFSET: Final = "Upload-Offset"
LENGTH: Final = "Upload-Length"
_BLOCK_BYTES: Final = 64 << 10


def state_response(state: PartialState) -> HttpResponse:
    """Return the response to HEAD: how much of the file is stored."""
    return HttpResponse(status=200, headers=progress_headers(state))


def store_piece(request: HttpRequest, files: PartialFiles, sha256: str) -> PartialState | HttpResponse:
    """Store the request's body as the next piece of the file; return its new state, or the response 409 with the right
    offset. Raises ApiError."""
    offset, length = integer_header(request, OFFSET), integer_header(request, LENGTH)
    if content_length(request) > MAX_PIECE_BYTES:
        raise ApiError("refused.piece_too_large", limit=f"{MAX_PIECE_BYTES / 1e6:.1f}")
    try:
        return files.append(sha256, offset, length, _read_body(request))
    except WrongOffset as wrong:
        response = json_error_response(ApiError("refused.piece_elsewhere"))
        for name, value in progress_headers(wrong.state).items():
            response.headers[name] = value
        return response


def progress_headers(state: PartialState) -> dict[str, str]:
    return {OFFSET: str(state.offset), LENGTH: str(state.length), "Cache-Control": "no-store"}


def integer_header(request: HttpRequest, name: str) -> int:
    text = request.headers.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise ApiError("refused.envelope_wrong", where=name, why="a number of bytes is needed")
    return int(text)


def content_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return whole_number(text, 0)


def _read_body(request: HttpRequest) -> Iterator[bytes]:
    while block := request.read(_BLOCK_BYTES):
        yield block
