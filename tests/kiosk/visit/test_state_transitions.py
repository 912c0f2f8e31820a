"""The transitions of the visit: which data a step adds, and which data of the step before it removes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.i18n import Message
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.visit.sitter import DocumentSummary
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from tests.kiosk.visit.test_state import AT, EVENTS, READY, SITTER, TABLE, TIMEOUTS, at

TRANSITIONS = [(step, event) for step, events in TABLE.items() for event in events]
WITHOUT_ERROR = (Step.IDLE, Step.DONE, Step.ENDED, Step.ERROR)


@pytest.mark.parametrize(("step", "event"), TRANSITIONS)
def test_a_step_begins_at_the_time_of_the_event_without_the_help_request_of_the_previous_step(
    step: Step, event: str
) -> None:
    before = replace(at(step), notice=Message("hint.closer")).on_help_requested(Message("help.requested"), 101.0)
    after = EVENTS[event](before, 103.0)
    assert after.since == 103.0 + (TIMEOUTS.pose if event == "timed_out" else 0.0)
    assert after.help is None
    assert after.notice != before.notice


def test_a_touch_before_the_card_counts_as_presence() -> None:
    named = VisitState(Step.IDENTIFY, 90.0).on_touch(100.0).on_identified(SITTER, 101.0)
    assert named.is_present(100.0 + TIMEOUTS.presence, TIMEOUTS)
    assert not named.is_present(100.1 + TIMEOUTS.presence, TIMEOUTS)


def test_on_a_slow_machine_a_face_that_one_of_three_analyses_missed_still_counts() -> None:
    assert VisitTimeouts().for_rate(AnalysisRate(0.1)).presence == pytest.approx(30.0)
    assert VisitTimeouts().for_rate(AnalysisRate(0.5)).presence == VisitTimeouts().presence, "never shorter"


def test_the_search_for_a_document_and_each_result_are_shown() -> None:
    searching = VisitState(Step.IDENTIFY, 100.0).on_document_started(103.0)
    assert searching.notice == Message("document.searching")
    assert searching.on_document_progress(Message("document.confirming")).notice == Message("document.confirming")


def test_the_prompts_and_the_time_of_their_confirmation_stay_with_the_visit() -> None:
    requested = at(Step.CONSENT).on_consent(AT, 103.0, ("glasses", "hair"))
    assert (requested.consent_at, requested.questions, requested.prepared_at) == (AT, ("glasses", "hair"), None)
    confirmed = requested.on_prepared(AT, 109.0)
    assert (confirmed.questions, confirmed.prepared_at) == (("glasses", "hair"), AT)


def test_the_countdown_starts_exactly_when_the_sitter_was_steady_for_long_enough() -> None:
    assert (
        at(Step.POSE).on_advice(replace(READY, steady_for=TIMEOUTS.all_clear), 103.0, TIMEOUTS).step is Step.COUNTDOWN
    )


def test_a_steady_sitter_who_is_not_ready_starts_no_countdown() -> None:
    state = at(Step.POSE)
    assert state.on_advice(replace(READY, ready=False), 103.0, TIMEOUTS) is state


# ------------------------------------------------------------------ identification


def test_a_name_on_the_screen_is_confirmed_or_denied_before_another_identification_begins() -> None:
    named = VisitState(Step.IDENTIFY, 100.0).on_recognised(SITTER, 101.0)
    assert named.on_document_started(103.0) is named
    assert named.on_student_no_started(103.0) is named


def test_a_sitter_who_denies_a_name_sees_the_reason_and_not_the_name() -> None:
    reason = Message("identify.denied")
    named = VisitState(Step.IDENTIFY, 100.0).on_recognised(SITTER, 101.0)
    assert named.on_denied(reason, 103.0) == VisitState(Step.IDENTIFY, 103.0, notice=reason)
    for other in (VisitState(Step.IDENTIFY, 100.0), at(Step.POSE)):
        assert other.on_denied(reason, 103.0) is other


def test_the_visit_records_who_confirmed_the_sitter() -> None:
    typed = at(Step.LAST_FOUR).on_last_four_typed(103.0).on_last_four_accepted("123X", True, 104.0)
    assert typed.sitter == replace(SITTER, typed_last_four="123X", last_four_confirmed=True)
    assert at(Step.LAST_FOUR).on_staff_confirmed(103.0).sitter == replace(SITTER, identified_by="operator")


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize("step", [step for step in Step if step not in WITHOUT_ERROR])
def test_an_error_leads_back_to_the_interrupted_step_or_from_a_shot_to_posing(step: Step) -> None:
    again = at(step).on_error(Message("error.guidance_restarting"), 103.0).on_retry(109.0)
    assert again.step is (Step.POSE if step in (Step.COUNTDOWN, Step.SHOOT) else step)
    assert (again.since, again.notice, again.interrupted_step) == (109.0, None, None)


def test_a_second_error_leads_back_to_the_same_step_as_the_first() -> None:
    failed = at(Step.REVIEW).on_error(Message("camera.lost"), 103.0)
    assert failed.on_error(Message("error.guidance_restarting"), 105.0) is failed
    assert failed.on_retry(109.0).step is Step.REVIEW


def test_only_an_error_leads_back() -> None:
    for state in (
        replace(at(Step.POSE), interrupted_step=Step.REVIEW),
        replace(at(Step.ERROR), interrupted_step=None),
    ):
        assert state.on_retry(103.0) is state


@pytest.mark.parametrize("step", Step)
def test_the_reason_changes_only_at_an_error(step: Step) -> None:
    before, absent = replace(at(step), notice=Message("camera.lost")), Message("camera.absent")
    after = before.on_error_changed(absent)
    assert after == (replace(before, notice=absent) if step is Step.ERROR else before)


def test_a_portrait_that_takes_too_long_is_an_error() -> None:
    shooting = at(Step.SHOOT)
    assert shooting.on_tick(99.9 + TIMEOUTS.shoot, TIMEOUTS) is shooting
    assert shooting.on_tick(100.0 + TIMEOUTS.shoot, TIMEOUTS).notice == Message("error.portrait_timeout")


# ------------------------------------------------------------------ the last four characters


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.LAST_FOUR])
def test_characters_are_accepted_only_at_the_step_for_them(step: Step) -> None:
    for state in (at(step), replace(at(step), checking=True)):
        assert state.on_last_four_typed(103.0) is state
        assert state.on_last_four_wrong(Message("last_four.wrong"), 103.0) is state
        assert state.accepts_identification("code") is state.accepts_identification("id_card")
    assert not at(Step.LAST_FOUR).accepts_identification("code")
    assert at(Step.LAST_FOUR).accepts_identification("id_card")


def test_while_the_characters_are_checked_or_locked_nothing_is_typed() -> None:
    for busy in (replace(at(Step.LAST_FOUR), checking=True), replace(at(Step.LAST_FOUR), locked=True)):
        assert busy.on_last_four_typed(103.0) is busy


def test_typing_counts_as_a_touch_and_removes_the_last_notice() -> None:
    wrong = Message("last_four.wrong", {"left": 2})
    typed = replace(at(Step.LAST_FOUR), notice=wrong).on_last_four_typed(103.0)
    assert (typed.checking, typed.notice, typed.touched_at, typed.since) == (True, None, 103.0, 100.0)
    refused = typed.on_last_four_wrong(wrong, 107.0)
    assert (refused.checking, refused.locked, refused.notice, refused.touched_at) == (False, False, wrong, 107.0)
    assert refused.since == 100.0, "it is the same step"
    assert typed.on_last_four_wrong(wrong, 107.0, locked=True).locked


@pytest.mark.parametrize("event", ["identified", "staff_confirmed", "last_four_accepted"])
def test_the_state_of_the_keypad_is_cleared_after_the_identification(event: str) -> None:
    identified = EVENTS[event](replace(at(Step.LAST_FOUR), locked=event != "last_four_accepted"), 103.0)
    assert (identified.step, identified.checking, identified.locked) == (Step.CONSENT, False, False)
    assert identified.on_tick(103.0 + TIMEOUTS.consent, TIMEOUTS).step is Step.ENDED, "after the timeout of that step"


# ------------------------------------------------------------------ presence


@pytest.mark.parametrize("step", [Step.IDLE, Step.COUNTDOWN, Step.SHOOT])
def test_a_touch_changes_nothing_where_no_step_waits_for_it(step: Step) -> None:
    state = at(step)
    assert state.on_touch(103.0) is state
    assert state.on_help_resolved() is state, "no help was requested"


@pytest.mark.parametrize("step", [Step.DONE, Step.ENDED, Step.DOCUMENT])
def test_no_presence_question_where_no_visit_can_be_lost(step: Step) -> None:
    assert at(step).seconds_to_timeout(99.9 + getattr(TIMEOUTS, step.value), TIMEOUTS) is None


def test_the_longer_time_for_the_operator_ends_with_the_confirmation() -> None:
    sitter = replace(SITTER, document=DocumentSummary("passport", "", "", needs_staff=True))
    named = replace(at(Step.CONSENT), sitter=sitter)
    assert named.on_tick(100.0 + TIMEOUTS.consent, TIMEOUTS).step is Step.ENDED


def test_a_visit_that_only_the_operator_can_continue_waits_longer() -> None:
    locked = replace(at(Step.LAST_FOUR), locked=True)
    assert locked.on_tick(100.0 + TIMEOUTS.last_four, TIMEOUTS) is locked
    assert locked.on_tick(100.0 + TIMEOUTS.error, TIMEOUTS).step is Step.ENDED


def test_a_late_tick_never_shows_less_than_one_second() -> None:
    assert at(Step.REVIEW).seconds_to_timeout(101.0 + TIMEOUTS.review, TIMEOUTS) == 1
