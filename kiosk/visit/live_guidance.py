"""Handle the advice of the live view, and decide when a shot waits for it."""

from __future__ import annotations

from config.i18n import Message
from config.standards.registry import PhotoStandard
from kiosk.guidance.coaching.advice import Advice
from kiosk.visit.current_state import CurrentState
from kiosk.visit.ports import AnalysisService
from kiosk.visit.recovery import ErrorRecovery
from kiosk.visit.step import WATCHED_STEPS
from kiosk.visit.timeouts import VisitTimeouts


class LiveGuidance:
    """Holds the newest `advice`; None before the first of a visit. All methods run on the controller's thread."""

    def __init__(self, current: CurrentState, analyzer: AnalysisService, recovery: ErrorRecovery) -> None:
        self.advice: Advice | None = None
        self._current, self._analyzer, self._recovery = current, analyzer, recovery
        self._last_advice_at = 0.0

    def resume(self, standard: PhotoStandard) -> None:
        """Analyze the live view for a sitter who poses; earlier advice is void."""
        self.advice = None
        self._analyzer.resume(standard)

    def handle_advice(self, advice: Advice, timeouts: VisitTimeouts) -> None:
        if advice.face is not None:
            self._current.transition_to(self._current.value.on_face_seen(self._current.now))
        if self._current.value.step in WATCHED_STEPS:
            return
        self.advice, self._last_advice_at = advice, self._current.now
        self._recovery.request_help_on_advice(advice, timeouts)
        self._current.transition_to(self._current.value.on_advice(advice, self._current.now, timeouts))

    def handle_failure(self) -> None:
        if self._current.value.step not in WATCHED_STEPS:
            state = self._current.value.on_error(Message("error.guidance_restarting"), self._current.now)
            self._current.transition_to(state)

    def should_delay_shot(self) -> bool:
        """Return whether a shot waits for the end of a blink, or on a slow machine for an overdue analysis."""
        rate, age = self._analyzer.rate, self._current.now - self._last_advice_at
        overdue = rate is not None and rate.slow and 1.5 * rate.period < age < 3.5 * rate.period
        return overdue or (self.advice is not None and self.advice.eyes_shut)
