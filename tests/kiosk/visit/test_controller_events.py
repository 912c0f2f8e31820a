"""Events of the controller change the screen, with the time at which they arrived."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf
from pathlib import Path
from threading import Event
from typing import cast

import pytest

from config.document_reader.api import DocumentReading
from config.errors import Problem
from config.i18n import Message
from hardware.cameras.api import CameraProblem, Frame
from hardware.cameras.isolation.state import CameraState
from hardware.card_reader.api import ReaderProblem
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.guidance.coaching.advice import Advice, FaceBox
from kiosk.guidance.coaching.prompts import prompts
from kiosk.identification.last_four import LastFourCheck, LastFourResult
from kiosk.upload.roster_index import Enrolment
from kiosk.visit.controller import VisitController
from kiosk.visit.machine_timeouts import MAX_STARTUP_S
from kiosk.visit.sitter import DocumentSummary, Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.state_data import HelpRequest
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from tests.kiosk.visit.harness import CARD, INFO, NOW, READY, SHOT, VisitHarness, studio
from tests.kiosk.visit.test_enrolments import second_enrolment
from tests.waiting import scale_timeout, wait_for_event

__all__ = ["studio"]
MOVED = ReaderProblem("reader.card_moved", code="90")

FROM_WELCOME_SCREEN: dict[str, tuple[Callable[[VisitController], None], Step, Message | None]] = {
    "a touch": (lambda it: it.start(), Step.IDENTIFY, None),
    "a card": (lambda it: it.on_card(CARD), Step.CONSENT, None),
    "a moved card": (lambda it: it.on_card_problem(MOVED), Step.IDENTIFY, Message(MOVED.key, MOVED.values)),
    "a broken code": (lambda it: it.on_broken_code(), Step.IDENTIFY, Message("code.incomplete")),
}
FROM_IDENTIFY_SCREEN: dict[str, tuple[Callable[[VisitController], None], Step]] = {
    "a document": (lambda it: it.start_document(), Step.DOCUMENT),
    "a student number": (lambda it: it.start_student_no(), Step.STUDENT_NO),
    "leaving": (lambda it: it.leave(), Step.IDLE),
}


@pytest.mark.parametrize("event", FROM_WELCOME_SCREEN)
def test_a_visit_begins_at_the_time_of_its_first_event(event: str, studio: VisitHarness) -> None:
    trigger, step, notice = FROM_WELCOME_SCREEN[event]
    studio.now = 5000.0
    trigger(studio.controller)
    studio.controller.process_events()
    state = studio.controller.state
    assert (state.step, state.since, state.notice) == (step, 5000.0, notice)


@pytest.mark.parametrize("event", FROM_IDENTIFY_SCREEN)
def test_an_identification_step_and_the_return_from_it_begin_at_the_time_of_their_events(
    event: str, studio: VisitHarness
) -> None:
    trigger, step = FROM_IDENTIFY_SCREEN[event]
    studio.controller.start()
    studio.now = 5000.0
    trigger(studio.controller)
    assert (studio.step, studio.controller.state.since) == (step, 5000.0)
    studio.now = 5010.0
    studio.controller.cancel_document()
    studio.controller.cancel_student_no()
    studio.controller.start()
    assert (studio.step, studio.controller.state.since) == (Step.IDENTIFY, 5010.0)


def test_help_is_requested_with_the_message_of_the_screen(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.controller.request_help()
    assert studio.controller.state.help == HelpRequest(Message("camera.slow"), studio.now)


def test_help_for_advice_contains_the_hint_with_its_values(studio: VisitHarness) -> None:
    studio.to_countdown()
    hint = Advice("hint.closer", {"centimetres": 20}, needs_help=True, face=FaceBox(0.5, 0.4, 0.6, 0.2))
    for _ in range(2):  # the first ends the countdown
        studio.controller.on_advice(hint, cast(Frame, None))
        studio.controller.process_events()
    assert studio.controller.state.help == HelpRequest(Message("hint.closer", {"centimetres": 20}), studio.now)


def test_the_newest_advice_stays_until_the_next_sitter_poses(studio: VisitHarness) -> None:
    studio.to_countdown()
    assert studio.analyzer.active
    assert studio.controller.advice is READY
    turned = Advice("hint.turn_left")
    studio.controller.on_advice(turned, cast(Frame, None))
    studio.controller.process_events()
    assert studio.step is Step.POSE
    assert studio.controller.advice is turned
    studio.controller.leave()
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert (studio.step, studio.controller.advice) == (Step.POSE, None)


def test_help_is_needed_since_the_button_was_pressed(studio: VisitHarness) -> None:
    studio.to_countdown()
    studio.now += 1.0
    studio.controller.request_help()
    assert studio.controller.state.help == HelpRequest(Message("help.requested"), studio.now)


def test_a_chosen_enrolment_without_a_photo_standard_is_reported(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.roster.other_enrolments = [second_enrolment(studio)]
    studio.controller.on_card(CARD)
    studio.controller.process_events()

    def unknown(campaign: object) -> None:
        raise Problem("standard.unknown", name="x")

    monkeypatch.setattr(studio.controller._parts.identification, "_standard_of", unknown)
    studio.now += 3.0
    studio.controller.choose_enrolment(1)
    state = studio.controller.state
    assert (state.step, state.since, state.sitter) == (Step.IDENTIFY, studio.now, None)
    assert state.touched_at == -inf
    assert state.notice == Message("standard.unknown", {"name": "x"})


def test_a_portrait_whose_acceptance_was_not_stored_can_be_retaken(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.to_review()

    def full(*args: object, **kwargs: object) -> None:
        raise Problem("outbox.disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(studio.outbox, "mark_ready", full)
        studio.controller.accept()
        studio.until(lambda: studio.step is Step.ERROR)
    studio.controller.retry()
    studio.controller.retake()
    assert (studio.step, studio.controller.state.portrait) == (Step.POSE, None)


def test_a_locked_sitter_is_reported_to_the_operator_with_the_time(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", CARD.number, ""))
    studio.controller.process_events()
    studio.now += 2.0
    studio.controller.confirm()
    assert (studio.step, studio.controller.state.since) == (Step.LAST_FOUR, studio.now)
    studio.now += 2.0
    studio.controller._parts.identification._reject_last_four(LastFourResult(False, tries_left=0))
    state = studio.controller.state
    assert (state.locked, state.notice) == (True, Message("last_four.locked"))
    assert state.help == HelpRequest(Message("last_four.for_operator"), studio.now)
    studio.now += 2.0
    studio.controller.confirm_by_staff()
    assert (studio.step, studio.controller.state.since) == (Step.CONSENT, studio.now)


def test_the_receipt_has_the_address_of_the_chosen_enrolment(studio: VisitHarness) -> None:
    other = second_enrolment(studio)
    own = other.student.model_copy(update={"progress_url": "http://localhost/p/of-the-minor"})
    studio.roster.other_enrolments = [Enrolment(own, other.campaign)]
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.choose_enrolment(1)
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert (sitter.progress_url, sitter.enrolments, sitter.also_for) == (own.progress_url, (), ())


def test_a_tap_on_an_enrolment_changes_nothing_outside_the_choice(studio: VisitHarness) -> None:
    before = studio.controller.state
    studio.controller.choose_enrolment(0)
    studio.controller.choose_all_enrolments()
    assert studio.controller.state is before


def test_a_tap_on_a_button_of_the_portrait_changes_nothing_without_a_portrait(studio: VisitHarness) -> None:
    before = studio.controller.state
    studio.controller.retake()
    studio.controller.accept()
    assert studio.controller.state is before


def test_a_portrait_is_not_accepted_before_it_is_shown(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.controller.accept()
    studio.deliver_portrait()
    studio.controller.retake()
    assert studio.step is Step.POSE


def test_the_person_of_a_card_and_the_start_of_posing_are_recorded_with_the_visit(studio: VisitHarness) -> None:
    studio.roster.progress_base = "http://localhost/t/"
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert sitter.progress_token
    assert len(base64.urlsafe_b64decode(sitter.progress_token + "==")) == 16
    assert studio.roster.lookups == [(CARD.number, NOW)]
    assert sitter == Sitter(
        "a" * 32, "zgdemo", "王*明", "1234", f"http://localhost/t/{sitter.progress_token}",
        progress_token=sitter.progress_token,
    )  # fmt: skip
    studio.now += 7.0
    studio.controller.consent()
    visit = studio.controller._parts.lifecycle.visit
    assert visit is not None
    assert (visit.student, visit.campaign, visit.name, visit.progress_token) == (
        sitter.student, sitter.campaign, sitter.name, sitter.progress_token,
    )  # fmt: skip
    assert (visit.identified_by, visit.also_for, visit.last_four, visit.last_four_confirmed) == (
        "id_card", (), None, False,
    )  # fmt: skip
    assert (visit.posing_since, visit.consent.text_version, visit.consent.given_at) == (studio.now, "2026-1", NOW)
    studio.now += 7.0
    studio.controller.leave()
    assert visit.left_at == studio.now


def test_the_station_closes_without_the_response_of_the_server(studio: VisitHarness) -> None:
    requested, release, responded = Event(), Event(), Event()

    class SlowCheck:
        def check(self, student: str, typed: str, known: str) -> LastFourResult:
            requested.set()
            release.wait(scale_timeout(5.0))
            responded.set()
            return LastFourResult(None)

    studio.controller._parts.identification._last_four_check = cast(LastFourCheck, SlowCheck())
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", CARD.number, ""))
    studio.controller.process_events()
    studio.controller.confirm()
    studio.controller.submit_last_four("1234")
    assert wait_for_event(requested)
    studio.controller.close()
    assert not responded.is_set()
    release.set()


# ------------------------------------------------------------------ times


class SteppedStudio(VisitHarness):
    """Records each step with the time since its start, when it is entered."""

    def __init__(self, folder: Path) -> None:
        self.entered: list[tuple[Step, float]] = []
        super().__init__(folder, self._record, questions=prompts)

    def _record(self, state: VisitState) -> None:
        if not self.entered or self.entered[-1][0] is not state.step:
            self.entered.append((state.step, self.now - state.since))

    def advance(self, *events: Callable[[], object]) -> None:
        """Trigger the events, each a second after the one before."""
        for event in events:
            self.now += 1.0
            event()
            self.controller.process_events()

    def until_later(self, step: Step, result: Callable[[], object]) -> None:
        self.now += 1.0
        result()
        self.until(lambda: self.step is step)

    def to_posing(self) -> None:
        it = self.controller
        self.advance(lambda: it.on_card(CARD), it.consent, it.confirm_prepared)

    def to_shot(self) -> None:
        self.advance(lambda: self.controller.on_advice(READY, cast(Frame, None)))
        self.now += VisitTimeouts().countdown
        self.controller.process_events()


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[SteppedStudio]:
    harness = SteppedStudio(tmp_path)
    yield harness
    harness.controller.close()
    harness.outbox.close()


def accepted_visit(studio: SteppedStudio) -> None:
    studio.to_posing()
    studio.to_shot()
    studio.until_later(Step.POSE, lambda: studio.camera.requests[-1].set_exception(CameraProblem("camera.slow")))
    studio.to_shot()
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.requests)
    studio.until_later(Step.REVIEW, lambda: studio.engine.requests[-1].set_result(studio.portrait()))
    studio.advance(studio.controller.retake)
    studio.to_shot()
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: len(studio.engine.requests) == 2)
    studio.until_later(Step.REVIEW, lambda: studio.engine.requests[-1].set_result(studio.portrait()))
    studio.until_later(Step.DONE, studio.controller.accept)
    studio.advance(studio.controller.leave)


def full(*args: object, **kwargs: object) -> None:
    raise Problem("outbox.disk_full")


def errors(studio: SteppedStudio) -> None:
    studio.to_posing()
    studio.to_shot()
    studio.disk.full = True
    studio.until_later(Step.ERROR, lambda: studio.camera.requests[-1].set_result(SHOT))
    studio.disk.full = False
    studio.advance(studio.controller.retry)
    studio.until(lambda: studio.engine.requests)
    studio.until_later(Step.POSE, lambda: studio.engine.requests[-1].set_exception(PhotoProblem("photo.no_face")))
    studio.to_shot()
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: len(studio.engine.requests) == 2)
    studio.outbox.record_result = full  # type: ignore[method-assign]
    studio.until_later(Step.ERROR, lambda: studio.engine.requests[-1].set_result(studio.portrait()))
    studio.advance(studio.controller.retry, lambda: studio.controller.on_guidance_failure(RuntimeError("guidance")))
    lost = CameraState("lost", INFO, CameraProblem("camera.lost"), 0.0)
    studio.advance(studio.controller.retry, lambda: studio.controller.on_camera_state(lost))
    live = CameraState("live", INFO, None, 0.0)
    studio.advance(lambda: studio.controller.on_camera_state(live))


def a_document(studio: SteppedStudio) -> None:
    it, reading = studio.controller, DocumentReading("id_card", CARD.number, "")
    studio.roster.other_enrolments = [second_enrolment(studio)]
    studio.advance(it.start, it.start_document, lambda: it.on_document(reading), it.deny)
    studio.advance(it.start_document, lambda: it.on_document(reading), it.confirm)
    studio.advance(lambda: it.submit_last_four("1234"), lambda: it.choose_enrolment(0))


@pytest.mark.parametrize("visit", [accepted_visit, errors, a_document])
def test_each_step_begins_when_it_is_entered(stepped: SteppedStudio, visit: Callable[[SteppedStudio], None]) -> None:
    visit(stepped)
    assert len(stepped.entered) > 6, "control"
    assert [(step, age) for step, age in stepped.entered if age] == []


@pytest.mark.parametrize(("age", "shoots"), [(0.375, True), (0.4, False), (0.874, False), (0.875, True)])
def test_the_shot_waits_for_an_analysis_from_1_5_to_3_5_periods(studio: VisitHarness, age: float, shoots: bool) -> None:
    studio.analyzer.rate = AnalysisRate(4.0)  # a quarter of a second apart, less often than required
    studio.to_countdown()
    studio.now += studio.controller.timeouts.countdown - 0.25
    studio.controller.on_advice(READY, cast(Frame, None))
    studio.controller.process_events()
    studio.now += age
    studio.controller.process_events()
    assert studio.step is (Step.SHOOT if shoots else Step.COUNTDOWN)


def test_on_a_fast_machine_the_shot_waits_for_no_analysis(studio: VisitHarness) -> None:
    studio.analyzer.rate = AnalysisRate(6.0)
    studio.to_countdown()
    studio.now += VisitTimeouts().countdown - 0.3
    studio.controller.on_advice(READY, cast(Frame, None))
    studio.controller.process_events()
    studio.now += 0.3
    studio.controller.process_events()
    assert studio.step is Step.SHOOT


def test_the_time_for_posing_grows_with_a_late_start_to_a_limit(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert studio.controller.timeouts == VisitTimeouts()
    studio.analyzer.is_starting = True
    for waited in (100.0, MAX_STARTUP_S - 1.0, MAX_STARTUP_S + 50.0):
        studio.now = studio.controller.state.since + waited
        studio.controller.process_events()
        assert studio.controller.timeouts.pose == VisitTimeouts().pose + min(waited, 900.0)


def test_the_timeouts_follow_the_rate_of_analyses_within_a_step(studio: VisitHarness) -> None:
    step = studio.step
    for rate_hz in (6.0, 2.0, 0.5, 2.0, 6.0):
        rate = AnalysisRate(rate_hz)
        studio.analyzer.rate = rate
        studio.controller.process_events()
        assert studio.step is step
        assert studio.controller.timeouts == VisitTimeouts().for_rate(rate)
    assert VisitTimeouts().for_rate(AnalysisRate(0.5)) != VisitTimeouts().for_rate(AnalysisRate(2.0)) != VisitTimeouts()


def test_a_portrait_may_take_as_long_as_the_engine_works_on_it(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.engine.is_busy = True
    for waited in (60.0, 120.0, 180.0):
        studio.now = studio.controller.state.since + waited
        studio.controller.process_events()
        assert studio.step is Step.SHOOT
        assert studio.controller.timeouts.shoot == VisitTimeouts().shoot + waited
    studio.engine.is_busy = False
    studio.now += VisitTimeouts().shoot - 1.0
    studio.controller.process_events()
    assert studio.step is Step.SHOOT
    studio.now += 1.0
    studio.controller.process_events()
    assert studio.step is not Step.SHOOT


def test_the_timeout_of_a_shown_portrait_does_not_depend_on_the_engine(studio: VisitHarness) -> None:
    studio.to_review()
    studio.engine.is_busy = True
    studio.now += 60.0
    studio.controller.process_events()
    assert studio.controller.timeouts == VisitTimeouts()


def test_the_shot_waits_for_the_end_of_a_blink(studio: VisitHarness) -> None:
    studio.to_countdown()
    studio.now += VisitTimeouts().countdown
    studio.controller.on_advice(replace(READY, eyes_shut=True), cast(Frame, None))
    studio.controller.process_events()
    assert studio.step is Step.COUNTDOWN
    studio.controller.on_advice(READY, cast(Frame, None))
    studio.controller.process_events()
    assert studio.step is Step.SHOOT


# ------------------------------------------------------------------ identification


def test_a_document_for_the_staff_is_confirmed_by_the_staff(tmp_path: Path) -> None:
    studio = VisitHarness(tmp_path, documents_for_staff=True)
    studio.controller.on_document(DocumentReading("id_card", CARD.number, ""))
    studio.controller.process_events()
    assert studio.step is Step.IDLE, "no document was requested"
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", CARD.number, "王小明"))
    studio.controller.process_events()
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert sitter.document == DocumentSummary("id_card", "王*明", "*" * 18, name_differs=False, needs_staff=True)
    assert studio.roster.lookups == [(CARD.number, NOW)]
    studio.controller.confirm()
    assert studio.step is Step.IDENTIFY
    studio.controller.confirm_by_staff()
    assert studio.step is Step.LAST_FOUR
    studio.controller.close()
    studio.outbox.close()


def test_a_document_of_a_person_who_is_not_on_the_roster_is_reported(studio: VisitHarness) -> None:
    studio.roster.refusal = Problem("roster.unknown")
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", CARD.number, ""))
    studio.controller.process_events()
    assert studio.controller.state.sitter is None
    assert studio.controller.state.notice == Message("roster.unknown")


def test_a_card_during_a_visit_is_not_looked_up(studio: VisitHarness) -> None:
    studio.to_countdown()
    before, lookups = studio.controller.state, list(studio.roster.lookups)
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    assert studio.controller.state is before
    assert studio.roster.lookups == lookups


def test_all_enrolments_count_as_captured_and_the_receipt_stays_the_same(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.roster.progress_base = "http://localhost/t/"
    studio.roster.other_enrolments = [second_enrolment(studio)]
    requested: list[str] = []
    real = studio.controller._parts.identification._standard_of
    monkeypatch.setattr(
        studio.controller._parts.identification,
        "_standard_of",
        lambda campaign: requested.append(campaign.code) or real(campaign),
    )
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    before = studio.controller.state.sitter
    assert before is not None
    school = studio.roster.find(CARD.number, NOW).campaign.school
    title = studio.roster.find(CARD.number, NOW).campaign.title
    assert [(one.label, one.campaign_name) for one in before.enrolments] == [
        ("", f"{school} · {title}"), ("法学 · 辅修", f"{school} · 辅修"),
    ]  # fmt: skip
    studio.controller.choose_all_enrolments()
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert (sitter.campaign, sitter.progress_url) == ("zgdemo", before.progress_url)
    assert requested == ["zgdemo", "zgdemo"]
    studio.controller.consent()
    studio.pose_until_shot()
    studio.deliver_portrait()
    studio.controller.accept()
    studio.until(lambda: studio.step is Step.DONE)
    assert studio.roster.captured == ["a" * 32, "b" * 32]


def test_an_accepted_visit_is_done_also_if_the_roster_cannot_be_written(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(student: str) -> None:
        raise Problem("upload.disk_full")

    monkeypatch.setattr(studio.roster, "mark_captured", full)
    studio.to_review()
    studio.controller.accept()
    studio.until(lambda: studio.step is Step.DONE)


def test_if_the_check_itself_fails_the_characters_are_compared_later(studio: VisitHarness) -> None:
    class FailingCheck:
        def check(self, student: str, typed: str, known: str) -> LastFourResult:
            raise Problem("upload.unreachable")

    studio.controller._parts.identification._last_four_check = cast(LastFourCheck, FailingCheck())
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", CARD.number, ""))
    studio.controller.process_events()
    studio.controller.confirm()
    studio.controller.submit_last_four("1234")
    studio.until(lambda: studio.step is Step.CONSENT)
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert (sitter.typed_last_four, sitter.last_four_confirmed) == ("1234", False)


# ------------------------------------------------------------------ the two threads


def test_the_disk_and_the_server_have_one_thread_each(studio: VisitHarness) -> None:
    """With one thread, writes to the disk stay in order."""
    assert studio.controller._parts.io_executor._max_workers == 1
    assert studio.controller._parts.identification._server_executor._max_workers == 1


def test_closing_drops_requests_to_the_server_and_completes_writes_to_the_disk(studio: VisitHarness) -> None:
    release = Event()
    studio.to_review()
    studio.controller._parts.identification._server_executor.submit(wait_for_event, release)
    waiting = studio.controller._parts.identification._server_executor.submit(lambda: None)
    studio.controller.close()
    assert waiting.cancelled()
    assert studio.outbox.stats().ready == 1
    release.set()


def test_the_sitter_sees_the_progress_of_the_document_scanner(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document_progress(Message("document.no_number"))
    studio.controller.process_events()
    assert (studio.step, studio.controller.state.notice) == (Step.DOCUMENT, Message("document.no_number"))
