"""A line between station and server, on loopback: so many bytes a second, that stalls and breaks on request."""

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
    """A TCP relay. `rate` bytes a second towards the server (None: at once), taken from one bucket for all connections,
    as on a real line. `fault(bytes_passed)` is called after each block with the bytes that have passed so far and
    answers how many seconds nothing moves now, or "cut" to break this connection. `bytes_passed` is what the server's
    side was given."""

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
        for line in (self._listener, *self._open):
            _close(line)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                near, _ = self._listener.accept()
                far = socket.create_connection(self._to)
                self._open += [near, far]
                threading.Thread(target=self._relay, args=(near, far), daemon=True).start()

    def _relay(self, near: socket.socket, far: socket.socket) -> None:
        """Both directions in one thread, so that a cut ends both."""
        with selectors.DefaultSelector() as both, contextlib.suppress(OSError):
            both.register(near, selectors.EVENT_READ)
            both.register(far, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in both.select(0.5):
                    source = near if key.fileobj is near else far
                    data = source.recv(BLOCK)
                    if not data or (source is near and not self._pass(len(data))):
                        raise OSError("over")
                    (far if source is near else near).sendall(data)
        _close(near)
        _close(far)

    def _pass(self, size: int) -> bool:
        """Waits for the block's turn on the line; False where the line breaks."""
        if self._rate:
            with self._bucket:
                self._free_at = max(self._free_at, time.monotonic()) + size / self._rate
                turn = self._free_at
            self._over.wait(max(0.0, turn - time.monotonic()))
        self.bytes_passed += size
        what = self._fault(self.bytes_passed)
        if what == "cut":
            self.cuts += 1
            return False
        if isinstance(what, float) and what > 0:
            self._over.wait(what)
        return True


def _close(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # at once, as a broken line
    with contextlib.suppress(OSError):
        line.close()
