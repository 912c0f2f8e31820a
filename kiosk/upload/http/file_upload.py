"""Send a file in chunks, by its hash, and resume where the server's part of it ends.

HEAD /files/SHA256 returns how many bytes the server has (Upload-Offset); PATCH adds a chunk there. No other state is
needed: after a lost connection, a lost response or a restart of either side the server's offset decides.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from kiosk.upload.envelope import FileInfo
from kiosk.upload.errors import ServerUnreachable
from kiosk.upload.http.chunk_size import MAX_CHUNK_BYTES, ChunkSize
from kiosk.upload.http.exchange import Request, Response
from kiosk.upload.http.responses import parse_rejection, raise_if_rejected, raise_if_unauthorized, raise_unreachable
from kiosk.upload.upload_progress import ProgressMeter

OFFSET_HEADER: Final = "Upload-Offset"
LENGTH_HEADER: Final = "Upload-Length"
MAX_FAILURES: Final = 5
"""Failures in a row after which this attempt ends; the worker tries again later."""
_RETRY_PAUSE_S: Final = 0.25
_MAX_RESEND_FACTOR: Final = 4
_UNSUPPORTED_STATUSES: Final = (404, 405, 501)
_TEMPORARY_STATUSES: Final = (407, 408, 429)
_RETRIABLE_KEYS: Final = ("upload.timeout", "upload.unreachable", "upload.incomplete_response")


class ChunksNotSupported(Exception):
    """The server does not accept files in chunks: it is 86a4649, or not our server."""


class HeadRejected(Exception):
    """HEAD was rejected. A response to HEAD has no body, so another request has to find the reason."""


class FileUpload:
    """One file. `send_request` exchanges one request with the server and raises ServerUnreachable."""

    def __init__(
        self,
        files_url: str,
        file_info: FileInfo,
        content: bytes,
        send_request: Callable[[Request], Response],
        meter: ProgressMeter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = f"{files_url}/{file_info.sha256}"
        self._content = content
        self._send_request = send_request
        self._meter = meter
        self._sleep = sleep
        self._chunk_size = ChunkSize(len(content))
        self._offset = 0
        self._sent = 0
        self._failures = 0
        self._restarted = False

    def send(self) -> None:
        """Return when the server has the whole file and has verified its hash. Raises ServerUnreachable,
        SubmissionRejected, Unauthorized, ChunksNotSupported, HeadRejected."""
        self._offset = self._server_offset()
        self._meter.update(self._offset, 0)
        while self._offset < len(self._content):
            chunk = self._content[self._offset : self._offset + self._chunk_size.next_size()]
            try:
                self._send_chunk(chunk)
            except ServerUnreachable as problem:
                self._recover(problem, chunk)
        self._meter.file_finished(len(self._content))

    def _send_chunk(self, chunk: bytes) -> None:
        request, began = self._patch_request(chunk), time.monotonic()
        self._count_sent(len(chunk))
        response = self._send_request(request)
        if response.status == 413 and self._chunk_size.on_rejected(len(chunk)):
            return
        if _has_wrong_hash(response) and not self._restarted:
            self._offset, self._restarted = 0, True
            return
        before, self._offset = self._offset, self._offset_after(response, request)
        if self._offset <= before:  # the server has less than it reported before
            raise ServerUnreachable("upload.incomplete_response")
        self._failures = 0
        self._chunk_size.on_delivered(self._offset - before, time.monotonic() - began)
        self._meter.update(self._offset, self._offset - before)

    def _recover(self, problem: ServerUnreachable, chunk: bytes) -> None:
        """Query the offset. If that fails too, the offset stays; the response to the next chunk corrects it."""
        self._failures += 1
        if self._failures >= MAX_FAILURES or problem.key not in _RETRIABLE_KEYS:
            raise problem
        self._chunk_size.on_failed(len(chunk))
        self._sleep(_RETRY_PAUSE_S * 2**self._failures)
        try:
            self._offset = self._server_offset()
        except ServerUnreachable as again:
            if again.key not in _RETRIABLE_KEYS:
                raise
        except (ChunksNotSupported, HeadRejected) as error:
            raise problem from error

    def _count_sent(self, size: int) -> None:
        """Raise ServerUnreachable if the server accepts chunks and loses them, so that the upload does not run
        indefinitely."""
        self._sent += size
        if self._sent > _MAX_RESEND_FACTOR * len(self._content) + MAX_CHUNK_BYTES:
            raise ServerUnreachable("upload.wrong_hash")

    def _patch_request(self, chunk: bytes) -> Request:
        place = {OFFSET_HEADER: str(self._offset), LENGTH_HEADER: str(len(self._content))}
        return Request("PATCH", self._url, chunk, {**place, "Content-Type": "application/octet-stream"})

    def _offset_after(self, response: Response, request: Request) -> int:
        """Return the server's offset after a chunk."""
        if response.ok or response.status == 409:
            offset = _parse_offset(response.headers.get(OFFSET_HEADER, ""))
            if offset is None and response.ok and response.wire_version is None:
                raise ServerUnreachable("upload.captive_portal")
            if offset is not None and offset <= len(self._content):
                return offset
        if _has_wrong_hash(response):
            raise ServerUnreachable("upload.wrong_hash")
        raise_if_unauthorized(response)
        raise_if_rejected(response)
        raise_unreachable(response, request)

    def _server_offset(self) -> int:
        request = Request("HEAD", self._url)
        response = self._send_request(request)
        offset = _parse_offset(response.headers.get(OFFSET_HEADER, ""))
        if response.ok and offset is not None:
            return offset if offset <= len(self._content) else 0
        if response.wire_version is None and (
            response.status in _UNSUPPORTED_STATUSES or (response.ok and response.is_json)
        ):
            raise ChunksNotSupported
        if response.ok:
            raise ServerUnreachable("upload.captive_portal")
        if 400 <= response.status < 500 and response.status not in _TEMPORARY_STATUSES:
            raise HeadRejected
        raise_unreachable(response, request)


def _has_wrong_hash(response: Response) -> bool:
    rejection = parse_rejection(response) if response.status in (409, 422) else None
    return rejection is not None and rejection.reason == "hash_differs"


def _parse_offset(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None
