"""The times of the coach on a machine that analyses more slowly than required."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.guidance.analysis_rate import REQUIRED_RATE_HZ, AnalysisRate
from kiosk.guidance.coaching.timing import CoachTiming

TIMING = CoachTiming()


@pytest.mark.parametrize(
    "rate", [None, AnalysisRate(REQUIRED_RATE_HZ), AnalysisRate(30.0), AnalysisRate(1.5, 1.0)], ids=str
)
def test_at_the_required_rate_nothing_changes(rate: AnalysisRate | None) -> None:
    assert TIMING.for_rate(rate) == TIMING


def test_on_a_slow_machine_the_times_grow_with_the_delay_of_the_analyses() -> None:
    rate = AnalysisRate(1.0)  # each comes 0.8 s later than required
    assert TIMING.for_rate(rate) == replace(
        TIMING,
        max_frame_gap=2.5,
        max_unmeasured=1.5,
        advice_duration=pytest.approx(2.5 + 2 * 0.8),
        rephrase_after=pytest.approx(6.0 + 2 * 0.8),
        call_help_after=pytest.approx(15.0 + 6 * 0.8),
        never_ready_timeout=pytest.approx(40.0 + 16 * 0.8),
    )


def test_the_gaps_are_never_shorter_than_on_a_quick_machine() -> None:
    slightly = TIMING.for_rate(AnalysisRate(4.5))
    assert (slightly.max_frame_gap, slightly.max_unmeasured) == (TIMING.max_frame_gap, TIMING.max_unmeasured)
