"""Handle the results of the capture sequence, and shots that nobody requested."""

from __future__ import annotations

from typing import assert_never

from hardware.cameras.api import Shot
from kiosk.visit.capture_events import (
    CaptureEvent,
    PortraitFailed,
    PortraitReady,
    ShotFailed,
    ShotOrphaned,
    ShotRejected,
    ShotsStored,
    ShotUnsaved,
    StoreFailed,
)
from kiosk.visit.capture_sequence import CaptureSequence
from kiosk.visit.current_state import CurrentState
from kiosk.visit.errors import message_for
from kiosk.visit.lifecycle import VisitLifecycle
from kiosk.visit.orphan_shots import OrphanShots, surely_shows
from kiosk.visit.recovery import ErrorRecovery
from kiosk.visit.step import Step


class CaptureResults:
    """Changes the state of the visit after each result. All methods run on the controller's thread."""

    def __init__(
        self,
        current: CurrentState,
        capture: CaptureSequence,
        lifecycle: VisitLifecycle,
        orphan_shots: OrphanShots,
        recovery: ErrorRecovery,
    ) -> None:
        self._current, self._capture, self._lifecycle = current, capture, lifecycle
        self._orphan_shots, self._recovery = orphan_shots, recovery

    def handle_unsolicited_shot(self, shot: Shot, after: float) -> None:
        """Use the shot like a requested one if it surely shows the sitter and they still pose, else only store it."""
        visit = self._lifecycle.visit if surely_shows(self._lifecycle.visit, after) else None
        if visit is None or self._current.value.step not in (Step.POSE, Step.COUNTDOWN):
            self._orphan_shots.store(visit, shot)
            return
        self._capture.adopt_shot(visit, shot)
        self._current.transition_to(self._current.value.on_shot_taken(self._current.now))

    def handle(self, event: CaptureEvent) -> None:
        visit, state, now = event.visit, self._current.value, self._current.now
        match event:
            case ShotOrphaned():
                self._orphan_shots.on_late_shot(visit, event.shot)
            case ShotUnsaved():
                self._orphan_shots.retry_later(visit, event.shot)
            case _ if visit is not self._lifecycle.visit:  # a late result must not change the next sitter's visit
                return
            case ShotsStored():
                self._current.transition_to(state.on_shots_stored())
            case ShotFailed():
                self._recovery.handle_shot_failure(event.problem)
            case StoreFailed():
                self._current.transition_to(state.on_error(message_for(event.problem), now, retry_step=Step.SHOOT))
            case ShotRejected():
                self._current.transition_to(state.on_shot_failed(event.reason, now))
            case PortraitReady():
                self._current.transition_to(state.on_portrait(event.portrait, now))
            case PortraitFailed():
                self._recovery.enter_error(event.problem)
            case _:
                assert_never(event)
