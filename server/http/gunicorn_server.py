"""gunicorn: several web processes behind a proxy ([server] workers), each with threads.

Only the trusted proxy gets responses. A thread of gunicorn reads the headers and the body of its request, however
slowly they arrive, so a few slow clients would occupy all threads; the proxy sends complete headers only.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from django.conf import settings
from django.db import connections
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import TConn, ThreadWorker
from waitress.proxy_headers import proxy_headers_middleware

from server.http.limits import LINGER_BYTES, LINGER_S, PROXY_HEADERS, HttpLimits
from server.http.wsgi_limits import Application, content_length, limit_bodies

BACKLOG: Final = 1024
GRACEFUL_TIMEOUT_S: Final = 18
"""How long running requests may take after SIGTERM. systemd allows 30 s, and the worker of jobs stops afterwards."""
KEEPALIVE_S: Final = 30
_NO_SUCH_ADDRESS_ERRNOS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # localhost is ::1 too, where there is IPv6


class ProxyWorker(ThreadWorker):
    """A web process that closes connections of other clients than the proxy, and stops reading overdue bodies."""

    limits: HttpLimits  # set before the processes are forked

    def init_process(self) -> None:
        self._body_due: dict[TConn, float] = {}
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        if conn.client[0] == self.limits.trusted_proxy:
            super().enqueue_req(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def handle_request(self, req: Any, conn: TConn) -> Any:
        size = content_length(dict(req.headers).get("CONTENT-LENGTH", ""))
        self._body_due[conn] = time.monotonic() + self.limits.body_deadline(size)
        try:
            keepalive = super().handle_request(req, conn)
        finally:
            self._body_due.pop(conn, None)
        return _drop_rest_of_body(conn, keepalive)

    def murder_keepalived(self, force: bool = False) -> None:
        """Stop reading overdue bodies, too; gunicorn calls this every second. Complete requests are not affected."""
        super().murder_keepalived(force)
        now = time.monotonic()
        for conn, due in list(self._body_due.items()):
            if now > due:
                with suppress(OSError):  # the connection has ended meanwhile
                    conn.sock.shutdown(socket.SHUT_RD)


def _drop_rest_of_body(conn: TConn, keepalive: bool) -> bool:
    """Read and drop the rest of a body, within LINGER_S and LINGER_BYTES; return whether the connection can be reused.

    gunicorn itself would read up to 64 KB, partly in the thread that serves all connections.
    """
    if not keepalive:
        conn.sock.shutdown(socket.SHUT_WR)
    if conn.parser.finish_body(deadline=time.monotonic() + LINGER_S, max_bytes=LINGER_BYTES):
        return keepalive
    conn.sock.shutdown(socket.SHUT_RDWR)
    return False


class WebProcesses(BaseApplication):
    """gunicorn's main process, configured from our settings instead of its own files and options."""

    def __init__(self, application: Application, **options: Any) -> None:
        self._application, self._options = application, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        return self._application


def run_gunicorn(
    application: Application, host: str, port: int, limits: HttpLimits, ready: Callable[[int], None]
) -> None:
    """Serve until SIGTERM or Ctrl-C, which end it by SystemExit; call `ready` with the port before the first request.

    Raises OSError if the address is in use or not this machine's.
    """
    sockets = _listen(host, port)
    port = sockets[0].getsockname()[1]
    ProxyWorker.limits = limits
    trusted = proxy_headers_middleware(
        limit_bodies(application, limits.bodies),
        trusted_proxy=limits.trusted_proxy,
        trusted_proxy_count=1,
        trusted_proxy_headers=PROXY_HEADERS,
        clear_untrusted=True,
    )
    connections.close_all()  # connections opened before the fork must not be shared
    processes = WebProcesses(
        trusted,
        bind=[f"fd://{one.detach()}" for one in sockets],
        workers=settings.APP.server.workers,
        worker_class=ProxyWorker,
        threads=settings.APP.server.threads,
        worker_connections=limits.max_connections,
        preload_app=True,
        graceful_timeout=GRACEFUL_TIMEOUT_S,
        keepalive=KEEPALIVE_S,
        limit_request_line=8190,
        loglevel="warning",
        control_socket_disable=True,
        # proxy_headers_middleware decides which headers of the proxy count.
        forwarded_allow_ips="",
        secure_scheme_headers={},
        forwarder_headers="",
        when_ready=lambda arbiter: ready(port),
    )
    processes.run()


def _listen(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each address of `host`, all on the same port."""
    sockets, errors = list[socket.socket](), list[OSError]()
    addresses = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, _, _, _, address in addresses:
        try:
            one = socket.create_server((address[0], port), family=family, backlog=BACKLOG)
        except OSError as error:
            errors.append(OSError(error.errno, os.strerror(error.errno or 0)))  # without the text that Python adds
            continue
        port = one.getsockname()[1]
        sockets.append(one)
    if any(error.errno not in _NO_SUCH_ADDRESS_ERRNOS for error in errors) or not sockets:
        for one in sockets:
            one.close()
        raise errors[0]
    return sockets
