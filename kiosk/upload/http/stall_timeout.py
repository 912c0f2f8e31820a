"""End an exchange without progress, or with too little.

requests has two timeouts: one to connect, which also limits how long the *whole* body may take to be sent (urllib3
passes it to socket.sendall), and one between two bytes of the response, which a response of one byte a second
never exceeds. Here sending is limited block by block, and a watchdog closes the connection at its deadline; every
block that moved extends the deadline.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from types import TracebackType
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

SEND_BUFFER_BYTES: Final = 256 << 10
"""Bytes that the system may buffer: a body in a buffer of megabytes would seem to be sent."""
LOCATION_HEADER: Final = "Zhengguan-Location"
_current = threading.local()


class StallWatchdog:
    """Context manager of one exchange of one thread. After `stall` seconds without `on_progress` the connection is
    closed, and `expired` is set."""

    def __init__(self, stall: float) -> None:
        self.stall = stall
        self.expired = False
        self._deadline = time.monotonic() + stall
        self._connection: HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._changed = threading.Condition()
        self._done = False
        self._thread = threading.Thread(target=self._run, name="stall-watchdog", daemon=True)

    def __enter__(self) -> StallWatchdog:
        _current.watch = self
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.watch = None
        with self._changed:
            self._done = True
            self._changed.notify()

    def on_progress(self, seconds: float | None = None) -> None:
        """Set the deadline to `stall` seconds from now; or, with `seconds`, move it that much further."""
        with self._changed:
            self._deadline = time.monotonic() + self.stall if seconds is None else self._deadline + seconds

    def track(self, connection: HTTPConnection) -> None:
        """Set the connection to close. It is set after the deadline if the name lookup took that long."""
        with self._changed:
            self._connection = connection
            self._socket = connection.sock or self._socket
        if self.expired:
            self._close()

    def _run(self) -> None:
        with self._changed:
            while not self._done and (remaining := self._deadline - time.monotonic()) > 0:
                self._changed.wait(remaining)
            if self._done:
                return
            self.expired = True
        self._close()

    def _close(self) -> None:
        """Shut the socket down, which wakes the thread that sends or reads. It is shut down as a plain socket, because
        TLS would first send a closing alert.

        A response without a length is read from a socket that the connection has already released.
        """
        sock = (self._connection.sock if self._connection is not None else None) or self._socket
        if sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class WatchedBody(io.BytesIO):
    """A request's body: each block that is read from it shows that the one before was sent."""

    def __init__(self, content: bytes, watchdog: StallWatchdog) -> None:
        super().__init__(content)
        self._watchdog = watchdog

    def read(self, size: int | None = -1, /) -> bytes:
        self._watchdog.on_progress()
        return super().read(size)


class _WatchedConnection(HTTPConnection):
    """Passes the socket to the watchdog of its thread, and limits each block instead of the whole body."""

    def connect(self) -> None:
        self._follow()
        super().connect()
        self._follow()

    def request(self, *arguments: Any, **named: Any) -> None:
        self._follow()
        super().request(*arguments, **named)

    def _follow(self) -> None:
        watch: StallWatchdog | None = getattr(_current, "watch", None)
        if watch is not None:
            watch.track(self)
            if self.sock is not None:  # connected: from here on urllib3 would still use the connect timeout
                self.timeout = watch.stall
                self.sock.settimeout(watch.stall)


class _WatchedTlsConnection(_WatchedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection  # type: ignore[assignment]


_POOLS: Final = {"http": _Pool, "https": _TlsPool}
_SOCKET_OPTIONS: Final = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES),
]


class WatchedAdapter(HTTPAdapter):
    """Adapter of a requests session with watched connections, with and without a proxy."""

    def send(self, *arguments: Any, **named: Any) -> requests.Response:
        """Send the request; in the response, move Location to LOCATION_HEADER: requests parses the target of a redirect
        even if it does not follow it, and fails for an invalid address."""
        response = super().send(*arguments, **named)
        response.headers[LOCATION_HEADER] = response.headers.pop("Location", "")
        return response

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **named: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, socket_options=_SOCKET_OPTIONS, **named)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, socket_options=_SOCKET_OPTIONS, **named)
        if not proxy.lower().startswith("socks"):  # a SOCKS proxy has its own connections
            manager.pool_classes_by_scheme = _POOLS
        return manager


def watch_session(session: requests.Session) -> requests.Session:
    """Return the same session, with connections that a StallWatchdog can close."""
    for scheme in ("http://", "https://"):
        if not isinstance(session.adapters.get(scheme), WatchedAdapter):
            session.mount(scheme, WatchedAdapter())
    return session
