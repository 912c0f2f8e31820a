"""Schedule the metrics of a live stream: every group has its own period, and its last readings are reused in
between."""

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
"""Seconds after which a reused reading is stale."""
MAX_MOVE_FACE_WIDTHS: Final = 0.3
"""Face widths: a face that moved or changed its size by more is another face."""


@dataclass(frozen=True)
class FacePosition:
    """Position and size of a face, as plain numbers for speed."""

    x: float
    y: float
    width: float

    @classmethod
    def of(cls, face: Face) -> FacePosition:
        return cls(float(face.nose[0]), float(face.nose[1]), face.width)

    def is_same_face(self, previous: FacePosition) -> bool:
        """Return whether both are the same face by position and size."""
        moved = math.hypot(self.x - previous.x, self.y - previous.y)
        return max(moved, abs(self.width - previous.width)) <= MAX_MOVE_FACE_WIDTHS * self.width


@dataclass(frozen=True, eq=False)
class _GroupResult:
    """The readings of one group, their time and face, and the time of the next measurement."""

    readings: Mapping[str, Reading] = field(repr=False)
    taken_at: float
    position: FacePosition
    due_at: float


class MetricScheduler:
    """Measures one stream. Groups without one of the `metric_names` do not run.

    Groups of the same period run round-robin: of n groups each runs an n-th of the period after the previous one, at
    any frame rate. After a new face, or a jump, all groups run at once.

    `slowness` multiplies the periods and the time for which readings are reused: on a slow machine a group runs as many
    frames after its last run as on a machine that is just fast enough. Otherwise everything would be due at every
    frame, and the slowest machine would have the most work.
    """

    def __init__(self, metric_names: Collection[str], groups: Sequence[MetricGroup] = METRIC_GROUPS) -> None:
        self._groups = tuple(group for group in groups if not set(metric_names).isdisjoint(group.names))
        self._results: dict[int, _GroupResult] = {}
        self.slowness = 1.0

    def reset(self) -> None:
        """Start a new stream without earlier readings."""
        self._results.clear()

    def measure(self, context: FrameContext, now: float) -> dict[str, Metric]:
        """Like registry.measure, for a frame taken at `now` (seconds, monotonic); `context` may have no face."""
        if not context.detections.faces:
            self._results.clear()
            return fill_missing(context.detections, {})
        readings: dict[str, Reading] = {}
        position = FacePosition.of(context.face)
        for number, group in enumerate(self._groups):
            readings.update(self._run_group(number, group, context, position, now).readings)
        return fill_missing(context.detections, readings)

    def ages(self, now: float) -> dict[str, float]:
        """Return the age of each current reading in seconds."""
        return {name: now - result.taken_at for result in self._results.values() for name in result.readings}

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
        """Return the time of the group's next run, in phase with its earlier ones."""
        period = group.period * self.slowness
        if last is not None:
            return max(last.due_at + period, now)
        peers = [place for place, other in enumerate(self._groups) if other.period == group.period]
        return now + period * (peers.index(number) + 1) / len(peers)
