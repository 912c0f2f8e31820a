"""The measurement of the event loop's lag in an automatic visit detects a frozen view."""

from __future__ import annotations

import pytest

from kiosk.tools.demo.event_loop_lag import EventLoopLag

pytestmark = pytest.mark.usefixtures("qapp")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_gap_counts_for_the_screen_on_which_it_occurred() -> None:
    clock, screens = Clock(), ["pose"]
    lag = EventLoopLag(lambda: screens[-1], clock)
    for seconds in (0.01, 0.25, 0.01):
        clock.now += seconds
        lag.tick()
    screens.append("review")
    clock.now += 0.04
    lag.tick()
    assert lag.max_lag == pytest.approx({"pose": 0.25, "review": 0.04})


def test_excluded_work_does_not_count_but_the_lag_before_it_does() -> None:
    clock = Clock()
    lag = EventLoopLag(lambda: "pose", clock)
    clock.now += 0.2
    with lag.exclude():
        clock.now += 5.0
    clock.now += 0.01
    lag.tick()
    assert lag.max_lag == pytest.approx({"pose": 0.2})
