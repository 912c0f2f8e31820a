"""The photo engine in a process of its own, so that its long computations never hold up the view."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from config.standards.registry import PhotoStandard
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import PhotoProblem, Portrait
from kiosk.guidance.coaching.best_shot import ShotQuality
from kiosk.workers.engine_watchdog import EngineLimits, EngineWatchdog, cpu_time_of

log = logging.getLogger(__name__)
WATCH_INTERVAL_S: Final = 1.0  # seconds between two looks at a process that works
MAX_CRASHES: Final = 2
"""So often one shot may stop the engine. After that it is not tried any more: it is sent without a portrait."""
EngineResult = tuple[Portrait, StoredFile]
T = TypeVar("T")


@dataclass(eq=False)
class _Job(Generic[T]):
    """One thing asked of the engine; `shot_sha256` is the hash of the original it is about, "" for none."""

    task: Callable[..., T]
    arguments: tuple[object, ...]
    shot_sha256: str
    result: Future[T] = field(default_factory=Future)
    pool_future: Future[T] | None = None


class EngineProcess:
    """Develops one shot after the other. A crash or hang of the engine fails the shot at hand, not the station, and not
    the shots that wait behind it. `limits` tell when it hangs; `initializer` is what the process does first."""

    def __init__(
        self,
        folder: Path,
        key_file: Path,
        limits: EngineLimits = EngineLimits(),  # noqa: B008  it is frozen
        initializer: Callable[[Path, Path, int], None] | None = None,
    ) -> None:
        self._init_args = (folder, key_file, os.getpid())
        self._initializer = initializer or _open_engine
        self._lock = threading.RLock()
        self._jobs: deque[_Job[Any]] = deque()
        self._crashes: Counter[str] = Counter()
        self._watchdog = EngineWatchdog(limits)
        self._watch_interval = min(WATCH_INTERVAL_S, limits.max_idle_time / 4)
        self._has_work, self._closed = threading.Event(), threading.Event()
        self._pool = self._new_pool()
        self._warm_up_result: Future[None] | None = None
        threading.Thread(target=self._watch_worker, name="engine-watchdog", daemon=True).start()

    def warm_up(self) -> None:
        """Begins to load models and compiled code, so that the first student does not wait for them."""
        self._warm_up_result = self._schedule(_warm_up)
        self._warm_up_result.add_done_callback(lambda done: self._record_load_time())

    def is_warm(self) -> bool:
        """Raises what went wrong, if it did."""
        if self._warm_up_result is None or not self._warm_up_result.done():
            return False
        self._warm_up_result.result()
        return True

    @property
    def is_busy(self) -> bool:
        """Whether it works on something. It ends by itself: what hangs is ended."""
        return bool(self._jobs)

    def make_portrait(
        self, shot: StoredFile, standard: PhotoStandard, camera: Mapping[str, object]
    ) -> Future[EngineResult]:
        """The portrait of a kept original, kept as well. The future raises PhotoProblem where there can be none."""
        return self._schedule(_make_portrait, shot, standard, dict(camera), shot_sha256=shot.sha256)

    def assess(self, shot: StoredFile, standard: PhotoStandard) -> Future[ShotQuality]:
        """What the shot rules say of a kept original. The future raises PhotoProblem where it is no picture."""
        return self._schedule(_assess, shot, standard, shot_sha256=shot.sha256)

    def close(self) -> None:
        self._closed.set()
        self._has_work.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ one job after the other

    def _schedule(self, task: Callable[..., T], *about: object, shot_sha256: str = "") -> Future[T]:
        job = _Job(task, about, shot_sha256)
        if self._crashes[shot_sha256] >= MAX_CRASHES:
            job.result.set_exception(PhotoProblem("photo.engine_stopped"))
            return job.result
        with self._lock:
            self._jobs.append(job)
            self._submit(job)
        self._has_work.set()
        return job.result

    def _submit(self, job: _Job[Any]) -> None:
        try:
            work = self._pool.submit(job.task, *job.arguments)
        except BrokenProcessPool:
            self._pool = self._new_pool()
            work = self._pool.submit(job.task, *job.arguments)
        job.pool_future = work
        work.add_done_callback(lambda done: self._on_finished(job, done))

    def _on_finished(self, job: _Job[Any], done: Future[Any]) -> None:
        if done.cancelled():
            job.result.cancel()
            return
        error = done.exception()
        if isinstance(error, BrokenProcessPool):
            self._on_crash(job, done)
            return
        self._remove(job)
        if error is not None:
            job.result.set_exception(error)
        else:
            job.result.set_result(done.result())

    def _on_crash(self, job: _Job[Any], done: Future[Any]) -> None:
        """The process is gone. The job at hand, the oldest, has failed; the others begin anew in a new process."""
        with self._lock:
            if job.pool_future is not done:  # it has begun anew already
                return
            log.error("the photo engine stopped and is started again")
            self._pool = self._new_pool()
            failed = self._jobs.popleft()
            if failed.shot_sha256:
                self._crashes[failed.shot_sha256] += 1
            for waiting in self._jobs:
                self._submit(waiting)
        failed.result.set_exception(PhotoProblem("photo.engine_stopped"))

    def _remove(self, job: _Job[Any]) -> None:
        with self._lock:
            self._jobs.remove(job)
            if not self._jobs:
                self._has_work.clear()

    # ------------------------------------------------------------------ its process

    def _watch_worker(self) -> None:
        while self._has_work.wait() and not self._closed.wait(self._watch_interval):
            with self._lock:
                job, pid = (self._jobs[0] if self._jobs else None), self._pid()
            if job is None or pid is None:
                self._watchdog.reset()
                continue
            why = self._watchdog.hang_reason(
                job, pid, cpu_time_of(pid), time.monotonic(), loading=job.result is self._warm_up_result
            )
            if why:
                log.error("the photo engine %s and is ended", why)
                self._kill()

    def _record_load_time(self) -> None:
        pid = self._pid()
        self._watchdog.load_time = cpu_time_of(pid) if pid is not None else 0.0

    def _pid(self) -> int | None:
        return next(iter(dict(self._pool._processes or {})), None)  # the pool has no public way to its worker

    def _kill(self) -> None:
        """Its answer fails as broken, and a new process takes the next."""
        for process in list((self._pool._processes or {}).values()):
            process.kill()

    def _new_pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=self._initializer, initargs=self._init_args)


# The process of the engine alone pays for what these import: compiled code and nets, three seconds and 150 MB that the
# kiosk's own process, which must show a screen soon, has no use for.


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
