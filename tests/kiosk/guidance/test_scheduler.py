"""When the metrics of a stream are measured, with groups of the test and without pictures."""

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
    """Groups that record at which frames they run."""

    def __init__(self, period: float) -> None:
        self.frame = 0
        self.calls: list[tuple[int, str]] = []
        self.groups = (self._group(CHEAP, 0.0), *(self._group(name, period) for name in COSTLY))

    def _group(self, name: str, period: float) -> MetricGroup:
        def record(context: FrameContext) -> Mapping[str, Reading]:
            self.calls.append((self.frame, name))
            return {name: float(self.frame)}

        return MetricGroup((name,), record, period)

    def play(
        self, scheduler: MetricScheduler, frames: int, context: FrameContext | None = None
    ) -> dict[str, float | None]:
        for _ in range(frames):
            values = scheduler.measure(context or context_at(), self.frame * FRAME)
            self.frame += 1
        return {name: values[name].value for name in (CHEAP, *COSTLY)}


def context_at(x: float = 100.0, width: float = 100.0) -> FrameContext:
    points = np.zeros((478, 3), np.float32)
    points[234, 0], points[454, 0], points[4, 0] = x - width / 2, x + width / 2, x
    return FrameContext(np.zeros((4, 4, 3), np.uint8), Detections((400, 300), (Face(points),)))


NO_FACE = FrameContext(np.zeros((4, 4, 3), np.uint8), Detections((400, 300), ()))
ALL = {CHEAP, *COSTLY}


def test_costly_groups_take_turns_and_cheap_groups_run_at_each_frame() -> None:
    recorder = CallRecorder(0.2)
    recorder.play(MetricScheduler(ALL, recorder.groups), 60)  # two seconds
    times = Counter(name for _, name in recorder.calls)
    assert times[CHEAP] == 60
    assert all(9 <= times[name] <= 11 for name in COSTLY), times


def test_turns_are_spread_over_the_frames() -> None:
    recorder = CallRecorder(0.2)
    recorder.play(MetricScheduler(ALL, recorder.groups), 60)
    per_frame = Counter(frame for frame, name in recorder.calls if name in COSTLY and frame > 0)
    assert set(per_frame.values()) == {1}


def test_at_a_slow_rate_each_group_runs_once_a_frame_and_missed_runs_are_not_repeated() -> None:
    recorder = CallRecorder(0.2)
    scheduler = MetricScheduler(ALL, recorder.groups)
    for number in range(10):
        recorder.frame = number * 15  # half a second between two frames: everything is due at each
        scheduler.measure(context_at(), recorder.frame * FRAME)
    assert Counter(name for _, name in recorder.calls) == dict.fromkeys(ALL, 10)


def test_the_first_frame_measures_everything_and_later_ones_reuse_it() -> None:
    recorder = CallRecorder(0.5)
    scheduler = MetricScheduler(ALL, recorder.groups)
    assert recorder.play(scheduler, 1) == dict.fromkeys((CHEAP, *COSTLY), 0.0)
    values = recorder.play(scheduler, 3)
    assert values[CHEAP] == 3.0
    assert values[COSTLY[0]] == 0.0
    assert scheduler.ages(3 * FRAME)[COSTLY[0]] == pytest.approx(3 * FRAME)
    assert scheduler.ages(3 * FRAME)[CHEAP] == 0.0


@pytest.mark.parametrize(
    "other", [context_at(x=100 + 110 * MAX_MOVE_FACE_WIDTHS), context_at(width=100 * (1 + 2 * MAX_MOVE_FACE_WIDTHS))]
)
def test_another_face_is_measured_at_once(other: FrameContext) -> None:
    recorder = CallRecorder(0.5)
    scheduler = MetricScheduler(ALL, recorder.groups)
    recorder.play(scheduler, 2)
    assert recorder.play(scheduler, 1, other)[COSTLY[0]] == 2.0


def test_readings_of_a_face_that_moved_a_little_are_reused() -> None:
    recorder = CallRecorder(0.5)
    scheduler = MetricScheduler(ALL, recorder.groups)
    recorder.play(scheduler, 2)
    assert recorder.play(scheduler, 1, context_at(x=100 + 80 * MAX_MOVE_FACE_WIDTHS))[COSTLY[0]] == 0.0


def test_stale_readings_are_measured_again_and_none_is_reused_for_the_next_sitter() -> None:
    recorder = CallRecorder(60.0)
    scheduler = MetricScheduler(ALL, recorder.groups)
    recorder.play(scheduler, 1)
    recorder.frame = round((MAX_AGE_S + 0.1) / FRAME)
    assert recorder.play(scheduler, 1)[COSTLY[0]] > 0
    assert scheduler.measure(NO_FACE, recorder.frame * FRAME)[COSTLY[0]].reason == "not_measured.no_face"
    assert scheduler.ages(recorder.frame * FRAME) == {}
    before = recorder.frame
    assert recorder.play(scheduler, 1)[COSTLY[0]] == before


def test_after_the_clock_went_back_nothing_is_reused() -> None:
    recorder = CallRecorder(60.0)
    scheduler = MetricScheduler(ALL, recorder.groups)
    recorder.frame = 300
    recorder.play(scheduler, 1)
    recorder.frame = 30
    assert recorder.play(scheduler, 1)[COSTLY[0]] == 30.0


def test_a_metric_that_no_rule_needs_is_not_measured() -> None:
    recorder = CallRecorder(0.0)
    values = MetricScheduler({CHEAP}, recorder.groups).measure(context_at(), 0.0)
    assert {name for _, name in recorder.calls} == {CHEAP}
    assert values[COSTLY[0]].reason == "not_measured.no_value"
    assert list(values) == list(METRIC_UNITS)


def test_no_metric_belongs_to_two_groups() -> None:
    names = [name for group in METRIC_GROUPS for name in group.names]
    assert len(names) == len(set(names))
