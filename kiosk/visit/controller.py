"""Conducts one visit after the other: brings what devices, engine and people say to the sitting, and acts on it.

Everything happens on the thread that calls `pump`; what other threads have to say waits in a queue until then.
"""

from __future__ import annotations

import logging
import math
import queue
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from config.errors import Problem
from config.i18n import Message
from config.id_number import last_four
from config.standards.registry import PhotoStandard
from hardware.barcodes.api import Scan
from hardware.cameras.api import Frame, Shot
from hardware.cameras.isolation.supervisor import CameraState
from hardware.card_reader.api import CardReading
from hardware.document_reader.api import DocumentReading
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.questions import no_questions
from kiosk.identification.attempts import Attempts, Limit
from kiosk.identification.last_four import LastFourCheck, LastFourResult
from kiosk.upload.envelope import Consent, VisitOutcome, CampaignPayload
from kiosk.upload.outbox.models import IdentifiedBy
from kiosk.upload.roster import Enrolment
from kiosk.visit.campaign_standard import campaign_standard
from kiosk.visit.capture_sequence import Shutter
from kiosk.visit.errors import OF_STAFF, OF_STAFF_AGAIN, is_over, log_failure, problem_of, saying_of
from kiosk.visit.orphan_shots import Strays, shows
from kiosk.visit.ports import Clocks, Parts
from kiosk.visit.recorder import Visit
from kiosk.visit.state import Enrolment, Pace, Sitter, Step, VisitState, summarize_document

log = logging.getLogger(__name__)
T = TypeVar("T")
LONGEST_START = 900.0
"""Seconds that the analysis may take to begin before a sitter's time begins all the same."""
CODES: Final = Limit(tries=8, pause=30.0, max_pause=600.0, forget=600.0)
"""Codes in a row that name nobody or somebody else. Student numbers count upwards: without a limit a phone could go
through a whole year of them, one masked name after the other."""
_CODES: Final = "codes"


