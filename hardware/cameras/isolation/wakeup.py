"""Wakes a thread that waits on file descriptors."""

from __future__ import annotations

import os
import threading


class WakeupPipe:
    """Wakes a thread: `wake` from any thread makes `fd` readable until `clear`. After `close` it does nothing."""

    def __init__(self) -> None:
        self.fd, self._write_fd = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write_fd, False)
        self._lock = threading.Lock()
        self._closed = False

    def wake(self) -> None:
        with self._lock:
            if self._closed:
                return
            try:
                os.write(self._write_fd, b".")
            except BlockingIOError:
                return  # the pipe is full, so the thread is being woken already

    def clear(self) -> None:
        try:
            os.read(self.fd, 65536)
        except BlockingIOError:
            return  # nothing to clear

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self.fd)
                os.close(self._write_fd)
