"""waitress with limits: closes overdue connections, and always accepts a new client."""

from __future__ import annotations

import errno
import resource
import socket
import sys
import time
from collections.abc import Iterable
from typing import Any, Final

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from server.http.limits import LINGER_BYTES, LINGER_S, HttpLimits, LimitedParser
from server.http.rejection import HttpRejection

MAX_HEADER_BYTES: Final = 32 * 1024
_NO_SUCH_ADDRESS_ERRNOS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # localhost is ::1 too, where there is IPv6


class LimitedChannel(HTTPChannel):
    """One connection, with the age of its incoming request."""

    parser_class = LimitedParser
    will_close: bool
    linger_until: float | None = None
    response_due: float | None = None
    lingered_bytes = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.waiting_since = time.monotonic()  # for the current request or the next one
        self._timed_request: Any = None
        self._rejected = False
        super().__init__(*arguments, **named)

    @property
    def replaceable(self) -> bool:
        """Whether it may be closed to make room: no response is pending and no authenticated sender uploads."""
        delivering = self.request is not None and self.request.sender_known
        return not (self.requests or self.total_outbufs_len or delivering or self.will_close)

    def received(self, data: bytes) -> bool:
        if self.linger_until is not None:
            self.lingered_bytes += len(data)
            self.will_close = self.will_close or self.lingered_bytes > LINGER_BYTES
            return False
        if self.request is None:
            self.waiting_since = time.monotonic()
        accepted = bool(super().received(data))
        if self.request is not self._timed_request:
            self._timed_request, self.waiting_since = self.request, time.monotonic()
        self._rejected = self._rejected or any(isinstance(one.error, HttpRejection) for one in self.requests)
        return accepted

    def is_overdue(self, now: float) -> bool:
        if self.linger_until is not None:
            return now > self.linger_until
        limits: HttpLimits = self.adj.http_limits
        late = self.request is not None and now > self.waiting_since + limits.request_timeout(self.request)
        return late or self._response_is_overdue(now, limits)

    def _response_is_overdue(self, now: float, limits: HttpLimits) -> bool:
        if not self.total_outbufs_len:
            self.response_due = None
        elif self.response_due is None:
            self.response_due = now + limits.response_timeout(self.total_outbufs_len)
        return self.response_due is not None and now > self.response_due

    def close_now(self) -> None:
        """Close at once. waitress's own `will_close` waits until the socket is writable, which never happens if the
        client does not read."""
        self.will_close = True
        if self.total_outbufs_len:
            self.handle_close()

    def readable(self) -> bool:
        return not self.will_close if self.linger_until is not None else bool(super().readable())

    def writable(self) -> bool:
        return self.will_close if self.linger_until is not None else bool(super().writable())

    def handle_write(self) -> None:
        """After a rejection, read and drop the rest of the body for a moment."""
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
        self.linger_until = time.monotonic() + LINGER_S


class LimitedServer(TcpWSGIServer):
    """A server that closes overdue connections and always accepts a new one, if necessary in place of the oldest
    unfinished request."""

    channel_class = LimitedChannel

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        clock = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_overdue(clock):
                channel.close_now()

    def handle_accept(self) -> None:
        known = set(self.active_channels)
        super().handle_accept()
        for number in set(self.active_channels) - known:
            self._make_room_for(self.active_channels[number])

    def _make_room_for(self, newest: LimitedChannel) -> None:
        limits: HttpLimits = self.adj.http_limits
        channels = [channel for channel in self.active_channels.values() if not channel.will_close]
        of_address = [channel for channel in channels if channel.addr[0] == newest.addr[0]]
        if newest.addr[0] != limits.trusted_proxy and len(of_address) > limits.max_connections_per_address:
            _close_oldest(of_address, newest)
        elif len(channels) > limits.max_connections:
            _close_oldest(channels, newest)


def _close_oldest(channels: Iterable[LimitedChannel], newest: LimitedChannel) -> None:
    """Close the replaceable connection that has waited longest; if there is none, the newest."""
    candidates = [channel for channel in channels if channel.replaceable and channel is not newest]
    min(candidates, key=lambda channel: channel.waiting_since, default=newest).will_close = True


def limited_servers(application: Any, host: str, port: int, limits: HttpLimits, **settings: Any) -> list[LimitedServer]:
    """Return a listening server for each address of `host`; `run` of the first one serves all of them.

    Raises OSError if an address is in use or not this machine's, ValueError if `host` is not valid.
    """
    adjustments = Adjustments(
        host=host,
        port=port,
        max_request_header_size=MAX_HEADER_BYTES,
        max_request_body_size=sys.maxsize,  # LimitedParser decides by the path
        connection_limit=limits.max_connections + 100,  # never reached: connections are closed earlier
        cleanup_interval=1,
        channel_timeout=60,
        asyncore_use_poll=True,  # select() fails for file descriptors above 1023
        **settings,
    )
    adjustments.http_limits = limits
    _raise_open_file_limit(limits.max_connections + 300)
    dispatcher, sockets = ThreadedTaskDispatcher(), dict[int, Any]()
    servers, errors = list[LimitedServer](), list[OSError]()
    for address in adjustments.listen:
        before = set(sockets)
        try:
            server = LimitedServer(application, sockets, dispatcher=dispatcher, adj=adjustments, sockinfo=address)
        except OSError as error:
            errors.append(error)
            for number in set(sockets) - before:  # sockets of the server that failed to start
                channel = sockets.pop(number, None)
                if channel is not None:  # closing a server closes its trigger too
                    channel.close()
            continue
        servers.append(server)
    if any(error.errno not in _NO_SUCH_ADDRESS_ERRNOS for error in errors) or not servers:
        raise errors[0]
    dispatcher.set_thread_count(adjustments.threads)
    return servers


def _raise_open_file_limit(count: int) -> None:
    """Raise the limit of open files: each connection needs one, and most systems allow 1024 by default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        new_limit = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (new_limit, hard))
