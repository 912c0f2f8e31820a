"""Run work that takes longer than a frame on a background thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

PERIOD_S: Final = 0.3
"""Seconds from one job to the next: three a second."""
LAG_S: Final = 0.1
"""Seconds of the stream after which a job's result is first used, even if it exists earlier. A recorded stream
therefore always gives the same results on any machine; and at 30 frames a second the job has the time of three frames
before a frame must wait."""
MAX_WAIT_S: Final = 0.05
"""Seconds (wall clock) that a frame waits for a late result; then the previous one is used."""
MAX_AGE_S: Final = 1.0
"""Seconds after which a result is stale."""


@dataclass(frozen=True)
class _RunningJob(Generic[T]):
    started_at: float
    future: Future[T]


class BackgroundJob(Generic[T]):
    """One job at a time. `latest_result` is called by one thread, once a frame."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._job: _RunningJob[T] | None = None
        self._last_result: tuple[float, T] | None = None
        self._discard_running = False

    def latest_result(self, now: float, job: Callable[[], T], slowness: float = 1.0) -> tuple[T, float] | None:
        """Return the newest result and its age in seconds, None if there is none or it is stale. Starts `job` for
        the current frame when it is due. Raises the exception of a failed job.

        `slowness` multiplies PERIOD_S and MAX_AGE_S: a result can be collected at the next frame only, and at a low
        frame rate it would always be stale."""
        self._collect(now)
        if self._job is None and (
            self._last_result is None or not 0 <= now - self._last_result[0] < PERIOD_S * slowness
        ):
            self._job = _RunningJob(now, self._executor.submit(job))
        if self._last_result is None or not 0 <= now - self._last_result[0] <= MAX_AGE_S * slowness:
            return None
        return self._last_result[1], now - self._last_result[0]

    def reset(self) -> None:
        """Discard the last result and that of a running job."""
        self._last_result = None
        self._discard_running = self._job is not None

    def close(self) -> None:
        """Wait for the running job."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _collect(self, now: float) -> None:
        job = self._job
        if job is None or (0 <= now - job.started_at < LAG_S and not self._discard_running):
            return
        try:
            result = job.future.result(timeout=MAX_WAIT_S)
        except FutureTimeout:
            return
        finally:
            if job.future.done():
                self._job = None
        if not self._discard_running:
            self._last_result = (job.started_at, result)
        self._discard_running = False
