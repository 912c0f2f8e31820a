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
    """Its trades are in a file: what a process did there stays when the process is killed."""

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
        self._left = fatal

    def __call__(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before_statement(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self()
        return execute(*arguments)


def killed_at(fatal: int, run: Callable[[Steps], object]) -> bool:
    """Run in a forked process and kill it before its step `fatal`; return whether it was killed there. False: it ended
    before, so there are no more steps."""
    connection.close()  # no connection is in two processes
    child = os.fork()
    if child == 0:
        status = 1
        try:
            steps = Steps(fatal)
            with connection.execute_wrapper(steps.before_statement):
                run(steps)
            steps()  # the last one: everything is done, and nobody was answered
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    if os.WIFSIGNALED(ended):
        assert os.WTERMSIG(ended) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(ended) == 0
    return False


def every_step(run: Callable[[int, Steps], object], most: int = 60) -> Iterator[int]:
    """Yield after each process that was killed, with the number of the step."""
    for fatal in range(most):
        if not killed_at(fatal, lambda steps, fatal=fatal: run(fatal, steps)):
            return
        yield fatal
    raise AssertionError(f"more than {most} steps")
