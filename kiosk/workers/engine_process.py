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
from kiosk.capture.storage import Kept
from kiosk.capture.types import PhotoProblem, Portrait
from kiosk.guidance.coaching.best_shot import ShotLook
from kiosk.workers.engine_watch import EngineWatch, Limits, processor_time

log = logging.getLogger(__name__)
LOOK_EVERY: Final = 1.0  # seconds between two looks at a process that works
MOST_STOPS: Final = 2
"""So often one shot may stop the engine. After that it is not tried any more: it is sent without a portrait."""
Developed = tuple[Portrait, Kept]
T = TypeVar("T")


@dataclass(eq=False)
class _Job(Generic[T]):
    """One thing asked of the engine; `shot` is the hash of the original it is about, "" for none."""

    task: Callable[..., T]
    about: tuple[object, ...]
    shot: str
    answer: Future[T] = field(default_factory=Future)
    work: Future[T] | None = None


class DevelopingProcess:
    """Develops one shot after the other. A crash or hang of the engine fails the shot at hand, not the station, and not
    the shots that wait behind it. `limits` tell when it hangs; `start` is what the process does first."""

    def __init__(
        self,
        folder: Path,
        key_file: Path,
        limits: Limits = Limits(),  # noqa: B008  it is frozen
        start: Callable[[Path, Path, int], None] | None = None,
    ) -> None:
        self._where = (folder, key_file, os.getpid())
        self._start = start or _open_darkroom
        self._lock = threading.RLock()
        self._jobs: deque[_Job[Any]] = deque()
        self._stops: Counter[str] = Counter()
        self._watch = EngineWatch(limits)
        self._look_every = min(LOOK_EVERY, limits.idle / 4)
        self._working, self._closed = threading.Event(), threading.Event()
        self._pool = self._fresh()
        self._warm: Future[None] | None = None
        threading.Thread(target=self._look_after, name="engine-watch", daemon=True).start()

    def warm_up(self) -> None:
        """Begins to load models and compiled code, so that the first student does not wait for them."""
        self._warm = self._ask(_warm_up)
        self._warm.add_done_callback(lambda done: self._note_loading())

    def is_warm(self) -> bool:
        """Raises what went wrong, if it did."""
        if self._warm is None or not self._warm.done():
            return False
        self._warm.result()
        return True

    @property
    def busy(self) -> bool:
        """Whether it works on something. It ends by itself: what hangs is ended."""
        return bool(self._jobs)

    def develop(self, shot: Kept, standard: PhotoStandard, camera: Mapping[str, object]) -> Future[Developed]:
        """The portrait of a kept original, kept as well. The future raises PhotoProblem where there can be none."""
        return self._ask(_develop, shot, standard, dict(camera), shot=shot.sha256)

    def look(self, shot: Kept, standard: PhotoStandard) -> Future[ShotLook]:
        """What the shot rules say of a kept original. The future raises PhotoProblem where it is no picture."""
        return self._ask(_look, shot, standard, shot=shot.sha256)

    def close(self) -> None:
        self._closed.set()
        self._working.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ one job after the other

    def _ask(self, task: Callable[..., T], *about: object, shot: str = "") -> Future[T]:
        job = _Job(task, about, shot)
        if self._stops[shot] >= MOST_STOPS:
            job.answer.set_exception(PhotoProblem("photo.engine_stopped"))
            return job.answer
        with self._lock:
            self._jobs.append(job)
            self._submit(job)
        self._working.set()
        return job.answer

    def _submit(self, job: _Job[Any]) -> None:
        try:
            work = self._pool.submit(job.task, *job.about)
        except BrokenProcessPool:
            self._pool = self._fresh()
            work = self._pool.submit(job.task, *job.about)
        job.work = work
        work.add_done_callback(lambda done: self._ended(job, done))

    def _ended(self, job: _Job[Any], done: Future[Any]) -> None:
        if done.cancelled():
            job.answer.cancel()
            return
        error = done.exception()
        if isinstance(error, BrokenProcessPool):
            self._stopped(job, done)
            return
        self._forget(job)
        if error is not None:
            job.answer.set_exception(error)
        else:
            job.answer.set_result(done.result())

    def _stopped(self, job: _Job[Any], done: Future[Any]) -> None:
        """The process is gone. The job at hand, the oldest, has failed; the others begin anew in a new process."""
        with self._lock:
            if job.work is not done:  # it has begun anew already
                return
            log.error("the photo engine stopped and is started again")
            self._pool = self._fresh()
            failed = self._jobs.popleft()
            if failed.shot:
                self._stops[failed.shot] += 1
            for waiting in self._jobs:
                self._submit(waiting)
        failed.answer.set_exception(PhotoProblem("photo.engine_stopped"))

    def _forget(self, job: _Job[Any]) -> None:
        with self._lock:
            self._jobs.remove(job)
            if not self._jobs:
                self._working.clear()

    # ------------------------------------------------------------------ its process

    def _look_after(self) -> None:
        while self._working.wait() and not self._closed.wait(self._look_every):
            with self._lock:
                job, pid = (self._jobs[0] if self._jobs else None), self._pid()
            if job is None or pid is None:
                self._watch.rest()
                continue
            why = self._watch.hangs(job, pid, processor_time(pid), time.monotonic())
            if why:
                log.error("the photo engine %s and is ended", why)
                self._kill()

    def _note_loading(self) -> None:
        pid = self._pid()
        self._watch.loading = processor_time(pid) if pid is not None else 0.0

    def _pid(self) -> int | None:
        return next(iter(dict(self._pool._processes or {})), None)  # the pool has no public way to its worker

    def _kill(self) -> None:
        """Its answer fails as broken, and a new process takes the next."""
        for process in list((self._pool._processes or {}).values()):
            process.kill()

    def _fresh(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=self._start, initargs=self._where)


# The process of the engine alone pays for what these import: compiled code and nets, three seconds and 150 MB that the
# kiosk's own process, which must show a screen soon, has no use for.


def _open_darkroom(folder: Path, key_file: Path, parent: int) -> None:
    from kiosk.workers import engine_worker as darkroom

    darkroom.open_darkroom(folder, key_file, parent)


def _warm_up() -> None:
    from kiosk.workers import engine_worker as darkroom

    darkroom.warm_up()


def _look(shot: Kept, standard: PhotoStandard) -> ShotLook:
    from kiosk.workers import engine_worker as darkroom

    return darkroom.look(shot, standard)


def _develop(shot: Kept, standard: PhotoStandard, camera: dict[str, object]) -> Developed:
    from kiosk.workers import engine_worker as darkroom

    return darkroom.develop(shot, standard, camera)
