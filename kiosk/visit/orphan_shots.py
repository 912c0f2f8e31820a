"""Shots that come when nobody waits for them: whose they are, and that none of them is lost.

A shot may come after its deadline, or be taken with the shutter on the camera's body, or find the disk full when its
sitter has left. It goes to the visit whose sitter it shows beyond doubt, and where there is doubt under nobody's name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from math import inf
from typing import Final, Protocol

from hardware.cameras.api import Shot
from kiosk.capture.storage import Kept
from kiosk.visit.burst import Burst
from kiosk.visit.errors import problem_of
from kiosk.visit.ports import Clocks, Parts
from kiosk.visit.recorder import Visit

log = logging.getLogger(__name__)
LATENCY: Final = 3.0
"""Seconds from the shutter to the camera's first word of it, at most: an exposure, its noise reduction, a slow card."""
TRY_AGAIN: Final = 5.0
"""Seconds between two attempts to write what a full disk did not take."""


@dataclass(frozen=True)
class Owed:
    """A shot that is not on disk yet. `visit` is None where nobody knows whose it is."""

    visit: Visit | None
    shot: Shot


class Shutterlike(Protocol):
    """The part of the shutter that strays need."""

    def save(self, visit: Visit, burst: Burst, shot: Shot) -> None: ...


class Strays:
    """Everything happens on the conductor's thread, to which `when` brings the answers of the desk."""

    def __init__(
        self, parts: Parts, clocks: Clocks, desk: Executor, when: Callable[..., None], shutter: Shutterlike
    ) -> None:
        self._parts, self._clocks, self._desk, self._when, self._shutter = parts, clocks, desk, when, shutter
        self._owed: list[Owed] = []
        self._again_at = 0.0

    @property
    def owed(self) -> int:
        """How many shots wait for room on the disk."""
        return len(self._owed)

    def owe(self, visit: Visit | None, shot: Shot) -> None:
        """The disk did not take it; it is tried again and again."""
        log.warning("the shot %s is not on disk yet and is tried again", shot.name)
        self._owed.append(Owed(visit, shot))
        self._again_at = self._clocks.now() + TRY_AGAIN

    def beat(self) -> None:
        """Lets time pass."""
        if self._owed and self._clocks.now() >= self._again_at:
            self.try_again()

    def try_again(self) -> None:
        owed, self._owed = self._owed, []
        for one in owed:
            self.keep(one.visit, one.shot)

    def late(self, visit: Visit | None, shot: Shot) -> None:
        """A shot that `visit` asked for, and that came when nobody waited for it any more."""
        self.keep(visit if visit is not None and is_in(visit, shot) else None, shot)

    def keep(self, visit: Visit | None, shot: Shot) -> None:
        """Keeps it with the visit, without showing it; under nobody's name where the visit is none, or sent already."""
        if visit is None or visit.settled:
            self._keep_unclaimed(shot)
            return
        visit.taken_at = visit.taken_at or self._clocks.today()
        burst = visit.burst
        if burst is not None and burst.shots:  # the others were not waited for it
            leading = burst.chosen or burst.shots[-1]
            spare = self._desk.submit(self._parts.keeper.keep_spare, visit, shot, leading)
            self._when(spare, lambda done: self._kept(visit, shot, done))
        else:
            self._shutter.save(visit, Burst(), shot)

    def _keep_unclaimed(self, shot: Shot) -> None:
        log.warning("nobody knows whom the shot %s shows; it is kept under nobody's name", shot.name)
        kept = self._desk.submit(self._parts.unclaimed.keep, shot)
        self._when(kept, lambda done: self._kept(None, shot, done))

    def _kept(self, visit: Visit | None, shot: Shot, done: Future[Kept]) -> None:
        problem = problem_of(done)
        if problem is not None:
            log.warning("%s", problem)
            self.owe(visit, shot)


def is_in(visit: Visit, shot: Shot) -> bool:
    """Whether a shot asked for by this visit shows its sitter beyond doubt: they are still there, or it was exposed
    before they left. A camera that hesitates for long may have caught the next one."""
    return visit.left_at == inf or (shot.exposed_by is not None and shot.exposed_by <= visit.left_at)


def shows(visit: Visit | None, after: float) -> bool:
    """Whether a shot taken after that moment can only be of this sitter, who has been posing for longer than that."""
    return visit is not None and visit.posing_since <= after - LATENCY
