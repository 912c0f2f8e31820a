"""Prints a line whenever a run of pytest has printed nothing for eight seconds: its duration and the running files.

The workers of pytest-xdist collect for half a minute before the first dot, and begin with the longest tests.
"""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import Final

import pytest

PERIOD: Final = 8.0  # seconds
PLUGIN: Final = "progress lines"


class ProgressLines:
    """The tests that run, and the thread that prints them."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._running: dict[str, None] = {}
        self._finished = 0
        self._began = self._printed = time.monotonic()
        self._over = Event()
        self._thread = Thread(target=self._print_lines, name=PLUGIN, daemon=True)

    def pytest_sessionstart(self) -> None:
        self._thread.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running[nodeid] = None

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running.pop(nodeid, None)
        self._finished += 1
        self._printed = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self._over.set()
        self._thread.join()

    def line(self, now: float) -> str:
        """Return the duration, the tests run and the running files at `now` (seconds of the monotonic clock)."""
        names = ", ".join(nodeid.split("::")[0] for nodeid in tuple(self._running)) or "collecting"
        return f"  {now - self._began:.0f} s, {self._finished} tests: {names}"

    def _print_lines(self) -> None:
        while not self._over.wait(1.0):
            now = time.monotonic()
            if now - self._printed >= PERIOD:
                self._printed = now
                self._reporter.ensure_newline()
                self._reporter.write_line(self.line(now))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin in the process that prints; the workers of pytest-xdist print nothing."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput") and not config.option.collectonly:
        config.pluginmanager.register(ProgressLines(reporter), PLUGIN)
