"""What the embedded HTTP server takes from whom: bodies by path, time for a request, connections of one address.

waitress itself has none of these: it reads every body to its end before the application sees the request, it waits for
a slow request for ever, and it takes no new visitor while 100 connections are open. The classes here and in
server.http.waitress_server extend its parser, channel and server; they run in its one thread of sockets, so nothing may
wait.
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

_FORWARDED_HEADERS: Final = frozenset({"X_FORWARDED_PROTO", "X_FORWARDED_FOR", "FORWARDED"})
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HttpLimits:
    """`body_timeout` seconds for a body, and one second more for each `min_body_rate` bytes that it has.

    A trusted proxy counts the connections of its clients itself; `max_connections_per_address` does not hold for it.
    """

    bodies: tuple[BodyLimit, ...]
    header_timeout: float = 20.0
    body_timeout: float = 30.0
    min_body_rate: int = 16_000
    max_connections: int = 1000
    max_connections_per_address: int = 200
    trusted_proxy: str = ""

    def request_timeout(self, request: Any) -> float:
        """Seconds from a request's first byte until all of it must be there."""
        if not request.headers_finished:
            return self.header_timeout
        size = request.content_length or request.body_bytes_received
        return self.header_timeout + self.body_timeout + float(size) / self.min_body_rate

    def response_timeout(self, size: int) -> float:
        """Seconds within which a visitor has to read an answer of which `size` bytes wait to be sent."""
        return self.body_timeout + size / self.min_body_rate


class LimitedParser(HTTPRequestParser):
    """Decides on a body when the headers are complete, before the first byte of it is stored."""

    sender_known = False  # a large body of a known sender
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
    """Once: a proxy's headers come though the settings name no proxy. A visitor may also have made them up."""
    log.warning("%s", Problem("server.check.proxy_unset"))
