"""Limits of the embedded HTTP server: body size by path, time per request, connections per address.

waitress has none of these: it reads every body completely before the application sees the request, waits indefinitely
for a slow request, and accepts no connection while 100 are open. The classes here and in server.http.waitress_server
extend its parser, channel and server. They run in its single I/O thread, so nothing here may block.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from waitress.parser import HTTPRequestParser, ParsingError

from config.errors import Problem
from server.core.body_limits import SMALL_BODY_BYTES, BodyLimit, find_body_limit
from server.http.rejection import HttpRejection, storage_rejection, too_large
from server.http.sender_check import check_sender

# How much of a body is read and dropped after an early response, and for how long. Closing at once resets the
# connection: a client that is still sending then fails before it reads the response, and nginx responds with 502.
LINGER_S: Final = 5.0
LINGER_BYTES: Final = 8 * 1024 * 1024
PROXY_HEADERS: Final = frozenset({"x-forwarded-for", "x-forwarded-proto"})
"""The only headers that are accepted from a trusted proxy. Django checks the header Host."""
_FORWARDED_HEADERS: Final = frozenset({"X_FORWARDED_PROTO", "X_FORWARDED_FOR", "FORWARDED"})
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HttpLimits:
    """`body_timeout` seconds for a body, plus one second for each `min_body_rate` bytes of it.

    A trusted proxy limits the connections of its clients itself; `max_connections_per_address` does not apply to it.
    """

    bodies: tuple[BodyLimit, ...]
    header_timeout: float = 20.0
    body_timeout: float = 30.0
    min_body_rate: int = 16_000
    max_connections: int = 1000
    max_connections_per_address: int = 200
    trusted_proxy: str = ""

    def request_timeout(self, request: Any) -> float:
        """Return the seconds from a request's first byte until it must be complete."""
        if not request.headers_finished:
            return self.header_timeout
        size = request.content_length or request.body_bytes_received
        return self.body_deadline(size)

    def body_deadline(self, size: int) -> float:
        """Return the seconds from a request's first byte until a body of `size` bytes must be complete."""
        return self.header_timeout + self.body_timeout + size / self.min_body_rate

    def response_timeout(self, size: int) -> float:
        """Return the seconds within which a client must read a response with `size` unsent bytes."""
        return self.body_timeout + size / self.min_body_rate


class LimitedParser(HTTPRequestParser):
    """A parser that accepts or rejects a body when the headers are complete, before its first byte is stored."""

    sender_known = False  # True for a large body from an authenticated sender
    max_bytes = SMALL_BODY_BYTES

    def received(self, data: bytes) -> int:
        try:
            consumed = int(super().received(data))
        except OSError as error:  # a large body is spooled to disk
            self._reject(storage_rejection(error, self.path))
            return len(data)
        if self.headers_finished and not self.completed and self.body_bytes_received > self.max_bytes:
            self._reject(too_large(self.path, self.max_bytes))  # chunked: its size was not announced
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address such as http://[ or a length of 5000 digits
            raise ParsingError("The request is malformed") from error
        if not self.adj.trusted_proxy and not _FORWARDED_HEADERS.isdisjoint(self.headers):
            _warn_about_proxy()
        if self.body_rcv is None:
            return
        limit = find_body_limit(self.path, self.adj.http_limits.bodies)
        self.max_bytes = limit.max_bytes
        if self.content_length > limit.max_bytes:
            self._reject(too_large(self.path, limit.max_bytes))
        elif self.chunked or self.content_length > SMALL_BODY_BYTES:
            self._check_sender(limit)

    def _check_sender(self, limit: BodyLimit) -> None:
        if limit.max_bytes <= SMALL_BODY_BYTES:
            return
        rejection = check_sender(limit.sender, self.path, self.headers)
        if rejection:
            self._reject(rejection)
        self.sender_known = rejection is None

    def _reject(self, rejection: HttpRejection) -> None:
        self.error = rejection
        self.completed = True
        self.expect_continue = False


@cache
def _warn_about_proxy() -> None:
    """Warn once that a request has a proxy's headers but the settings name no proxy. A client can also forge them."""
    log.warning("%s", Problem("server.check.proxy_unset"))
