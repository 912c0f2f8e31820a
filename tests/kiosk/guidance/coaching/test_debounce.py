"""When one rule counts as wrong and when as right again, to the frame."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.guidance.coaching.debounce import RuleDebouncer
from kiosk.guidance.coaching.timing import CoachTiming

DELAY = 0.25
TIMING = replace(CoachTiming(), release=0.25, unsure_timeout=1.5)
FRAME = 1 / 32  # sums of it are exact


class Watch:
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
def watch() -> Watch:
    return Watch()


def test_near_a_bound_each_recovery_triples_the_delay_three_times_at_most(watch: Watch) -> None:
    delays = []
    for _ in range(6):
        delays.append(watch.frames_until("low", "low"))
        assert watch.frames_until(None, None) == frames(TIMING.release)
    assert delays == [frames(DELAY * factor) for factor in (1, 3, 9, 27, 27, 27)]
    assert watch.frames_until("low", "low", near=False) == frames(DELAY), "far from it there is no doubt"


def test_the_other_side_takes_its_own_time(watch: Watch) -> None:
    watch.frames_until("low", "low")
    assert watch.frames_until("high", "high") == frames(DELAY)


def test_what_can_no_longer_be_measured_takes_its_own_time(watch: Watch) -> None:
    watch.frames_until("low", "low")
    watch.frame("low")
    assert watch.frames_until("", "") == frames(DELAY)


def test_a_fault_that_was_gone_in_between_starts_again(watch: Watch) -> None:
    for _ in range(frames(DELAY)):
        assert watch.frame("low") is None
    assert watch.frame(None) is None
    assert watch.frames_until("low", "low") == frames(DELAY)


def test_a_side_that_took_turns_with_another_starts_again(watch: Watch) -> None:
    watch.frames_until("low", "low")
    for _ in range(frames(DELAY) // 2):
        watch.frame("high")
    watch.frame("low")
    assert watch.frames_until("high", "high") == frames(DELAY)


@pytest.mark.parametrize("sure", [True, False])
def test_a_release_that_was_broken_off_starts_again(watch: Watch, sure: bool) -> None:
    watch.frames_until("low", "low")
    for _ in range(frames(TIMING.release) // 2):
        watch.frame(None)
    watch.frame("low", sure)
    assert watch.frames_until(None, None) == frames(TIMING.release)


@pytest.mark.parametrize("side", ["low", "high"])
def test_a_doubt_ends_a_fault_when_its_time_is_over(watch: Watch, side: str) -> None:
    """On its own side; a doubt about the other side is a release."""
    watch.frames_until("low", "low")
    left = watch.frames_until(None, side, sure=False)
    assert left == (frames(TIMING.unsure_timeout) - 1 if side == "low" else frames(TIMING.release))


def test_a_doubt_alone_is_no_fault(watch: Watch) -> None:
    assert {watch.frame("low", sure=False) for _ in range(frames(3.0))} == {None}
    assert watch.debouncer.recoveries == 0
