"""What moves on the mirror moves calmly: the portrait's frame behind a face, and the turning from white to green."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from kiosk.ui.painting.outline import Framing

# Seconds in which 63 % of the way is gone: shorter than a sitter's own movement takes, longer than landmarks jitter.
PACE: Final = 0.15
# Shares of the frame within which a new place counts as the old one. Landmarks of somebody sitting still move by less,
# and breathing moves the face by about as much.
STILL: Final = 0.006


class Following:
    """A framing that goes after another: at the same pace whatever the rate of frames, and at rest for a still face."""

    def __init__(self, home: Framing, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.jump(home)

    def jump(self, to: Framing) -> None:
        self.now = self._goal = to
        self._at = self._clock()

    def aim(self, goal: Framing) -> None:
        if self._goal.away(goal) > STILL:
            self._goal = goal

    def step(self) -> Framing:
        at = self._clock()
        self.now = self.now.towards(self._goal, 1 - math.exp(-(at - self._at) / PACE))
        self._at = at
        return self.now


class Turning:
    """A share that goes to 0 or to 1."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._share, self._goal, self._at = 0.0, 0.0, clock()

    def aim(self, on: bool) -> None:
        self.step()
        self._goal = float(on)

    def reset(self) -> None:
        self._share = self._goal = 0.0

    def step(self) -> float:
        at = self._clock()
        self._share += (self._goal - self._share) * (1 - math.exp(-(at - self._at) / PACE))
        self._at = at
        return self._share
