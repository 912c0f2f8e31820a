"""Conducts one visit after the other: brings what devices, engine and people say to the sitting, and acts on it.

Everything happens on the thread that calls `process_events`; what other threads have to say waits in a queue until
then.
"""

from __future__ import annotations

import logging
import math
import queue
import secrets
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar, assert_never

from config.errors import Problem
from config.i18n import Message
from config.id_number import last_four
from config.standards.registry import PhotoStandard
from hardware.barcodes.api import Scan
from hardware.cameras.api import Frame, Shot
from hardware.cameras.isolation.supervisor import CameraState
from hardware.card_reader.api import CardReading
from hardware.document_reader.api import DocumentReading
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.prompts import no_prompts
from kiosk.identification.attempts import AttemptCounters, AttemptLimit
from kiosk.identification.last_four import LastFourCheck, LastFourResult
from kiosk.upload.envelope import CampaignPayload, Consent, VisitOutcome
from kiosk.upload.outbox.models import IdentifiedBy
from kiosk.upload.roster import Enrolment
from kiosk.visit.campaign_standard import campaign_standard
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
from kiosk.visit.errors import (
    CAMERA_ERRORS,
    STAFF_ACTION_REQUIRED,
    STAFF_RETRY_INTERVAL_S,
    is_resolved,
    log_failure,
    message_for,
    problem_of,
)
from kiosk.visit.orphan_shots import OrphanShots, surely_shows
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recorder import Visit
from kiosk.visit.sitter import EnrolmentChoice, Sitter, summarize_document
from kiosk.visit.state import Step, VisitState
from kiosk.visit.timeouts import VisitTimeouts

log = logging.getLogger(__name__)
T = TypeVar("T")
MAX_STARTUP_S = 900.0
"""Seconds that the analysis may take to begin before a sitter's time begins all the same."""
CODE_LIMIT: Final = AttemptLimit(tries=8, pause=30.0, max_pause=600.0, reset_after=600.0)
"""Codes in a row that name nobody or somebody else. Student numbers count upwards: without a limit a phone could go
through a whole year of them, one masked name after the other."""
_CODE_COUNTER: Final = "codes"


