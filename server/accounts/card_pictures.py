"""Mode A and B: the pictures of an identity card, read in memory and never stored.

The uploaded bytes stay in this process's memory (MemoryOnly), go to a child process through a file that exists in
memory, and are dropped with the request.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest

from kiosk.capture.isolated_decoding.readers import DocumentText, read_document_picture
from kiosk.capture.types import PhotoProblem
from server.core.api_errors import ApiError
from server.core.body_limits import MAX_CARD_BYTES
from server.core.throttle import Throttle

MAX_PICTURE_BYTES: Final = MAX_CARD_BYTES // 2
_UNREADABLE: Final = {"none_visible": "card_none_visible", "no_number": "card_no_number", "several": "card_several"}


class MemoryOnly(MemoryFileUploadHandler):
    """An upload handler that keeps every file in memory; the limit of the request's body has been checked before."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


def keep_in_memory(request: HttpRequest) -> None:
    """Keep the uploaded files in memory. Call this before the request's body is read."""
    request.upload_handlers = [MemoryOnly(request)]


def uploaded_picture(request: HttpRequest, name: str) -> bytes:
    """Return the bytes of a picture; b"" if none was chosen. Raises ApiError picture_too_large."""
    file = request.FILES.get(name)
    if file is None:
        return b""
    if (file.size or 0) > MAX_PICTURE_BYTES:
        raise ApiError("refused.picture_too_large", limit=MAX_PICTURE_BYTES // 1_000_000)
    return bytes(file.read())


def count_picture(who: str) -> None:
    """Count one picture of `who`. Raises ApiError too_many_pictures."""
    if not Throttle("card_pictures", settings.APP.throttle.card_pictures_per_hour, 60).allow(who):
        raise ApiError("refused.too_many_pictures")


def read_front(picture: bytes) -> DocumentText:
    """Return number and name of a card, a passport or a permit. `reason` is "not_installed" if this server reads no
    pictures. Raises ApiError, which states what to do, if it cannot be read."""
    text = _read(picture)
    if text.reason in _UNREADABLE:
        raise ApiError("refused.card_is_back" if text.is_back else f"refused.{_UNREADABLE[text.reason]}")
    return text


def require_back(picture: bytes) -> None:
    """Raise ApiError unless the picture shows the side with the emblem, or this server reads no pictures."""
    text = _read(picture)
    if not text.is_back and text.reason != "not_installed":
        raise ApiError("refused.card_no_back")


def _read(picture: bytes) -> DocumentText:
    if not picture:
        raise ApiError("refused.picture_missing")
    try:
        return read_document_picture(picture)
    except PhotoProblem as problem:
        busy = problem.key == "photo.decoder_busy"
        raise ApiError("refused.reader_busy" if busy else "refused.picture_unreadable") from problem
