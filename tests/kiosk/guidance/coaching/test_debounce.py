"""The frames at which one rule begins and ceases to count as wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.guidance.coaching.debounce import RuleDebouncer
from kiosk.guidance.coaching.timing import CoachTiming

DELAY = 0.25
TIMING = replace(CoachTiming(), release=0.25, unsure_timeout=1.5)
FRAME = 1 / 32  # its sums have no rounding errors


class ClockedDebouncer:
    """A debouncer and its clock."""

    def __init__(self) -> None:
        self.debouncer, self.now = RuleDebouncer(), 100.0

    def frame(self, side: str | None, sure: bool = True, near: bool = True) -> str | None:
        if side is None:
            self.debouncer.update_passing(self.now, TIMING)
        else:
            self.debouncer.update(side, sure, near, self.now, DELAY, TIMING)
        self.now += FRAME
        return self.debouncer.side

    def frames_until(self, expected: str | None, side: str | None, sure: bool = True, near: bool = True) -> int:
        return next(number for number in range(1000) if self.frame(side, sure, near) == expected)


def frames(seconds: float) -> int:
    return round(seconds / FRAME)


@pytest.fixture
def clocked() -> ClockedDebouncer:
    return ClockedDebouncer()


def test_near_a_bound_each_recovery_triples_the_delay_three_times_at_most(clocked: ClockedDebouncer) -> None:
    delays = []
    for _ in range(6):
        delays.append(clocked.frames_until("low", "low"))
        assert clocked.frames_until(None, None) == frames(TIMING.release)
    assert delays == [frames(DELAY * factor) for factor in (1, 3, 9, 27, 27, 27)]
    assert clocked.frames_until("low", "low", near=False) == frames(DELAY), "far from a bound the delay is not longer"


def test_the_other_side_takes_its_own_time(clocked: ClockedDebouncer) -> None:
    clocked.frames_until("low", "low")
    assert clocked.frames_until("high", "high") == frames(DELAY)


def test_a_metric_that_can_no_longer_be_measured_has_its_own_delay(clocked: ClockedDebouncer) -> None:
    clocked.frames_until("low", "low")
    clocked.frame("low")
    assert clocked.frames_until("", "") == frames(DELAY)


def test_a_fault_that_was_gone_in_between_starts_again(clocked: ClockedDebouncer) -> None:
    for _ in range(frames(DELAY)):
        assert clocked.frame("low") is None
    assert clocked.frame(None) is None
    assert clocked.frames_until("low", "low") == frames(DELAY)


def test_a_side_that_took_turns_with_another_starts_again(clocked: ClockedDebouncer) -> None:
    clocked.frames_until("low", "low")
    for _ in range(frames(DELAY) // 2):
        clocked.frame("high")
    clocked.frame("low")
    assert clocked.frames_until("high", "high") == frames(DELAY)


@pytest.mark.parametrize("sure", [True, False])
def test_a_release_that_was_broken_off_starts_again(clocked: ClockedDebouncer, sure: bool) -> None:
    clocked.frames_until("low", "low")
    for _ in range(frames(TIMING.release) // 2):
        clocked.frame(None)
    clocked.frame("low", sure)
    assert clocked.frames_until(None, None) == frames(TIMING.release)


@pytest.mark.parametrize("side", ["low", "high"])
def test_an_unsure_verdict_ends_a_fault_after_its_time(clocked: ClockedDebouncer, side: str) -> None:
    """On the side of the fault; an unsure verdict on the other side counts as a release."""
    clocked.frames_until("low", "low")
    duration = clocked.frames_until(None, side, sure=False)
    assert duration == (frames(TIMING.unsure_timeout) - 1 if side == "low" else frames(TIMING.release))


def test_an_unsure_verdict_alone_is_no_fault(clocked: ClockedDebouncer) -> None:
    assert {clocked.frame("low", sure=False) for _ in range(frames(3.0))} == {None}
    assert clocked.debouncer.recoveries == 0
