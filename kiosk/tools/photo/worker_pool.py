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
from kiosk.tools.photo.job import BatchOptions, Job, JobResult, JobStatus

if TYPE_CHECKING:
    from kiosk.tools.photo.worker import PortraitWorker

log = logging.getLogger(__name__)
JOB_TIMEOUT_S: Final = (
    300.0  # seconds of a quiet machine for one shot; it takes one or two, many more where memory is short
)


class WorkerPool:
    """`count` workers that develop errands. To be closed, whatever happened."""

    def __init__(self, options: BatchOptions, count: int) -> None:
        self._options = options
        self._pools = [self._new_pool() for _ in range(count)]

    def run(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        """What becomes of each errand, as it becomes known. Raises OutputFolderProblem where nothing more can be
        written."""
        waiting = deque(jobs)
        running: dict[Future[JobResult], tuple[int, Job, float]] = {}
        while waiting or running:
            for lane in set(range(len(self._pools))) - {lane for lane, _, _ in running.values()}:
                if waiting:
                    job = waiting.popleft()
                    running[self._submit(lane, job)] = (lane, job, time.monotonic())
            finished, _ = wait(running, JOB_TIMEOUT_S / 10, FIRST_COMPLETED)
            for future in finished:
                lane, job, _ = running.pop(future)
                yield self._result(lane, job, future)
            self._kill_workers(
                lane for lane, _, began in running.values() if time.monotonic() - began > scale_timeout(JOB_TIMEOUT_S)
            )

    def close(self) -> None:
        """Ends the workers at once; what they had not finished leaves no file of its name."""
        self._kill_workers(range(len(self._pools)))
        for pool in self._pools:
            pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, worker: int, job: Job) -> Future[JobResult]:
        with _interrupts_blocked():
            try:
                return self._pools[worker].submit(_run_job, job)
            except BrokenProcessPool:
                self._pools[worker] = self._new_pool()
                return self._pools[worker].submit(_run_job, job)

    def _result(self, worker: int, job: Job, future: Future[JobResult]) -> JobResult:
        try:
            return future.result()
        except BrokenProcessPool:
            self._pools[worker] = self._new_pool()
            return JobResult(job, JobStatus.FAILED, problem=Problem("command.engine_stopped"))
        except Problem:  # nothing more can be written
            raise
        except Exception as error:  # a fault of ours on one shot must not cost the others theirs
            log.error("%s", job.display_name, exc_info=error)
            what = f"{type(error).__name__}: {error}"
            return JobResult(job, JobStatus.FAILED, problem=Problem("command.unexpected", what=what))

    def _kill_workers(self, workers: Iterator[int] | range) -> None:
        for lane in workers:
            for process in list((self._pools[lane]._processes or {}).values()):  # the pool has no public way to end it
                process.kill()

    def _new_pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=_init_worker, initargs=(self._options,))


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
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
_worker: PortraitWorker


def _init_worker(options: BatchOptions) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):  # the libraries' own remarks would stand amid JSON and across the bar
        os.dup2(nowhere, descriptor)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    from kiosk.tools.photo.worker import PortraitWorker  # seconds of libraries that the parent does without

    _worker = PortraitWorker(options)


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _run_job(job: Job) -> JobResult:
    return _worker.run(job)
