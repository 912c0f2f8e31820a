"""Run a function in a process that is killed with SIGKILL at one of its steps: before a statement of the database, or
before or after a call of the gateway."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from tests.server.payments.fake_gateway import FakeGateway


@dataclass
class StoredGateway(FakeGateway):
    """A gateway whose trades are in a file, so that they remain when the process that made them is killed."""

    path: Path = field(default_factory=Path)
    step: Callable[[], None] = lambda: None

    def _begin(self, call: str, number: str) -> bool:
        self.step()
        self.load()
        return super()._begin(call, number)

    def _end(self, unanswered: bool) -> None:
        self.path.write_bytes(pickle.dumps((self.trades, self.refunds)))
        self.step()
        super()._end(unanswered)

    def load(self) -> None:
        if self.path.exists():
            self.trades, self.refunds = pickle.loads(self.path.read_bytes())


class Steps:
    """Counts steps, and kills this process at one of them."""

    def __init__(self, fatal: int) -> None:
        self._remaining = fatal

    def __call__(self) -> None:
        self._remaining -= 1
        if self._remaining < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before_statement(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self()
        return execute(*arguments)


def killed_at(fatal: int, run: Callable[[Steps], object]) -> bool:
    """Call `run` in a forked process and kill it before step `fatal`; return False if it ended earlier, because it has
    no more steps."""
    connection.close()  # two processes cannot share a connection
    child = os.fork()
    if child == 0:
        status = 1
        try:
            steps = Steps(fatal)
            with connection.execute_wrapper(steps.before_statement):
                run(steps)
            steps()  # the last step: everything is done, but no response was sent
            status = 0
        finally:
            os._exit(status)
    _, wait_status = os.waitpid(child, 0)
    if os.WIFSIGNALED(wait_status):
        assert os.WTERMSIG(wait_status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(wait_status) == 0
    return False


def every_step(run: Callable[[int, Steps], object], max_steps: int = 60) -> Iterator[int]:
    """Kill one process at each step, and yield the number of the step afterwards."""
    for fatal in range(max_steps):
        if not killed_at(fatal, lambda steps, fatal=fatal: run(fatal, steps)):
            return
        yield fatal
    raise AssertionError(f"more than {max_steps} steps")
