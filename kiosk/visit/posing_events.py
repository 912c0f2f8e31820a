"""Events of a visit from the consent to the accepted portrait."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Self

from config.i18n import Message
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.advice import Advice
from kiosk.visit.payment_events import PaymentEvents
from kiosk.visit.state_data import allowed_at
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts


class PosingEvents(PaymentEvents):
    """The sitter agrees, poses, and accepts a portrait or poses again."""

    @allowed_at(Step.CONSENT)
    def on_consent(self, at: datetime, now: float, questions: tuple[str, ...] = ()) -> Self:
        """The sitter agreed; without questions posing begins at once, or after the payment if it comes first."""
        return replace(self, consent_at=at, questions=questions).before_posing(now)

    @allowed_at(Step.PREPARE)
    def on_prepared(self, at: datetime, now: float) -> Self:
        """The sitter has read the questions and is ready."""
        return self.transition_to(Step.POSE, now, prepared_at=at)

    def on_advice(self, advice: Advice, now: float, timeouts: VisitTimeouts) -> Self:
        """Start the countdown when the sitter was ready for long enough; stop it when they are not ready."""
        if self.step is Step.POSE and advice.ready and advice.steady_for >= timeouts.all_clear:
            return self.transition_to(Step.COUNTDOWN, now)
        if self.step is Step.COUNTDOWN and not advice.ready:
            return self.transition_to(Step.POSE, now)
        return self

    @allowed_at(Step.POSE, Step.COUNTDOWN)
    def on_shot_taken(self, now: float) -> Self:
        """Somebody pressed the shutter button on the camera: the shot exists already."""
        return self.transition_to(Step.SHOOT, now)

    @allowed_at(Step.SHOOT)
    def on_shot_failed(self, reason: Message, now: float) -> Self:
        """No shot came, or it gave no portrait: return to posing and show the reason."""
        return self.transition_to(Step.POSE, now, notice=reason)

    @allowed_at(Step.SHOOT)
    def on_shots_stored(self) -> Self:
        """All originals of the burst are safe on disk."""
        return replace(self, shot_count=self.shot_count + 1)

    @allowed_at(Step.SHOOT)
    def on_portrait(self, portrait: Portrait, now: float) -> Self:
        return self.transition_to(Step.REVIEW, now, portrait=portrait)

    @allowed_at(Step.REVIEW)
    def on_retake(self, now: float) -> Self:
        return self.transition_to(Step.POSE, now, portrait=None)

    @allowed_at(Step.REVIEW)
    def on_accepted(self, now: float) -> Self:
        """The accepted portrait is stored: the visit is safe, also if the student does not pay."""
        return self.after_portrait(now)
