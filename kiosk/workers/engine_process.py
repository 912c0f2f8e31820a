"""The photo engine in its own process, so that its long computations do not delay the live view."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

from config.standards.registry import PhotoStandard
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import PhotoProblem, Portrait
from kiosk.guidance.coaching.best_shot import ShotQuality
from kiosk.workers.engine_watchdog import EngineLimits, EngineWatchdog, cpu_time_of
from kiosk.workers.worker_process import RunningJob, WorkerEnded, WorkerProcess

log = logging.getLogger(__name__)
WATCH_INTERVAL_S: Final = 1.0
"""Time between two measurements of a process that works."""
MAX_CRASHES: Final = 2
"""Maximum crashes by one shot; after that it is not processed any more but sent without a portrait."""
EngineResult = tuple[Portrait, StoredFile]
T = TypeVar("T")


class EngineProcess:
    """Processes one shot after the other.

    A crash or hang of the engine fails the present shot, not the station and not the shots that wait. `limits` decide
    when it hangs; `initializer` prepares the process.
    """

    def __init__(
        self,
        folder: Path,
        key_file: Path,
        limits: EngineLimits = EngineLimits(),  # noqa: B008  it is frozen
        initializer: Callable[[Path, Path, int], None] | None = None,
    ) -> None:
        self._crashes: Counter[str] = Counter()
        self._watchdog = EngineWatchdog(limits)
        self._warm_up_work: Future[None] | None = None
        self._worker = WorkerProcess(
            "engine",
            initializer or _open_engine,
            (folder, key_file, os.getpid()),
            self._hang_reason,
            min(WATCH_INTERVAL_S, limits.max_idle_time / 4),
        )

    def warm_up(self) -> None:
        """Start to load models and compiled code, so that the first student does not wait for them."""
        self._warm_up_work = self._worker.submit(_warm_up)
        self._warm_up_work.add_done_callback(lambda done: self._record_load_time())

    def is_warm(self) -> bool:
        """Return whether everything is loaded; raise the error if loading failed."""
        if self._warm_up_work is None or not self._warm_up_work.done():
            return False
        self._warm_up_work.result()
        return True

    @property
    def is_busy(self) -> bool:
        """Whether the engine works. Its work always ends, because a hanging process is killed."""
        return self._worker.is_busy

    @property
    def pid(self) -> int | None:
        """The id of the process; None while there is none."""
        return self._worker.pid

    def make_portrait(
        self, shot: StoredFile, standard: PhotoStandard, camera: Mapping[str, object]
    ) -> Future[EngineResult]:
        """Make and store the portrait of a stored shot. The future raises PhotoProblem if that is impossible."""
        return self._schedule(shot, _make_portrait, shot, standard, dict(camera))

    def assess(self, shot: StoredFile, standard: PhotoStandard) -> Future[ShotQuality]:
        """Evaluate the shot rules on a stored shot. The future raises PhotoProblem if it is no picture."""
        return self._schedule(shot, _assess, shot, standard)

    def close(self) -> None:
        self._worker.close()

    # ------------------------------------------------------------------ on the thread of the worker

    def _schedule(self, shot: StoredFile, function: Callable[..., T], *arguments: object) -> Future[T]:
        result: Future[T] = Future()
        if self._crashes[shot.sha256] >= MAX_CRASHES:
            result.set_exception(PhotoProblem("photo.engine_stopped"))
        else:
            work = self._worker.submit(function, *arguments)
            work.add_done_callback(lambda done: self._on_finished(shot, result, done))
        return result

    def _on_finished(self, shot: StoredFile, result: Future[T], done: Future[T]) -> None:
        self._watchdog.reset()
        if done.cancelled():
            result.cancel()
            return
        error = done.exception()
        if isinstance(error, WorkerEnded):
            log.error("the photo engine %s; the next shot starts a new one", str(error) or "ended by itself")
            self._crashes[shot.sha256] += 1
            error = PhotoProblem("photo.engine_stopped")
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(done.result())

    def _hang_reason(self, job: RunningJob) -> str:
        return self._watchdog.hang_reason(
            job.result, job.pid, cpu_time_of(job.pid), time.monotonic(), loading=job.result is self._warm_up_work
        )

    def _record_load_time(self) -> None:
        self._watchdog.reset()
        pid = self._worker.pid
        self._watchdog.load_time = cpu_time_of(pid) if pid is not None else 0.0


# Only the engine process imports these modules. They take three seconds and 150 MB, which would delay the first screen
# of the kiosk's own process.


def _open_engine(folder: Path, key_file: Path, parent: int) -> None:
    from kiosk.workers import engine_worker

    engine_worker.open_engine(folder, key_file, parent)


def _warm_up() -> None:
    from kiosk.workers import engine_worker

    engine_worker.warm_up()


def _assess(shot: StoredFile, standard: PhotoStandard) -> ShotQuality:
    from kiosk.workers import engine_worker

    return engine_worker.assess(shot, standard)


def _make_portrait(shot: StoredFile, standard: PhotoStandard, camera: dict[str, object]) -> EngineResult:
    from kiosk.workers import engine_worker

    return engine_worker.make_portrait(shot, standard, camera)
