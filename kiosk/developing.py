"""The photo engine in a process of its own, so that its long computations never hold up the view."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final, TypeVar

from config.standard import PhotoStandard
from kiosk.capture.originals import Kept
from kiosk.capture.portrait import PhotoProblem, Portrait
from kiosk.guidance.best_shot import ShotLook

log = logging.getLogger(__name__)
PATIENCE: Final = 60.0  # seconds for one portrait; it takes one or two, several on a busy machine
Developed = tuple[Portrait, Kept]
T = TypeVar("T")


class DevelopingProcess:
    """Develops one shot after the other. A crash of the engine fails the shot at hand, not the station."""

    def __init__(self, folder: Path, key_file: Path) -> None:
        self._where = (folder, key_file, os.getpid())
        self._pool = self._fresh()
        self._warm: Future[None] | None = None

    def warm_up(self) -> None:
        """Begins to load models and compiled code, so that the first student does not wait for them."""
        self._warm = self._pool.submit(_warm_up)

    def is_warm(self) -> bool:
        """Raises what went wrong, if it did."""
        if self._warm is None or not self._warm.done():
            return False
        self._warm.result()
        return True

    def develop(self, shot: Kept, standard: PhotoStandard, camera: Mapping[str, object]) -> Future[Developed]:
        """The portrait of a kept original, kept as well. The future raises PhotoProblem where there can be none."""
        return self._ask(_develop, shot, standard, dict(camera))

    def look(self, shot: Kept, standard: PhotoStandard) -> Future[ShotLook]:
        """What the shot rules say of a kept original. The future raises PhotoProblem where it is no picture."""
        return self._ask(_look, shot, standard)

    def _ask(self, task: Callable[..., T], *about: object) -> Future[T]:
        answer: Future[T] = Future()
        try:
            work = self._pool.submit(task, *about)
        except BrokenProcessPool:
            self._pool = self._fresh()
            work = self._pool.submit(task, *about)
        overdue = threading.Timer(PATIENCE, self._end_hung)
        overdue.daemon = True
        overdue.start()
        work.add_done_callback(lambda done: overdue.cancel())
        work.add_done_callback(lambda done: self._hand_on(done, answer))
        return answer

    def _end_hung(self) -> None:
        """A process that hangs answers nobody: ended, it fails the shot at hand, and a new one takes the next."""
        log.error("the photo engine has not answered for %g s and is ended", PATIENCE)
        for process in list(self._pool._processes.values()):  # the pool has no public way to end its worker
            process.kill()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fresh(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=_open_darkroom, initargs=self._where)

    def _hand_on(self, done: Future[T], answer: Future[T]) -> None:
        error = done.exception()
        if isinstance(error, BrokenProcessPool):
            log.error("the photo engine stopped and is started again")
            self._pool = self._fresh()
            error = PhotoProblem("photo.engine_stopped")
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(done.result())


# The process of the engine alone pays for what these import: compiled code and nets, three seconds and 150 MB that the
# kiosk's own process, which must show a screen soon, has no use for.


def _open_darkroom(folder: Path, key_file: Path, parent: int) -> None:
    from kiosk import darkroom

    darkroom.open_darkroom(folder, key_file, parent)


def _warm_up() -> None:
    from kiosk import darkroom

    darkroom.warm_up()


def _look(shot: Kept, standard: PhotoStandard) -> ShotLook:
    from kiosk import darkroom

    return darkroom.look(shot, standard)


def _develop(shot: Kept, standard: PhotoStandard, camera: dict[str, object]) -> Developed:
    from kiosk import darkroom

    return darkroom.develop(shot, standard, camera)
