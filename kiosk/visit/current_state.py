"""The present state of the visit, which the controller and its parts change."""

from __future__ import annotations

import logging
from collections.abc import Callable

from kiosk.visit.ports import Clock
from kiosk.visit.state import VisitState

log = logging.getLogger(__name__)
Listener = Callable[[VisitState], None]


class CurrentState:
    """Holds the state; `on_step(before)` is called when the step changes, and then all listeners after each change."""

    def __init__(self, clock: Clock, on_step: Callable[[VisitState], None], listener: Listener) -> None:
        self.value = VisitState()
        self._clock, self._on_step = clock, on_step
        self._listeners = [listener]

    @property
    def now(self) -> float:
        """The present time for the events of a state."""
        return self._clock.monotonic()

    def add_listener(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def transition_to(self, state: VisitState) -> None:
        before, self.value = self.value, state
        if state is before:
            return
        if state.step is not before.step:
            log.info("visit: %s > %s", before.step, state.step)
            self._on_step(before)
        for listener in self._listeners:
            try:
                listener(self.value)
            except Exception:  # a failing screen must not prevent a shot from being stored
                log.exception("a screen failed; the visit continues")
