"""Recovery from errors of a visit: retry automatically, or call the operator."""

from __future__ import annotations

import logging

from config.errors import Problem
from config.i18n import Message
from hardware.cameras.isolation.state import CameraState
from kiosk.guidance.coaching.advice import Advice
from kiosk.visit.current_state import CurrentState
from kiosk.visit.errors import (
    CAMERA_ERRORS,
    STAFF_ACTION_REQUIRED,
    STAFF_RETRY_INTERVAL_S,
    is_resolved,
    message_for,
)
from kiosk.visit.ports import CameraService
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts

log = logging.getLogger(__name__)


class ErrorRecovery:
    """All methods run on the controller's thread."""

    def __init__(self, state: CurrentState, camera: CameraService) -> None:
        self._state, self._camera = state, camera

    def enter_error(self, problem: Problem) -> None:
        log.warning("error: %s", problem)
        self._state.transition_to(self._state.value.on_error(message_for(problem), self._state.now))

    def retry(self) -> None:
        self._state.transition_to(self._state.value.on_retry(self._state.now))

    def tick(self, timeouts: VisitTimeouts) -> None:
        """Retry after errors that the staff corrects, and call the operator if an error lasts."""
        self._retry_staff_errors()
        self._request_help_on_error(timeouts)

    def handle_camera_state(self, camera: CameraState) -> None:
        """Continue when the camera works again; enter or change the error when it fails."""
        if camera.problem is not None:
            log.warning("camera %s: %s", camera.kind, camera.problem)
        visit = self._state.value
        if visit.step is Step.ERROR and visit.notice is not None and visit.notice.key in CAMERA_ERRORS:
            if camera.kind == "live" and is_resolved(visit.notice.key, camera.health):
                self.retry()
            elif camera.problem is not None:
                self._state.transition_to(visit.on_error_changed(message_for(camera.problem)))
        elif camera.problem is not None and visit.step in (Step.POSE, Step.COUNTDOWN):
            self.enter_error(camera.problem)

    def handle_shot_failure(self, problem: Problem) -> None:
        """Let the sitter pose again if the camera works, otherwise enter the error."""
        if self._camera.state.kind == "live" and problem.key not in STAFF_ACTION_REQUIRED:
            self._state.transition_to(self._state.value.on_shot_failed(message_for(problem), self._state.now))
        else:
            self.enter_error(problem)

    def request_help(self, reason: Message) -> None:
        if self._state.value.help is None:
            log.warning("the student needs help: %s", reason.key)
        self._state.transition_to(self._state.value.on_help_requested(reason, self._state.now))

    def request_help_on_advice(self, advice: Advice, timeouts: VisitTimeouts) -> None:
        """Call the operator if guidance alone does not help a present sitter."""
        visit = self._state.value
        if visit.step is not Step.POSE:
            return
        if not advice.needs_help:
            self._state.transition_to(visit.on_help_resolved())
        elif visit.is_present(self._state.now, timeouts):  # a visible face counts
            self.request_help(Message(advice.hint, advice.values))

    def _retry_staff_errors(self) -> None:
        """Retry after an error that only the staff can correct, unless the camera reports that nothing has changed."""
        visit, camera = self._state.value, self._camera.state
        if visit.step is not Step.ERROR or visit.notice is None or visit.notice.key not in STAFF_ACTION_REQUIRED:
            return
        is_due = self._state.now - visit.since >= STAFF_RETRY_INTERVAL_S
        if is_due and camera.kind == "live" and is_resolved(visit.notice.key, camera.health):
            self.retry()

    def _request_help_on_error(self, timeouts: VisitTimeouts) -> None:
        """Call the operator if only the staff can correct the error, or if it lasts."""
        visit, now = self._state.value, self._state.now
        if visit.step is not Step.ERROR or visit.notice is None or not visit.is_present(now, timeouts):
            return
        if visit.notice.key in STAFF_ACTION_REQUIRED or now - visit.since >= timeouts.help_after:
            self.request_help(visit.notice)
