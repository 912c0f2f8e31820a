"""Worker processes side by side, one shot each: a crash costs its own shot and no other."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from typing import TYPE_CHECKING, Final

from config.errors import Problem
from config.machine_speed import scale_timeout
from kiosk.tools.photo.job import Done, Errand, Order, Result

if TYPE_CHECKING:
    from kiosk.tools.photo.worker import Developer

log = logging.getLogger(__name__)
PATIENCE: Final = 300.0  # seconds of a quiet machine for one shot; it takes one or two, many more where memory is short


class Lanes:
    """`count` workers that develop errands. To be closed, whatever happened."""

    def __init__(self, order: Order, count: int) -> None:
        self._order = order
        self._pools = [self._fresh() for _ in range(count)]

    def develop(self, errands: Sequence[Errand]) -> Iterator[Done]:
        """What becomes of each errand, as it becomes known. Raises AlbumProblem where nothing more can be written."""
        waiting = deque(errands)
        running: dict[Future[Done], tuple[int, Errand, float]] = {}
        while waiting or running:
            for lane in set(range(len(self._pools))) - {lane for lane, _, _ in running.values()}:
                if waiting:
                    errand = waiting.popleft()
                    running[self._submit(lane, errand)] = (lane, errand, time.monotonic())
            finished, _ = wait(running, PATIENCE / 10, FIRST_COMPLETED)
            for future in finished:
                lane, errand, _ = running.pop(future)
                yield self._done(lane, errand, future)
            self._end_hung(
                lane for lane, _, began in running.values() if time.monotonic() - began > scale_timeout(PATIENCE)
            )

    def close(self) -> None:
        """Ends the workers at once; what they had not finished leaves no file of its name."""
        self._end_hung(range(len(self._pools)))
        for pool in self._pools:
            pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, lane: int, errand: Errand) -> Future[Done]:
        with _interrupts_held_back():
            try:
                return self._pools[lane].submit(_develop, errand)
            except BrokenProcessPool:
                self._pools[lane] = self._fresh()
                return self._pools[lane].submit(_develop, errand)

    def _done(self, lane: int, errand: Errand, future: Future[Done]) -> Done:
        try:
            return future.result()
        except BrokenProcessPool:
            self._pools[lane] = self._fresh()
            return Done(errand, Result.FAILED, problem=Problem("command.engine_stopped"))
        except Problem:  # nothing more can be written
            raise
        except Exception as error:  # a fault of ours on one shot must not cost the others theirs
            log.error("%s", errand.shown, exc_info=error)
            what = f"{type(error).__name__}: {error}"
            return Done(errand, Result.FAILED, problem=Problem("command.unexpected", what=what))

    def _end_hung(self, lanes: Iterator[int] | range) -> None:
        for lane in lanes:
            for process in list((self._pools[lane]._processes or {}).values()):  # the pool has no public way to end it
                process.kill()

    def _fresh(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(self._order,))


@contextlib.contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A process started meanwhile never sees Ctrl-C, from its first instruction on; it is for its parent to end it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# One developer per worker process: the pool's own idiom for what is too costly to build per task.
_developer: Developer


def _begin(order: Order) -> None:
    global _developer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):  # the libraries' own remarks would stand amid JSON and across the bar
        os.dup2(nowhere, descriptor)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from kiosk.tools.photo.worker import Developer  # seconds of libraries that the parent does without

    _developer = Developer(order)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _develop(errand: Errand) -> Done:
    return _developer.do(errand)
