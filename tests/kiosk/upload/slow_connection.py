"""A slow connection between station and server on loopback, which stalls and breaks on request."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType

BUFFER = 16 << 10
BLOCK = 4096


class SlowLine:
    """A TCP relay that limits the rate towards the server.

    `rate` is in bytes per second (None: no limit), for all connections together, as on a real uplink. `fault` is called
    after each block with the bytes relayed so far, and returns for how many seconds the relay stalls, or "cut" to break
    this connection. `bytes_passed` counts the bytes towards the server.
    """

    def __init__(
        self,
        to: tuple[str, int],
        rate: float | None = None,
        fault: Callable[[int], float | str] = lambda passed: 0.0,
    ) -> None:
        self._to, self._rate, self._fault = to, rate, fault
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(16)
        self._bucket = threading.Lock()
        self._free_at = 0.0
        self._open: list[socket.socket] = []
        self._over = threading.Event()
        self.bytes_passed = 0
        self.cuts = 0

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> SlowLine:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for connection in (self._listener, *self._open):
            _close(connection)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                near, _ = self._listener.accept()
                far = socket.create_connection(self._to)
                self._open += [near, far]
                threading.Thread(target=self._relay, args=(near, far), daemon=True).start()

    def _relay(self, near: socket.socket, far: socket.socket) -> None:
        """Relay both directions in one thread, so that a cut ends both."""
        with selectors.DefaultSelector() as both, contextlib.suppress(OSError):
            both.register(near, selectors.EVENT_READ)
            both.register(far, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in both.select(0.5):
                    source = near if key.fileobj is near else far
                    data = source.recv(BLOCK)
                    if not data or (source is near and not self._pass(len(data))):
                        raise OSError("closed")
                    (far if source is near else near).sendall(data)
        _close(near)
        _close(far)

    def _pass(self, size: int) -> bool:
        """Wait until the rate allows the block; return False if the connection breaks."""
        if self._rate:
            with self._bucket:
                self._free_at = max(self._free_at, time.monotonic()) + size / self._rate
                turn = self._free_at
            self._over.wait(max(0.0, turn - time.monotonic()))
        self.bytes_passed += size
        effect = self._fault(self.bytes_passed)
        if effect == "cut":
            self.cuts += 1
            return False
        if isinstance(effect, float) and effect > 0:
            self._over.wait(effect)
        return True


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # RST instead of FIN, as when a connection breaks.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with contextlib.suppress(OSError):
        connection.close()
