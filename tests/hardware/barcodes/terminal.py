"""A serial port of software: data written by the test is received at `port`."""

from __future__ import annotations

import os
import select
import tty
from pathlib import Path
from types import TracebackType


class Terminal:
    """A port that exists from `__enter__` to `__exit__`, like that of an adapter while it is plugged in."""

    def __init__(self, port: Path) -> None:
        self.port = port

    def __enter__(self) -> Terminal:
        self._end, self._outside = os.openpty()
        tty.setraw(self._end)
        tty.setraw(self._outside)
        self.port.symlink_to(os.ttyname(self._outside))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.port.unlink()
        os.close(self._outside)
        os.close(self._end)

    def write(self, data: bytes) -> None:
        os.write(self._end, data)

    def was_written(self) -> bytes:
        return os.read(self._end, 4096) if select.select([self._end], [], [], 0)[0] else b""
