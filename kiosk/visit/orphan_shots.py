"""Handle late and unrequested shots: assign each to a visit or store it unassigned.

A shot may arrive after its deadline, be taken with the shutter button on the camera, or find the disk full after its
sitter has left. It is assigned to a visit only if it shows that sitter beyond doubt; otherwise it stays unassigned.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Final

from hardware.cameras.api import Shot
from kiosk.visit.burst import Burst
from kiosk.visit.capture_sequence import CaptureSequence
from kiosk.visit.errors import problem_of
from kiosk.visit.ports import Clock, Services
from kiosk.visit.visit import Visit

log = logging.getLogger(__name__)
MAX_SHUTTER_LATENCY_S: Final = 3.0
"""Maximum time from exposure to the camera's first event: exposure, noise reduction and a slow card."""
RETRY_INTERVAL_S: Final = 5.0
"""Time between two attempts to write shots after a full disk."""


@dataclass(frozen=True)
class UnsavedShot:
    """A shot that is not on disk yet. `visit` is None if the sitter is unknown."""

    visit: Visit | None
    shot: Shot


class OrphanShots:
    """Stores shots outside the capture sequence, and retries those that did not fit on a full disk.

    All methods run on the controller's thread: `on_done(future, callback)` calls the callback there.
    """

    def __init__(
        self,
        services: Services,
        clock: Clock,
        io_executor: Executor,
        on_done: Callable[..., None],
        capture: CaptureSequence,
    ) -> None:
        self._services = services
        self._clock = clock
        self._io_executor = io_executor
        self._on_done = on_done
        self._capture = capture
        self._unsaved: list[UnsavedShot] = []
        self._retry_at = 0.0

    @property
    def unsaved_count(self) -> int:
        """The number of shots that wait for space on the disk."""
        return len(self._unsaved)

    def retry_later(self, visit: Visit | None, shot: Shot) -> None:
        """Write the shot later, because it could not be stored now."""
        log.warning("the shot %s is not on disk yet and will be retried", shot.name)
        self._unsaved.append(UnsavedShot(visit, shot))
        self._retry_at = self._clock.monotonic() + RETRY_INTERVAL_S

    def tick(self) -> None:
        """Retry the unsaved shots when they are due."""
        if self._unsaved and self._clock.monotonic() >= self._retry_at:
            self.retry_all()

    def retry_all(self) -> None:
        due, self._unsaved = self._unsaved, []
        for unsaved in due:
            self.store(unsaved.visit, unsaved.shot)

    def on_late_shot(self, visit: Visit | None, shot: Shot) -> None:
        """Store a shot that `visit` requested and that arrived after its deadline."""
        self.store(visit if visit is not None and was_present(visit, shot) else None, shot)

    def store(self, visit: Visit | None, shot: Shot) -> None:
        """Store the shot with the visit without showing it; unassigned if there is no open visit."""
        if visit is None or visit.closed:
            self._store_unassigned(shot)
            return
        visit.taken_at = visit.taken_at or self._clock.wall()
        burst = visit.burst
        if burst is not None and burst.shots:  # the burst ended without this shot
            chosen_shot = burst.chosen_shot or burst.shots[-1]
            spare = self._io_executor.submit(self._services.recorder.store_spare_shot, visit, shot, chosen_shot)
            self._on_done(spare, lambda done: self._on_stored(visit, shot, done))
        else:
            self._capture.store(visit, Burst(), shot)

    def _store_unassigned(self, shot: Shot) -> None:
        log.warning("the sitter of the shot %s is unknown; it is stored unassigned", shot.name)
        stored = self._io_executor.submit(self._services.unassigned_shots.store, shot)
        self._on_done(stored, lambda done: self._on_stored(None, shot, done))

    def _on_stored(self, visit: Visit | None, shot: Shot, done: Future[Any]) -> None:
        problem = problem_of(done)
        if problem is not None:
            log.warning("%s", problem)
            self.retry_later(visit, shot)


def was_present(visit: Visit, shot: Shot) -> bool:
    """Return whether a shot that this visit requested surely shows its sitter.

    The sitter is still there, or left after the exposure. A slow camera may have photographed the next sitter.
    """
    return visit.is_current or (shot.exposed_by is not None and shot.exposed_by <= visit.left_at)


def surely_shows(visit: Visit | None, after: float) -> bool:
    """Return whether a shot taken after the time `after` can only show this sitter, who was posing before it."""
    return visit is not None and visit.posing_since <= after - MAX_SHUTTER_LATENCY_S
