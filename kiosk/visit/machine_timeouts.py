"""The timeouts of a visit on this machine, which may be slow."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.visit.current_state import CurrentState
from kiosk.visit.ports import Services
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts

MAX_STARTUP_S: Final = 900.0
"""The longest start of the analysis that extends the time for posing."""

_Facts = tuple[AnalysisRate | None, Step, float]
"""The rate of analyses, the present step, and for how many seconds the machine was busy in it."""


class MachineTimeouts:
    """The timeouts of this machine; `base` are those of a fast one."""

    def __init__(self, base: VisitTimeouts, current: CurrentState, services: Services) -> None:
        self._base, self._current, self._services = base, current, services
        self._last_busy_at = 0.0
        self._newest: tuple[_Facts, VisitTimeouts] | None = None

    @property
    def value(self) -> VisitTimeouts:
        """The timeouts, longer on a slow machine: the time for posing starts with the analysis, and a portrait may
        take as long as the engine works on it."""
        state = self._current.value
        facts = (self._services.analyzer.rate, state.step, max(0.0, self._last_busy_at - state.since))
        if self._newest is None or self._newest[0] != facts:  # it is read 200 times a second
            self._newest = (facts, self._for_facts(*facts))
        return self._newest[1]

    def _for_facts(self, rate: AnalysisRate | None, step: Step, busy: float) -> VisitTimeouts:
        timeouts = self._base.for_rate(rate)
        if step is Step.POSE:
            return replace(timeouts, pose=timeouts.pose + min(MAX_STARTUP_S, busy))
        return replace(timeouts, shoot=timeouts.shoot + busy) if step is Step.SHOOT else timeouts

    def tick(self) -> None:
        """Record whether the machine is busy with work for which the present step waits."""
        posing = self._current.value.step is Step.POSE
        if self._services.analyzer.is_starting if posing else self._services.engine.is_busy:
            self._last_busy_at = self._current.now
