"""The visit of one student at the station, as a state machine without Qt, devices or clock.

A VisitState is immutable: every event returns the next state. An event that the present step does not allow (a stray
tap, a frame analyzed too late) returns the same state, because such events are normal on a busy day. Times are seconds
of one monotonic clock that the caller reads.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Self

from config.i18n import Message
from kiosk.visit.identification_events import IdentificationEvents
from kiosk.visit.posing_events import PosingEvents
from kiosk.visit.state_data import HelpRequest, allowed_at
from kiosk.visit.step import TIMED_STEPS, Step
from kiosk.visit.timeouts import VisitTimeouts


class VisitState(IdentificationEvents, PosingEvents):
    """All events of a visit; here those of every step: errors, the end, help and time."""

    def on_error(self, reason: Message, now: float, retry_step: Step | None = None) -> Self:
        """The station failed (camera gone, disk full): store the step to which retry returns."""
        if self.step in (Step.IDLE, Step.DONE, Step.ENDED, Step.ERROR):
            return self
        posing = self.step in (Step.COUNTDOWN, Step.SHOOT)
        return self.transition_to(
            Step.ERROR, now, notice=reason, interrupted_step=retry_step or (Step.POSE if posing else self.step)
        )

    @allowed_at(Step.ERROR)
    def on_error_changed(self, reason: Message) -> Self:
        """The cause of the error changed or became clearer: a camera that was lost is now absent."""
        return replace(self, notice=reason)

    @allowed_at(Step.ERROR)
    def on_retry(self, now: float) -> Self:
        if self.interrupted_step is None:
            return self
        return self.transition_to(self.interrupted_step, now, interrupted_step=None)

    def on_leave(self, now: float) -> Self:
        """The sitter leaves; the screen shows no data about them any more."""
        return self.restart(Step.IDLE, now)

    def on_tick(self, now: float, timeouts: VisitTimeouts, blinking: bool = False) -> Self:
        """Take the shot when the countdown is over, and end an abandoned visit.

        The shot waits until a blink is over.
        """
        if self.step is Step.COUNTDOWN and now - self.since >= timeouts.countdown and not blinking:
            return self.transition_to(Step.SHOOT, now)
        if self.step is Step.SHOOT and now - self.since >= timeouts.shoot:
            return self.on_error(Message("error.portrait_timeout"), now)
        ends_at = self._times_out_at(timeouts)
        if ends_at is None or now < ends_at:
            return self
        if self.step is Step.DOCUMENT:
            return self.restart(Step.IDENTIFY, now, notice=Message("document.timeout"))
        if self.sitter is None or self.step in (Step.DONE, Step.ENDED):
            return self.on_leave(now)
        if self.step is Step.PAYMENT and self.portrait is not None:
            return self.on_payment_finished(now)  # the accepted portrait is stored, and the receipt leads to the order
        return self.restart(Step.ENDED, now, notice=self._end_message())

    def on_touch(self, now: float) -> Self:
        """Somebody touched the screen: the time of this step starts again."""
        return self if self.step in (Step.IDLE, Step.COUNTDOWN, Step.SHOOT) else replace(self, touched_at=now)

    def on_face_seen(self, now: float) -> Self:
        """A face is in front of the camera."""
        return replace(self, face_seen_at=now) if self.sitter is not None else self

    def on_help_requested(self, reason: Message, now: float) -> Self:
        """The student asked for help or cannot continue alone. A second request in the same step changes nothing."""
        return self if self.help is not None else replace(self, help=HelpRequest(reason, now))

    def on_help_acknowledged(self) -> Self:
        """The operator is here and entered the PIN."""
        if self.help is None or self.help.acknowledged:
            return self
        return replace(self, help=replace(self.help, acknowledged=True))

    def on_help_resolved(self) -> Self:
        """The student continued without help."""
        return self if self.help is None else replace(self, help=None)

    def seconds_to_timeout(self, now: float, timeouts: VisitTimeouts) -> int | None:
        """Return the seconds until the visit ends while the screen asks if the student is still there, else None."""
        ends_at = self._times_out_at(timeouts) if self.step not in (Step.DONE, Step.ENDED, Step.DOCUMENT) else None
        if ends_at is None or self.is_help_pending or now < ends_at - timeouts.warning:
            return None
        return max(1, math.ceil(ends_at - now))

    def countdown_seconds(self, now: float, timeouts: VisitTimeouts) -> int:
        """Return the number that the countdown shows: 3, 2, 1."""
        return max(1, math.ceil(timeouts.countdown - (now - self.since)))

    def _times_out_at(self, timeouts: VisitTimeouts) -> float | None:
        """Return when this step ends without any action. A face extends it, but only for a time: it may be a poster."""
        timeout_s = self._step_timeout(timeouts)
        if timeout_s is None:
            return None
        last_touch = max(self.since, self.touched_at)
        return max(last_touch, min(self.face_seen_at, last_touch + timeouts.max_presence)) + timeout_s

    def _end_message(self) -> Message:
        """Return the message about the photos of an abandoned visit. `portrait` is None if the sitter rejected it."""
        if self.portrait is not None:
            return Message("visit_ended.portrait_saved")
        return Message("visit_ended.shots_saved" if self.shot_count else "visit_ended.nothing_taken")

    def _step_timeout(self, timeouts: VisitTimeouts) -> float | None:
        """Return how long this step may last, in seconds; longer while the operator has to come."""
        if self.locked or (self.asks_confirmation and self.sitter is not None and self.sitter.needs_staff):
            return timeouts.error
        return getattr(timeouts, self.step.value, None) if self.step in TIMED_STEPS else None
