"""What the embedded HTTP server takes from whom: bodies by path, time for a request, connections of one address.

waitress itself has none of these: it reads every body to its end before the application sees the request, it waits for
a slow request for ever, and it takes no new visitor while 100 connections are open. The classes here extend its parser,
channel and server; they run in its one thread of sockets, so nothing here may wait.
"""

from __future__ import annotations

import errno
import logging
import resource
import socket
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from config.problem import Problem
from server.http_rejection import HttpRejection, storage_rejection, too_large
from server.large_bodies import rejection_of_sender
from server.pages.body_limits import SMALL, BodyLimit, body_limit

MAX_HEADER_BYTES: Final = 32 * 1024
LINGER_SECONDS: Final = 5.0
LINGER_BYTES: Final = 8 * 1024 * 1024
_NO_SUCH_ADDRESS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # localhost is ::1 too, where there is IPv6
_FORWARDED: Final = frozenset({"X_FORWARDED_PROTO", "X_FORWARDED_FOR", "FORWARDED"})
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

    def answer_timeout(self, size: int) -> float:
        """Seconds within which a visitor has to read an answer of which `size` bytes wait to be sent."""
        return self.body_timeout + size / self.min_body_rate


class LimitedParser(HTTPRequestParser):
    """Decides on a body when the headers are complete, before the first byte of it is stored."""

    admitted = False  # a large body of a known sender
    max_bytes = SMALL

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
        if not self.adj.trusted_proxy and not _FORWARDED.isdisjoint(self.headers):
            _warn_of_proxy()
        if self.body_rcv is None:
            return
        limit = body_limit(self.path, self.adj.http_limits.bodies)
        self.max_bytes = limit.max_bytes
        if self.content_length > limit.max_bytes:
            self._reject(too_large(self.path, limit.max_bytes))
        elif self.chunked or self.content_length > SMALL:
            self._admit(limit)

    def _admit(self, limit: BodyLimit) -> None:
        if limit.max_bytes <= SMALL:
            return
        rejection = rejection_of_sender(limit.sender, self.path, self.headers)
        if rejection:
            self._reject(rejection)
        self.admitted = rejection is None

    def _reject(self, rejection: HttpRejection) -> None:
        self.error = rejection
        self.completed = True
        self.expect_continue = False


