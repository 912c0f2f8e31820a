"""Smoothed motion on the live view: the frame of the portrait behind a face, and the change from white to green."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from kiosk.ui.painting.outline import Framing

# Seconds for 63 % of the way: shorter than a movement of a sitter, longer than the jitter of landmarks.
TIME_CONSTANT_S: Final = 0.15
# Distance, as a share of the frame, up to which a new target is ignored. The landmarks of a sitter who sits still move
# by less, and breathing moves the face by about as much.
DEAD_ZONE: Final = 0.006


class SmoothedFraming:
    """A framing that moves to its target at the same speed for every frame rate, and does not move for a still face."""

    def __init__(self, start: Framing, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.jump_to(start)

    def jump_to(self, framing: Framing) -> None:
        self.current = self._target = framing
        self._updated_at = self._clock()

    def set_target(self, target: Framing) -> None:
        if self._target.distance(target) > DEAD_ZONE:
            self._target = target

    def advance(self) -> Framing:
        at = self._clock()
        self.current = self.current.interpolate(self._target, 1 - math.exp(-(at - self._updated_at) / TIME_CONSTANT_S))
        self._updated_at = at
        return self.current


class SmoothedValue:
    """A value that moves to 0 or to 1."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._value, self._target, self._updated_at = 0.0, 0.0, clock()

    def set_target(self, on: bool) -> None:
        self.advance()
        self._target = float(on)

    def reset(self) -> None:
        self._value = self._target = 0.0

    def advance(self) -> float:
        at = self._clock()
        self._value += (self._target - self._value) * (1 - math.exp(-(at - self._updated_at) / TIME_CONSTANT_S))
        self._updated_at = at
        return self._value
