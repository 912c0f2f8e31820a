"""The state of a visit: every step, every event, every timeout."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.i18n import Message
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.advice import Advice
from kiosk.visit.sitter import DocumentSummary, Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts

TIMEOUTS = VisitTimeouts()
SITTER = Sitter("0" * 32, "DEMO26", "王*明", "1234", "http://localhost/p/x")
PORTRAIT = Portrait(b"jpeg", "0" * 64, (), {})
READY = Advice("hint.hold", ready=True, steady_for=2.0)
WRONG = Advice("hint.closer")
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)

EVENTS = {
    "start": lambda s, now: s.on_start(now),
    "identified": lambda s, now: s.on_identified(SITTER, now),
    "recognised": lambda s, now: s.on_recognised(SITTER, now),
    "document_started": lambda s, now: s.on_document_started(now),
    "document_progressed": lambda s, now: s.on_document_progress(Message("document.confirming")),
    "student_no_started": lambda s, now: s.on_student_no_started(now),
    "student_no_cancelled": lambda s, now: s.on_student_no_cancelled(now),
    "document_cancelled": lambda s, now: s.on_document_cancelled(now),
    "not_identified": lambda s, now: s.on_not_identified(Message("roster.unknown"), now),
    "confirmed": lambda s, now: s.on_confirmed(now),
    "last_four_accepted": lambda s, now: s.on_last_four_typed(now).on_last_four_accepted("123X", False, now),
    "enrolment_chosen": lambda s, now: s.on_enrolment_chosen(SITTER, now),
    "staff_confirmed": lambda s, now: s.on_staff_confirmed(now),
    "consented": lambda s, now: s.on_consent(AT, now),
    "consented_with_prompts": lambda s, now: s.on_consent(AT, now, ("glasses",)),
    "prepared": lambda s, now: s.on_prepared(AT, now),
    "ready": lambda s, now: s.on_advice(READY, now, TIMEOUTS),
    "not_ready": lambda s, now: s.on_advice(WRONG, now, TIMEOUTS),
    "shot_failed": lambda s, now: s.on_shot_failed(Message("photo.no_face"), now),
    "shots_stored": lambda s, now: s.on_shots_stored(),
    "portrait_finished": lambda s, now: s.on_portrait(PORTRAIT, now),
    "retake": lambda s, now: s.on_retake(now),
    "accepted": lambda s, now: s.on_accepted(now),
    "payment_finished": lambda s, now: s.on_payment_finished(now),
    "failed": lambda s, now: s.on_error(Message("camera.lost"), now),
    "retried": lambda s, now: s.on_retry(now),
    "left": lambda s, now: s.on_leave(now),
    "touched": lambda s, now: s.on_touch(now),
    "face_seen": lambda s, now: s.on_face_seen(now),
    "needs_help": lambda s, now: s.on_help_requested(Message("help.requested"), now),
    "help_acknowledged": lambda s, now: s.on_help_acknowledged(),
    "timed_out": lambda s, now: s.on_tick(now + TIMEOUTS.pose, TIMEOUTS),
}

# The effect of each event in each step; any other event leaves the state unchanged.
TABLE = {
    Step.IDLE: {
        "start": Step.IDENTIFY,
        "identified": Step.CONSENT,
        "recognised": Step.IDENTIFY,
        "not_identified": Step.IDENTIFY,
    },
    Step.IDENTIFY: {
        "identified": Step.CONSENT,
        "document_started": Step.DOCUMENT,
        "student_no_started": Step.STUDENT_NO,
        "timed_out": Step.IDLE,
    },
    Step.DOCUMENT: {
        "identified": Step.CONSENT,
        "recognised": Step.IDENTIFY,
        "not_identified": Step.IDENTIFY,
        "document_cancelled": Step.IDENTIFY,
        "timed_out": Step.IDENTIFY,
    },
    Step.STUDENT_NO: {
        "identified": Step.CONSENT,
        "recognised": Step.IDENTIFY,
        "not_identified": Step.IDENTIFY,
        "student_no_cancelled": Step.IDENTIFY,
        "timed_out": Step.IDLE,
    },
    Step.LAST_FOUR: {
        "identified": Step.CONSENT,
        "last_four_accepted": Step.CONSENT,
        "staff_confirmed": Step.CONSENT,
        "timed_out": Step.ENDED,
    },
    Step.CHOOSE: {"enrolment_chosen": Step.CONSENT, "timed_out": Step.ENDED},
    Step.CONSENT: {"consented": Step.POSE, "consented_with_prompts": Step.PREPARE, "timed_out": Step.ENDED},
    Step.PREPARE: {"prepared": Step.POSE, "timed_out": Step.ENDED},
    Step.POSE: {"ready": Step.COUNTDOWN, "timed_out": Step.ENDED},
    Step.COUNTDOWN: {"not_ready": Step.POSE, "timed_out": Step.SHOOT},
    Step.SHOOT: {"shot_failed": Step.POSE, "portrait_finished": Step.REVIEW, "timed_out": Step.ERROR},
    Step.REVIEW: {"retake": Step.POSE, "accepted": Step.DONE, "timed_out": Step.ENDED},
    Step.PAYMENT: {"payment_finished": Step.POSE, "timed_out": Step.ENDED},
    Step.DONE: {"timed_out": Step.IDLE},
    Step.ENDED: {
        "start": Step.IDENTIFY,
        "identified": Step.CONSENT,
        "recognised": Step.IDENTIFY,
        "not_identified": Step.IDENTIFY,
        "timed_out": Step.IDLE,
    },
    Step.ERROR: {"retried": Step.POSE, "timed_out": Step.ENDED},
}


def at(step: Step) -> VisitState:
    """Return a state at `step`, as in a real visit."""
    if step in (Step.IDLE, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO, Step.ENDED):
        return VisitState(step, 100.0)
    state = VisitState(step, 100.0, SITTER, AT)
    return replace(state, interrupted_step=Step.POSE) if step is Step.ERROR else state


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_in_every_step_follows_the_table(step: Step, event: str) -> None:
    expected = TABLE[step].get(event, step)
    if event == "left":
        expected = Step.IDLE
    if event == "failed" and step not in (Step.IDLE, Step.DONE, Step.ENDED):
        expected = Step.ERROR
    assert EVENTS[event](at(step), 100.0).step is expected


@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=40))
def test_after_any_events_the_welcome_screen_has_no_data_of_a_person(events: list[str]) -> None:
    state, now = VisitState(), 0.0
    for event in events:
        now += 1.0
        state = EVENTS[event](state, now)
        if state.step is Step.IDLE:
            assert (state.sitter, state.portrait, state.consent_at, state.shot_count) == (None, None, None, 0)
        if state.step not in (Step.IDLE, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO, Step.ENDED, Step.ERROR):
            assert state.sitter is not None
        if state.step in (Step.POSE, Step.COUNTDOWN, Step.SHOOT, Step.REVIEW, Step.DONE):
            assert state.consent_at is not None, "nobody is photographed without consent"


def test_the_countdown_counts_three_two_one_and_shoots() -> None:
    counting = at(Step.POSE).on_advice(READY, 10.0, TIMEOUTS)
    assert [counting.countdown_seconds(10.0 + t, TIMEOUTS) for t in (0.0, 0.5, 1.2, 2.9)] == [3, 3, 2, 1]
    assert counting.on_tick(12.99, TIMEOUTS).step is Step.COUNTDOWN
    assert counting.on_tick(13.0, TIMEOUTS).step is Step.SHOOT


def test_the_countdown_waits_for_the_end_of_a_blink() -> None:
    counting = at(Step.POSE).on_advice(READY, 10.0, TIMEOUTS)
    assert counting.on_tick(13.0, TIMEOUTS, blinking=True).step is Step.COUNTDOWN
    assert counting.on_tick(13.1, TIMEOUTS).step is Step.SHOOT


def test_a_sitter_must_be_ready_for_a_while_before_the_countdown() -> None:
    too_short = replace(READY, steady_for=TIMEOUTS.all_clear - 0.01)
    assert at(Step.POSE).on_advice(too_short, 10.0, TIMEOUTS).step is Step.POSE


def test_moving_stops_the_countdown_permanently() -> None:
    stopped = at(Step.POSE).on_advice(READY, 10.0, TIMEOUTS).on_advice(WRONG, 11.0, TIMEOUTS)
    assert stopped.on_tick(14.0, TIMEOUTS).step is Step.POSE


def test_an_error_keeps_its_step_and_the_shot_can_be_retried() -> None:
    full = at(Step.SHOOT).on_error(Message("photo.disk_full"), 5.0, retry_step=Step.SHOOT)
    assert (full.step, full.notice) == (Step.ERROR, Message("photo.disk_full"))
    assert full.on_retry(6.0).step is Step.SHOOT
    assert at(Step.COUNTDOWN).on_error(Message("camera.lost"), 5.0).on_retry(6.0).step is Step.POSE


def test_a_rejected_shot_shows_a_reason_and_keeps_the_sitter() -> None:
    again = at(Step.SHOOT).on_shots_stored().on_shot_failed(Message("photo.no_face"), 9.0)
    assert (again.step, again.notice, again.sitter, again.shot_count) == (
        Step.POSE,
        Message("photo.no_face"),
        SITTER,
        1,
    )


DOCUMENT = DocumentSummary("id_card", "王*明", "******************")


def ask_confirmation(document: DocumentSummary) -> VisitState:
    return at(Step.DOCUMENT).on_recognised(replace(SITTER, identified_by="document", document=document), 5.0)


def test_the_sitter_of_a_document_confirms_their_identity() -> None:
    assert ask_confirmation(DOCUMENT).asks_confirmation
    assert ask_confirmation(DOCUMENT).on_confirmed(6.0).step is Step.LAST_FOUR


def test_if_staff_must_check_the_confirmation_of_the_sitter_is_not_enough() -> None:
    waiting = ask_confirmation(replace(DOCUMENT, needs_staff=True))
    assert waiting.on_confirmed(6.0) is waiting
    assert waiting.on_confirmed(6.0, by_staff=True).step is Step.LAST_FOUR


def test_the_timeout_for_staff_is_longer_than_that_for_a_sitter() -> None:
    assert ask_confirmation(DOCUMENT).on_tick(5.0 + TIMEOUTS.identify, TIMEOUTS).step is Step.ENDED
    waiting = ask_confirmation(replace(DOCUMENT, needs_staff=True))
    assert waiting.on_tick(5.0 + TIMEOUTS.identify, TIMEOUTS) is waiting
    assert waiting.on_tick(5.0 + TIMEOUTS.error, TIMEOUTS).step is Step.ENDED


def test_a_document_that_cannot_be_read_leads_back_to_the_identification_screen() -> None:
    showing = at(Step.DOCUMENT).on_document_progress(Message("document.no_number"))
    assert showing.since == 100.0, "further pictures do not extend the time"
    timed_out = showing.on_tick(100.0 + TIMEOUTS.document, TIMEOUTS)
    assert (timed_out.step, timed_out.notice) == (Step.IDENTIFY, Message("document.timeout"))
