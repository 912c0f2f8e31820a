"""Which measures of a stream are taken when, with groups of the test's own and no picture at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Detections, FrameContext, Reading
from kiosk.guidance.metrics.registry import METRIC_GROUPS, METRIC_UNITS, MetricGroup
from kiosk.guidance.scheduler import MAX_AGE_S, MAX_MOVE_FACE_WIDTHS, MetricScheduler

FRAME = 1 / 30
CHEAP, COSTLY = "yaw", ("sharpness", "skin_luminance", "backdrop_shadow")


class CallRecorder:
    """Groups that count how often, and at which frames, they run."""

    def __init__(self, period: float) -> None:
        self.frame = 0
        self.calls: list[tuple[int, str]] = []
        self.groups = (self._group(CHEAP, 0.0), *(self._group(name, period) for name in COSTLY))

    def _group(self, name: str, period: float) -> MetricGroup:
        def take(look: FrameContext) -> Mapping[str, Reading]:
            self.calls.append((self.frame, name))
            return {name: float(self.frame)}

        return MetricGroup((name,), take, period)

    def play(
        self, rounds: MetricScheduler, frames: int, context: FrameContext | None = None
    ) -> dict[str, float | None]:
        for _ in range(frames):
            values = rounds.measure(context or context_at(), self.frame * FRAME)
            self.frame += 1
        return {name: values[name].value for name in (CHEAP, *COSTLY)}


def context_at(x: float = 100.0, width: float = 100.0) -> FrameContext:
    points = np.zeros((478, 3), np.float32)
    points[234, 0], points[454, 0], points[4, 0] = x - width / 2, x + width / 2, x
    return FrameContext(np.zeros((4, 4, 3), np.uint8), Detections((400, 300), (Face(points),)))


NO_FACE = FrameContext(np.zeros((4, 4, 3), np.uint8), Detections((400, 300), ()))
ALL = {CHEAP, *COSTLY}


def test_what_is_costly_has_its_turns_and_what_is_cheap_each_frame() -> None:
    taker = CallRecorder(0.2)
    taker.play(MetricScheduler(ALL, taker.groups), 60)  # two seconds
    times = Counter(name for _, name in taker.calls)
    assert times[CHEAP] == 60
    assert all(9 <= times[name] <= 11 for name in COSTLY), times


def test_turns_are_spread_over_the_frames() -> None:
    taker = CallRecorder(0.2)
    taker.play(MetricScheduler(ALL, taker.groups), 60)
    at_once = Counter(frame for frame, name in taker.calls if name in COSTLY and frame > 0)
    assert set(at_once.values()) == {1}


def test_at_a_slow_rate_nothing_is_taken_twice_for_one_frame_or_made_up_for() -> None:
    taker = CallRecorder(0.2)
    rounds = MetricScheduler(ALL, taker.groups)
    for number in range(10):
        taker.frame = number * 15  # half a second between two frames: everything is due at each
        rounds.measure(context_at(), taker.frame * FRAME)
    assert Counter(name for _, name in taker.calls) == dict.fromkeys(ALL, 10)


def test_the_first_frame_measures_everything_and_later_ones_carry_it() -> None:
    taker = CallRecorder(0.5)
    rounds = MetricScheduler(ALL, taker.groups)
    assert taker.play(rounds, 1) == dict.fromkeys((CHEAP, *COSTLY), 0.0)
    values = taker.play(rounds, 3)
    assert values[CHEAP] == 3.0
    assert values[COSTLY[0]] == 0.0
    assert rounds.ages(3 * FRAME)[COSTLY[0]] == pytest.approx(3 * FRAME)
    assert rounds.ages(3 * FRAME)[CHEAP] == 0.0


@pytest.mark.parametrize(
    "other", [context_at(x=100 + 110 * MAX_MOVE_FACE_WIDTHS), context_at(width=100 * (1 + 2 * MAX_MOVE_FACE_WIDTHS))]
)
def test_another_face_is_measured_at_once(other: FrameContext) -> None:
    taker = CallRecorder(0.5)
    rounds = MetricScheduler(ALL, taker.groups)
    taker.play(rounds, 2)
    assert taker.play(rounds, 1, other)[COSTLY[0]] == 2.0


def test_the_same_face_a_little_aside_keeps_its_measures() -> None:
    taker = CallRecorder(0.5)
    rounds = MetricScheduler(ALL, taker.groups)
    taker.play(rounds, 2)
    assert taker.play(rounds, 1, context_at(x=100 + 80 * MAX_MOVE_FACE_WIDTHS))[COSTLY[0]] == 0.0


def test_what_is_stale_is_measured_again_and_nothing_outlasts_its_sitter() -> None:
    taker = CallRecorder(60.0)
    rounds = MetricScheduler(ALL, taker.groups)
    taker.play(rounds, 1)
    taker.frame = round((MAX_AGE_S + 0.1) / FRAME)
    assert taker.play(rounds, 1)[COSTLY[0]] > 0
    assert rounds.measure(NO_FACE, taker.frame * FRAME)[COSTLY[0]].reason == "not_measured.no_face"
    assert rounds.ages(taker.frame * FRAME) == {}
    before = taker.frame
    assert taker.play(rounds, 1)[COSTLY[0]] == before


def test_a_clock_that_went_back_carries_nothing() -> None:
    taker = CallRecorder(60.0)
    rounds = MetricScheduler(ALL, taker.groups)
    taker.frame = 300
    taker.play(rounds, 1)
    taker.frame = 30
    assert taker.play(rounds, 1)[COSTLY[0]] == 30.0


def test_what_no_rule_needs_is_not_measured() -> None:
    taker = CallRecorder(0.0)
    values = MetricScheduler({CHEAP}, taker.groups).measure(context_at(), 0.0)
    assert {name for _, name in taker.calls} == {CHEAP}
    assert values[COSTLY[0]].reason == "not_measured.no_value"
    assert list(values) == list(METRIC_UNITS)


def test_no_measure_is_taken_by_two_groups() -> None:
    names = [name for group in METRIC_GROUPS for name in group.names]
    assert len(names) == len(set(names))
