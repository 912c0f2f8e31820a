"""The actions at each step of a visit: the analysis, the shutter, the end."""

from __future__ import annotations

from kiosk.visit.capture_sequence import CaptureSequence
from kiosk.visit.current_state import CurrentState
from kiosk.visit.identification import Identification
from kiosk.visit.lifecycle import VisitLifecycle
from kiosk.visit.live_guidance import LiveGuidance
from kiosk.visit.ports import Services
from kiosk.visit.recovery import ErrorRecovery
from kiosk.visit.state import VisitState
from kiosk.visit.step import WATCHED_STEPS, Step


class StepActions:
    """All methods run on the controller's thread."""

    def __init__(
        self,
        current: CurrentState,
        services: Services,
        identification: Identification,
        lifecycle: VisitLifecycle,
        capture: CaptureSequence,
        guidance: LiveGuidance,
        recovery: ErrorRecovery,
        consent_version: str,
    ) -> None:
        self._current, self._services, self._identification = current, services, identification
        self._lifecycle, self._capture, self._guidance = lifecycle, capture, guidance
        self._recovery, self._consent_version = recovery, consent_version

    def on_step_entered(self, before: VisitState) -> None:
        """Start the actions of a new step; `before` is the last state of the previous step."""
        step, standard = self._current.value.step, self._identification.standard
        if step in (Step.POSE, Step.COUNTDOWN):
            self._start_posing(before.step)
        elif step in WATCHED_STEPS and standard is not None:
            self._services.analyzer.watch(standard)
        else:
            self._services.analyzer.pause()
        if step is Step.COUNTDOWN:
            self._services.camera.send_command("prepare")
        elif step is Step.SHOOT:
            assert self._lifecycle.visit is not None
            self._capture.shoot(self._lifecycle.visit)
        elif step in (Step.IDLE, Step.DONE, Step.ENDED):  # a visit ends only with these steps
            self._lifecycle.end(before)

    def _start_posing(self, before: Step) -> None:
        if before in (Step.POSE, Step.COUNTDOWN):
            return
        standard = self._identification.standard
        assert standard is not None
        if before in (Step.CONSENT, Step.PREPARE, Step.PAYMENT):
            # Also without a camera, because one may be connected while the sitter waits.
            self._lifecycle.begin(standard, self._consent_version)
        camera = self._services.camera.state
        if camera.problem is not None:
            self._recovery.enter_error(camera.problem)
            return
        self._guidance.resume(standard)
