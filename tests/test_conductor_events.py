"""What the conductor hears becomes what the screen says, at the time at which it was heard."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import cast

import pytest

from config.problem import Problem
from hardware.identity.documents.document import DocumentReading
from hardware.identity.reader import ReaderProblem
from kiosk.conductor import Conductor
from kiosk.last_four import LastFourCheck, LastFourResult
from kiosk.sitting import HelpNeeded, Saying, Sitter, Step
from kiosk.upload.roster_book import Found
from tests.conducting import CARD, NOW, Studio, studio
from tests.test_enrolments import second
from tests.waiting import set_in_time, stretched

__all__ = ["studio"]
MOVED = ReaderProblem("reader.card_moved", code="90")

FROM_THE_WELCOME: dict[str, tuple[Callable[[Conductor], None], Step, Saying | None]] = {
    "a touch": (lambda it: it.start(), Step.IDENTIFY, None),
    "a card": (lambda it: it.hear_card(CARD), Step.CONSENT, None),
    "a moved card": (lambda it: it.hear_card_problem(MOVED), Step.IDENTIFY, Saying(MOVED.key, MOVED.values)),
    "a broken code": (lambda it: it.hear_broken_code(), Step.IDENTIFY, Saying("code.broken")),
}
FROM_THE_WAYS: dict[str, tuple[Callable[[Conductor], None], Step]] = {
    "a document": (lambda it: it.show_document(), Step.DOCUMENT),
    "a student number": (lambda it: it.type_student_no(), Step.STUDENT_NO),
    "leaving": (lambda it: it.leave(), Step.IDLE),
}


@pytest.mark.parametrize("event", FROM_THE_WELCOME)
def test_what_begins_a_visit_begins_it_now(event: str, studio: Studio) -> None:
    happens, step, notice = FROM_THE_WELCOME[event]
    studio.now = 5000.0
    happens(studio.conductor)
    studio.conductor.pump()
    sitting = studio.conductor.sitting
    assert (sitting.step, sitting.since, sitting.notice) == (step, 5000.0, notice)


@pytest.mark.parametrize("event", FROM_THE_WAYS)
def test_a_way_to_say_who_one_is_begins_now_and_so_does_the_way_back(event: str, studio: Studio) -> None:
    happens, step = FROM_THE_WAYS[event]
    studio.conductor.start()
    studio.now = 5000.0
    happens(studio.conductor)
    assert (studio.step, studio.conductor.sitting.since) == (step, 5000.0)
    studio.now = 5010.0
    studio.conductor.put_document_away()
    studio.conductor.leave_student_no()
    studio.conductor.start()
    assert (studio.step, studio.conductor.sitting.since) == (Step.IDENTIFY, 5010.0)


def test_help_is_needed_since_the_button_was_pressed(studio: Studio) -> None:
    studio.to_countdown()
    studio.now += 1.0
    studio.conductor.ask_for_help()
    assert studio.conductor.sitting.help == HelpNeeded(Saying("help.asked"), studio.now)


def test_a_choice_among_enrolments_that_no_standard_serves_is_told(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.roster.others = [second(studio)]
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()

    def unknown(campaign: object) -> None:
        raise Problem("standard.unknown", name="x")

    monkeypatch.setattr(studio.conductor, "_standard_of", unknown)
    studio.now += 3.0
    studio.conductor.choose(1)
    sitting = studio.conductor.sitting
    assert (sitting.step, sitting.since, sitting.sitter) == (Step.IDENTIFY, studio.now, None)
    assert sitting.notice == Saying("standard.unknown", {"name": "x"})


def test_a_portrait_that_could_not_be_accepted_can_be_taken_anew(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.to_review()

    def full(*given: object, **named: object) -> None:
        raise Problem("outbox.disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(studio.outbox, "ready", full)
        studio.conductor.accept()
        studio.until(lambda: studio.step is Step.TROUBLE)
    studio.conductor.retry()
    studio.conductor.retake()
    assert (studio.step, studio.conductor.sitting.portrait) == (Step.POSE, None)


def test_who_is_locked_out_is_told_and_the_operator_knows_since_when(studio: Studio) -> None:
    studio.conductor.start()
    studio.conductor.show_document()
    studio.conductor.hear_document(DocumentReading("id_card", CARD.number, ""))
    studio.conductor.pump()
    studio.now += 2.0
    studio.conductor.confirm()
    assert (studio.step, studio.conductor.sitting.since) == (Step.LAST_FOUR, studio.now)
    studio.now += 2.0
    studio.conductor._last_four_wrong(LastFourResult(False, left=0))
    sitting = studio.conductor.sitting
    assert (sitting.locked, sitting.notice) == (True, Saying("last_four.locked"))
    assert sitting.help == HelpNeeded(Saying("last_four.for_operator"), studio.now)
    studio.now += 2.0
    studio.conductor.witness()
    assert (studio.step, studio.conductor.sitting.since) == (Step.CONSENT, studio.now)


def test_the_receipt_leads_to_the_enrolment_that_was_chosen(studio: Studio) -> None:
    other = second(studio)
    own = other.student.model_copy(update={"progress_url": "http://localhost/p/of-the-minor"})
    studio.roster.others = [Found(own, other.campaign)]
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    studio.conductor.choose(1)
    sitter = studio.conductor.sitting.sitter
    assert sitter is not None
    assert (sitter.progress_url, sitter.enrolments, sitter.also_for) == (own.progress_url, (), ())


def test_a_stray_tap_on_a_choice_that_nobody_was_offered_changes_nothing(studio: Studio) -> None:
    before = studio.conductor.sitting
    studio.conductor.choose(0)
    studio.conductor.choose_all()
    assert studio.conductor.sitting is before


def test_who_a_card_names_and_when_they_began_to_pose_is_noted_with_the_visit(studio: Studio) -> None:
    studio.roster.progress_base = "http://localhost/t/"
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    sitter = studio.conductor.sitting.sitter
    assert sitter is not None
    assert sitter.progress_token
    assert sitter == Sitter(
        "a" * 32, "zgdemo", "王*明", "1234", f"http://localhost/t/{sitter.progress_token}",
        progress_token=sitter.progress_token,
    )  # fmt: skip
    studio.now += 7.0
    studio.conductor.consent()
    visit = studio.conductor._visit
    assert visit is not None
    assert (visit.student, visit.campaign, visit.name, visit.progress_token) == (
        sitter.student, sitter.campaign, sitter.name, sitter.progress_token,
    )  # fmt: skip
    assert (visit.posing_since, visit.consent.text_version, visit.consent.given_at) == (studio.now, "2026-1", NOW)
    studio.now += 7.0
    studio.conductor.leave()
    assert visit.left_at == studio.now


def test_the_station_closes_without_the_server_s_answer(studio: Studio) -> None:
    asked, release, answered = Event(), Event(), Event()

    class Silent:
        def check(self, student: str, typed: str, known: str) -> LastFourResult:
            asked.set()
            release.wait(stretched(20.0))
            answered.set()
            return LastFourResult(None)

    studio.conductor._last_four = cast(LastFourCheck, Silent())
    studio.conductor.start()
    studio.conductor.show_document()
    studio.conductor.hear_document(DocumentReading("id_card", CARD.number, ""))
    studio.conductor.pump()
    studio.conductor.confirm()
    studio.conductor.type_last_four("1234")
    assert set_in_time(asked)
    studio.conductor.close()
    assert not answered.is_set()
    release.set()
