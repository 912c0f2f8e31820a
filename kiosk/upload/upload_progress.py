"""How far the visit that is being sent has come, for the operator's page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class UploadProgress:
    """Of one visit: bytes that the server has of all its files, and the pace of this attempt in bytes a second."""

    sent: int
    total: int
    rate: float

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.sent) / self.rate if self.rate > 0 else None


class ProgressMeter:
    """Adds up the files of one visit and reports each step."""

    def __init__(
        self,
        total: int,
        report: Callable[[UploadProgress | None], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._report = report
        self._clock = clock
        self._before = 0
        self._began = clock()
        self._moved = 0

    def file_at(self, offset: int, moved: int) -> None:
        """The server has `offset` bytes of the present file; `moved` of them went just now."""
        self._moved += moved
        seconds = self._clock() - self._began
        rate = self._moved / seconds if seconds > 0 else 0.0
        self._report(UploadProgress(min(self._before + offset, self._total), self._total, rate))

    def file_done(self, size: int) -> None:
        self._before += size