class Conductor:
    """Holds the present `sitting` and the newest `advice`; `on_change` is called after each change of the sitting.
    `burst` is how many shots are taken at one go at most; `questions` are asked before posing.
    `documents_for_staff`: whom a document names is let on by the staff only."""

    def __init__(
        self,
        parts: Parts,
        pace: Pace,
        consent_version: str,
        clocks: Clocks,
        on_change: Callable[[VisitState], None] = lambda sitting: None,
        standard_of: Callable[[CampaignPayload], PhotoStandard] = campaign_standard,
        burst: int = 1,
        questions: Callable[[PhotoStandard], tuple[str, ...]] = no_questions,
        documents_for_staff: bool = False,
        last_four_check: LastFourCheck | None = None,
        attempts: Attempts | None = None,
    ) -> None:
        self.sitting = VisitState()
        self.advice: Advice | None = None
        self._pace = pace
        self._advised_at = 0.0
        self._machine_busy_at = 0.0
        self._parts = parts
        self._consent_version = consent_version
        self._clocks = clocks
        self._on_change = on_change
        self._standard_of = standard_of
        self._questions = questions
        self._documents_for_staff = documents_for_staff
        self._heard: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # One thread for everything that writes to disk: in order, and never in the way of the view.
        self._desk = ThreadPoolExecutor(1, thread_name_prefix="desk")
        self._visit: Visit | None = None
        self._shutter = Shutter(parts, clocks, self._desk, self._when, self, burst)
        # One more for what asks the server, which may take its time.
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="ask-server")
        self._last_four = last_four_check
        self._attempts = attempts
        self._known_last_four = ""
        self._found: list[Enrolment] = []
        self._strays = Strays(parts, clocks, self._desk, self._when, self._shutter)
        self._standard: PhotoStandard | None = None

    # ------------------------------------------------------------------ from any thread

    def hear_card(self, card: CardReading) -> None:
        self._heard.put(lambda: self._identify(card))

    def hear_card_problem(self, problem: Problem) -> None:
        """A card could not be read: it was taken away too early, or it is of no kind that can be."""
        self._heard.put(lambda: self._become(self.sitting.not_identified(saying_of(problem), self._clocks.now())))

    def hear_code(self, scan: Scan) -> None:
        self._heard.put(lambda: self._recognise(scan))

    def hear_broken_code(self) -> None:
        """A scanner sent something that is perhaps not a whole code."""
        self._heard.put(lambda: self._become(self.sitting.not_identified(Message("code.broken"), self._clocks.now())))

    def hear_document(self, reading: DocumentReading) -> None:
        self._heard.put(lambda: self._read_document(reading))

    def hear_document_seen(self, how: Message) -> None:
        """How the reading of a document goes."""
        self._heard.put(lambda: self._become(self.sitting.document_looked_at(how)))

    def hear_advice(self, advice: Advice, frame: Frame) -> None:
        self._heard.put(lambda: self._advise(advice))

    def hear_camera(self, state: CameraState) -> None:
        self._heard.put(lambda: self._camera_changed(state))

    def hear_late_shot(self, shot: Shot) -> None:
        """A shot that came after its deadline: an original all the same, kept with the visit if it is still there."""
        self._heard.put(lambda: self._strays.late(self._shutter.asked, shot))

    def hear_unasked_shot(self, shot: Shot, after: float) -> None:
        """A shot taken after that moment with the shutter on the camera's body."""
        self._heard.put(lambda: self._unasked(shot, after))

    def hear_failure(self, error: BaseException) -> None:
        log.error("guidance failed and begins anew", exc_info=error)
        self._heard.put(self._guidance_failed)

    @property
    def pace(self) -> Pace:
        """How long things last: on a slow machine longer. Posing begins when the analysis does, and the portrait is
        waited for as long as the engine works on it."""
        pace = self._pace.at(self._parts.analyst.rate)
        busy = max(0.0, self._machine_busy_at - self.sitting.since)
        if self.sitting.step is Step.POSE:
            return replace(pace, pose=pace.pose + min(LONGEST_START, busy))
        return replace(pace, shoot=pace.shoot + busy) if self.sitting.step is Step.SHOOT else pace

    @property
    def shots_owed(self) -> int:
        """How many shots are in hand that a full disk has not taken yet."""
        return self._strays.owed

    # ------------------------------------------------------------------ from the main thread

    def pump(self) -> None:
        """Takes in all that was heard, then lets time pass. Call it often: it never waits."""
        for _ in range(self._heard.qsize()):
            self._heard.get_nowait()()
        self._strays.beat()
        self._try_again()
        self._help_in_trouble()
        posing = self.sitting.step is Step.POSE
        if self._parts.analyst.getting_ready if posing else self._parts.engine.busy:
            self._machine_busy_at = self._clocks.now()
        self._become(self.sitting.ticked(self._clocks.now(), self.pace, self._shutter_waits()))

    def _shutter_waits(self) -> bool:
        """A blink is waited out; and on a slow machine, up to twice a period, an analysis that is overdue."""
        rate, age = self._parts.analyst.rate, self._clocks.now() - self._advised_at
        overdue = rate is not None and rate.slow and 1.5 * rate.period < age < 3.5 * rate.period
        return overdue or (self.advice is not None and self.advice.blink)

    def start(self) -> None:
        self._become(self.sitting.start(self._clocks.now()))

    def confirm(self) -> None:
        """The sitter says that it is they whom the code or the document names."""
        self._become(self.sitting.confirmed(self._clocks.now()))

    def witness(self) -> None:
        """Somebody of the staff says so, who has entered the PIN."""
        now = self._clocks.now()
        vouches = self.sitting.step is Step.LAST_FOUR
        self._become(self.sitting.vouched(now) if vouches else self.sitting.confirmed(now, by_staff=True))

    def type_last_four(self, typed: str) -> None:
        """The student has typed the last four characters of their ID number."""
        before, sitter, now = self.sitting, self.sitting.sitter, self._clocks.now()
        self._become(before.typed_last_four(now))
        if self.sitting is before or sitter is None:
            return
        if self._last_four is None:  # nobody to ask: they are compared later
            self._become(self.sitting.last_four_taken(typed, False, now))
            return
        asked = self._asking.submit(self._last_four.check, sitter.student, typed, self._known_last_four)
        self._when(asked, lambda done: self._last_four_answered(sitter, typed, done))

    def show_document(self) -> None:
        self._become(self.sitting.shows_document(self._clocks.now()))

    def type_student_no(self) -> None:
        self._become(self.sitting.types_student_no(self._clocks.now()))

    def student_no_typed(self, typed: str) -> None:
        """As a code that was read: it may be anybody's."""
        if self.sitting.step is Step.STUDENT_NO:
            self._recognise(Scan(typed, "screen"))

    def leave_student_no(self) -> None:
        self._become(self.sitting.student_no_left(self._clocks.now()))

    def put_document_away(self) -> None:
        self._become(self.sitting.document_put_away(self._clocks.now()))

    def deny(self) -> None:
        self._count_code(wrong=self.sitting.asks_who)
        self._become(self.sitting.denied(Message("code.somebody_else"), self._clocks.now()))

    def choose(self, place: int) -> None:
        """The portrait is for that one of the student's enrolments."""
        self._choose(self._found[place : place + 1])

    def choose_all(self) -> None:
        """The portrait is for all of them."""
        if self.sitting.sitter is not None and self.sitting.sitter.shareable:
            self._choose(self._found)

    def _choose(self, found: list[Enrolment]) -> None:
        sitter = self.sitting.sitter
        if sitter is None or self.sitting.step is not Step.CHOOSE or not found:
            return
        try:
            self._standard = self._standard_of(found[0].campaign)
        except Problem as problem:
            self._become(self.sitting.left(self._clocks.now()).not_identified(saying_of(problem), self._clocks.now()))
            return
        student = found[0].student
        address = sitter.progress_url if sitter.progress_token else student.progress_url
        chosen = replace(
            sitter,
            student=student.id,
            campaign=found[0].campaign.code,
            progress_url=address,
            enrolments=(),
            also_for=tuple(one.student.id for one in found[1:]),
        )
        self._become(self.sitting.chosen(chosen, self._clocks.now()))

    def consent(self) -> None:
        at, standard = self._clocks.today(), self._standard
        asked = self._questions(standard) if standard is not None else ()
        self._become(self.sitting.consented(at, self._clocks.now(), asked))

    def prepared(self) -> None:
        self._become(self.sitting.prepared(self._clocks.today(), self._clocks.now()))

    def accept(self) -> None:
        visit = self._visit
        if self.sitting.step is not Step.REVIEW or visit is None:
            return
        visit.closing = True  # before the desk has it the retake button can still be touched
        saved = self._desk.submit(self._end_accepted, visit)
        self._when(saved, lambda done: self._accepted(visit, done))

    def retake(self) -> None:
        if self._visit is None or not self._visit.closing:
            self._become(self.sitting.retake(self._clocks.now()))

    def touch(self) -> None:
        """Somebody touched the screen, wherever."""
        self._become(self.sitting.touched(self._clocks.now()))

    def ask_for_help(self) -> None:
        """The student pressed the button."""
        self.touch()
        self._need_help(self.sitting.notice or Message("help.asked"))

    def help_seen(self) -> None:
        """The operator entered the PIN."""
        self._become(self.sitting.help_seen())

    def retry(self) -> None:
        self._become(self.sitting.retried(self._clocks.now()))

    def leave(self) -> None:
        self._become(self.sitting.left(self._clocks.now()))

    def recover(self, finish: Callable[[], int]) -> Future[int]:
        """Lets the desk finish, before anything else, the visits that a crash or power cut left open."""
        return self._desk.submit(finish)

    def close(self) -> None:
        self._end_visit(self.sitting)
        self._strays.try_again()
        self._asking.shutdown(wait=False, cancel_futures=True)
        self._desk.shutdown(wait=True)

    # ------------------------------------------------------------------ what was heard

    def _identify(self, card: CardReading) -> None:
        sitter = self._sitter("id_card", lambda today: self._parts.roster.find_all(card.number, today))
        if sitter is not None:
            shown = replace(sitter, last_four=last_four(card.number))
            self._become(self.sitting.identified(shown, self._clocks.now()))

    def _recognise(self, scan: Scan) -> None:
        """A card is in the hand of whom it names, or somebody stole it; a code may be anybody's picture. So the person
        is asked first."""
        codes = self._parts.codes
        if codes is None or self._codes_pause():
            return
        sitter = self._sitter("code", lambda today: [codes.find(scan.payload, today)])
        if sitter is not None:
            self._become(self.sitting.recognised(sitter, self._clocks.now()))
        elif self.sitting.step is Step.IDENTIFY:
            self._count_code(wrong=True)

    def _codes_pause(self) -> bool:
        """Whether codes are not looked up for a while; the screen says so."""
        waits = self._attempts.wait(_CODES, CODES) if self._attempts is not None else 0.0
        if waits and self.sitting.awaits_somebody("code"):
            why = Message("code.paused", {"seconds": math.ceil(waits)})
            self._become(self.sitting.not_identified(why, self._clocks.now()))
        return bool(waits)

    def _count_code(self, wrong: bool) -> None:
        """A code that names nobody, or somebody else than who shows it: whoever tries many is slowed down."""
        if self._attempts is not None and wrong:
            self._attempts.wrong(_CODES, CODES)
            self._codes_pause()

    def _last_four_answered(self, sitter: Sitter, typed: str, done: Future[LastFourResult]) -> None:
        if self.sitting.sitter is not sitter or not self.sitting.checking:
            return
        problem, now = problem_of(done), self._clocks.now()
        result = LastFourResult(None) if problem is not None else done.result()
        if result.right is False:
            self._last_four_wrong(result)
            return
        if self._attempts is not None:
            self._attempts.right(_CODES)
        self._become(self.sitting.last_four_taken(None if result.right else typed, bool(result.right), now))

    def _last_four_wrong(self, result: LastFourResult) -> None:
        log.warning("the last four characters typed are not the student's")
        now = self._clocks.now()
        if result.left:
            self._become(self.sitting.last_four_wrong(Message("last_four.wrong", {"left": result.left}), now))
            return
        self._become(self.sitting.last_four_wrong(Message("last_four.locked"), now, locked=True))
        self._need_help(Message("last_four.for_operator"))

    def _read_document(self, reading: DocumentReading) -> None:
        """A document before a camera can be anybody's, or a picture of one: it is looked at by eye, like a code."""
        if self.sitting.step is not Step.DOCUMENT:
            return
        sitter = self._sitter("document", lambda today: self._parts.roster.find_all(reading.number, today))
        if sitter is not None:
            self._known_last_four = last_four(reading.number)
            document = summarize_document(reading, sitter.name, self._documents_for_staff)
            if document.other_name:
                log.warning("the name on a document is not the one on the roster; the staff is asked to look")
            self._become(self.sitting.recognised(replace(sitter, document=document), self._clocks.now()))

    def _sitter(self, by: IdentifiedBy, find: Callable[[datetime], list[Enrolment]]) -> Sitter | None:
        """Whom `find` finds; or None, and the screen says why."""
        if not self.sitting.awaits_somebody(by):
            return None
        try:
            self._found = find(self._clocks.today())
            found = self._found[0]
            self._standard = self._standard_of(found.campaign)
        except Problem as problem:
            self._become(self.sitting.not_identified(Message(problem.key, problem.values), self._clocks.now()))
            return None
        student = found.student
        token = secrets.token_urlsafe(16) if self._parts.roster.progress_base else None
        address = self._parts.roster.progress_base + token if token else student.progress_url
        self._known_last_four = student.last_four  # sent by servers of 86a4649 only
        sitter = Sitter(student.id, found.campaign.code, student.name, "", address, by, progress_token=token)
        return replace(sitter, enrolments=_enrolments(self._found), shareable=_shareable(self._found))

    def _advise(self, advice: Advice) -> None:
        if advice.face is not None:
            self._become(self.sitting.seen(self._clocks.now()))
        if self.sitting.step is Step.REVIEW:
            return
        self.advice, self._advised_at = advice, self._clocks.now()
        self._call_for_help(advice)
        self._become(self.sitting.advised(advice, self._clocks.now(), self.pace))

    def _guidance_failed(self) -> None:
        if self.sitting.step is not Step.REVIEW:  # there it only tells whether somebody is still there
            self._become(self.sitting.troubled(Message("trouble.guidance"), self._clocks.now()))

    def _call_for_help(self, advice: Advice) -> None:
        if self.sitting.step is not Step.POSE:
            return
        now = self._clocks.now()
        if not advice.called:
            self._become(self.sitting.help_over())
        elif advice.face is not None or self.sitting.present(now, self.pace):
            self._need_help(Message(advice.hint, advice.values))

    def _need_help(self, why: Message) -> None:
        if self.sitting.help is None:
            log.warning("the student needs help: %s", why.key)
        self._become(self.sitting.needs_help(why, self._clocks.now()))

    def _help_in_trouble(self) -> None:
        """A fault that only the staff can mend, or that does not pass, keeps the student from going on."""
        sitting, now = self.sitting, self._clocks.now()
        if sitting.step is not Step.TROUBLE or sitting.notice is None or not sitting.present(now, self.pace):
            return
        if sitting.notice.key in OF_STAFF or now - sitting.since >= self.pace.help:
            self._need_help(sitting.notice)

    def _camera_changed(self, state: CameraState) -> None:
        if state.problem is not None:
            log.warning("camera %s: %s", state.kind, state.problem)
        notice = self.sitting.notice
        if self.sitting.step is Step.TROUBLE and notice is not None and notice.key.startswith("camera."):
            if state.kind == "live" and is_over(notice.key, state.health):
                self.retry()
            elif state.problem is not None:
                self._become(self.sitting.still_troubled(saying_of(state.problem)))
        elif state.problem is not None and self.sitting.step in (Step.POSE, Step.COUNTDOWN):
            self._trouble(state.problem)

    def _try_again(self) -> None:
        """What only the staff can mend is tried again after a while, unless the camera says that it is as it was."""
        sitting, state = self.sitting, self._parts.camera.state
        if sitting.step is not Step.TROUBLE or sitting.notice is None or sitting.notice.key not in OF_STAFF:
            return
        patient = self._clocks.now() - sitting.since < OF_STAFF_AGAIN
        if not patient and state.kind == "live" and is_over(sitting.notice.key, state.health):
            self.retry()

    def _unasked(self, shot: Shot, after: float) -> None:
        """Who has posed for long enough is in it; while they pose it is their photo, as if it had been asked for."""
        visit = self._visit if shows(self._visit, after) else None
        if visit is None or self.sitting.step not in (Step.POSE, Step.COUNTDOWN):
            self._strays.keep(visit, shot)
            return
        self._shutter.take_in_hand(visit, shot)
        self._become(self.sitting.taken(self._clocks.now()))

    # ------------------------------------------------------------------ one step leads to another

    def _become(self, sitting: VisitState) -> None:
        before, self.sitting = self.sitting, sitting
        if sitting is before:
            return
        if sitting.step is not before.step:
            log.info("sitting: %s > %s", before.step, sitting.step)
            self._entered(sitting.step, before)
        try:
            self._on_change(self.sitting)
        except Exception:  # a screen that cannot draw must not stop a shot from being kept
            log.exception("a screen failed; the visit goes on")

    def _entered(self, step: Step, before: VisitState) -> None:
        if step in (Step.POSE, Step.COUNTDOWN):
            self._watch(before.step)
        elif step is Step.REVIEW and self._standard is not None:
            self._parts.analyst.watch(self._standard)  # only to see whether somebody still looks at the portrait
        else:
            self._parts.analyst.pause()
        if step is Step.SHOOT:
            assert self._visit is not None
            self._shutter.shoot(self._visit)
        elif step in (Step.IDLE, Step.DONE, Step.ENDED, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO):
            self._end_visit(before)

    def _watch(self, before: Step) -> None:
        if before in (Step.POSE, Step.COUNTDOWN):
            return
        if before in (Step.CONSENT, Step.PREPARE):  # also without a camera: it may come while the sitter waits
            self._begin_visit()
        camera = self._parts.camera.state
        if camera.problem is not None:
            self._trouble(camera.problem)
            return
        self.advice = None
        assert self._standard is not None
        self._parts.analyst.watch(self._standard)

    def _begin_visit(self) -> None:
        sitter, at = self.sitting.sitter, self.sitting.consent_at
        assert sitter is not None
        assert at is not None
        assert self._standard is not None
        self._visit = Visit(
            posing_since=self._clocks.now(),
            student=sitter.student,
            campaign=sitter.campaign,
            name=sitter.name,
            consent=Consent(
                text_version=self._consent_version,
                given_at=at,
                asked=self.sitting.questions,
                ready_at=self.sitting.prepared_at,
            ),
            standard=self._standard,
            identified_by=sitter.identified_by,
            last_four=sitter.typed,
            last_four_confirmed=sitter.typed_right,
            progress_token=sitter.progress_token,
            also_for=sitter.also_for,
        )

    # ------------------------------------------------------------------ what the shutter says

    def is_here(self, visit: Visit) -> bool:
        return visit is self._visit

    def shots_kept(self, visit: Visit) -> None:
        self._become_if(visit, self.sitting.shot_kept())

    def no_shot(self, visit: Visit, problem: Problem) -> None:
        if self._parts.camera.state.kind == "live" and problem.key not in OF_STAFF:
            self._become_if(visit, self.sitting.shot_failed(saying_of(problem), self._clocks.now()))
        elif visit is self._visit:
            self._trouble(problem)

    def not_kept(self, visit: Visit, problem: Problem) -> None:
        self._become_if(visit, self.sitting.troubled(saying_of(problem), self._clocks.now(), back=Step.SHOOT))

    def came_late(self, visit: Visit, shot: Shot) -> None:
        self._strays.late(visit, shot)

    def owed(self, visit: Visit, shot: Shot) -> None:
        self._strays.owe(visit, shot)

    def refused(self, visit: Visit, why: Message) -> None:
        self._become_if(visit, self.sitting.shot_failed(why, self._clocks.now()))

    def portrait_made(self, visit: Visit, portrait: Portrait) -> None:
        self._become_if(visit, self.sitting.developed(portrait, self._clocks.now()))

    def portrait_lost(self, visit: Visit, problem: Problem) -> None:
        if visit is self._visit:
            self._trouble(problem)

    # ------------------------------------------------------------------ the end of a visit

    def _accepted(self, visit: Visit, saved: Future[None]) -> None:
        problem = problem_of(saved)
        if problem is not None:
            visit.closing = False
            if visit is self._visit:
                self._trouble(problem)
            return
        self._become_if(visit, self.sitting.accepted(self._clocks.now()))

    def _end_accepted(self, visit: Visit) -> None:
        self._parts.keeper.end(visit, VisitOutcome.ACCEPTED)
        try:
            for student in (visit.student, *visit.also_for):
                self._parts.roster.mark_captured(student)
        except Problem as problem:  # the photo is safe; a second scan may only be told apart later, by the server
            log.warning("%s", problem)

    def _end_visit(self, last: VisitState) -> None:
        """`last` is the sitting in which the visit ended. A portrait that was shown and not rejected is not lost: it
        goes to the reviewers as not confirmed by the student."""
        visit, self._visit = self._visit, None
        if visit is not None:
            visit.left_at = self._clocks.now()
            if visit.unsaved is not None:
                self._strays.owe(visit, visit.unsaved)
            # Does nothing to a visit that was accepted already or has no shot.
            ending = VisitOutcome.INTERRUPTED if last.portrait is None else VisitOutcome.UNCONFIRMED
            self._when(self._desk.submit(self._parts.keeper.end, visit, ending), log_failure)

    # ------------------------------------------------------------------ small helpers

    def _when(self, work: Future[T], then: Callable[[Future[T]], None]) -> None:
        work.add_done_callback(lambda done: self._heard.put(lambda: then(done)))

    def _become_if(self, visit: Visit, sitting: VisitState) -> None:
        """A late answer about a sitter who has left must not touch the next one."""
        if visit is self._visit:
            self._become(sitting)

    def _trouble(self, problem: Problem) -> None:
        log.warning("trouble: %s", problem)
        self._become(self.sitting.troubled(saying_of(problem), self._clocks.now()))


def _enrolments(found: list[Enrolment]) -> tuple[Enrolment, ...]:
    """What a screen shows of each; none where there is nothing to choose."""
    if len(found) < 2:
        return ()
    return tuple(Enrolment(one.student.label, f"{one.campaign.school} · {one.campaign.title}") for one in found)


def _shareable(found: list[Enrolment]) -> bool:
    """Whether one portrait meets the standard of every enrolment; the server checks the same."""
    forms = {(one.campaign.standard, one.campaign.background, one.campaign.simulated) for one in found}
    return len(found) > 1 and len(forms) == 1
