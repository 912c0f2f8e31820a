"""The visit of one student at the station, from welcome to goodbye, as a state machine without Qt, device or clock.

A VisitState never changes: every event returns the next one. An event that the present step does not know (a stray tap,
a frame analysed too late) returns the same sitting, because on a busy day such events are normal. Times are seconds of
one monotonic clock that the caller reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from config.i18n import Message
from hardware.document_reader.api import DocumentKind, DocumentReading
from kiosk.capture.types import Portrait
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.guidance.coaching.advice import Advice
from kiosk.upload.envelope import mask_name
from kiosk.upload.outbox.models import IdentifiedBy


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
    DONE = "done"
    ENDED = "ended"
    ERROR = "error"


@dataclass(frozen=True)
class VisitTimeouts:
    """How long things last, in seconds; from [timeouts] of station.toml.

    In the last `warning` seconds of a step the screen asks whether the student is still there. While a face is seen the
    end is put off, by `max_presence` at most. Somebody counts as present for `presence` seconds after their face was
    seen or the screen was touched. An error that lasts `help_after` seconds calls for attention."""

    all_clear: float = 1.0
    countdown: float = 3.0
    identify: float = 40.0
    document: float = 75.0
    student_no: float = 60.0
    last_four: float = 90.0
    choose: float = 60.0
    consent: float = 60.0
    prepare: float = 60.0
    pose: float = 180.0
    shoot: float = 90.0
    review: float = 120.0
    done: float = 20.0
    error: float = 120.0
    ended: float = 30.0
    warning: float = 20.0
    max_presence: float = 600.0
    presence: float = 20.0
    help_after: float = 10.0

    def for_rate(self, rate: AnalysisRate | None) -> VisitTimeouts:
        """The same where guidance analyses more slowly than required.

        A sitter is steady after two analyses that follow the first good one, and looked at twice in the countdown (half
        a period more for an analysis that is late). While posing a sitter is told several things, one after the other,
        each of which takes a few analyses: 60 more of them are waited for, at most ten minutes. Who was not seen in one
        of three analyses is not gone yet.
        """
        if rate is None or not rate.slow:
            return self
        return replace(
            self,
            all_clear=max(self.all_clear, 1.5 * rate.period),
            countdown=max(self.countdown, 2.5 * rate.period),
            pose=self.pose + min(600.0, 60 * rate.delay),
            presence=max(self.presence, 3 * rate.period),
        )


@dataclass(frozen=True)
class DocumentSummary:
    """What was read off a document before the camera, masked; the name is "" where it was not legible. `name_differs`:
    it is not the name on the roster. `needs_staff`: somebody of the staff compares document, roster and person."""

    kind: DocumentKind
    name: str
    number: str
    name_differs: bool = False
    needs_staff: bool = False


def summarize_document(reading: DocumentReading, roster_name: str, needs_staff: bool) -> DocumentSummary:
    """What a screen may show of it. Chinese names alone are compared with the roster's, which is masked: a passport has
    the name in other letters. A name that is not the roster's is no refusal, but the staff should look.

    >>> summarize_document(DocumentReading("id_card", "990101200305090121", "林晚舟"), "林*舟", needs_staff=False)
    DocumentSummary(kind='id_card', name='林*舟', number='******************', name_differs=False, needs_staff=False)
    """
    name = mask_name(reading.name) if reading.name else ""
    number = "*" * len(reading.number)  # its end is asked for next
    other = reading.kind == "id_card" and bool(name) and name != roster_name
    return DocumentSummary(reading.kind, name, number, other, needs_staff or other)


@dataclass(frozen=True)
class EnrolmentChoice:
    """One of several enrolments of a person: what tells it from the others, and the collection it belongs to."""

    label: str
    campaign_name: str


@dataclass(frozen=True)
class Sitter:
    """The student before the camera, as far as a screen may know: the name is masked already.

    `last_four` is shown, and read off the card on the reader: it is "" for everybody who came without one. They type
    the characters: `typed_last_four` keeps them where nobody could say yet whether they are right, and
    `last_four_confirmed` says that they are. `progress_token` belongs to this visit's receipt. `enrolments`: there are
    several, and one of them is still to be chosen; `shareable`: one portrait can serve them all. `also_for` names the
    other enrolments that the portrait is for as well."""

    student: str
    campaign: str
    name: str
    last_four: str
    progress_url: str
    identified_by: IdentifiedBy = "id_card"
    document: DocumentSummary | None = None
    typed_last_four: str | None = field(default=None, repr=False)
    last_four_confirmed: bool = False
    progress_token: str | None = field(default=None, repr=False)
    enrolments: tuple[EnrolmentChoice, ...] = ()
    shareable: bool = False
    also_for: tuple[str, ...] = ()

    @property
    def needs_staff(self) -> bool:
        """Whether their own word is not enough that it is they."""
        return self.document is not None and self.document.needs_staff


@dataclass(frozen=True)
class HelpRequest:
    """The student needs help: `reason` in words for the operator, since when, and whether the operator has seen it."""

    reason: Message
    since: float
    acknowledged: bool = False


@dataclass(frozen=True)
class VisitState:
    """Where the visit stands. `notice` says why a card was not taken, or why the last shot has to be taken again;
    `interrupted_step` is the step that trouble interrupted and that retry returns to; `shot_count` counts how often the
    shutter was let go, a burst as once. `questions` are asked before posing, and answered at `prepared_at`. A sitter at
    the step IDENTIFY was named by something that proves nobody's presence, and is still to say that it is they.

    `touched_at` is when the screen was last touched in this step, `face_seen_at` when a face was last seen. `help` is
    set while the station shows from a distance that help is needed; it ends with the step. At LAST_FOUR the typed
    characters are being checked while `checking`, and only the operator can go on once it is `locked`."""

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

    def on_start(self, now: float) -> VisitState:
        """Somebody touched the welcome screen, or the one that says how the visit before ended."""
        return (self._is_at(Step.IDLE, Step.ENDED) and VisitState(Step.IDENTIFY, now)) or self

    def on_identified(self, sitter: Sitter, now: float) -> VisitState:
        """A card was read and its student is expected."""
        known = VisitState(since=now, touched_at=self.touched_at)._with_sitter(sitter, now)
        return (self._is_at(*_IDENTIFYING_STEPS, Step.LAST_FOUR) and known) or self

    def on_recognised(self, sitter: Sitter, now: float) -> VisitState:
        """A code or a document named a student. Its holder has yet to say that it is they: it can be anybody's."""
        return (self._is_at(*_IDENTIFYING_STEPS) and VisitState(Step.IDENTIFY, now, sitter)) or self

    def accepts_identification(self, by: IdentifiedBy) -> bool:
        """Whether whom a card, a code or a document names is taken now; a card also from who was to type something."""
        return self._is_at(*_IDENTIFYING_STEPS) or (by == "id_card" and self._is_at(Step.LAST_FOUR))

    @property
    def asks_confirmation(self) -> bool:
        """Whether the sitter is asked whether it is they."""
        return self.step is Step.IDENTIFY and self.sitter is not None

    def on_confirmed(self, now: float, by_staff: bool = False) -> VisitState:
        """It is they; they say so themselves, or where that is not enough, somebody of the staff does. A code and a
        picture of a document can be anybody's: next they type the last four characters of their ID number."""
        enough = by_staff or (self.sitter is not None and not self.sitter.needs_staff)
        return (self.asks_confirmation and enough and self._transition_to(Step.LAST_FOUR, now)) or self

    def on_last_four_typed(self, now: float) -> VisitState:
        """The characters are being checked."""
        ready = self._is_at(Step.LAST_FOUR) and not self.checking and not self.locked
        return (ready and replace(self, checking=True, notice=None, touched_at=now)) or self

    def on_last_four_accepted(self, typed: str | None, confirmed: bool, now: float) -> VisitState:
        """They are right; or nobody can say yet, and `typed_last_four` is compared later."""
        sitter = self.sitter
        if self.step is not Step.LAST_FOUR or not self.checking or sitter is None:
            return self
        return self._with_sitter(replace(sitter, typed_last_four=typed, last_four_confirmed=confirmed), now)

    def on_last_four_wrong(self, reason: Message, now: float, locked: bool = False) -> VisitState:
        """They are not the student's; `locked`: only the operator can let the student go on."""
        wrong = self._is_at(Step.LAST_FOUR)
        return (wrong and replace(self, checking=False, locked=locked, notice=reason, touched_at=now)) or self

    def on_staff_confirmed(self, now: float) -> VisitState:
        """The operator has looked at the student's document and entered the PIN."""
        if self.step is not Step.LAST_FOUR or self.sitter is None:
            return self
        return self._with_sitter(replace(self.sitter, identified_by="operator"), now)

    def on_enrolment_chosen(self, sitter: Sitter, now: float) -> VisitState:
        """The student has said for which enrolment the portrait is."""
        return (self._is_at(Step.CHOOSE) and self._transition_to(Step.CONSENT, now, sitter=sitter)) or self

    def _with_sitter(self, sitter: Sitter, now: float) -> VisitState:
        """It is certain enough who sits here: next comes consent, or the choice between several enrolments."""
        step = Step.CHOOSE if sitter.enrolments else Step.CONSENT
        return self._transition_to(step, now, sitter=sitter, checking=False, locked=False)

    def on_denied(self, reason: Message, now: float) -> VisitState:
        """It is somebody else; the name goes from the screen."""
        return (self.asks_confirmation and VisitState(Step.IDENTIFY, now, notice=reason)) or self

    def on_document_started(self, now: float) -> VisitState:
        """The sitter wants to show a document to the camera."""
        begins = self._is_at(Step.IDENTIFY) and not self.asks_confirmation
        return (begins and VisitState(Step.DOCUMENT, now, notice=Message("document.searching"))) or self

    def on_student_no_started(self, now: float) -> VisitState:
        """The sitter wants to type their student number."""
        begins = self._is_at(Step.IDENTIFY) and not self.asks_confirmation
        return (begins and VisitState(Step.STUDENT_NO, now)) or self

    def on_student_no_cancelled(self, now: float) -> VisitState:
        """Another way, then."""
        return (self._is_at(Step.STUDENT_NO) and VisitState(Step.IDENTIFY, now)) or self

    def on_document_progress(self, message: Message) -> VisitState:
        """The newest picture of the document was read, or could not be."""
        return (self._is_at(Step.DOCUMENT) and replace(self, notice=message)) or self

    def on_document_cancelled(self, now: float) -> VisitState:
        """Another way, then."""
        return (self._is_at(Step.DOCUMENT) and VisitState(Step.IDENTIFY, now)) or self

    def on_not_identified(self, reason: Message, now: float) -> VisitState:
        """A card, a code or a document was read, but no picture may be taken on it."""
        return (self._is_at(*_IDENTIFYING_STEPS) and VisitState(Step.IDENTIFY, now, notice=reason)) or self

    def on_consent(self, at: datetime, now: float, questions: tuple[str, ...] = ()) -> VisitState:
        """The sitter agreed; posing begins at once where nothing has to be asked."""
        then = Step.PREPARE if questions else Step.POSE
        return (
            self._is_at(Step.CONSENT) and self._transition_to(then, now, consent_at=at, questions=questions)
        ) or self

    def on_prepared(self, at: datetime, now: float) -> VisitState:
        """The sitter has seen the questions and is ready."""
        return (self._is_at(Step.PREPARE) and self._transition_to(Step.POSE, now, prepared_at=at)) or self

    def on_advice(self, advice: Advice, now: float, timeouts: VisitTimeouts) -> VisitState:
        """Guidance spoke: all well for long enough starts the countdown, anything wrong stops it."""
        if self.step is Step.POSE and advice.ready and advice.steady_for >= timeouts.all_clear:
            return self._transition_to(Step.COUNTDOWN, now)
        if self.step is Step.COUNTDOWN and not advice.ready:
            return self._transition_to(Step.POSE, now)
        return self

    def on_shot_taken(self, now: float) -> VisitState:
        """Somebody has pressed the shutter on the camera's body: the shot is there already."""
        return (self._is_at(Step.POSE, Step.COUNTDOWN) and self._transition_to(Step.SHOOT, now)) or self

    def on_shot_failed(self, reason: Message, now: float) -> VisitState:
        """No shot came, or no portrait could be made of it: back to posing, with the reason on screen."""
        return (self._is_at(Step.SHOOT) and self._transition_to(Step.POSE, now, notice=reason)) or self

    def on_shots_stored(self) -> VisitState:
        """All the originals of this time are safe on disk."""
        return (self._is_at(Step.SHOOT) and replace(self, shot_count=self.shot_count + 1)) or self

    def on_portrait(self, portrait: Portrait, now: float) -> VisitState:
        return (self._is_at(Step.SHOOT) and self._transition_to(Step.REVIEW, now, portrait=portrait)) or self

    def on_retake(self, now: float) -> VisitState:
        return (self._is_at(Step.REVIEW) and self._transition_to(Step.POSE, now, portrait=None)) or self

    def on_accepted(self, now: float) -> VisitState:
        return (self._is_at(Step.REVIEW) and self._transition_to(Step.DONE, now)) or self

    def on_error(self, reason: Message, now: float, retry_step: Step | None = None) -> VisitState:
        """The station itself failed (camera gone, disk full): remember where to go on, say what."""
        if self.step in (Step.IDLE, Step.DONE, Step.ENDED, Step.ERROR):
            return self
        posing = self.step in (Step.COUNTDOWN, Step.SHOOT)
        return self._transition_to(
            Step.ERROR, now, notice=reason, interrupted_step=retry_step or (Step.POSE if posing else self.step)
        )

    def on_error_changed(self, reason: Message) -> VisitState:
        """The same trouble has turned out to be something else, or has become so: what was lost is now absent."""
        return (self._is_at(Step.ERROR) and replace(self, notice=reason)) or self

    def on_retry(self, now: float) -> VisitState:
        if self.step is not Step.ERROR or self.interrupted_step is None:
            return self
        return self._transition_to(self.interrupted_step, now, interrupted_step=None)

    def on_leave(self, now: float) -> VisitState:
        """The sitter goes; nothing of them stays on screen."""
        return VisitState(since=now)

    def on_tick(self, now: float, timeouts: VisitTimeouts, blinking: bool = False) -> VisitState:
        """Time passed: the countdown ends in the shot, an abandoned visit ends in the welcome screen.

        A blink at the end of the countdown is waited out.
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
        return VisitState(Step.ENDED, now, notice=self._end_message())

    def on_touch(self, now: float) -> VisitState:
        """Somebody touched the screen: the time of this step begins anew."""
        return self if self.step in (Step.IDLE, Step.COUNTDOWN, Step.SHOOT) else replace(self, touched_at=now)

    def on_face_seen(self, now: float) -> VisitState:
        """A face is before the camera."""
        return replace(self, face_seen_at=now) if self.sitter is not None else self

    def is_present(self, now: float, timeouts: VisitTimeouts) -> bool:
        """Whether somebody sits there, as far as the station can know."""
        return now - max(self.face_seen_at, self.touched_at) <= timeouts.presence

    def on_help_requested(self, reason: Message, now: float) -> VisitState:
        """The student asked for help or cannot go on alone. Told once a step: what the operator has seen stays seen."""
        return self if self.help is not None else replace(self, help=HelpRequest(reason, now))

    def on_help_acknowledged(self) -> VisitState:
        """The operator is here and has entered the PIN."""
        return (
            self
            if self.help is None or self.help.acknowledged
            else replace(self, help=replace(self.help, acknowledged=True))
        )

    def on_help_resolved(self) -> VisitState:
        """The student got on by themselves."""
        return self if self.help is None else replace(self, help=None)

    @property
    def is_help_pending(self) -> bool:
        return self.help is not None and not self.help.acknowledged

    def seconds_to_timeout(self, now: float, timeouts: VisitTimeouts) -> int | None:
        """Seconds until the visit ends, while the screen asks whether the student is still there; else None."""
        ends_at = self._times_out_at(timeouts) if self.step not in (Step.DONE, Step.ENDED, Step.DOCUMENT) else None
        if ends_at is None or self.is_help_pending or now < ends_at - timeouts.warning:
            return None
        return max(1, math.ceil(ends_at - now))

    def _times_out_at(self, timeouts: VisitTimeouts) -> float | None:
        """When this step ends if nobody does anything. A face that is seen puts it off, but not for ever: it may be a
        picture on the wall."""
        timeout_s = self._step_timeout(timeouts)
        if timeout_s is None:
            return None
        touched = max(self.since, self.touched_at)
        return max(touched, min(self.face_seen_at, touched + timeouts.max_presence)) + timeout_s

    def _end_message(self) -> Message:
        """What became of the visit that nobody went on with. The portrait is set only while it is not rejected."""
        if self.portrait is not None:
            return Message("visit_ended.portrait_saved")
        return Message("visit_ended.shots_saved" if self.shot_count else "visit_ended.nothing_taken")

    def _step_timeout(self, timeouts: VisitTimeouts) -> float | None:
        """How long this step may last, in seconds. Somebody of the staff has to walk over first."""
        if self.locked or (self.asks_confirmation and self.sitter is not None and self.sitter.needs_staff):
            return timeouts.error
        return getattr(timeouts, self.step.value, None) if self.step in _TIMED_STEPS else None

    def countdown_seconds(self, now: float, timeouts: VisitTimeouts) -> int:
        """What the countdown shows: 3, 2, 1."""
        return max(1, math.ceil(timeouts.countdown - (now - self.since)))

    def _is_at(self, *steps: Step) -> bool:
        return self.step in steps

    def _transition_to(self, step: Step, now: float, **changes: object) -> VisitState:
        return replace(self, step=step, since=now, **{"notice": None, "help": None, **changes})  # type: ignore[arg-type]


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
    Step.DONE,
    Step.ENDED,
    Step.ERROR,
)
