"""The measurement of the event loop's lag in an automatic visit detects a frozen view."""

from __future__ import annotations

import pytest

from kiosk.tools.demo.event_loop_lag import EventLoopLag

pytestmark = pytest.mark.usefixtures("qapp")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_gap_counts_for_the_screen_on_which_it_was_felt() -> None:
    clock, screens = Clock(), ["pose"]
    pulse = EventLoopLag(lambda: screens[-1], clock)
    for seconds in (0.01, 0.25, 0.01):
        clock.now += seconds
        pulse.tick()
    screens.append("review")
    clock.now += 0.04
    pulse.tick()
    assert pulse.max_lag == pytest.approx({"pose": 0.25, "review": 0.04})


def test_the_observers_own_work_does_not_count_but_what_stood_still_before_it_does() -> None:
    clock = Clock()
    pulse = EventLoopLag(lambda: "pose", clock)
    clock.now += 0.2
    with pulse.exclude():
        clock.now += 5.0
    clock.now += 0.01
    pulse.tick()
    assert pulse.max_lag == pytest.approx({"pose": 0.2})
