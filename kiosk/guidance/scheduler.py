"""The measures of a live stream: every group in its own time, its last readings carried along between."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Look, Reading
from kiosk.guidance.metrics.registry import GROUPS, Group, named
from kiosk.guidance.verdict import Metric

STALE: Final = 1.0
"""Seconds after which a carried reading says nothing about the sitter any more."""
ELSEWHERE: Final = 0.3
"""Face widths: a face farther off than this, or so much larger or smaller, is not the one that was measured."""


@dataclass(frozen=True)
class Spot:
    """Where a face is and how large: as plain numbers, as every group asks for it in every frame."""

    x: float
    y: float
    width: float

    @classmethod
    def of(cls, face: Face) -> Spot:
        return cls(float(face.nose[0]), float(face.nose[1]), face.width)

    def same(self, before: Spot) -> bool:
        """Whether it is still the face that was there, where it was and as large."""
        moved = math.hypot(self.x - before.x, self.y - before.y)
        return max(moved, abs(self.width - before.width)) <= ELSEWHERE * self.width


@dataclass(frozen=True, eq=False)
class _Taken:
    """The readings of one group, when and of which face they were taken, and when their next turn is."""

    readings: Mapping[str, Reading] = field(repr=False)
    at: float
    face: Spot
    due: float


class Rounds:
    """Measures one stream. `wanted` are the measures that anybody asks for; groups without one of them rest.

    Turns are spread over the frames: of n groups with the same period each has its turn a n-th of it after the one
    before, whatever the frame rate. A face that has just come, or that jumped, is measured wholly at once.

    `slowness` stretches the periods, and how long a reading is carried along: on a slow machine a group has its turn
    as many frames after the last one as on a machine that is just quick enough. Else everything would be due at every
    frame, and the slowest machine would have the most to do.
    """

    def __init__(self, wanted: Collection[str], groups: Sequence[Group] = GROUPS) -> None:
        self._groups = tuple(group for group in groups if not set(wanted).isdisjoint(group.names))
        self._taken: dict[int, _Taken] = {}
        self.slowness = 1.0

    def reset(self) -> None:
        """A new stream: nothing is carried over."""
        self._taken.clear()

    def measure(self, look: Look, now: float) -> dict[str, Metric]:
        """As measures.measure, of a frame seen at `now` (seconds, monotonic); `look` may have no face."""
        if not look.sighting.faces:
            self._taken.clear()
            return named(look.sighting, {})
        readings: dict[str, Reading] = {}
        spot = Spot.of(look.face)
        for number, group in enumerate(self._groups):
            readings.update(self._turn(number, group, look, spot, now).readings)
        return named(look.sighting, readings)

    def ages(self, now: float) -> dict[str, float]:
        """How many seconds ago each measure at hand was taken."""
        return {name: now - taken.at for taken in self._taken.values() for name in taken.readings}

    def _turn(self, number: int, group: Group, look: Look, spot: Spot, now: float) -> _Taken:
        last = self._taken.get(number)
        if last is not None and not (0 <= now - last.at <= STALE * self.slowness and spot.same(last.face)):
            last = None
        if last is not None and now < last.due:
            return last
        taken = _Taken(group.take(look), now, spot, self._next(number, group, last, now))
        self._taken[number] = taken
        return taken

    def _next(self, number: int, group: Group, last: _Taken | None, now: float) -> float:
        """When the group's next turn is: in step with its former ones, so that turns stay spread."""
        period = group.period * self.slowness
        if last is not None:
            return max(last.due + period, now)
        peers = [place for place, other in enumerate(self._groups) if other.period == group.period]
        return now + period * (peers.index(number) + 1) / len(peers)
