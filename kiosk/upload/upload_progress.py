"""Progress of the visit that is being sent, for the operator page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class UploadProgress:
    """Progress of one visit: bytes that the server has of all its files, and the rate of this attempt in bytes per
    second."""

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
        on_progress: Callable[[UploadProgress | None], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._on_progress = on_progress
        self._clock = clock
        self._finished_bytes = 0
        self._started_at = clock()
        self._sent_bytes = 0

    def update(self, offset: int, sent: int) -> None:
        """Record that the server has `offset` bytes of the present file; `sent` of them were sent just now."""
        self._sent_bytes += sent
        seconds = self._clock() - self._started_at
        rate = self._sent_bytes / seconds if seconds > 0 else 0.0
        self._on_progress(UploadProgress(min(self._finished_bytes + offset, self._total), self._total, rate))

    def file_finished(self, size: int) -> None:
        self._finished_bytes += size
