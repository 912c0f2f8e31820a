"""What the conductor hears becomes what the screen says, at the time at which it was heard."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import cast

import pytest

from config.errors import Problem
from config.i18n import Message
from hardware.card_reader.api import ReaderProblem
from hardware.document_reader.api import DocumentReading
from kiosk.identification.last_four import LastFourCheck, LastFourResult
from kiosk.upload.roster import Enrolment
from kiosk.visit.controller import VisitController
from kiosk.visit.sitter import Sitter
from kiosk.visit.state import HelpRequest, Step
from tests.kiosk.visit.harness import CARD, NOW, VisitHarness, studio
from tests.kiosk.visit.test_enrolments import second_enrolment
from tests.waiting import scale_timeout, wait_for_event

__all__ = ["studio"]
MOVED = ReaderProblem("reader.card_moved", code="90")

FROM_THE_WELCOME: dict[str, tuple[Callable[[VisitController], None], Step, Message | None]] = {
    "a touch": (lambda it: it.start(), Step.IDENTIFY, None),
    "a card": (lambda it: it.on_card(CARD), Step.CONSENT, None),
    "a moved card": (lambda it: it.on_card_problem(MOVED), Step.IDENTIFY, Message(MOVED.key, MOVED.values)),
    "a broken code": (lambda it: it.on_broken_code(), Step.IDENTIFY, Message("code.incomplete")),
}
FROM_THE_WAYS: dict[str, tuple[Callable[[VisitController], None], Step]] = {
    "a document": (lambda it: it.start_document(), Step.DOCUMENT),
    "a student number": (lambda it: it.start_student_no(), Step.STUDENT_NO),
    "leaving": (lambda it: it.leave(), Step.IDLE),
}


@pytest.mark.parametrize("event", FROM_THE_WELCOME)
def test_what_begins_a_visit_begins_it_now(event: str, studio: VisitHarness) -> None:
    happens, step, notice = FROM_THE_WELCOME[event]
    studio.now = 5000.0
    happens(studio.controller)
    studio.controller.process_events()
    sitting = studio.controller.state
    assert (sitting.step, sitting.since, sitting.notice) == (step, 5000.0, notice)


@pytest.mark.parametrize("event", FROM_THE_WAYS)
def test_a_way_to_say_who_one_is_begins_now_and_so_does_the_way_back(event: str, studio: VisitHarness) -> None:
    happens, step = FROM_THE_WAYS[event]
    studio.controller.start()
    studio.now = 5000.0
    happens(studio.controller)
    assert (studio.step, studio.controller.state.since) == (step, 5000.0)
    studio.now = 5010.0
    studio.controller.cancel_document()
    studio.controller.cancel_student_no()
    studio.controller.start()
    assert (studio.step, studio.controller.state.since) == (Step.IDENTIFY, 5010.0)


def test_help_is_needed_since_the_button_was_pressed(studio: VisitHarness) -> None:
    studio.to_countdown()
    studio.now += 1.0
    studio.controller.request_help()
    assert studio.controller.state.help == HelpRequest(Message("help.requested"), studio.now)


def test_a_choice_among_enrolments_that_no_standard_serves_is_told(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.roster.other_enrolments = [second_enrolment(studio)]
    studio.controller.on_card(CARD)
    studio.controller.process_events()

    def unknown(campaign: object) -> None:
        raise Problem("standard.unknown", name="x")

    monkeypatch.setattr(studio.controller, "_standard_of", unknown)
    studio.now += 3.0
    studio.controller.choose_enrolment(1)
    sitting = studio.controller.state
    assert (sitting.step, sitting.since, sitting.sitter) == (Step.IDENTIFY, studio.now, None)
    assert sitting.notice == Message("standard.unknown", {"name": "x"})


def test_a_portrait_that_could_not_be_accepted_can_be_taken_anew(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.to_review()

    def full(*given: object, **named: object) -> None:
        raise Problem("outbox.disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(studio.outbox, "mark_ready", full)
        studio.controller.accept()
        studio.until(lambda: studio.step is Step.ERROR)
    studio.controller.retry()
    studio.controller.retake()
    assert (studio.step, studio.controller.state.portrait) == (Step.POSE, None)


def test_who_is_locked_out_is_told_and_the_operator_knows_since_when(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", CARD.number, ""))
    studio.controller.process_events()
    studio.now += 2.0
    studio.controller.confirm()
    assert (studio.step, studio.controller.state.since) == (Step.LAST_FOUR, studio.now)
    studio.now += 2.0
    studio.controller._reject_last_four(LastFourResult(False, tries_left=0))
    sitting = studio.controller.state
    assert (sitting.locked, sitting.notice) == (True, Message("last_four.locked"))
    assert sitting.help == HelpRequest(Message("last_four.for_operator"), studio.now)
    studio.now += 2.0
    studio.controller.confirm_by_staff()
    assert (studio.step, studio.controller.state.since) == (Step.CONSENT, studio.now)


def test_the_receipt_leads_to_the_enrolment_that_was_chosen(studio: VisitHarness) -> None:
    other = second_enrolment(studio)
    own = other.student.model_copy(update={"progress_url": "http://localhost/p/of-the-minor"})
    studio.roster.other_enrolments = [Enrolment(own, other.campaign)]
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.choose_enrolment(1)
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert (sitter.progress_url, sitter.enrolments, sitter.also_for) == (own.progress_url, (), ())


def test_a_stray_tap_on_a_choice_that_nobody_was_offered_changes_nothing(studio: VisitHarness) -> None:
    before = studio.controller.state
    studio.controller.choose_enrolment(0)
    studio.controller.choose_all_enrolments()
    assert studio.controller.state is before


def test_who_a_card_names_and_when_they_began_to_pose_is_noted_with_the_visit(studio: VisitHarness) -> None:
    studio.roster.progress_base = "http://localhost/t/"
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert sitter.progress_token
    assert sitter == Sitter(
        "a" * 32, "zgdemo", "王*明", "1234", f"http://localhost/t/{sitter.progress_token}",
        progress_token=sitter.progress_token,
    )  # fmt: skip
    studio.now += 7.0
    studio.controller.consent()
    visit = studio.controller._visit
    assert visit is not None
    assert (visit.student, visit.campaign, visit.name, visit.progress_token) == (
        sitter.student, sitter.campaign, sitter.name, sitter.progress_token,
    )  # fmt: skip
    assert (visit.posing_since, visit.consent.text_version, visit.consent.given_at) == (studio.now, "2026-1", NOW)
    studio.now += 7.0
    studio.controller.leave()
    assert visit.left_at == studio.now


def test_the_station_closes_without_the_server_s_answer(studio: VisitHarness) -> None:
    asked, release, answered = Event(), Event(), Event()

    class Silent:
        def check(self, student: str, typed: str, known: str) -> LastFourResult:
            asked.set()
            release.wait(scale_timeout(5.0))
            answered.set()
            return LastFourResult(None)

    studio.controller._last_four_check = cast(LastFourCheck, Silent())
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", CARD.number, ""))
    studio.controller.process_events()
    studio.controller.confirm()
    studio.controller.submit_last_four("1234")
    assert wait_for_event(asked)
    studio.controller.close()
    assert not answered.is_set()
    release.set()
