"""One child process that runs jobs one after the other, and is replaced when it crashes or hangs."""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Final, Generic, TypeVar

from config.background_loop import BackgroundLoop
from kiosk.workers.worker_main import serve

T = TypeVar("T")
_JOIN_TIMEOUT_S: Final = 5.0  # the kernel ends a killed process immediately, unless the machine is overloaded


class WorkerEnded(Exception):
    """The process ended during a job. The message is the reason for killing it, or empty."""


@dataclass(frozen=True)
class RunningJob:
    """The present job for `hang_reason`: its future, the process that runs it and its wall-clock time so far."""

    result: Future[Any]
    pid: int
    seconds: float


@dataclass(frozen=True)
class _Job(Generic[T]):
    function: Callable[..., T]
    arguments: tuple[object, ...]
    result: Future[T] = field(default_factory=Future)


class WorkerProcess:
    """Runs each submitted function in a spawned process that `initializer(*arguments)` has prepared.

    A job whose process ends fails with WorkerEnded; other jobs are not affected, because the next one starts a new
    process. `hang_reason(job)` is called every `watch_interval` seconds and returns why the process must be killed, or
    "".

    Pebble's ProcessPool (5.2.3) does not fit: its timeouts are wall clock only and it does not reveal which process
    runs a job, so processor time cannot be limited. A worker that ends before it confirms a job, for example by Ctrl-C
    while it starts, breaks its whole pool, and a worker that exits with status 0 leaves its job waiting indefinitely.
    """

    def __init__(
        self,
        name: str,
        initializer: Callable[..., None],
        arguments: tuple[object, ...],
        hang_reason: Callable[[RunningJob], str],
        watch_interval: float = 1.0,
    ) -> None:
        self._name, self._initializer, self._arguments = name, initializer, arguments
        self._hang_reason, self._watch_interval = hang_reason, watch_interval
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._unfinished = 0
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._loop = BackgroundLoop(
            name, self._run_next, on_stop=self._unblock, on_end=self._end, join_timeout=_JOIN_TIMEOUT_S
        )
        self._loop.start()
        atexit.register(self.close)  # before multiprocessing waits for its processes

    @property
    def pid(self) -> int | None:
        """The id of the process; None before the first job and after a crash."""
        process = self._process
        return process.pid if process is not None else None

    @property
    def is_busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._unfinished > 0

    def submit(self, function: Callable[..., T], *arguments: object) -> Future[T]:
        """Run a function of a module in the process. The future raises what it raises, or WorkerEnded."""
        if self._loop.is_stopped:
            raise RuntimeError(f"the {self._name} process is closed")
        job = _Job(function, arguments)
        with self._lock:
            self._unfinished += 1
        self._jobs.put(job)
        return job.result

    def close(self) -> None:
        """Kill the process and cancel the jobs that wait."""
        atexit.unregister(self.close)
        self._loop.stop()

    # ------------------------------------------------------------------ the thread

    def _run_next(self) -> float:
        job = self._jobs.get()
        if job is not None:
            self._run(job)
        return 0.0

    def _run(self, job: _Job[Any]) -> None:
        if not job.result.set_running_or_notify_cancel():
            self._count_finished()
            return
        try:
            result, error = self._execute(job)
        except Exception as failure:  # arguments or a result that cannot be pickled
            result, error = None, failure
        self._count_finished()  # first: a caller that has the result sees an idle process
        if error is not None:
            job.result.set_exception(error)
        else:
            job.result.set_result(result)

    def _execute(self, job: _Job[T]) -> tuple[T | None, Exception | None]:
        """Return the result and the exception of a job, as the process sends them."""
        kill_reason = ""
        try:
            connection, process = self._ensure_started()
            connection.send((job.function, job.arguments))
            started_at = time.monotonic()
            while not wait([connection, process.sentinel], self._watch_interval):
                seconds = time.monotonic() - started_at
                kill_reason = self._hang_reason(RunningJob(job.result, process.pid or 0, seconds))
                if kill_reason:
                    process.kill()
            outcome: tuple[T | None, Exception | None] = connection.recv()
        except (EOFError, OSError) as error:
            self._discard_process()
            raise WorkerEnded("is closed" if self._loop.is_stopped else kill_reason) from error
        return outcome

    def _ensure_started(self) -> tuple[Connection, SpawnProcess]:
        with self._lock:  # `stop` kills a process that was started before; none starts after it
            if self._loop.is_stopped:
                raise EOFError
            if self._process is not None and self._connection is not None and self._process.is_alive():
                return self._connection, self._process
            context = multiprocessing.get_context("spawn")
            connection, other_end = context.Pipe()
            process = context.Process(
                target=serve, args=(other_end, self._initializer, self._arguments), name=self._name
            )
            with _interrupts_blocked(), _main_module_hidden(), other_end:
                process.start()
            self._connection, self._process = connection, process
            return connection, process

    def _discard_process(self) -> None:
        with self._lock:
            process, self._process = self._process, None
            connection, self._connection = self._connection, None
        if process is not None and connection is not None:
            process.kill()
            process.join()
            connection.close()

    def _unblock(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()
        self._jobs.put(None)

    def _end(self) -> None:
        self._discard_process()
        with contextlib.suppress(queue.Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    self._count_finished()
                    job.result.cancel()

    def _count_finished(self) -> None:
        with self._lock:
            self._unfinished -= 1


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block Ctrl-C in a process started in this context, from its first instruction on; the parent ends it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # otherwise it starts now, which unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Prevent multiprocessing from importing the parent's main module into a process spawned in this context: the
    kiosk's takes two seconds of processor time, and 100 MB for PyQt5."""
    main = vars(sys.modules["__main__"])
    hidden = {name: main.get(name) for name in ("__spec__", "__file__")}
    main.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        main.update(hidden)
