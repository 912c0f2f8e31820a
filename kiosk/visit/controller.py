"""The controller of the visits: passes events of devices, engine and people to the state, and acts on its changes.

Everything runs on the thread that calls `process_events`; `events` of other threads wait until then.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Final, assert_never

from config.document_reader.api import DocumentReading
from config.errors import Problem
from config.i18n import Message
from config.standards.registry import PhotoStandard
from hardware.barcodes.api import Scan
from hardware.cameras.api import Frame, Shot
from hardware.cameras.isolation.state import CameraState
from hardware.card_reader.api import CardReading
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.prompts import no_prompts
from kiosk.identification.attempts import AttemptCounters
from kiosk.identification.last_four import LastFourCheck
from kiosk.upload.roster_payload import CampaignPayload
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
from kiosk.visit.current_state import CurrentState
from kiosk.visit.errors import message_for
from kiosk.visit.event_queue import EventQueue
from kiosk.visit.identification import Identification
from kiosk.visit.lifecycle import VisitLifecycle
from kiosk.visit.order_requests import OrderRequests
from kiosk.visit.orphan_shots import OrphanShots, surely_shows
from kiosk.visit.payment_screen import PaymentProgress
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recovery import ErrorRecovery
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts

log = logging.getLogger(__name__)
_WATCHED_STEPS: Final = (Step.REVIEW, Step.PAYMENT)
"""Here the analysis only detects whether somebody still looks at the portrait, or at the codes."""
MAX_STARTUP_S: Final = 900.0
"""The longest start of the analysis that extends the time for posing."""


class VisitController:
    """Holds the present `state` and the newest `advice`; calls `on_change` after each change of the state.

    `burst` is the maximum number of shots in one burst; `questions` are shown before posing. `documents_for_staff`:
    the operator has to confirm everybody who showed a document.
    """

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
        orders: OrderRequests | None = None,
    ) -> None:
        self.advice: Advice | None = None
        self._services, self._clock, self._base_timeouts = services, clock, timeouts
        self._consent_version, self._questions = consent_version, questions
        self._last_advice_at = 0.0
        self._last_busy_at = 0.0
        self.events = EventQueue()
        self._capture_events: deque[CaptureEvent] = deque()
        # One thread for everything that writes to disk: in order, and without delaying the live view.
        self._io_executor = ThreadPoolExecutor(1, thread_name_prefix="visit-io")
        self._capture = CaptureSequence(
            services, clock, self._io_executor, self.events.put_when_done, self._capture_events.append, burst
        )
        self._orphan_shots = OrphanShots(services, clock, self._io_executor, self.events.put_when_done, self._capture)
        self._current = CurrentState(clock, self._on_step_entered, on_change)
        self._transition_to, self.add_listener = self._current.transition_to, self._current.add_listener
        self._recovery = ErrorRecovery(self._current, services.camera)
        self._lifecycle = VisitLifecycle(
            self._current,
            services,
            clock,
            self._io_executor,
            self.events.put_when_done,
            self._orphan_shots,
            self._recovery,
        )
        request_help = self._recovery.request_help
        self._identification = Identification(
            self._current,
            services,
            clock,
            standard_of,
            self.events.put_when_done,
            request_help,
            documents_for_staff=documents_for_staff,
            last_four_check=last_four_check,
            attempts=attempts,
        )
        self._payment = PaymentProgress(self._current, orders, self.events.put_when_done)

    @property
    def state(self) -> VisitState:
        return self._current.value

    # ------------------------------------------------------------------ from any thread

    def on_card(self, card: CardReading) -> None:
        self.events.put(lambda: self._identification.handle_card(card))

    def on_card_problem(self, problem: Problem) -> None:
        """A card could not be read: it was removed too early, or its type is not supported."""
        self.events.put(lambda: self._identification.refuse(message_for(problem)))

    def on_code(self, scan: Scan) -> None:
        self.events.put(lambda: self._handle_code(scan.payload))

    def on_broken_code(self) -> None:
        """A scanner sent a code that may be incomplete."""
        self.events.put(lambda: self._identification.refuse(Message("code.incomplete")))

    def on_document(self, reading: DocumentReading) -> None:
        self.events.put(lambda: self._identification.handle_document(reading))

    def on_document_progress(self, message: Message) -> None:
        """The scanner read a picture of the document, or could not."""
        self.events.put(lambda: self._transition_to(self.state.on_document_progress(message)))

    def on_advice(self, advice: Advice, frame: Frame) -> None:
        self.events.put(lambda: self._handle_advice(advice))

    def on_camera_state(self, state: CameraState) -> None:
        self.events.put(lambda: self._recovery.handle_camera_state(state))

    def on_late_shot(self, shot: Shot) -> None:
        """A shot arrived after its deadline: store it, with its visit if that is still open."""
        self.events.put(lambda: self._orphan_shots.on_late_shot(self._capture.requested_by, shot))

    def on_unsolicited_shot(self, shot: Shot, after: float) -> None:
        """Somebody took a shot with the shutter button on the camera, after the time `after`."""
        self.events.put(lambda: self._handle_unsolicited_shot(shot, after))

    def on_guidance_failure(self, error: BaseException) -> None:
        log.error("guidance failed and is restarted", exc_info=error)
        self.events.put(self._handle_guidance_failure)

    @property
    def timeouts(self) -> VisitTimeouts:
        """The timeouts, longer on a slow machine: the time for posing starts with the analysis, and a portrait may
        take as long as the engine works on it."""
        timeouts = self._base_timeouts.for_rate(self._services.analyzer.rate)
        busy = max(0.0, self._last_busy_at - self.state.since)
        if self.state.step is Step.POSE:
            return replace(timeouts, pose=timeouts.pose + min(MAX_STARTUP_S, busy))
        return replace(timeouts, shoot=timeouts.shoot + busy) if self.state.step is Step.SHOOT else timeouts

    @property
    def unsaved_shot_count(self) -> int:
        """The number of shots in memory that a full disk could not store."""
        return self._orphan_shots.unsaved_count

    # ------------------------------------------------------------------ from the main thread: time

    def process_events(self) -> None:
        """Handle all events, then the time. It never waits; call it often."""
        for event in self.events.take_present():
            event()
            self._handle_capture_events()
        self._orphan_shots.tick()
        self._payment.tick(self.timeouts)
        self._recovery.tick(self.timeouts)
        posing = self.state.step is Step.POSE
        if self._services.analyzer.is_starting if posing else self._services.engine.is_busy:
            self._last_busy_at = self._clock.monotonic()
        self._transition_to(self.state.on_tick(self._current.now, self.timeouts, self._should_delay_shot()))

    def _should_delay_shot(self) -> bool:
        """Wait for the end of a blink, and on a slow machine up to two periods for an overdue analysis."""
        rate, age = self._services.analyzer.rate, self._clock.monotonic() - self._last_advice_at
        overdue = rate is not None and rate.slow and 1.5 * rate.period < age < 3.5 * rate.period
        return overdue or (self.advice is not None and self.advice.eyes_shut)

    def recover(self, finish: Callable[[], int]) -> Future[int]:
        """Finish the visits that a crash or power cut left open, on the I/O thread and before anything else."""
        return self._io_executor.submit(finish)

    def close(self) -> None:
        self._lifecycle.end(self.state)
        self._orphan_shots.retry_all()
        self._identification.close()
        self._payment.close()
        self._io_executor.shutdown(wait=True)

    # ------------------------------------------------------------------ from the main thread: touches

    def start(self) -> None:
        self._transition_to(self.state.on_start(self._current.now))

    def confirm(self) -> None:
        """The sitter confirms that the code or document names them."""
        self._transition_to(self.state.on_confirmed(self._current.now))

    def deny(self) -> None:
        """The code or document names somebody else."""
        self._identification.deny()

    def confirm_by_staff(self) -> None:
        """The operator entered the PIN: they confirm the identity, or took cash."""
        if self.state.step is Step.PAYMENT:
            self._payment.pay_cash()
        elif self.state.step is Step.LAST_FOUR:
            self._transition_to(self.state.on_staff_confirmed(self._current.now))
        else:
            self._transition_to(self.state.on_confirmed(self._current.now, by_staff=True))

    def submit_last_four(self, typed: str) -> None:
        self._identification.submit_last_four(typed)

    def start_document(self) -> None:
        self._transition_to(self.state.on_document_started(self._current.now))

    def cancel_document(self) -> None:
        self._transition_to(self.state.on_document_cancelled(self._current.now))

    def start_student_no(self) -> None:
        self._transition_to(self.state.on_student_no_started(self._current.now))

    def submit_student_no(self, typed: str) -> None:
        """Look the number up like a scanned code, because it may be anybody's."""
        if self.state.step is Step.STUDENT_NO:
            self._identification.handle_code(typed)

    def cancel_student_no(self) -> None:
        self._transition_to(self.state.on_student_no_cancelled(self._current.now))

    def choose_enrolment(self, index: int) -> None:
        self._identification.choose_enrolment(index)

    def choose_all_enrolments(self) -> None:
        self._identification.choose_all_enrolments()

    def consent(self) -> None:
        standard = self._identification.standard
        questions = self._questions(standard) if standard is not None else ()
        self._transition_to(self.state.on_consent(self._clock.wall(), self._current.now, questions))

    def confirm_prepared(self) -> None:
        self._transition_to(self.state.on_prepared(self._clock.wall(), self._current.now))

    def accept(self) -> None:
        self._lifecycle.accept()

    def retake(self) -> None:
        if self._lifecycle.can_retake:
            self._transition_to(self.state.on_retake(self._current.now))

    def pay_later(self) -> None:
        """Continue without a payment, or after it."""
        self._payment.finish()

    def touch(self) -> None:
        """Somebody touched the screen."""
        self._transition_to(self.state.on_touch(self._current.now))

    def request_help(self) -> None:
        """The student touched the help button."""
        self.touch()
        self._recovery.request_help(self.state.notice or Message("help.requested"))

    def acknowledge_help(self) -> None:
        """The operator entered the PIN."""
        self._transition_to(self.state.on_help_acknowledged())

    def retry(self) -> None:
        self._recovery.retry()

    def leave(self) -> None:
        self._transition_to(self.state.on_leave(self._current.now))

    # ------------------------------------------------------------------ guidance and shots that nobody requested

    def _handle_code(self, payload: str) -> None:
        if self.state.step is Step.PAYMENT:
            self._payment.handle_code(payload)
        else:
            self._identification.handle_code(payload)

    def _handle_advice(self, advice: Advice) -> None:
        if advice.face is not None:
            self._transition_to(self.state.on_face_seen(self._current.now))
        if self.state.step in _WATCHED_STEPS:
            return
        self.advice, self._last_advice_at = advice, self._clock.monotonic()
        self._recovery.request_help_on_advice(advice, self.timeouts)
        self._transition_to(self.state.on_advice(advice, self._current.now, self.timeouts))

    def _handle_guidance_failure(self) -> None:
        if self.state.step not in _WATCHED_STEPS:
            self._transition_to(self.state.on_error(Message("error.guidance_restarting"), self._current.now))

    def _handle_unsolicited_shot(self, shot: Shot, after: float) -> None:
        """Use the shot as if it had been requested if it surely shows the sitter and they still pose."""
        visit = self._lifecycle.visit if surely_shows(self._lifecycle.visit, after) else None
        if visit is None or self.state.step not in (Step.POSE, Step.COUNTDOWN):
            self._orphan_shots.store(visit, shot)
            return
        self._capture.adopt_shot(visit, shot)
        self._transition_to(self.state.on_shot_taken(self._current.now))

    # ------------------------------------------------------------------ one step leads to another

    def _on_step_entered(self, before: VisitState) -> None:
        step, standard = self.state.step, self._identification.standard
        if step in (Step.POSE, Step.COUNTDOWN):
            self._start_posing(before.step)
        elif step in _WATCHED_STEPS and standard is not None:
            self._services.analyzer.watch(standard)
        else:
            self._services.analyzer.pause()
        if step is Step.COUNTDOWN:
            self._services.camera.send_command("prepare")
        elif step is Step.SHOOT:
            assert self._lifecycle.visit is not None
            self._capture.shoot(self._lifecycle.visit)
        elif step in (Step.IDLE, Step.DONE, Step.ENDED):  # only these follow the steps of a visit
            self._lifecycle.end(before)

    def _start_posing(self, before: Step) -> None:
        if before in (Step.POSE, Step.COUNTDOWN):
            return
        standard = self._identification.standard
        assert standard is not None
        if before in (
            Step.CONSENT,
            Step.PREPARE,
            Step.PAYMENT,
        ):  # also without a camera: it may come while the sitter waits
            self._lifecycle.begin(standard, self._consent_version)
        camera = self._services.camera.state
        if camera.problem is not None:
            self._recovery.enter_error(camera.problem)
            return
        self.advice = None
        self._services.analyzer.resume(standard)

    # ------------------------------------------------------------------ results of the capture sequence

    def _handle_capture_events(self) -> None:
        while self._capture_events:
            self._handle_capture_event(self._capture_events.popleft())

    def _handle_capture_event(self, event: CaptureEvent) -> None:
        visit, now = event.visit, self._current.now
        match event:
            case ShotOrphaned():
                self._orphan_shots.on_late_shot(visit, event.shot)
            case ShotUnsaved():
                self._orphan_shots.retry_later(visit, event.shot)
            case _ if visit is not self._lifecycle.visit:  # a late result must not change the next sitter's visit
                return
            case ShotsStored():
                self._transition_to(self.state.on_shots_stored())
            case ShotFailed():
                self._recovery.handle_shot_failure(event.problem)
            case StoreFailed():
                self._transition_to(self.state.on_error(message_for(event.problem), now, retry_step=Step.SHOOT))
            case ShotRejected():
                self._transition_to(self.state.on_shot_failed(event.reason, now))
            case PortraitReady():
                self._transition_to(self.state.on_portrait(event.portrait, now))
            case PortraitFailed():
                self._recovery.enter_error(event.problem)
            case _:
                assert_never(event)
