"""Skips work that pytest-django and pytest-xdist do for each of ten thousand tests, although the test does not need it.

That work takes three milliseconds of processor time for each test, as long as half of the tests take themselves.
"""

from __future__ import annotations

import unittest
from typing import Any, Final

import pytest

MARKS: Final = {
    "_django_db_marker": "django_db",
    "_django_isolate_apps": "django_isolate_apps",
    "_django_set_urlconf": "urls",
    "_template_string_if_invalid_marker": "ignore_template_errors",
}
"""Fixtures that pytest-django gives every test, and the mark without which they do nothing."""
NOTEWORTHY: Final = 0.02  # seconds


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function):
            idle = _idle_fixtures(item)
            item.fixturenames = [name for name in item.fixturenames if name not in idle]


def _idle_fixtures(item: pytest.Function) -> set[str]:
    """Return the fixtures of pytest-django that do nothing for this test."""
    marks = {mark.name for mark in item.iter_markers()}
    idle = {name for name, mark in MARKS.items() if mark not in marks}
    if item.cls is None or not issubclass(item.cls, unittest.TestCase):
        idle.add("_django_setup_unittest")
    if "live_server" not in item.fixturenames:
        idle.add("_live_server_helper")
    return idle


class _Reports:
    """Sends the main process no report of a setup or teardown that passed quickly and printed nothing."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed or report.sections or report.duration > NOTEWORTHY:
            self._worker.send_report(report)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """In a worker of pytest-xdist, replace the hook that sends reports."""
    for worker in config.pluginmanager.get_plugins() if hasattr(config, "workerinput") else ():
        if hasattr(worker, "sendevent"):
            config.pluginmanager.unregister(worker)
            worker.send_report = worker.pytest_runtest_logreport
            worker.pytest_runtest_logreport = _Reports(worker).pytest_runtest_logreport
            config.pluginmanager.register(worker)
