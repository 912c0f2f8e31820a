"""Visits end with a message, pauses lose no portrait, and help is requested only for people who are present."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from config.i18n import Message
from hardware.cameras.api import CameraProblem, Frame
from hardware.cameras.isolation.state import CameraState
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.advice import Advice, FaceBox
from kiosk.upload.envelope import VisitOutcome
from kiosk.visit.sitter import Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from tests.kiosk.visit.harness import CARD, INFO, VisitHarness, studio

__all__ = ["studio"]
TIMEOUTS = VisitTimeouts()
FACE = FaceBox(0.5, 0.4, 0.6, 0.2)
SITTER = Sitter("0" * 32, "DEMO26", "王*明", "1234", "http://localhost/p/x")
PORTRAIT = Portrait(b"jpeg", "0" * 64, (), {})
CONSENTED = datetime(2026, 6, 1, 9, tzinfo=UTC)
VISIT_STEPS = (Step.CONSENT, Step.PREPARE, Step.POSE, Step.REVIEW, Step.PAYMENT, Step.ERROR)


def at(step: Step, **values: object) -> VisitState:
    return VisitState(step, 100.0, SITTER, CONSENTED, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("step", VISIT_STEPS)
def test_before_a_visit_ends_the_screen_counts_down_and_afterwards_shows_the_reason(step: Step) -> None:
    visit, timeout_s = at(step), getattr(TIMEOUTS, step.value)
    assert visit.seconds_to_timeout(100.0, TIMEOUTS) is None
    shown = [visit.seconds_to_timeout(100.0 + timeout_s - left, TIMEOUTS) for left in (TIMEOUTS.warning, 5.0, 0.5)]
    assert shown == [round(TIMEOUTS.warning), 5, 1]
    assert visit.on_tick(100.0 + timeout_s - 0.1, TIMEOUTS) is visit
    ended = visit.on_tick(100.0 + timeout_s, TIMEOUTS)
    assert (ended.step, ended.sitter, ended.portrait) == (Step.ENDED, None, None)
    assert ended.notice is not None


@pytest.mark.parametrize("step", VISIT_STEPS)
def test_a_touch_anywhere_restarts_the_timeout(step: Step) -> None:
    timeout_s = getattr(TIMEOUTS, step.value)
    touched = at(step).on_touch(100.0 + timeout_s - 1)
    assert touched.seconds_to_timeout(100.0 + timeout_s, TIMEOUTS) is None
    assert touched.on_tick(100.0 + 2 * timeout_s - 2, TIMEOUTS).step is step
    assert touched.on_tick(100.0 + 2 * timeout_s, TIMEOUTS).step is Step.ENDED


def test_no_presence_question_while_a_face_looks_at_the_portrait() -> None:
    looking = at(Step.REVIEW, portrait=PORTRAIT)
    for second in range(1, 300):
        looking = looking.on_face_seen(100.0 + second)
        assert looking.seconds_to_timeout(100.0 + second, TIMEOUTS) is None
        assert looking.on_tick(100.0 + second, TIMEOUTS).step is Step.REVIEW


def test_a_face_on_the_wall_does_not_extend_a_visit_indefinitely() -> None:
    looking, now = at(Step.REVIEW, portrait=PORTRAIT), 100.0
    while looking.step is Step.REVIEW and now < 10_000:
        now += 1.0
        looking = looking.on_face_seen(now).on_tick(now, TIMEOUTS)
    assert now <= 100.0 + TIMEOUTS.max_presence + TIMEOUTS.review + 1


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (at(Step.REVIEW, portrait=PORTRAIT, shot_count=1), "visit_ended.portrait_saved"),
        (at(Step.POSE, shot_count=1), "visit_ended.shots_saved"),
        (at(Step.POSE), "visit_ended.nothing_taken"),
        (at(Step.ERROR, portrait=PORTRAIT, shot_count=2, interrupted_step=Step.REVIEW), "visit_ended.portrait_saved"),
    ],
)
def test_the_end_message_states_what_happened_to_the_photos(state: VisitState, message: str) -> None:
    assert state.on_tick(100.0 + 10_000, TIMEOUTS).notice == Message(message)


def test_a_finished_portrait_without_a_decision_is_sent_as_unconfirmed(studio: VisitHarness) -> None:
    studio.to_review()
    studio.now += TIMEOUTS.review
    studio.until(lambda: studio.step is Step.ENDED)
    studio.until(lambda: studio.outbox.stats().ready)
    (item,) = [studio.outbox.get(visit.id) for visit in studio.outbox.entries()]
    assert item.submission().outcome is VisitOutcome.UNCONFIRMED
    assert item.portrait_file is not None
    assert studio.roster.captured == [], "the student may come again"


def test_a_rejected_portrait_is_not_sent_as_the_student_s(studio: VisitHarness) -> None:
    studio.to_review()
    studio.controller.retake()
    studio.now += TIMEOUTS.pose
    studio.until(lambda: studio.step is Step.ENDED)
    studio.until(lambda: studio.outbox.stats().ready)
    (item,) = [studio.outbox.get(visit.id) for visit in studio.outbox.entries()]
    assert item.submission().outcome is VisitOutcome.INTERRUPTED


def test_while_the_portrait_is_shown_guidance_detects_presence(studio: VisitHarness) -> None:
    studio.to_review()
    assert studio.analyzer.active
    assert studio.analyzer.only_watches, "nobody poses: the processor is free for the upload"
    studio.now += TIMEOUTS.review - 1
    studio.controller.on_advice(Advice("hint.nobody", face=FACE), cast(Frame, None))
    studio.now += TIMEOUTS.review - 1
    studio.controller.process_events()
    assert studio.step is Step.REVIEW
    studio.controller.on_guidance_failure(RuntimeError("guidance"))
    studio.controller.process_events()
    assert studio.step is Step.REVIEW, "the portrait does not depend on guidance"
    studio.controller.retake()
    assert studio.analyzer.active
    assert not studio.analyzer.only_watches


# ---------------------------------------------------------------------- help


def to_pose(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert studio.step is Step.POSE


def receive_advice(studio: VisitHarness, advice: Advice) -> None:
    studio.controller.on_advice(advice, cast(Frame, None))
    studio.controller.process_events()


def test_an_empty_chair_needs_no_help(studio: VisitHarness) -> None:
    to_pose(studio)
    studio.now += TIMEOUTS.presence + 1
    receive_advice(studio, Advice("hint.nobody", needs_help=True))
    assert not studio.controller.state.is_help_pending


def test_help_is_pending_until_the_sitter_makes_progress(studio: VisitHarness) -> None:
    to_pose(studio)
    receive_advice(studio, Advice("hint.closer", needs_help=True, face=FACE))
    assert studio.controller.state.is_help_pending
    receive_advice(studio, Advice("hint.closer", face=FACE))
    assert not studio.controller.state.is_help_pending


def test_acknowledged_help_is_not_requested_again_in_the_same_step(studio: VisitHarness) -> None:
    to_pose(studio)
    for _ in range(2):
        receive_advice(studio, Advice("hint.closer", needs_help=True, face=FACE))
        studio.controller.acknowledge_help()
        assert not studio.controller.state.is_help_pending


def test_a_fault_that_lasts_requests_help_if_somebody_is_there(studio: VisitHarness) -> None:
    to_pose(studio)
    receive_advice(studio, Advice("hint.closer", face=FACE))
    lost = CameraProblem("camera.lost")
    studio.camera.state = CameraState("lost", INFO, lost, 0.0)
    studio.controller.on_camera_state(studio.camera.state)
    studio.controller.process_events()
    assert studio.step is Step.ERROR
    assert not studio.controller.state.is_help_pending, "the error may end automatically"
    studio.now += TIMEOUTS.help_after
    studio.controller.process_events()
    assert studio.controller.state.help is not None
    assert studio.controller.state.help.reason == Message("camera.lost")


def test_the_button_requests_help_at_once_and_progress_ends_the_request(studio: VisitHarness) -> None:
    to_pose(studio)
    studio.controller.request_help()
    assert studio.controller.state.is_help_pending
    studio.pose_until_shot()
    assert not studio.controller.state.is_help_pending


def test_no_presence_question_while_help_is_requested() -> None:
    waiting = replace(at(Step.POSE), since=0.0).on_help_requested(Message("help.requested"), 1.0)
    assert waiting.seconds_to_timeout(TIMEOUTS.pose - 1, TIMEOUTS) is None
    assert waiting.on_help_acknowledged().seconds_to_timeout(TIMEOUTS.pose - 1, TIMEOUTS) == 1
