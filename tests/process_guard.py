"""Fails a test that starts a process without one of the marks `process`, `browser` and `xcb`.

So `make test-fast`, which leaves the marked tests out, starts none. An audit hook detects the processes that Python
starts; multiprocessing's own start of a process raises no audit event and is wrapped.
"""

from __future__ import annotations

import multiprocessing.process
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

EVENTS: Final = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
MARKS: Final = ("process", "browser", "xcb")
MESSAGE: Final = "the test starts a process and has no mark `process` (CONTRIBUTING.md): "
SHARED: Final = ("fc-match", "uname", "lscpu", "/sbin/ldconfig", "kiosk.capture.isolated_decoding.fork_server_process")
"""Programs that the first test that needs them starts for all tests of a process: to find the typeface, the type of the
processor (uname, and lscpu when numpy.testing is imported) and a library, and to fork the decoders of foreign
pictures."""


class _Watch:
    """The processes started since the current test began."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.allowed = 0

    def on_audit_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS and not self.allowed:
            words = _words(event, arguments)
            if not set(SHARED) & set(words):
                self.started.append(" ".join([event, *words[:6]]))


def _words(event: str, arguments: tuple[Any, ...]) -> list[str]:
    """Return the command line of the event, as far as it has one."""
    words = arguments[1] if event in ("subprocess.Popen", "os.posix_spawn") else arguments
    return [str(word) for word in ([words] if isinstance(words, str | bytes) else words)]


_watch = _Watch()


@contextmanager
def processes_allowed() -> Iterator[None]:
    """Allow processes within the block, which prepare the run and not only the test that needs them first."""
    _watch.allowed += 1
    try:
        yield
    finally:
        _watch.allowed -= 1


def pytest_configure() -> None:
    sys.addaudithook(_watch.on_audit_event)
    start = multiprocessing.process.BaseProcess.start

    def recorded_start(process: multiprocessing.process.BaseProcess) -> None:
        _watch.on_audit_event("os.fork", (process.name,))
        start(process)

    multiprocessing.process.BaseProcess.start = recorded_start  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    _watch.started.clear()
    yield
    _fail_if_started(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield
    _fail_if_started(item)


def _fail_if_started(item: pytest.Item) -> None:
    if _watch.started and not any(item.get_closest_marker(name) for name in MARKS):
        pytest.fail(MESSAGE + "; ".join(dict.fromkeys(_watch.started)), pytrace=False)
