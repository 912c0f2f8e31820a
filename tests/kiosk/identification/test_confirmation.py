"""A code identifies a student, who has to confirm it: in the state, in the controller, and in the envelope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import pytest

from config.errors import Problem
from config.i18n import Message
from hardware.barcodes.api import Scan
from kiosk.identification.code_lookup import CodeLookup
from kiosk.identification.code_resolver import CodeProblem
from kiosk.upload.roster_index import Enrolment
from kiosk.visit.sitter import Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from tests.kiosk.visit.harness import CARD, NOW, VisitHarness, studio

__all__ = ["studio"]
SITTER = Sitter("s1", "NOW001", "王*明", "0121", "http://server/p/s1", "code")
WHY = Message("code.other_student")


def test_a_code_leads_to_the_question_and_not_to_consent() -> None:
    for before in (VisitState(), VisitState().on_start(1)):
        recognised = before.on_recognised(SITTER, 2)
        assert (recognised.step, recognised.sitter, recognised.asks_confirmation) == (Step.IDENTIFY, SITTER, True)
        assert recognised.on_confirmed(3) == VisitState(Step.LAST_FOUR, 3, SITTER)
        assert not recognised.on_confirmed(3).asks_confirmation


def test_denying_removes_the_name() -> None:
    assert VisitState().on_recognised(SITTER, 2).on_denied(WHY, 3) == VisitState(Step.IDENTIFY, 3, notice=WHY)


def test_an_unanswered_confirmation_ends_with_a_message_and_without_a_name() -> None:
    recognised, end = VisitState().on_recognised(SITTER, 2), 2 + VisitTimeouts().identify
    assert recognised.on_tick(end, VisitTimeouts()) == VisitState(
        Step.ENDED, end, notice=Message("visit_ended.nothing_taken")
    )


@pytest.mark.parametrize(
    "step",
    [step for step in Step if step not in (Step.IDLE, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO, Step.ENDED)],
)
def test_in_the_middle_of_a_visit_a_code_changes_nothing(step: Step) -> None:
    busy = VisitState(step, 1, SITTER)
    other = replace(SITTER, student="s2")
    for event in (lambda: busy.on_recognised(other, 2), lambda: busy.on_confirmed(2), lambda: busy.on_denied(WHY, 2)):
        assert event() is busy


def test_nothing_can_be_confirmed_without_a_question() -> None:
    for state in (VisitState(), VisitState().on_start(1)):
        assert state.on_confirmed(2) is state
        assert state.on_denied(WHY, 2) is state


@dataclass
class Codes:
    """Finds the students of the studio's roster, or raises a given problem."""

    studio: VisitHarness
    problem: Problem | None = None

    def find(self, payload: str, now: datetime) -> Enrolment:
        if self.problem is not None:
            raise self.problem
        return self.studio.roster.find(CARD.number, now)


@pytest.fixture
def show(studio: VisitHarness) -> Callable[[Problem | None], None]:
    def show_code(problem: Problem | None = None) -> None:
        lookup = cast(CodeLookup, Codes(studio, problem))
        object.__setattr__(studio.controller._parts.services, "code_lookup", lookup)
        studio.controller.on_code(Scan("sealed", "camera"))
        studio.controller.process_events()

    return show_code


def test_a_visit_by_code_is_sent_as_one(studio: VisitHarness, show: Callable[..., None]) -> None:
    show()
    assert studio.controller.state.asks_confirmation
    studio.controller.confirm()
    studio.controller.submit_last_four("1234")
    assert studio.step is Step.CONSENT
    studio.controller.consent()
    studio.pose_until_shot()
    studio.deliver_portrait()
    sent = studio.accept().submission()
    assert (sent.identified_by, sent.last_four, sent.last_four_confirmed) == ("code", "1234", False)


def test_a_denial_leads_back_to_identification_with_a_notice(studio: VisitHarness, show: Callable[..., None]) -> None:
    show()
    studio.controller.deny()
    assert (studio.step, studio.controller.state.sitter) == (Step.IDENTIFY, None)
    assert studio.controller.state.notice == WHY


def test_a_code_that_names_nobody_is_reported(studio: VisitHarness, show: Callable[..., None]) -> None:
    show(CodeProblem("code.other_campaign"))
    assert studio.step is Step.IDENTIFY
    assert studio.controller.state.notice == Message("code.other_campaign")


def test_a_card_answers_the_question_too(studio: VisitHarness, show: Callable[..., None]) -> None:
    """A card placed during the confirmation proves the identity; the visit is then by card."""
    show()
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    sitter = studio.controller.state.sitter
    assert (studio.step, sitter and sitter.identified_by) == (Step.CONSENT, "id_card")


def test_a_station_without_codes_ignores_them(studio: VisitHarness) -> None:
    studio.controller.on_code(Scan("sealed", "keyboard"))
    studio.controller.process_events()
    assert studio.step is Step.IDLE


def test_the_station_s_clock_is_used(studio: VisitHarness) -> None:
    times: list[datetime] = []

    class RecordingCodes(Codes):
        def find(self, payload: str, now: datetime) -> Enrolment:
            times.append(now)
            return super().find(payload, now)

    lookup = cast(CodeLookup, RecordingCodes(studio))
    object.__setattr__(studio.controller._parts.services, "code_lookup", lookup)
    studio.controller.on_code(Scan("sealed", "serial"))
    studio.controller.process_events()
    assert times == [NOW]
