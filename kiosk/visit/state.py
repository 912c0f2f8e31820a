"""The visit of one student at the station, as a state machine without Qt, devices or clock.

A VisitState is immutable: every event returns the next state. An event that the present step does not allow (a stray
tap, a frame analyzed too late) returns the same state, because such events are normal on a busy day. Times are seconds
of one monotonic clock that the caller reads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from config.i18n import Message
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.advice import Advice
from kiosk.upload.outbox.models import IdentifiedBy
from kiosk.visit.payment import Fee, PaymentStatus
from kiosk.visit.sitter import Sitter
from kiosk.visit.timeouts import VisitTimeouts

P = ParamSpec("P")


class Step(StrEnum):
    IDLE = "idle"
    IDENTIFY = "identify"
    DOCUMENT = "document"
    STUDENT_NO = "student_no"
    LAST_FOUR = "last_four"
    CHOOSE = "choose"
    CONSENT = "consent"
    PREPARE = "prepare"
    POSE = "pose"
    COUNTDOWN = "countdown"
    SHOOT = "shoot"
    REVIEW = "review"
    PAYMENT = "payment"
    DONE = "done"
    ENDED = "ended"
    ERROR = "error"


_IDENTIFYING_STEPS: Final = (Step.IDLE, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO, Step.ENDED)
_TIMED_STEPS: Final = (
    Step.IDENTIFY,
    Step.DOCUMENT,
    Step.STUDENT_NO,
    Step.LAST_FOUR,
    Step.CHOOSE,
    Step.CONSENT,
    Step.PREPARE,
    Step.POSE,
    Step.REVIEW,
    Step.PAYMENT,
    Step.DONE,
    Step.ENDED,
    Step.ERROR,
)


@dataclass(frozen=True)
class HelpRequest:
    """A request for help: the reason for the operator, its start, and whether the operator has acknowledged it."""

    reason: Message
    since: float
    acknowledged: bool = False


Event = Callable[Concatenate["VisitState", P], "VisitState"]


def _allowed_at(*steps: Step) -> Callable[[Event[P]], Event[P]]:
    """Let an event change the state at these steps only."""

    def decorate(event: Event[P]) -> Event[P]:
        @wraps(event)
        def guarded(state: VisitState, /, *arguments: P.args, **keywords: P.kwargs) -> VisitState:
            return event(state, *arguments, **keywords) if state.step in steps else state

        return guarded

    return decorate


@dataclass(frozen=True)
class VisitState:
    """The step of the visit and its data so far.

    `notice` is the reason why a card was refused, or why the last shot has to be repeated. `interrupted_step` is the
    step to which retry returns after an error. `shot_count` counts bursts. `questions` are shown before posing and were
    answered at `prepared_at`. A sitter at the step IDENTIFY was found by a code or document and has to confirm their
    identity.

    `touched_at` is when the screen was last touched in this step, `face_seen_at` when a face was last seen. `help` is
    set while the station calls the operator; it ends with the step. At LAST_FOUR the typed characters are being checked
    while `checking`, and only the operator can continue once it is `locked`. `payment` is set from the step PAYMENT on,
    which follows consent or the accepted portrait, as the campaign requires; no visit is lost because of it. A portrait
    for several enrolments has one order for each: `earlier_payments` are those whose screens were left already.
    """

    step: Step = Step.IDLE
    since: float = 0.0
    sitter: Sitter | None = None
    consent_at: datetime | None = None
    questions: tuple[str, ...] = ()
    prepared_at: datetime | None = None
    shot_count: int = 0
    portrait: Portrait | None = None
    notice: Message | None = None
    interrupted_step: Step | None = None
    touched_at: float = -math.inf
    face_seen_at: float = -math.inf
    help: HelpRequest | None = None
    checking: bool = False
    locked: bool = False
    payment: PaymentStatus | None = None
    earlier_payments: tuple[PaymentStatus, ...] = ()

    # ------------------------------------------------------------------ identification

    @_allowed_at(Step.IDLE, Step.ENDED)
    def on_start(self, now: float) -> VisitState:
        """Somebody touched the welcome screen, or the screen that shows how the previous visit ended."""
        return VisitState(Step.IDENTIFY, now)

    @_allowed_at(*_IDENTIFYING_STEPS, Step.LAST_FOUR)
    def on_identified(self, sitter: Sitter, now: float) -> VisitState:
        """A card was read and its student is expected."""
        return VisitState(since=now, touched_at=self.touched_at)._with_sitter(sitter, now)

    @_allowed_at(*_IDENTIFYING_STEPS)
    def on_recognised(self, sitter: Sitter, now: float) -> VisitState:
        """A code or a document identified a student. Its holder has to confirm it, because it can be anybody's."""
        return VisitState(Step.IDENTIFY, now, sitter)

    def accepts_identification(self, by: IdentifiedBy) -> bool:
        """Return whether a card, code or document is accepted now. A card also replaces typing the last four."""
        return self.step in _IDENTIFYING_STEPS or (by == "id_card" and self.step is Step.LAST_FOUR)

    @property
    def asks_confirmation(self) -> bool:
        """Whether the screen asks the sitter to confirm their identity."""
        return self.step is Step.IDENTIFY and self.sitter is not None

    def on_confirmed(self, now: float, by_staff: bool = False) -> VisitState:
        """The sitter confirmed their identity, or the operator did if that is required.

        A code and a picture of a document can be anybody's: next they type the last four characters of their ID number.
        """
        if not self.asks_confirmation or self.sitter is None or (self.sitter.needs_staff and not by_staff):
            return self
        return self._transition_to(Step.LAST_FOUR, now)

    @_allowed_at(Step.LAST_FOUR)
    def on_last_four_typed(self, now: float) -> VisitState:
        """The characters are being checked."""
        if self.checking or self.locked:
            return self
        return replace(self, checking=True, notice=None, touched_at=now)

    @_allowed_at(Step.LAST_FOUR)
    def on_last_four_accepted(self, typed: str | None, confirmed: bool, now: float) -> VisitState:
        """The characters are correct; or they could not be checked yet, and `typed` is compared later."""
        if not self.checking or self.sitter is None:
            return self
        return self._with_sitter(replace(self.sitter, typed_last_four=typed, last_four_confirmed=confirmed), now)

    @_allowed_at(Step.LAST_FOUR)
    def on_last_four_wrong(self, reason: Message, now: float, locked: bool = False) -> VisitState:
        """The characters are not the student's; once `locked`, only the operator can continue."""
        return replace(self, checking=False, locked=locked, notice=reason, touched_at=now)

    @_allowed_at(Step.LAST_FOUR)
    def on_staff_confirmed(self, now: float) -> VisitState:
        """The operator checked the student's document and entered the PIN."""
        if self.sitter is None:
            return self
        return self._with_sitter(replace(self.sitter, identified_by="operator"), now)

    @_allowed_at(Step.CHOOSE)
    def on_enrolment_chosen(self, sitter: Sitter, now: float) -> VisitState:
        """The student chose the enrolment of the portrait."""
        return self._transition_to(Step.CONSENT, now, sitter=sitter)

    def _with_sitter(self, sitter: Sitter, now: float) -> VisitState:
        """Continue with an identified sitter: with consent, or the choice between several enrolments."""
        step = Step.CHOOSE if sitter.enrolments else Step.CONSENT
        return self._transition_to(step, now, sitter=sitter, checking=False, locked=False)

    def on_denied(self, reason: Message, now: float) -> VisitState:
        """The sitter is somebody else; the screen removes the name."""
        return VisitState(Step.IDENTIFY, now, notice=reason) if self.asks_confirmation else self

    def on_document_started(self, now: float) -> VisitState:
        """The sitter wants to show a document to the camera."""
        if self.step is not Step.IDENTIFY or self.asks_confirmation:
            return self
        return VisitState(Step.DOCUMENT, now, notice=Message("document.searching"))

    def on_student_no_started(self, now: float) -> VisitState:
        """The sitter wants to type their student number."""
        if self.step is not Step.IDENTIFY or self.asks_confirmation:
            return self
        return VisitState(Step.STUDENT_NO, now)

    @_allowed_at(Step.STUDENT_NO)
    def on_student_no_cancelled(self, now: float) -> VisitState:
        """The sitter chooses another way."""
        return VisitState(Step.IDENTIFY, now)

    @_allowed_at(Step.DOCUMENT)
    def on_document_progress(self, message: Message) -> VisitState:
        """The newest picture of the document was read, or was not legible."""
        return replace(self, notice=message)

    @_allowed_at(Step.DOCUMENT)
    def on_document_cancelled(self, now: float) -> VisitState:
        """The sitter chooses another way."""
        return VisitState(Step.IDENTIFY, now)

    @_allowed_at(*_IDENTIFYING_STEPS)
    def on_not_identified(self, reason: Message, now: float) -> VisitState:
        """A card, a code or a document was read, but it does not allow a visit."""
        return VisitState(Step.IDENTIFY, now, notice=reason)

    # ------------------------------------------------------------------ consent, posing and shot

    @_allowed_at(Step.CONSENT)
    def on_consent(self, at: datetime, now: float, questions: tuple[str, ...] = ()) -> VisitState:
        """The sitter agreed; without questions posing begins at once, or after the payment if it comes first."""
        return replace(self, consent_at=at, questions=questions)._before_posing(now)

    def _before_posing(self, now: float) -> VisitState:
        fee = self._next_fee(before_capture=True)
        if fee is not None:
            return self._to_payment(fee, now)
        return self._transition_to(Step.PREPARE if self.questions else Step.POSE, now)

    @_allowed_at(Step.PREPARE)
    def on_prepared(self, at: datetime, now: float) -> VisitState:
        """The sitter has read the questions and is ready."""
        return self._transition_to(Step.POSE, now, prepared_at=at)

    def on_advice(self, advice: Advice, now: float, timeouts: VisitTimeouts) -> VisitState:
        """Start the countdown when the sitter was ready for long enough; stop it when they are not ready."""
        if self.step is Step.POSE and advice.ready and advice.steady_for >= timeouts.all_clear:
            return self._transition_to(Step.COUNTDOWN, now)
        if self.step is Step.COUNTDOWN and not advice.ready:
            return self._transition_to(Step.POSE, now)
        return self

    @_allowed_at(Step.POSE, Step.COUNTDOWN)
    def on_shot_taken(self, now: float) -> VisitState:
        """Somebody pressed the shutter button on the camera: the shot exists already."""
        return self._transition_to(Step.SHOOT, now)

    @_allowed_at(Step.SHOOT)
    def on_shot_failed(self, reason: Message, now: float) -> VisitState:
        """No shot came, or it gave no portrait: return to posing and show the reason."""
        return self._transition_to(Step.POSE, now, notice=reason)

    @_allowed_at(Step.SHOOT)
    def on_shots_stored(self) -> VisitState:
        """All originals of the burst are safe on disk."""
        return replace(self, shot_count=self.shot_count + 1)

    @_allowed_at(Step.SHOOT)
    def on_portrait(self, portrait: Portrait, now: float) -> VisitState:
        return self._transition_to(Step.REVIEW, now, portrait=portrait)

    @_allowed_at(Step.REVIEW)
    def on_retake(self, now: float) -> VisitState:
        return self._transition_to(Step.POSE, now, portrait=None)

    @_allowed_at(Step.REVIEW)
    def on_accepted(self, now: float) -> VisitState:
        """The accepted portrait is stored: the visit is safe, also if the student does not pay."""
        return self._after_portrait(now)

    def _after_portrait(self, now: float) -> VisitState:
        fee = self._next_fee(before_capture=False)
        return self._transition_to(Step.DONE, now) if fee is None else self._to_payment(fee, now)

    # ------------------------------------------------------------------ payment

    @_allowed_at(Step.PAYMENT)
    def on_payment(self, payment: PaymentStatus) -> VisitState:
        """The server answered, or did not. The same information changes nothing."""
        if payment == self.payment:
            return self
        news = self.payment is None or payment.phase is not self.payment.phase
        return replace(self, payment=payment, notice=None if news else self.notice)

    @_allowed_at(Step.PAYMENT)
    def on_payment_notice(self, notice: Message, now: float) -> VisitState:
        """Tell the student about something else on this screen, such as a scanned code that is of no use here."""
        return replace(self, notice=notice, touched_at=now)

    @_allowed_at(Step.PAYMENT)
    def on_payment_finished(self, now: float) -> VisitState:
        """The student has paid, or pays later on their own page: the visit continues either way, with the order of the
        next enrolment if there is one."""
        return self._after_portrait(now) if self.portrait is not None else self._before_posing(now)

    @property
    def accepts_cash(self) -> bool:
        """Whether the operator can record cash now."""
        return self.step is Step.PAYMENT and self.payment is not None and not self.payment.is_settled

    @property
    def unpaid_fen(self) -> int:
        """What the sitter still has to pay, as far as the station knows."""
        shown = {payment.fee.student for payment in self.payments}
        due = (fee.amount_fen for fee in self._fees if fee.student not in shown)
        return sum(payment.unpaid_fen for payment in self.payments) + sum(due)

    @property
    def payments(self) -> tuple[PaymentStatus, ...]:
        """The orders whose screens were shown, the present one last."""
        return (*self.earlier_payments, self.payment) if self.payment is not None else ()

    @property
    def _fees(self) -> tuple[Fee, ...]:
        return self.sitter.fees if self.sitter is not None else ()

    def _next_fee(self, before_capture: bool) -> Fee | None:
        shown = {payment.fee.student for payment in self.payments}
        due = (fee for fee in self._fees if fee.before_capture is before_capture and fee.student not in shown)
        return next(due, None)

    def _to_payment(self, fee: Fee, now: float) -> VisitState:
        payment = PaymentStatus(fee, fee.amount_fen, now)
        return self._transition_to(Step.PAYMENT, now, payment=payment, earlier_payments=self.payments)

    # ------------------------------------------------------------------ errors, the end, and help

    def on_error(self, reason: Message, now: float, retry_step: Step | None = None) -> VisitState:
        """The station failed (camera gone, disk full): store the step to which retry returns."""
        if self.step in (Step.IDLE, Step.DONE, Step.ENDED, Step.ERROR):
            return self
        posing = self.step in (Step.COUNTDOWN, Step.SHOOT)
        return self._transition_to(
            Step.ERROR, now, notice=reason, interrupted_step=retry_step or (Step.POSE if posing else self.step)
        )

    @_allowed_at(Step.ERROR)
    def on_error_changed(self, reason: Message) -> VisitState:
        """The cause of the error changed or became clearer: a camera that was lost is now absent."""
        return replace(self, notice=reason)

    @_allowed_at(Step.ERROR)
    def on_retry(self, now: float) -> VisitState:
        if self.interrupted_step is None:
            return self
        return self._transition_to(self.interrupted_step, now, interrupted_step=None)

    def on_leave(self, now: float) -> VisitState:
        """The sitter leaves; the screen shows nothing of them any more."""
        return VisitState(since=now)

    def on_tick(self, now: float, timeouts: VisitTimeouts, blinking: bool = False) -> VisitState:
        """Take the shot when the countdown is over, and end an abandoned visit.

        The shot waits until a blink is over.
        """
        if self.step is Step.COUNTDOWN and now - self.since >= timeouts.countdown and not blinking:
            return self._transition_to(Step.SHOOT, now)
        if self.step is Step.SHOOT and now - self.since >= timeouts.shoot:
            return self.on_error(Message("error.portrait_timeout"), now)
        ends_at = self._times_out_at(timeouts)
        if ends_at is None or now < ends_at:
            return self
        if self.step is Step.DOCUMENT:
            return VisitState(Step.IDENTIFY, now, notice=Message("document.timeout"))
        if self.sitter is None or self.step in (Step.DONE, Step.ENDED):
            return self.on_leave(now)
        if self.step is Step.PAYMENT and self.portrait is not None:
            return self.on_payment_finished(now)  # the accepted portrait is stored, and the receipt leads to the order
        return VisitState(Step.ENDED, now, notice=self._end_message())

    def on_touch(self, now: float) -> VisitState:
        """Somebody touched the screen: the time of this step starts again."""
        return self if self.step in (Step.IDLE, Step.COUNTDOWN, Step.SHOOT) else replace(self, touched_at=now)

    def on_face_seen(self, now: float) -> VisitState:
        """A face is before the camera."""
        return replace(self, face_seen_at=now) if self.sitter is not None else self

    def is_present(self, now: float, timeouts: VisitTimeouts) -> bool:
        """Return whether somebody is there, as far as the station can detect it."""
        return now - max(self.face_seen_at, self.touched_at) <= timeouts.presence

    def on_help_requested(self, reason: Message, now: float) -> VisitState:
        """The student asked for help or cannot continue alone. A second request in the same step changes nothing."""
        return self if self.help is not None else replace(self, help=HelpRequest(reason, now))

    def on_help_acknowledged(self) -> VisitState:
        """The operator is here and entered the PIN."""
        if self.help is None or self.help.acknowledged:
            return self
        return replace(self, help=replace(self.help, acknowledged=True))

    def on_help_resolved(self) -> VisitState:
        """The student continued without help."""
        return self if self.help is None else replace(self, help=None)

    @property
    def is_help_pending(self) -> bool:
        return self.help is not None and not self.help.acknowledged

    # ------------------------------------------------------------------ times

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
        """Return when this step ends without any action. A face extends it, but not forever: it may be a poster."""
        timeout_s = self._step_timeout(timeouts)
        if timeout_s is None:
            return None
        touched = max(self.since, self.touched_at)
        return max(touched, min(self.face_seen_at, touched + timeouts.max_presence)) + timeout_s

    def _end_message(self) -> Message:
        """Return what happened to the photos of an abandoned visit. A rejected portrait is not set any more."""
        if self.portrait is not None:
            return Message("visit_ended.portrait_saved")
        return Message("visit_ended.shots_saved" if self.shot_count else "visit_ended.nothing_taken")

    def _step_timeout(self, timeouts: VisitTimeouts) -> float | None:
        """Return how long this step may last, in seconds; longer while the operator has to come."""
        if self.locked or (self.asks_confirmation and self.sitter is not None and self.sitter.needs_staff):
            return timeouts.error
        return getattr(timeouts, self.step.value, None) if self.step in _TIMED_STEPS else None

    def _transition_to(self, step: Step, now: float, **changes: object) -> VisitState:
        return replace(self, step=step, since=now, **{"notice": None, "help": None, **changes})  # type: ignore[arg-type]
