"""Begin, accept and end the visit of the present sitter."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from config.errors import Problem
from config.standards.registry import PhotoStandard
from kiosk.upload.envelope import VisitOutcome
from kiosk.visit.current_state import CurrentState
from kiosk.visit.errors import log_failure, problem_of
from kiosk.visit.orphan_shots import OrphanShots
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recovery import ErrorRecovery
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.visit import Visit, begin_visit

log = logging.getLogger(__name__)


class VisitLifecycle:
    """Holds the `visit` of the present sitter; None before posing and after the end.

    All methods run on the controller's thread: `on_done(future, callback)` calls the callback there.
    """

    def __init__(
        self,
        current: CurrentState,
        services: Services,
        clock: Clock,
        io_executor: ThreadPoolExecutor,
        on_done: Callable[..., None],
        orphan_shots: OrphanShots,
        recovery: ErrorRecovery,
    ) -> None:
        self.visit: Visit | None = None
        self._current, self._services, self._clock = current, services, clock
        self._io_executor, self._on_done = io_executor, on_done
        self._orphan_shots, self._recovery = orphan_shots, recovery

    @property
    def can_retake(self) -> bool:
        return self.visit is None or not self.visit.is_accepted

    def begin(self, standard: PhotoStandard, consent_version: str) -> None:
        self.visit = begin_visit(self._current.value, standard, consent_version, self._clock.monotonic())

    def accept(self) -> None:
        """Store that the sitter accepted the portrait; the state changes when it is stored."""
        visit = self.visit
        if self._current.value.step is not Step.REVIEW or visit is None:
            return
        visit.is_accepted = True  # at once, because the retake button can be touched until it is stored
        stored = self._io_executor.submit(self._store_accepted, visit)
        self._on_done(stored, lambda done: self._on_accept_stored(visit, done))

    def end(self, last_state: VisitState) -> None:
        """End the visit after its last state. A portrait that was shown and not rejected goes to the reviewers as not
        confirmed by the student."""
        visit, self.visit = self.visit, None
        if visit is not None:
            visit.left_at = self._clock.monotonic()
            if visit.unsaved_shot is not None:
                self._orphan_shots.retry_later(visit, visit.unsaved_shot)
            # This changes nothing for a visit that was accepted already or has no shot.
            outcome = VisitOutcome.INTERRUPTED if last_state.portrait is None else VisitOutcome.UNCONFIRMED
            self._on_done(self._io_executor.submit(self._services.recorder.end, visit, outcome), log_failure)

    def _store_accepted(self, visit: Visit) -> None:
        self._services.recorder.end(visit, VisitOutcome.ACCEPTED)
        try:
            for student in (visit.student, *visit.also_for):
                self._services.roster.mark_captured(student)
        except Problem as problem:  # the photo is safe; later the server detects a second visit
            log.warning("%s", problem)

    def _on_accept_stored(self, visit: Visit, done: Future[None]) -> None:
        problem = problem_of(done)
        if problem is not None:
            visit.is_accepted = False
            if visit is self.visit:
                self._recovery.enter_error(problem)
            return
        if visit is self.visit:  # a late result must not change the next sitter's visit
            self._current.transition_to(self._current.value.on_accepted(self._current.now))
