"""Sends a file in pieces, by its hash, and goes on where the server's part of it ends.

HEAD /files/SHA256 tells how many bytes the server has (Upload-Offset); PATCH adds a piece there. Nothing else has to be
remembered: after a lost line, a lost answer or a restart of either side the server's offset is the truth.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from kiosk.upload.envelope import FileFacts
from kiosk.upload.http.answers import raise_if_not_paired, raise_if_refused, raise_unreachable, refused
from kiosk.upload.http.chunk_size import LARGEST, PieceSize
from kiosk.upload.http.exchange import Answer, Request
from kiosk.upload.problems import ServerUnreachable
from kiosk.upload.upload_progress import ProgressMeter

OFFSET: Final = "Upload-Offset"
LENGTH: Final = "Upload-Length"
MAX_FRUITLESS: Final = 5
"""Failures in a row after which the line is given up for now; the worker tries again later."""
_PAUSE: Final = 0.25
_MAX_RESENT: Final = 4
_NOT_KNOWN: Final = (404, 405, 501)
_SAYS_ENOUGH: Final = (407, 408, 429)
_RETRIABLE: Final = ("upload.timeout", "upload.unreachable", "upload.garbled_answer")


class NoSuchProtocol(Exception):
    """The server does not take files in pieces: it is 86a4649, or no server of ours at all."""


class AnswerWithoutWords(Exception):
    """HEAD was refused. An answer to HEAD has no body, so what is wrong has to be asked otherwise."""


class FileUpload:
    """One file. `send_request` exchanges one request with the server and raises ServerUnreachable."""

    def __init__(
        self,
        files_url: str,
        facts: FileFacts,
        content: bytes,
        send_request: Callable[[Request], Answer],
        meter: ProgressMeter,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = f"{files_url}/{facts.sha256}"
        self._content = content
        self._send_request = send_request
        self._meter = meter
        self._pause = pause
        self._pieces = PieceSize(len(content))
        self._offset = 0
        self._sent = 0
        self._fruitless = 0
        self._restarted = False

    def send(self) -> None:
        """Returns when the server has the whole file and has verified its hash. Raises ServerUnreachable,
        SubmissionRefused, NotPaired, NoSuchProtocol, AnswerWithoutWords."""
        self._offset = self._offset_of_server()
        self._meter.file_at(self._offset, 0)
        while self._offset < len(self._content):
            piece = self._content[self._offset : self._offset + self._pieces.next()]
            try:
                self._send_piece(piece)
            except ServerUnreachable as problem:
                self._recover(problem, piece)
        self._meter.file_done(len(self._content))

    def _send_piece(self, piece: bytes) -> None:
        request, began = self._patch(piece), time.monotonic()
        self._count(len(piece))
        answer = self._send_request(request)
        if answer.status == 413 and self._pieces.refused(len(piece)):
            return
        if _has_wrong_hash(answer) and not self._restarted:
            self._offset, self._restarted = 0, True
            return
        before, self._offset = self._offset, self._offset_after(answer, request)
        if self._offset <= before:  # the server has less than it said before
            raise ServerUnreachable("upload.garbled_answer")
        self._fruitless = 0
        self._pieces.delivered(self._offset - before, time.monotonic() - began)
        self._meter.file_at(self._offset, self._offset - before)

    def _recover(self, problem: ServerUnreachable, piece: bytes) -> None:
        """Asks where to go on. Where not even that gets through, the place stays, and the next piece decides."""
        self._fruitless += 1
        if self._fruitless >= MAX_FRUITLESS or problem.key not in _RETRIABLE:
            raise problem
        self._pieces.failed(len(piece))
        self._pause(_PAUSE * 2**self._fruitless)
        try:
            self._offset = self._offset_of_server()
        except ServerUnreachable as again:
            if again.key not in _RETRIABLE:
                raise
        except (NoSuchProtocol, AnswerWithoutWords) as answer:
            raise problem from answer

    def _count(self, size: int) -> None:
        """A server that takes pieces and forgets them must not keep the line busy for ever."""
        self._sent += size
        if self._sent > _MAX_RESENT * len(self._content) + LARGEST:
            raise ServerUnreachable("upload.wrong_hash")

    def _patch(self, piece: bytes) -> Request:
        place = {OFFSET: str(self._offset), LENGTH: str(len(self._content))}
        return Request("PATCH", self._url, piece, {**place, "Content-Type": "application/octet-stream"})

    def _offset_after(self, answer: Answer, request: Request) -> int:
        """Where the server's part ends after a piece."""
        if answer.ok or answer.status == 409:
            offset = _number(answer.headers.get(OFFSET, ""))
            if offset is None and answer.ok and answer.wire_version is None:
                raise ServerUnreachable("upload.captive_portal")
            if offset is not None and offset <= len(self._content):
                return offset
        if _has_wrong_hash(answer):
            raise ServerUnreachable("upload.wrong_hash")
        raise_if_not_paired(answer)
        raise_if_refused(answer)
        raise_unreachable(answer, request)

    def _offset_of_server(self) -> int:
        request = Request("HEAD", self._url)
        answer = self._send_request(request)
        offset = _number(answer.headers.get(OFFSET, ""))
        if answer.ok and offset is not None:
            return offset if offset <= len(self._content) else 0
        if answer.wire_version is None and (answer.status in _NOT_KNOWN or (answer.ok and answer.is_json)):
            raise NoSuchProtocol
        if answer.ok:
            raise ServerUnreachable("upload.captive_portal")
        if 400 <= answer.status < 500 and answer.status not in _SAYS_ENOUGH:
            raise AnswerWithoutWords
        raise_unreachable(answer, request)


def _has_wrong_hash(answer: Answer) -> bool:
    no = refused(answer) if answer.status in (409, 422) else None
    return no is not None and no.reason == "hash_differs"


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None
