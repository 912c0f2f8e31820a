"""Parallel worker processes with one shot each, so that a crash loses the result of one shot only."""

from __future__ import annotations

import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING, Final

from config.errors import Problem
from config.machine_speed import scale_timeout
from kiosk.tools.photo.job import BatchOptions, Job, JobResult, JobStatus
from kiosk.workers.worker_process import RunningJob, WorkerEnded, WorkerProcess

if TYPE_CHECKING:
    from kiosk.tools.photo.worker import PortraitWorker

log = logging.getLogger(__name__)
JOB_TIMEOUT_S: Final = 300.0
"""Timeout in seconds for one shot on an idle machine. A shot takes one or two, and many more if memory is short."""


class WorkerPool:
    """`count` workers that make portraits. Call `close` at the end, also after an error."""

    def __init__(self, options: BatchOptions, count: int) -> None:
        self._workers = [start_worker(f"photo-{k}", _init_worker, options) for k in range(count)]

    def run(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        """Yield the result of each job when it is finished. Raises OutputFolderProblem if nothing more can be
        written."""
        waiting, idle = deque(jobs), list(self._workers)
        running: dict[Future[JobResult], tuple[WorkerProcess, Job]] = {}
        while waiting or running:
            while waiting and idle:
                worker, job = idle.pop(), waiting.popleft()
                running[worker.submit(_run_job, job)] = worker, job
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                worker, job = running.pop(future)
                idle.append(worker)
                yield _result(job, future)

    def close(self) -> None:
        """Kill the workers; an unfinished portrait leaves no file of its name."""
        for worker in self._workers:
            worker.close()


def start_worker(name: str, initializer: Callable[..., None], *arguments: object) -> WorkerProcess:
    """Return a worker that is prepared by `initializer`, which must call `prepare_process` first. A shot that takes too
    long ends the worker."""
    return WorkerProcess(name, initializer, arguments, _hang_reason)


def _result(job: Job, future: Future[JobResult]) -> JobResult:
    try:
        return future.result()
    except Problem:  # nothing more can be written
        raise
    except Exception as error:  # a bug that one shot causes must not prevent the other portraits
        return JobResult(job, JobStatus.FAILED, problem=problem_of(error, job.display_name))


def problem_of(error: Exception, shot: str) -> Problem:
    """Return the message for a job that ended without a result."""
    if isinstance(error, WorkerEnded):
        return Problem("command.engine_stopped")
    log.error("%s", shot, exc_info=error)
    return Problem("command.unexpected", what=f"{type(error).__name__}: {error}")


def _hang_reason(job: RunningJob) -> str:
    return "the shot takes too long" if job.seconds > scale_timeout(JOB_TIMEOUT_S) else ""


# One engine per worker process, because it is too costly to build for each job.
_worker: PortraitWorker


def prepare_process() -> None:
    """Ignore Ctrl-C, which the parent handles, and discard all output: the parent may print JSON or a progress bar."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(null, descriptor)


def _init_worker(options: BatchOptions) -> None:
    global _worker
    prepare_process()
    from kiosk.tools.photo.worker import PortraitWorker, build_engine  # imports that the parent does not need

    _worker = PortraitWorker(options, build_engine(options.use_network))


def _run_job(job: Job) -> JobResult:
    return _worker.run(job)
