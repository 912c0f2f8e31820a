"""The controller of the visits: passes events of devices, engine and people to the state, and acts on its changes.

Everything runs on the thread that calls `process_events`; `events` of other threads wait until then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future

from config.document_reader.api import DocumentReading
from config.errors import Problem
from config.i18n import Message
from hardware.barcodes.api import Scan
from hardware.cameras.api import Frame, Shot
from hardware.cameras.isolation.state import CameraState
from hardware.card_reader.api import CardReading
from kiosk.guidance.coaching.advice import Advice
from kiosk.identification.attempts import AttemptCounters
from kiosk.identification.last_four import LastFourCheck
from kiosk.visit.errors import message_for
from kiosk.visit.event_queue import EventQueue
from kiosk.visit.options import VisitOptions
from kiosk.visit.order_requests import OrderRequests
from kiosk.visit.ports import Clock, Services
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.visit.visit_parts import VisitParts

log = logging.getLogger(__name__)


class VisitController:
    """Holds the present `state` and the newest `advice`; calls `on_change` after each change of the state."""

    def __init__(
        self,
        services: Services,
        timeouts: VisitTimeouts,
        options: VisitOptions,
        clock: Clock,
        on_change: Callable[[VisitState], None] = lambda visit: None,
        last_four_check: LastFourCheck | None = None,
        attempts: AttemptCounters | None = None,
        orders: OrderRequests | None = None,
    ) -> None:
        self._clock, self._questions = clock, options.questions
        self.events = EventQueue()
        self._parts = VisitParts(
            services, timeouts, options, clock, self.events.put_when_done, on_change, last_four_check, attempts, orders
        )
        self._current = self._parts.current
        self._transition_to, self.add_listener = self._current.transition_to, self._current.add_listener

    @property
    def state(self) -> VisitState:
        return self._current.value

    @property
    def advice(self) -> Advice | None:
        """The newest advice of the present visit."""
        return self._parts.guidance.advice

    # ------------------------------------------------------------------ from any thread

    def on_card(self, card: CardReading) -> None:
        self.events.put(lambda: self._parts.identification.handle_card(card))

    def on_card_problem(self, problem: Problem) -> None:
        """A card could not be read: it was removed too early, or its type is not supported."""
        self.events.put(lambda: self._parts.identification.refuse(message_for(problem), "id_card"))

    def on_code(self, scan: Scan) -> None:
        self.events.put(lambda: self._handle_code(scan.payload))

    def _handle_code(self, payload: str) -> None:
        if self.state.step is Step.PAYMENT:
            self._parts.payment.handle_code(payload)
        else:
            self._parts.identification.handle_code(payload)

    def on_broken_code(self) -> None:
        """A scanner sent a code that may be incomplete."""
        self.events.put(lambda: self._parts.identification.refuse(Message("code.incomplete"), "code"))

    def on_document(self, reading: DocumentReading) -> None:
        self.events.put(lambda: self._parts.identification.handle_document(reading))

    def on_document_progress(self, message: Message) -> None:
        """The scanner read a picture of the document, or could not."""
        self.events.put(lambda: self._transition_to(self.state.on_document_progress(message)))

    def on_advice(self, advice: Advice, frame: Frame) -> None:
        self.events.put(lambda: self._parts.guidance.handle_advice(advice, self.timeouts))

    def on_camera_state(self, state: CameraState) -> None:
        self.events.put(lambda: self._parts.recovery.handle_camera_state(state))

    def on_late_shot(self, shot: Shot) -> None:
        """A shot arrived after its deadline: store it, with its visit if that is still open."""
        self.events.put(lambda: self._parts.orphan_shots.on_late_shot(self._parts.capture.requested_by, shot))

    def on_unsolicited_shot(self, shot: Shot, after: float) -> None:
        """Somebody took a shot with the shutter button on the camera, after the time `after`."""
        self.events.put(lambda: self._parts.capture_results.handle_unsolicited_shot(shot, after))

    def on_guidance_failure(self, error: BaseException) -> None:
        log.error("guidance failed and is restarted", exc_info=error)
        self.events.put(self._parts.guidance.handle_failure)

    @property
    def timeouts(self) -> VisitTimeouts:
        """The present timeouts, longer on a slow machine."""
        return self._parts.timeouts.value

    @property
    def unsaved_shot_count(self) -> int:
        """The number of shots in memory that a full disk could not store."""
        return self._parts.orphan_shots.unsaved_count

    # ------------------------------------------------------------------ from the main thread: time

    def process_events(self) -> None:
        """Handle all events, then the timeouts. It never blocks; call it often."""
        for event in self.events.take_present():
            event()
            self._handle_capture_events()
        self._parts.orphan_shots.tick()
        self._parts.payment.tick(self.timeouts)
        self._parts.recovery.tick(self.timeouts)
        self._parts.timeouts.tick()
        delay = self._parts.guidance.should_delay_shot()
        self._transition_to(self.state.on_tick(self._current.now, self.timeouts, delay))

    def _handle_capture_events(self) -> None:
        while self._parts.capture_events:
            self._parts.capture_results.handle(self._parts.capture_events.popleft())

    def recover(self, finish: Callable[[], int]) -> Future[int]:
        """Finish the visits that a crash or power cut left open, on the I/O thread and before anything else."""
        return self._parts.io_executor.submit(finish)

    def close(self) -> None:
        self._parts.lifecycle.end(self.state)
        self._parts.orphan_shots.retry_all()
        self._parts.identification.close()
        self._parts.payment.close()
        self._parts.io_executor.shutdown(wait=True)

    # ------------------------------------------------------------------ from the main thread: touches

    def start(self) -> None:
        self._transition_to(self.state.on_start(self._current.now))

    def confirm(self) -> None:
        """The sitter confirms that the code or document names them."""
        self._transition_to(self.state.on_confirmed(self._current.now))

    def deny(self) -> None:
        """The code or document names somebody else."""
        self._parts.identification.deny()

    def confirm_by_staff(self) -> None:
        """The operator entered the PIN: they confirm the identity, or took cash."""
        if self.state.step is Step.PAYMENT:
            self._parts.payment.pay_cash()
        elif self.state.step is Step.LAST_FOUR:
            self._transition_to(self.state.on_staff_confirmed(self._current.now))
        else:
            self._transition_to(self.state.on_confirmed(self._current.now, by_staff=True))

    def submit_last_four(self, typed: str) -> None:
        self._parts.identification.submit_last_four(typed)

    def start_document(self) -> None:
        self._transition_to(self.state.on_document_started(self._current.now))

    def cancel_document(self) -> None:
        self._transition_to(self.state.on_document_cancelled(self._current.now))

    def start_student_no(self) -> None:
        self._transition_to(self.state.on_student_no_started(self._current.now))

    def submit_student_no(self, typed: str) -> None:
        """Look the number up like a scanned code, because it may be anybody's."""
        if self.state.step is Step.STUDENT_NO:
            self._parts.identification.handle_code(typed)

    def cancel_student_no(self) -> None:
        self._transition_to(self.state.on_student_no_cancelled(self._current.now))

    def choose_enrolment(self, index: int) -> None:
        self._parts.identification.choose_enrolment(index)

    def choose_all_enrolments(self) -> None:
        self._parts.identification.choose_all_enrolments()

    def consent(self) -> None:
        standard = self._parts.identification.standard
        questions = self._questions(standard) if standard is not None else ()
        self._transition_to(self.state.on_consent(self._clock.wall(), self._current.now, questions))

    def confirm_prepared(self) -> None:
        self._transition_to(self.state.on_prepared(self._clock.wall(), self._current.now))

    def accept(self) -> None:
        self._parts.lifecycle.accept()

    def retake(self) -> None:
        if self._parts.lifecycle.can_retake:
            self._transition_to(self.state.on_retake(self._current.now))

    def pay_later(self) -> None:
        """Continue without a payment, or after it."""
        self._parts.payment.finish()

    def touch(self) -> None:
        """Somebody touched the screen."""
        self._transition_to(self.state.on_touch(self._current.now))

    def request_help(self) -> None:
        """The student touched the help button."""
        self.touch()
        self._parts.recovery.request_help(self.state.notice or Message("help.requested"))

    def acknowledge_help(self) -> None:
        """The operator entered the PIN."""
        self._transition_to(self.state.on_help_acknowledged())

    def retry(self) -> None:
        self._parts.recovery.retry()

    def leave(self) -> None:
        self._transition_to(self.state.on_leave(self._current.now))
