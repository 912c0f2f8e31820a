"""Results of the visit's state machine that the table of steps does not contain."""

from __future__ import annotations

import pytest

from config.i18n import Message
from kiosk.visit.sitter import DocumentSummary, Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.state_data import HelpRequest
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from tests.kiosk.visit.harness import VisitHarness, studio
from tests.kiosk.visit.test_state import SITTER, WRONG

__all__ = ["studio"]
DOCUMENT = DocumentSummary("passport", "王*明", "***7121")


@pytest.mark.parametrize("step", Step)
def test_a_shot_taken_on_the_camera_counts_while_the_sitter_poses(step: Step) -> None:
    before = VisitState(step, 5.0, SITTER, notice=Message("hint.closer"))
    after = before.on_shot_taken(9.0)
    if step in (Step.POSE, Step.COUNTDOWN):
        assert (after.step, after.since, after.notice) == (Step.SHOOT, 9.0, None)
        assert after.sitter is SITTER
    else:
        assert after is before


def test_a_face_counts_only_after_the_identification() -> None:
    assert VisitState(Step.IDENTIFY, 1.0).on_face_seen(7.0) == VisitState(Step.IDENTIFY, 1.0)
    assert VisitState(Step.POSE, 1.0, SITTER).on_face_seen(7.0).face_seen_at == 7.0


def test_acknowledged_help_keeps_its_reason_until_it_is_resolved() -> None:
    requested = VisitState(Step.POSE, 1.0, SITTER).on_help_requested(Message("help.requested"), 4.0)
    assert requested.help == HelpRequest(Message("help.requested"), 4.0)
    assert requested.on_help_requested(Message("hint.closer"), 9.0) is requested, "reported once"
    acknowledged = requested.on_help_acknowledged()
    assert acknowledged.help is not None
    assert acknowledged.help.acknowledged
    assert acknowledged.help.reason == Message("help.requested")
    assert acknowledged.on_help_acknowledged() is acknowledged
    assert acknowledged.on_help_resolved().help is None
    assert VisitState().on_help_acknowledged() == VisitState().on_help_resolved() == VisitState()


def test_defaults_need_neither_staff_nor_typing() -> None:
    assert not SITTER.needs_staff
    assert not DOCUMENT.needs_staff
    assert not DOCUMENT.name_differs
    assert not SITTER.last_four_confirmed
    assert Sitter(
        "1" * 32, "C", "王*明", "", "", document=DocumentSummary("passport", "", "", needs_staff=True)
    ).needs_staff


def test_staff_may_confirm_a_person_where_the_sitter_may_not() -> None:
    document = DocumentSummary("passport", "", "", needs_staff=True)
    sitter = Sitter("1" * 32, "C", "王*明", "", "", "document", document)
    requested = VisitState().on_recognised(sitter, 1.0)
    assert requested.on_confirmed(2.0) is requested
    assert requested.on_confirmed(2.0, by_staff=True).step is not Step.IDENTIFY


@pytest.mark.parametrize("confirmed", [False, True])
def test_four_characters_that_were_not_requested_change_nothing(confirmed: bool) -> None:
    posing = VisitState(Step.POSE, 1.0, SITTER)
    assert posing.on_last_four_accepted("123X", confirmed, 3.0) is posing
    not_checking = VisitState(Step.LAST_FOUR, 1.0, SITTER)
    assert not_checking.on_last_four_accepted("123X", confirmed, 3.0) is not_checking


def test_a_countdown_counts_down_to_one() -> None:
    state = VisitState(Step.COUNTDOWN, 10.0, SITTER)
    assert [state.countdown_seconds(now, VisitTimeouts()) for now in (10.0, 10.5, 11.5, 12.9, 13.5)] == [
        3,
        3,
        2,
        1,
        1,
    ]


# ------------------------------------------------------------------ with the controller


def test_a_cancelled_document_leads_back_to_the_identification_screen(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    assert studio.step is Step.DOCUMENT
    studio.controller.cancel_document()
    assert studio.step is Step.IDENTIFY


def test_a_request_for_help_counts_as_presence(studio: VisitHarness) -> None:
    studio.to_countdown()
    studio.controller.on_advice(WRONG, None)  # type: ignore[arg-type]
    studio.controller.process_events()
    studio.now += VisitTimeouts().pose - 1
    studio.controller.request_help()
    assert studio.controller.state.help is not None
    assert studio.controller.state.touched_at == studio.now
    studio.now += 2
    studio.controller.process_events()
    assert studio.step is Step.POSE, "the time starts again"
