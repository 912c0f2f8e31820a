"""The measures of a live stream: every group in its own time, its last readings carried along between."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import FrameContext, Reading
from kiosk.guidance.metrics.registry import METRIC_GROUPS, MetricGroup, fill_missing
from kiosk.guidance.verdict import Metric

MAX_AGE_S: Final = 1.0
"""Seconds after which a carried reading says nothing about the sitter any more."""
MAX_MOVE_FACE_WIDTHS: Final = 0.3
"""Face widths: a face farther off than this, or so much larger or smaller, is not the one that was measured."""


@dataclass(frozen=True)
class FacePosition:
    """Where a face is and how large: as plain numbers, as every group asks for it in every frame."""

    x: float
    y: float
    width: float

    @classmethod
    def of(cls, face: Face) -> FacePosition:
        return cls(float(face.nose[0]), float(face.nose[1]), face.width)

    def is_same_face(self, previous: FacePosition) -> bool:
        """Whether it is still the face that was there, where it was and as large."""
        moved = math.hypot(self.x - previous.x, self.y - previous.y)
        return max(moved, abs(self.width - previous.width)) <= MAX_MOVE_FACE_WIDTHS * self.width


@dataclass(frozen=True, eq=False)
class _GroupResult:
    """The readings of one group, when and of which face they were taken, and when their next turn is."""

    readings: Mapping[str, Reading] = field(repr=False)
    taken_at: float
    position: FacePosition
    due_at: float


class MetricScheduler:
    """Measures one stream. `metric_names` are the measures that anybody asks for; groups without one of them rest.

    Turns are spread over the frames: of n groups with the same period each has its turn a n-th of it after the one
    before, whatever the frame rate. A face that has just come, or that jumped, is measured wholly at once.

    `slowness` stretches the periods, and how long a reading is carried along: on a slow machine a group has its turn
    as many frames after the last one as on a machine that is just quick enough. Else everything would be due at every
    frame, and the slowest machine would have the most to do.
    """

    def __init__(self, metric_names: Collection[str], groups: Sequence[MetricGroup] = METRIC_GROUPS) -> None:
        self._groups = tuple(group for group in groups if not set(metric_names).isdisjoint(group.names))
        self._results: dict[int, _GroupResult] = {}
        self.slowness = 1.0

    def reset(self) -> None:
        """A new stream: nothing is carried over."""
        self._results.clear()

    def measure(self, context: FrameContext, now: float) -> dict[str, Metric]:
        """As registry.measure, of a frame seen at `now` (seconds, monotonic); `context` may have no face."""
        if not context.detections.faces:
            self._results.clear()
            return fill_missing(context.detections, {})
        readings: dict[str, Reading] = {}
        position = FacePosition.of(context.face)
        for number, group in enumerate(self._groups):
            readings.update(self._run_group(number, group, context, position, now).readings)
        return fill_missing(context.detections, readings)

    def ages(self, now: float) -> dict[str, float]:
        """How many seconds ago each measure at hand was taken."""
        return {name: now - taken.taken_at for taken in self._results.values() for name in taken.readings}

    def _run_group(
        self, number: int, group: MetricGroup, context: FrameContext, position: FacePosition, now: float
    ) -> _GroupResult:
        last = self._results.get(number)
        if last is not None and not (
            0 <= now - last.taken_at <= MAX_AGE_S * self.slowness and position.is_same_face(last.position)
        ):
            last = None
        if last is not None and now < last.due_at:
            return last
        result = _GroupResult(group.compute(context), now, position, self._next_due(number, group, last, now))
        self._results[number] = result
        return result

    def _next_due(self, number: int, group: MetricGroup, last: _GroupResult | None, now: float) -> float:
        """When the group's next turn is: in step with its former ones, so that turns stay spread."""
        period = group.period * self.slowness
        if last is not None:
            return max(last.due_at + period, now)
        peers = [place for place, other in enumerate(self._groups) if other.period == group.period]
        return now + period * (peers.index(number) + 1) / len(peers)