class LimitedChannel(HTTPChannel):
    """One connection, with the age of the request that is on its way in."""

    parser_class = LimitedParser
    will_close: bool
    linger_until: float | None = None
    answer_due: float | None = None
    lingered_bytes = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.waiting_since = time.monotonic()  # for the request that comes, or for the next one
        self._timed: Any = None
        self._rejected = False
        super().__init__(*arguments, **named)

    @property
    def replaceable(self) -> bool:
        """Whether it may be closed to make room: nothing is answered, no known sender delivers."""
        delivering = self.request is not None and self.request.admitted
        return not (self.requests or self.total_outbufs_len or delivering or self.will_close)

    def received(self, data: bytes) -> bool:
        if self.linger_until is not None:
            self.lingered_bytes += len(data)
            self.will_close = self.will_close or self.lingered_bytes > LINGER_BYTES
            return False
        if self.request is None:
            self.waiting_since = time.monotonic()
        taken = bool(super().received(data))
        if self.request is not self._timed:
            self._timed, self.waiting_since = self.request, time.monotonic()
        self._rejected = self._rejected or any(isinstance(one.error, HttpRejection) for one in self.requests)
        return taken

    def is_overdue(self, now: float) -> bool:
        if self.linger_until is not None:
            return now > self.linger_until
        limits: HttpLimits = self.adj.http_limits
        late = self.request is not None and now > self.waiting_since + limits.request_timeout(self.request)
        return late or self._answer_is_overdue(now, limits)

    def _answer_is_overdue(self, now: float, limits: HttpLimits) -> bool:
        if not self.total_outbufs_len:
            self.answer_due = None
        elif self.answer_due is None:
            self.answer_due = now + limits.answer_timeout(self.total_outbufs_len)
        return self.answer_due is not None and now > self.answer_due

    def give_up(self) -> None:
        """Closes it. waitress's own way, `will_close`, waits until the socket can be written, and where nobody reads an
        answer that is never."""
        self.will_close = True
        if self.total_outbufs_len:
            self.handle_close()

    def readable(self) -> bool:
        return not self.will_close if self.linger_until is not None else bool(super().readable())

    def writable(self) -> bool:
        return self.will_close if self.linger_until is not None else bool(super().writable())

    def handle_write(self) -> None:
        """After a rejection the rest of the body is read and dropped for a moment: closing at once would make the
        sender's system throw the answer away."""
        if not (self._rejected and self.close_when_flushed) or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            self._linger()

    def _linger(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.will_close = True
            return
        self.linger_until = time.monotonic() + LINGER_SECONDS


class LimitedServer(TcpWSGIServer):
    """Closes what is overdue; a new visitor always gets in, if need be in place of the oldest unfinished request."""

    channel_class = LimitedChannel

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        clock = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_overdue(clock):
                channel.give_up()

    def handle_accept(self) -> None:
        known = set(self.active_channels)
        super().handle_accept()
        for number in set(self.active_channels) - known:
            self._make_room_for(self.active_channels[number])

    def _make_room_for(self, newest: LimitedChannel) -> None:
        limits: HttpLimits = self.adj.http_limits
        everybody = [channel for channel in self.active_channels.values() if not channel.will_close]
        neighbours = [channel for channel in everybody if channel.addr[0] == newest.addr[0]]
        if newest.addr[0] != limits.trusted_proxy and len(neighbours) > limits.max_connections_per_address:
            _close_oldest(neighbours, newest)
        elif len(everybody) > limits.max_connections:
            _close_oldest(everybody, newest)


def _close_oldest(channels: Iterable[LimitedChannel], newest: LimitedChannel) -> None:
    """Closes the replaceable connection that has waited longest; where there is none, the newest."""
    candidates = [channel for channel in channels if channel.replaceable and channel is not newest]
    min(candidates, key=lambda channel: channel.waiting_since, default=newest).will_close = True


def limited_servers(application: Any, host: str, port: int, limits: HttpLimits, **settings: Any) -> list[LimitedServer]:
    """A listening server for each address that `host` stands for; `run` of the first one serves all of them.

    OSError where an address is taken or not this machine's, ValueError where `host` is none.
    """
    adjustments = Adjustments(
        host=host,
        port=port,
        max_request_header_size=MAX_HEADER_BYTES,
        max_request_body_size=sys.maxsize,  # LimitedParser decides by the path
        connection_limit=limits.max_connections + 100,  # never reached: room is made before
        cleanup_interval=1,
        channel_timeout=60,
        asyncore_use_poll=True,  # select() knows no file numbers above 1023
        **settings,
    )
    adjustments.http_limits = limits
    _allow_open_files(limits.max_connections + 300)
    dispatcher, sockets = ThreadedTaskDispatcher(), dict[int, Any]()
    servers, missing = list[LimitedServer](), list[OSError]()
    for address in adjustments.listen:
        before = set(sockets)
        try:
            server = LimitedServer(application, sockets, dispatcher=dispatcher, adj=adjustments, sockinfo=address)
        except OSError as error:
            missing.append(error)
            for number in set(sockets) - before:  # what the half-made one left
                sockets.pop(number).close()
            continue
        servers.append(server)
    if any(error.errno not in _NO_SUCH_ADDRESS for error in missing) or not servers:
        raise missing[0]
    dispatcher.set_thread_count(adjustments.threads)
    return servers


@cache
def _warn_of_proxy() -> None:
    """Once: a proxy's headers come though the settings name no proxy. A visitor may also have made them up."""
    log.warning("%s", Problem("server.check.proxy_unset"))


def _allow_open_files(count: int) -> None:
    """Each connection is an open file, and 1024 of them is all that most systems give without being asked."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now < count:
        wanted = count if most == resource.RLIM_INFINITY else min(count, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
