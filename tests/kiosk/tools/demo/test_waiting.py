"""The demo is never silent for more than ten seconds while it waits."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kiosk.tools.demo import waiting
from kiosk.tools.demo.waiting import WaitFor

SILENCE_S = 10.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


def test_a_long_wait_prints_what_it_waits_for(clock: Clock) -> None:
    wait = WaitFor("the photo engine", lambda: False, timeout_s=180)
    printed: list[tuple[float, str]] = []
    for _ in range(600):
        clock.now += 0.1
        wait.print_if_long(lambda line: printed.append((clock.now - 1000.0, line.strip())))
    times = [0.0, *(at for at, _ in printed), 60.0]
    assert max(later - earlier for earlier, later in pairwise(times)) < SILENCE_S
    assert printed[0][1] == "waiting for the photo engine: 5 s"
    assert printed[-1][1].startswith("waiting for the photo engine: ")


def test_a_short_wait_prints_nothing(clock: Clock) -> None:
    wait = WaitFor("the shutter", lambda: True)
    clock.now += 4.9
    printed: list[str] = []
    wait.print_if_long(printed.append)
    assert printed == []


def test_a_wait_is_overdue_after_its_time_on_this_machine(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "scale_timeout", lambda seconds: 2 * seconds)
    wait = WaitFor("the shutter", lambda: False, timeout_s=30)
    clock.now += 59
    assert not wait.is_overdue()
    clock.now += 2
    assert wait.is_overdue()
