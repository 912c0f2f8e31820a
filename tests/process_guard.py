"""Makes a test fail that starts a process and has none of the marks `process`, `browser` and `xcb`.

So `make test-fast`, which leaves the marked tests out, starts none. An audit hook notices what Python starts;
multiprocessing's own start of a process raises no audit event and is wrapped.
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
"""Programs that are started once for all tests of a process, by whichever needs them first: the search for the
typeface, for the processor (uname, and lscpu when numpy.testing is imported) and for a library, and the process that
forks the decoders of foreign pictures."""


class _Watch:
    """What was started since the current test began."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.allowed = 0

    def on_audit_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS and not self.allowed:
            words = _words(event, arguments)
            if not set(SHARED) & set(words):
                self.started.append(" ".join([event, *words[:6]]))


def _words(event: str, arguments: tuple[Any, ...]) -> list[str]:
    """The command line of the event, as far as it has one."""
    words = arguments[1] if event in ("subprocess.Popen", "os.posix_spawn") else arguments
    return [str(word) for word in ([words] if isinstance(words, str | bytes) else words)]


_watch = _Watch()


@contextmanager
def processes_allowed() -> Iterator[None]:
    """Within it a process belongs to the preparation of the run and not to the test that needed it first."""
    _watch.allowed += 1
    try:
        yield
    finally:
        _watch.allowed -= 1


def pytest_configure() -> None:
    sys.addaudithook(_watch.on_audit_event)
    start = multiprocessing.process.BaseProcess.start

    def noticed_start(process: multiprocessing.process.BaseProcess) -> None:
        _watch.on_audit_event("os.fork", (process.name,))
        start(process)

    multiprocessing.process.BaseProcess.start = noticed_start  # type: ignore[method-assign]


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