class VisitController:
    """Holds the present `state` and the newest `advice`; `on_change` is called after each change of the sitting.
    `burst` is how many shots are taken at one go at most; `questions` are asked before posing.
    `documents_for_staff`: whom a document names is let on by the staff only."""

    def __init__(
        self,
        services: Services,
        timeouts: VisitTimeouts,
        consent_version: str,
        clock: Clock,
        on_change: Callable[[VisitState], None] = lambda visit: None,
        standard_of: Callable[[CampaignPayload], PhotoStandard] = campaign_standard,
        burst: int = 1,
        questions: Callable[[PhotoStandard], tuple[str, ...]] = no_prompts,
        documents_for_staff: bool = False,
        last_four_check: LastFourCheck | None = None,
        attempts: AttemptCounters | None = None,
    ) -> None:
        self.state = VisitState()
        self.advice: Advice | None = None
        self._base_timeouts = timeouts
        self._last_advice_at = 0.0
        self._last_busy_at = 0.0
        self._services = services
        self._consent_version = consent_version
        self._clock = clock
        self._listeners = [on_change]
        self._standard_of = standard_of
        self._questions = questions
        self._documents_for_staff = documents_for_staff
        self._events: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # One thread for everything that writes to disk: in order, and never in the way of the view.
        self._io_executor = ThreadPoolExecutor(1, thread_name_prefix="visit-io")
        self._visit: Visit | None = None
        self._capture_events: deque[CaptureEvent] = deque()
        self._capture = CaptureSequence(
            services, clock, self._io_executor, self._on_done, self._capture_events.append, burst
        )
        # One more for what asks the server, which may take its time.
        self._server_executor = ThreadPoolExecutor(1, thread_name_prefix="ask-server")
        self._last_four_check = last_four_check
        self._attempts = attempts
        self._expected_last_four = ""
        self._matches: list[Enrolment] = []
        self._orphan_shots = OrphanShots(services, clock, self._io_executor, self._on_done, self._capture)
        self._standard: PhotoStandard | None = None

    def add_listener(self, listener: Callable[[VisitState], None]) -> None:
        """Call `listener` after each change of the visit, on the thread of the controller."""
        self._listeners.append(listener)

    # ------------------------------------------------------------------ from any thread

    def on_card(self, card: CardReading) -> None:
        self._events.put(lambda: self._handle_card(card))

    def on_card_problem(self, problem: Problem) -> None:
        """A card could not be read: it was taken away too early, or it is of no kind that can be."""
        self._events.put(lambda: self._refuse(message_for(problem)))

    def on_code(self, scan: Scan) -> None:
        self._events.put(lambda: self._handle_code(scan.payload))

    def on_broken_code(self) -> None:
        """A scanner sent something that is perhaps not a whole code."""
        self._events.put(lambda: self._refuse(Message("code.incomplete")))

    def on_document(self, reading: DocumentReading) -> None:
        self._events.put(lambda: self._handle_document(reading))

    def on_document_progress(self, message: Message) -> None:
        """How the reading of a document goes."""
        self._events.put(lambda: self._transition_to(self.state.on_document_progress(message)))

    def on_advice(self, advice: Advice, frame: Frame) -> None:
        self._events.put(lambda: self._handle_advice(advice))

    def on_camera_state(self, state: CameraState) -> None:
        self._events.put(lambda: self._handle_camera_state(state))

    def on_late_shot(self, shot: Shot) -> None:
        """A shot that came after its deadline: an original all the same, kept with the visit if it is still there."""
        self._events.put(lambda: self._orphan_shots.on_late_shot(self._capture.requested_by, shot))

    def on_unsolicited_shot(self, shot: Shot, after: float) -> None:
        """A shot taken after that moment with the shutter on the camera's body."""
        self._events.put(lambda: self._handle_unsolicited_shot(shot, after))

    def on_guidance_failure(self, error: BaseException) -> None:
        log.error("guidance failed and begins anew", exc_info=error)
        self._events.put(self._handle_guidance_failure)

    @property
    def timeouts(self) -> VisitTimeouts:
        """How long things last: on a slow machine longer. Posing begins when the analysis does, and the portrait is
        waited for as long as the engine works on it."""
        pace = self._base_timeouts.for_rate(self._services.analyzer.rate)
        busy = max(0.0, self._last_busy_at - self.state.since)
        if self.state.step is Step.POSE:
            return replace(pace, pose=pace.pose + min(MAX_STARTUP_S, busy))
        return replace(pace, shoot=pace.shoot + busy) if self.state.step is Step.SHOOT else pace

    @property
    def unsaved_shot_count(self) -> int:
        """How many shots are in hand that a full disk has not taken yet."""
        return self._orphan_shots.unsaved_count

    # ------------------------------------------------------------------ from the main thread

    def process_events(self) -> None:
        """Takes in all that was heard, then lets time pass. Call it often: it never waits."""
        for _ in range(self._events.qsize()):
            self._events.get_nowait()()
            self._handle_capture_events()
        self._orphan_shots.tick()
        self._retry_staff_errors()
        self._request_help_on_error()
        posing = self.state.step is Step.POSE
        if self._services.analyzer.is_starting if posing else self._services.engine.is_busy:
            self._last_busy_at = self._clock.monotonic()
        self._transition_to(self.state.on_tick(self._clock.monotonic(), self.timeouts, self._should_delay_shot()))

    def _should_delay_shot(self) -> bool:
        """A blink is waited out; and on a slow machine, up to twice a period, an analysis that is overdue."""
        rate, age = self._services.analyzer.rate, self._clock.monotonic() - self._last_advice_at
        overdue = rate is not None and rate.slow and 1.5 * rate.period < age < 3.5 * rate.period
        return overdue or (self.advice is not None and self.advice.eyes_shut)

    def start(self) -> None:
        self._transition_to(self.state.on_start(self._clock.monotonic()))

    def confirm(self) -> None:
        """The sitter says that it is they whom the code or the document names."""
        self._transition_to(self.state.on_confirmed(self._clock.monotonic()))

    def confirm_by_staff(self) -> None:
        """Somebody of the staff says so, who has entered the PIN."""
        now = self._clock.monotonic()
        vouches = self.state.step is Step.LAST_FOUR
        self._transition_to(
            self.state.on_staff_confirmed(now) if vouches else self.state.on_confirmed(now, by_staff=True)
        )

    def submit_last_four(self, typed: str) -> None:
        """The student has typed the last four characters of their ID number."""
        before, sitter, now = self.state, self.state.sitter, self._clock.monotonic()
        self._transition_to(before.on_last_four_typed(now))
        if self.state is before or sitter is None:
            return
        if self._last_four_check is None:  # nobody to ask: they are compared later
            self._transition_to(self.state.on_last_four_accepted(typed, False, now))
            return
        asked = self._server_executor.submit(
            self._last_four_check.check, sitter.student, typed, self._expected_last_four
        )
        self._on_done(asked, lambda done: self._on_last_four_checked(sitter, typed, done))

    def start_document(self) -> None:
        self._transition_to(self.state.on_document_started(self._clock.monotonic()))

    def start_student_no(self) -> None:
        self._transition_to(self.state.on_student_no_started(self._clock.monotonic()))

    def submit_student_no(self, typed: str) -> None:
        """As a code that was read: it may be anybody's."""
        if self.state.step is Step.STUDENT_NO:
            self._handle_code(typed)

    def cancel_student_no(self) -> None:
        self._transition_to(self.state.on_student_no_cancelled(self._clock.monotonic()))

    def cancel_document(self) -> None:
        self._transition_to(self.state.on_document_cancelled(self._clock.monotonic()))

    def deny(self) -> None:
        self._count_failed_code(wrong=self.state.asks_confirmation)
        self._transition_to(self.state.on_denied(Message("code.other_student"), self._clock.monotonic()))

    def choose_enrolment(self, index: int) -> None:
        """The portrait is for that one of the student's enrolments."""
        self._choose_enrolments(self._matches[index : index + 1])

    def choose_all_enrolments(self) -> None:
        """The portrait is for all of them."""
        if self.state.sitter is not None and self.state.sitter.shareable:
            self._choose_enrolments(self._matches)

    def _choose_enrolments(self, enrolments: list[Enrolment]) -> None:
        sitter = self.state.sitter
        if sitter is None or self.state.step is not Step.CHOOSE or not enrolments:
            return
        try:
            self._standard = self._standard_of(enrolments[0].campaign)
        except Problem as problem:
            now = self._clock.monotonic()
            self._transition_to(self.state.on_leave(now).on_not_identified(message_for(problem), now))
            return
        student = enrolments[0].student
        address = sitter.progress_url if sitter.progress_token else student.progress_url
        chosen = replace(
            sitter,
            student=student.id,
            campaign=enrolments[0].campaign.code,
            progress_url=address,
            enrolments=(),
            also_for=tuple(one.student.id for one in enrolments[1:]),
        )
        self._transition_to(self.state.on_enrolment_chosen(chosen, self._clock.monotonic()))

    def consent(self) -> None:
        at, standard = self._clock.wall(), self._standard
        asked = self._questions(standard) if standard is not None else ()
        self._transition_to(self.state.on_consent(at, self._clock.monotonic(), asked))

    def confirm_prepared(self) -> None:
        self._transition_to(self.state.on_prepared(self._clock.wall(), self._clock.monotonic()))

    def accept(self) -> None:
        visit = self._visit
        if self.state.step is not Step.REVIEW or visit is None:
            return
        visit.is_accepted = True  # before the desk has it the retake button can still be touched
        saved = self._io_executor.submit(self._store_accepted, visit)
        self._on_done(saved, lambda done: self._on_accept_stored(visit, done))

    def retake(self) -> None:
        if self._visit is None or not self._visit.is_accepted:
            self._transition_to(self.state.on_retake(self._clock.monotonic()))

    def touch(self) -> None:
        """Somebody touched the screen, wherever."""
        self._transition_to(self.state.on_touch(self._clock.monotonic()))

    def request_help(self) -> None:
        """The student pressed the button."""
        self.touch()
        self._request_help(self.state.notice or Message("help.requested"))

    def acknowledge_help(self) -> None:
        """The operator entered the PIN."""
        self._transition_to(self.state.on_help_acknowledged())

    def retry(self) -> None:
        self._transition_to(self.state.on_retry(self._clock.monotonic()))

    def leave(self) -> None:
        self._transition_to(self.state.on_leave(self._clock.monotonic()))

    def recover(self, finish: Callable[[], int]) -> Future[int]:
        """Lets the desk finish, before anything else, the visits that a crash or power cut left open."""
        return self._io_executor.submit(finish)

    def close(self) -> None:
        self._end_visit(self.state)
        self._orphan_shots.retry_all()
        self._server_executor.shutdown(wait=False, cancel_futures=True)
        self._io_executor.shutdown(wait=True)

    # ------------------------------------------------------------------ what was heard

    def _handle_card(self, card: CardReading) -> None:
        sitter = self._look_up_sitter("id_card", lambda today: self._services.roster.find_all(card.number, today))
        if sitter is not None:
            shown = replace(sitter, last_four=last_four(card.number))
            self._transition_to(self.state.on_identified(shown, self._clock.monotonic()))

    def _handle_code(self, payload: str) -> None:
        """A card is in the hand of whom it names, or somebody stole it; a code may be anybody's picture. So the person
        is asked first."""
        codes = self._services.code_lookup
        if codes is None or self._codes_paused():
            return
        sitter = self._look_up_sitter("code", lambda today: [codes.find(payload, today)])
        if sitter is not None:
            self._transition_to(self.state.on_recognised(sitter, self._clock.monotonic()))
        elif self.state.step is Step.IDENTIFY:
            self._count_failed_code(wrong=True)

    def _codes_paused(self) -> bool:
        """Whether codes are not looked up for a while; the screen says so."""
        waits = self._attempts.seconds_to_wait(_CODE_COUNTER, CODE_LIMIT) if self._attempts is not None else 0.0
        if waits and self.state.accepts_identification("code"):
            self._refuse(Message("code.paused", {"seconds": math.ceil(waits)}))
        return bool(waits)

    def _count_failed_code(self, wrong: bool) -> None:
        """A code that names nobody, or somebody else than who shows it: whoever tries many is slowed down."""
        if self._attempts is not None and wrong:
            self._attempts.record_failure(_CODE_COUNTER, CODE_LIMIT)
            self._codes_paused()

    def _on_last_four_checked(self, sitter: Sitter, typed: str, done: Future[LastFourResult]) -> None:
        if self.state.sitter is not sitter or not self.state.checking:
            return
        problem, now = problem_of(done), self._clock.monotonic()
        result = LastFourResult(None) if problem is not None else done.result()
        if result.correct is False:
            self._reject_last_four(result)
            return
        if self._attempts is not None:
            self._attempts.reset(_CODE_COUNTER)
        self._transition_to(
            self.state.on_last_four_accepted(None if result.correct else typed, bool(result.correct), now)
        )

    def _reject_last_four(self, result: LastFourResult) -> None:
        log.warning("the last four characters typed are not the student's")
        now = self._clock.monotonic()
        if result.tries_left:
            self._transition_to(
                self.state.on_last_four_wrong(Message("last_four.wrong", {"left": result.tries_left}), now)
            )
            return
        self._transition_to(self.state.on_last_four_wrong(Message("last_four.locked"), now, locked=True))
        self._request_help(Message("last_four.for_operator"))

    def _handle_document(self, reading: DocumentReading) -> None:
        """A document before a camera can be anybody's, or a picture of one: it is looked at by eye, like a code."""
        if self.state.step is not Step.DOCUMENT:
            return
        sitter = self._look_up_sitter("document", lambda today: self._services.roster.find_all(reading.number, today))
        if sitter is not None:
            self._expected_last_four = last_four(reading.number)
            document = summarize_document(reading, sitter.name, self._documents_for_staff)
            if document.name_differs:
                log.warning("the name on a document is not the one on the roster; the staff is asked to look")
            self._transition_to(self.state.on_recognised(replace(sitter, document=document), self._clock.monotonic()))

    def _look_up_sitter(self, by: IdentifiedBy, find: Callable[[datetime], list[Enrolment]]) -> Sitter | None:
        """Whom `find` finds; or None, and the screen says why."""
        if not self.state.accepts_identification(by):
            return None
        try:
            self._matches = find(self._clock.wall())
            found = self._matches[0]
            self._standard = self._standard_of(found.campaign)
        except Problem as problem:
            self._refuse(message_for(problem))
            return None
        student = found.student
        token = secrets.token_urlsafe(16) if self._services.roster.progress_base else None
        address = self._services.roster.progress_base + token if token else student.progress_url
        self._expected_last_four = student.last_four  # sent by servers of 86a4649 only
        sitter = Sitter(student.id, found.campaign.code, student.name, "", address, by, progress_token=token)
        return replace(sitter, enrolments=_enrolment_choices(self._matches), shareable=_shareable(self._matches))

    def _handle_advice(self, advice: Advice) -> None:
        if advice.face is not None:
            self._transition_to(self.state.on_face_seen(self._clock.monotonic()))
        if self.state.step is Step.REVIEW:
            return
        self.advice, self._last_advice_at = advice, self._clock.monotonic()
        self._request_help_on_advice(advice)
        self._transition_to(self.state.on_advice(advice, self._clock.monotonic(), self.timeouts))

    def _handle_guidance_failure(self) -> None:
        if self.state.step is not Step.REVIEW:  # there it only tells whether somebody is still there
            self._transition_to(self.state.on_error(Message("error.guidance_restarting"), self._clock.monotonic()))

    def _request_help_on_advice(self, advice: Advice) -> None:
        if self.state.step is not Step.POSE:
            return
        now = self._clock.monotonic()
        if not advice.needs_help:
            self._transition_to(self.state.on_help_resolved())
        elif advice.face is not None or self.state.is_present(now, self.timeouts):
            self._request_help(Message(advice.hint, advice.values))

    def _request_help(self, reason: Message) -> None:
        if self.state.help is None:
            log.warning("the student needs help: %s", reason.key)
        self._transition_to(self.state.on_help_requested(reason, self._clock.monotonic()))

    def _request_help_on_error(self) -> None:
        """A fault that only the staff can mend, or that does not pass, keeps the student from going on."""
        visit, now = self.state, self._clock.monotonic()
        if visit.step is not Step.ERROR or visit.notice is None or not visit.is_present(now, self.timeouts):
            return
        if visit.notice.key in STAFF_ACTION_REQUIRED or now - visit.since >= self.timeouts.help_after:
            self._request_help(visit.notice)

    def _handle_camera_state(self, state: CameraState) -> None:
        if state.problem is not None:
            log.warning("camera %s: %s", state.kind, state.problem)
        notice = self.state.notice
        if self.state.step is Step.ERROR and notice is not None and notice.key in CAMERA_ERRORS:
            if state.kind == "live" and is_resolved(notice.key, state.health):
                self.retry()
            elif state.problem is not None:
                self._transition_to(self.state.on_error_changed(message_for(state.problem)))
        elif state.problem is not None and self.state.step in (Step.POSE, Step.COUNTDOWN):
            self._enter_error(state.problem)

    def _retry_staff_errors(self) -> None:
        """What only the staff can mend is tried again after a while, unless the camera says that it is as it was."""
        visit, state = self.state, self._services.camera.state
        if visit.step is not Step.ERROR or visit.notice is None or visit.notice.key not in STAFF_ACTION_REQUIRED:
            return
        patient = self._clock.monotonic() - visit.since < STAFF_RETRY_INTERVAL_S
        if not patient and state.kind == "live" and is_resolved(visit.notice.key, state.health):
            self.retry()

    def _handle_unsolicited_shot(self, shot: Shot, after: float) -> None:
        """Who has posed for long enough is in it; while they pose it is their photo, as if it had been asked for."""
        visit = self._visit if surely_shows(self._visit, after) else None
        if visit is None or self.state.step not in (Step.POSE, Step.COUNTDOWN):
            self._orphan_shots.store(visit, shot)
            return
        self._capture.adopt_shot(visit, shot)
        self._transition_to(self.state.on_shot_taken(self._clock.monotonic()))

    # ------------------------------------------------------------------ one step leads to another

    def _transition_to(self, state: VisitState) -> None:
        before, self.state = self.state, state
        if state is before:
            return
        if state.step is not before.step:
            log.info("sitting: %s > %s", before.step, state.step)
            self._on_step_entered(state.step, before)
        for listener in self._listeners:
            try:
                listener(self.state)
            except Exception:  # a screen that cannot draw must not stop a shot from being stored
                log.exception("a screen failed; the visit goes on")

    def _on_step_entered(self, step: Step, before: VisitState) -> None:
        if step in (Step.POSE, Step.COUNTDOWN):
            self._start_posing(before.step)
        elif step is Step.REVIEW and self._standard is not None:
            self._services.analyzer.resume(self._standard)  # only to see whether somebody still looks at the portrait
        else:
            self._services.analyzer.pause()
        if step is Step.SHOOT:
            assert self._visit is not None
            self._capture.shoot(self._visit)
        elif step in (Step.IDLE, Step.DONE, Step.ENDED, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO):
            self._end_visit(before)

    def _start_posing(self, before: Step) -> None:
        if before in (Step.POSE, Step.COUNTDOWN):
            return
        if before in (Step.CONSENT, Step.PREPARE):  # also without a camera: it may come while the sitter waits
            self._begin_visit()
        camera = self._services.camera.state
        if camera.problem is not None:
            self._enter_error(camera.problem)
            return
        self.advice = None
        assert self._standard is not None
        self._services.analyzer.resume(self._standard)

    def _begin_visit(self) -> None:
        sitter, at = self.state.sitter, self.state.consent_at
        assert sitter is not None
        assert at is not None
        assert self._standard is not None
        self._visit = Visit(
            posing_since=self._clock.monotonic(),
            student=sitter.student,
            campaign=sitter.campaign,
            name=sitter.name,
            consent=Consent(
                text_version=self._consent_version,
                given_at=at,
                prompts_shown=self.state.questions,
                ready_at=self.state.prepared_at,
            ),
            standard=self._standard,
            identified_by=sitter.identified_by,
            last_four=sitter.typed_last_four,
            last_four_confirmed=sitter.last_four_confirmed,
            progress_token=sitter.progress_token,
            also_for=sitter.also_for,
        )

    # ------------------------------------------------------------------ results of the capture sequence

    def _handle_capture_events(self) -> None:
        while self._capture_events:
            self._handle_capture_event(self._capture_events.popleft())

    def _handle_capture_event(self, event: CaptureEvent) -> None:
        visit, now = event.visit, self._clock.monotonic()
        match event:
            case ShotOrphaned():
                self._orphan_shots.on_late_shot(visit, event.shot)
            case ShotUnsaved():
                self._orphan_shots.retry_later(visit, event.shot)
            case _ if visit is not self._visit:  # a late result must not touch the next sitter
                return
            case ShotsStored():
                self._transition_to(self.state.on_shots_stored())
            case ShotFailed():
                self._handle_shot_failure(event.problem)
            case StoreFailed():
                self._transition_to(self.state.on_error(message_for(event.problem), now, retry_step=Step.SHOOT))
            case ShotRejected():
                self._transition_to(self.state.on_shot_failed(event.reason, now))
            case PortraitReady():
                self._transition_to(self.state.on_portrait(event.portrait, now))
            case PortraitFailed():
                self._enter_error(event.problem)
            case _:
                assert_never(event)

    def _handle_shot_failure(self, problem: Problem) -> None:
        if self._services.camera.state.kind == "live" and problem.key not in STAFF_ACTION_REQUIRED:
            self._transition_to(self.state.on_shot_failed(message_for(problem), self._clock.monotonic()))
        else:
            self._enter_error(problem)

    # ------------------------------------------------------------------ the end of a visit

    def _on_accept_stored(self, visit: Visit, done: Future[None]) -> None:
        problem = problem_of(done)
        if problem is not None:
            visit.is_accepted = False
            if visit is self._visit:
                self._enter_error(problem)
            return
        self._transition_if_current(visit, self.state.on_accepted(self._clock.monotonic()))

    def _store_accepted(self, visit: Visit) -> None:
        self._services.recorder.end(visit, VisitOutcome.ACCEPTED)
        try:
            for student in (visit.student, *visit.also_for):
                self._services.roster.mark_captured(student)
        except Problem as problem:  # the photo is safe; a second scan may only be told apart later, by the server
            log.warning("%s", problem)

    def _end_visit(self, last_state: VisitState) -> None:
        """`last_state` is the sitting in which the visit ended. A portrait that was shown and not rejected is not lost:
        it goes to the reviewers as not confirmed by the student."""
        visit, self._visit = self._visit, None
        if visit is not None:
            visit.left_at = self._clock.monotonic()
            if visit.unsaved_shot is not None:
                self._orphan_shots.retry_later(visit, visit.unsaved_shot)
            # Does nothing to a visit that was accepted already or has no shot.
            ending = VisitOutcome.INTERRUPTED if last_state.portrait is None else VisitOutcome.UNCONFIRMED
            self._on_done(self._io_executor.submit(self._services.recorder.end, visit, ending), log_failure)

    # ------------------------------------------------------------------ small helpers

    def _on_done(self, work: Future[T], then: Callable[[Future[T]], None]) -> None:
        work.add_done_callback(lambda done: self._events.put(lambda: then(done)))

    def _transition_if_current(self, visit: Visit, state: VisitState) -> None:
        """A late answer about a sitter who has left must not touch the next one."""
        if visit is self._visit:
            self._transition_to(state)

    def _refuse(self, reason: Message) -> None:
        """Whoever was to be identified is not."""
        self._transition_to(self.state.on_not_identified(reason, self._clock.monotonic()))

    def _enter_error(self, problem: Problem) -> None:
        log.warning("trouble: %s", problem)
        self._transition_to(self.state.on_error(message_for(problem), self._clock.monotonic()))


def _enrolment_choices(enrolments: list[Enrolment]) -> tuple[EnrolmentChoice, ...]:
    """What a screen shows of each; none where there is nothing to choose."""
    if len(enrolments) < 2:
        return ()
    return tuple(
        EnrolmentChoice(one.student.label, f"{one.campaign.school} · {one.campaign.title}") for one in enrolments
    )


def _shareable(enrolments: list[Enrolment]) -> bool:
    """Whether one portrait meets the standard of every enrolment; the server checks the same."""
    forms = {(one.campaign.standard, one.campaign.background, one.campaign.simulated) for one in enrolments}
    return len(enrolments) > 1 and len(forms) == 1
