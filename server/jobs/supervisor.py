"""Run the worker alongside the web server: start it, restart it if it ends, stop it with the server.

The worker is a separate process, so that a job that blocks, leaks or crashes does not affect requests. It ends when its
standard input is closed, and so also when the server is killed.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import IO, Any, Final, Protocol

RESTART_DELAYS_S: Final = (1.0, 5.0, 30.0)
HEALTHY_AFTER_S: Final = 60.0
"""A worker that ran this long is restarted after the first of RESTART_DELAYS_S."""
STOP_TIMEOUT_S: Final = 8.0
"""systemd allows 30 s for the whole server, `make run` 10."""
COMMAND: Final = (sys.executable, "-m", "server.cli", "worker", "--supervised")
log = logging.getLogger(__name__)


class WorkerProcess(Protocol):
    """The part of subprocess.Popen that the supervisor uses."""

    stdin: IO[Any] | None

    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


def start_worker() -> WorkerProcess:
    """Start a worker on this server's data. The environment names the data folder."""
    # In a separate session, so that Ctrl-C at the terminal reaches only the server, which then stops the worker.
    return subprocess.Popen(COMMAND, stdin=subprocess.PIPE, start_new_session=True)


class Supervisor:
    """Keeps one worker process running between `start` and `stop`."""

    def __init__(
        self,
        launch: Callable[[], WorkerProcess] = start_worker,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._launch, self._monotonic = launch, monotonic
        self._stopping = Event()
        self._process: WorkerProcess | None = None
        self._thread = Thread(target=self._supervise, name="worker supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the worker finish its task; kill it after STOP_TIMEOUT_S."""
        self._stopping.set()
        if not self._thread.is_alive():
            return
        self._close_input()
        self._thread.join(STOP_TIMEOUT_S)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join(STOP_TIMEOUT_S)

    def _supervise(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            started = self._monotonic()
            status = self._run_one()
            if self._stopping.is_set():
                return
            failures = 1 if self._monotonic() - started >= HEALTHY_AFTER_S else failures + 1
            delay = RESTART_DELAYS_S[min(failures, len(RESTART_DELAYS_S)) - 1]
            log.error("The worker ended (%s) and is started again in %.0f s.", status, delay)
            self._stopping.wait(delay)

    def _run_one(self) -> int | str:
        """Run one worker until it ends; return its status, or the reason why it could not be started."""
        try:
            process = self._process = self._launch()
        except OSError as error:
            return str(error)
        if self._stopping.is_set():  # `stop` may have been called before the process was started
            self._close_input()
        return process.wait()

    def _close_input(self) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
