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
from kiosk.capture.storage import StoredFile
from kiosk.visit.burst import Burst
from kiosk.visit.errors import problem_of
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recorder import Visit

log = logging.getLogger(__name__)
MAX_SHUTTER_LATENCY_S: Final = 3.0
"""Seconds from the shutter to the camera's first word of it, at most: an exposure, its noise reduction, a slow card."""
RETRY_INTERVAL_S: Final = 5.0
"""Seconds between two attempts to write what a full disk did not take."""


@dataclass(frozen=True)
class UnsavedShot:
    """A shot that is not on disk yet. `visit` is None where nobody knows whose it is."""

    visit: Visit | None
    shot: Shot


class ShotStore(Protocol):
    """The part of the shutter that strays need."""

    def store(self, visit: Visit, burst: Burst, shot: Shot) -> None: ...


class OrphanShots:
    """Everything happens on the conductor's thread, to which `when` brings the answers of the desk."""

    def __init__(
        self,
        services: Services,
        clock: Clock,
        io_executor: Executor,
        on_done: Callable[..., None],
        shot_store: ShotStore,
    ) -> None:
        self._services, self._clock, self._io_executor, self._on_done, self._shot_store = (
            services,
            clock,
            io_executor,
            on_done,
            shot_store,
        )
        self._unsaved: list[UnsavedShot] = []
        self._retry_at = 0.0

    @property
    def unsaved_count(self) -> int:
        """How many shots wait for room on the disk."""
        return len(self._unsaved)

    def retry_later(self, visit: Visit | None, shot: Shot) -> None:
        """The disk did not take it; it is tried again and again."""
        log.warning("the shot %s is not on disk yet and is tried again", shot.name)
        self._unsaved.append(UnsavedShot(visit, shot))
        self._retry_at = self._clock.monotonic() + RETRY_INTERVAL_S

    def tick(self) -> None:
        """Lets time pass."""
        if self._unsaved and self._clock.monotonic() >= self._retry_at:
            self.retry_all()

    def retry_all(self) -> None:
        owed, self._unsaved = self._unsaved, []
        for one in owed:
            self.store(one.visit, one.shot)

    def on_late_shot(self, visit: Visit | None, shot: Shot) -> None:
        """A shot that `visit` asked for, and that came when nobody waited for it any more."""
        self.store(visit if visit is not None and was_present(visit, shot) else None, shot)

    def store(self, visit: Visit | None, shot: Shot) -> None:
        """Keeps it with the visit, without showing it; under nobody's name where the visit is none, or sent already."""
        if visit is None or visit.closed:
            self._store_unassigned(shot)
            return
        visit.taken_at = visit.taken_at or self._clock.wall()
        burst = visit.burst
        if burst is not None and burst.shots:  # the others were not waited for it
            leading = burst.chosen_shot or burst.shots[-1]
            spare = self._io_executor.submit(self._services.recorder.store_spare_shot, visit, shot, leading)
            self._on_done(spare, lambda done: self._on_stored(visit, shot, done))
        else:
            self._shot_store.store(visit, Burst(), shot)

    def _store_unassigned(self, shot: Shot) -> None:
        log.warning("nobody knows whom the shot %s shows; it is kept under nobody's name", shot.name)
        kept = self._io_executor.submit(self._services.unassigned_shots.store, shot)
        self._on_done(kept, lambda done: self._on_stored(None, shot, done))

    def _on_stored(self, visit: Visit | None, shot: Shot, done: Future[StoredFile]) -> None:
        problem = problem_of(done)
        if problem is not None:
            log.warning("%s", problem)
            self.retry_later(visit, shot)


def was_present(visit: Visit, shot: Shot) -> bool:
    """Whether a shot asked for by this visit shows its sitter beyond doubt: they are still there, or it was exposed
    before they left. A camera that hesitates for long may have caught the next one."""
    return visit.left_at == inf or (shot.exposed_by is not None and shot.exposed_by <= visit.left_at)


def surely_shows(visit: Visit | None, after: float) -> bool:
    """Whether a shot taken after that moment can only be of this sitter, who has been posing for longer than that."""
    return visit is not None and visit.posing_since <= after - MAX_SHUTTER_LATENCY_S
