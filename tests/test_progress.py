"""While a run prints nothing else, progress lines show that it continues."""

from __future__ import annotations

from typing import Any

import pytest

from tests import progress
from tests.progress import ProgressLines
from tests.waiting import eventually


class Reporter:
    """The methods of pytest's reporter that the progress lines call."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def ensure_newline(self) -> None:
        pass

    def write_line(self, line: str) -> None:
        self.lines.append(line)


def lines_of(reporter: Any) -> ProgressLines:
    return ProgressLines(reporter)


def test_a_quiet_run_prints_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PERIOD", 0.0)
    reporter = Reporter()
    lines = lines_of(reporter)
    lines.pytest_sessionstart()
    eventually(lambda: any("0 tests: collecting" in line for line in reporter.lines))
    lines.pytest_runtest_logstart("tests/test_one.py::test_it")
    lines.pytest_runtest_logstart("tests/test_two.py::test_it")
    lines.pytest_runtest_logfinish("tests/test_one.py::test_it")
    eventually(lambda: any(line.endswith("1 tests: tests/test_two.py") for line in reporter.lines))
    lines.pytest_sessionfinish()
    assert not lines._thread.is_alive()


def test_no_line_is_printed_right_after_the_end_of_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    reporter = Reporter()
    lines = lines_of(reporter)
    monkeypatch.setattr(lines, "_over", Rounds(3))
    lines.pytest_runtest_logfinish("tests/test_one.py::test_it")
    lines._print_lines()
    assert reporter.lines == []


class Rounds:
    """An event that is set after some waits, which take no time."""

    def __init__(self, count: int) -> None:
        self.remaining = count

    def wait(self, seconds: float) -> bool:
        self.remaining -= 1
        return self.remaining < 0
