"""The controller with real files, a real outbox and fake devices."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import Problem
from config.i18n import Message
from config.standards.registry import load_standard
from hardware.cameras.api import CameraProblem, Shot
from hardware.cameras.isolation.state import CameraState, Kind
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.coaching.prompts import prompts
from kiosk.upload.envelope import VisitOutcome
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from tests.kiosk.visit.harness import CARD, INFO, NOW, SHOT, VisitHarness, studio

__all__ = ["studio"]


def test_the_prompts_before_posing_are_recorded_with_the_visit(tmp_path: Path) -> None:
    studio = VisitHarness(tmp_path, questions=prompts)
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert studio.step is Step.PREPARE
    assert not studio.analyzer.active
    studio.controller.confirm_prepared()
    studio.pose_until_shot()
    studio.deliver_portrait()
    item = studio.accept()
    consent = item.submission().consent
    assert (consent.prompts_shown, consent.ready_at) == (prompts(load_standard("chsi")), NOW)
    studio.controller.close()
    studio.outbox.close()


def test_outside_a_visit_a_consent_changes_nothing(tmp_path: Path) -> None:
    studio = VisitHarness(tmp_path, questions=prompts)
    studio.controller.consent()
    assert studio.step is Step.IDLE
    studio.controller.close()
    studio.outbox.close()


def test_guidance_uses_the_standard_of_the_campaign(studio: VisitHarness) -> None:
    studio.to_shoot()
    assert not studio.analyzer.active
    posing, studio.analyzer.standard = studio.analyzer.standard, None
    studio.deliver_portrait()
    visit = studio.controller._parts.lifecycle.visit
    assert visit is not None
    assert posing is studio.analyzer.standard is visit.standard is not None


def test_a_visit_from_card_to_done(studio: VisitHarness) -> None:
    studio.to_review()
    studio.controller.accept()
    studio.until(lambda: studio.step is Step.DONE)
    assert studio.roster.captured == ["a" * 32]
    item = studio.outbox.lease(60)
    assert item is not None
    assert item.submission().outcome is VisitOutcome.ACCEPTED
    assert studio.disk.read(item.chosen_shot.original) == SHOT.data


def test_the_original_is_stored_before_the_engine_receives_it(studio: VisitHarness) -> None:
    studio.to_shoot()
    assert studio.outbox.stats().open == 0
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.requests)
    assert studio.outbox.stats().open == 1
    assert studio.disk.read(studio.outbox.open_visits()[0].chosen_shot.original) == SHOT.data


def test_a_full_disk_is_reported_and_the_same_shot_is_stored_on_retry(studio: VisitHarness) -> None:
    studio.disk.full = True
    studio.to_shoot()
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: studio.step is Step.ERROR)
    assert studio.controller.state.notice is not None
    assert studio.controller.state.notice.key == "photo.disk_full"
    assert studio.outbox.stats().open == 0, "a shot that is not on disk is not in the outbox either"
    studio.disk.full = False
    studio.controller.retry()
    studio.until(lambda: studio.engine.requests)
    assert len(studio.camera.requests) == 1, "the shot in memory is stored; the sitter is not photographed again"
    assert studio.outbox.stats().open == 1


def test_a_camera_lost_while_posing_interrupts_until_it_is_live_again(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    lost = CameraState("lost", INFO, CameraProblem("camera.lost"), 0.0)
    studio.camera.state = lost
    studio.controller.on_camera_state(lost)
    studio.controller.process_events()
    assert studio.step is Step.ERROR
    studio.camera.state = CameraState("live", INFO, None, 0.0)
    studio.controller.on_camera_state(studio.camera.state)
    studio.controller.process_events()
    assert studio.step is Step.POSE
    assert studio.analyzer.active


def test_a_later_reason_of_the_camera_replaces_the_first(studio: VisitHarness) -> None:
    studio.camera.state = CameraState("lost", INFO, CameraProblem("camera.lost"), 0.0)
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    since = studio.controller.state.since
    studio.now += 5
    studio.controller.on_camera_state(CameraState("lost", INFO, CameraProblem("camera.not_assigned"), 5.0))
    studio.controller.process_events()
    visit_state = studio.controller.state
    assert visit_state.notice is not None
    assert (visit_state.step, visit_state.notice.key, visit_state.since) == (Step.ERROR, "camera.not_assigned", since)


def test_a_lost_camera_is_no_error_while_nobody_poses(studio: VisitHarness) -> None:
    lost = CameraState("lost", INFO, CameraProblem("camera.lost"), 0.0)
    live = CameraState("live", INFO, None, 0.0)
    studio.to_review()
    studio.controller.on_camera_state(lost)
    studio.controller.process_events()
    assert studio.step is Step.REVIEW
    studio.controller.retake()
    studio.controller.on_camera_state(live)
    studio.controller.process_events()
    assert studio.step is Step.POSE
    studio.controller.on_guidance_failure(RuntimeError("guidance"))
    studio.controller.process_events()
    assert (studio.step, studio.controller.state.notice) == (Step.ERROR, Message("error.guidance_restarting"))
    for state in (lost, live):
        studio.controller.on_camera_state(state)
        studio.controller.process_events()
        assert studio.controller.state.notice == Message("error.guidance_restarting"), "the camera did not cause it"


def test_without_a_camera_the_error_is_shown_instead_of_posing(studio: VisitHarness) -> None:
    studio.camera.state = CameraState("lost", None, CameraProblem("camera.absent"), 0.0)
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert studio.step is Step.ERROR
    assert studio.controller.state.notice is not None
    assert studio.controller.state.notice.key == "camera.absent"
    assert not studio.analyzer.active


def test_a_failed_shot_leads_back_to_posing_with_its_reason(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    assert studio.controller.state.notice is not None
    assert studio.controller.state.notice.key == "camera.slow"


@pytest.mark.parametrize(
    ("kind", "key"), [("lost", "camera.slow"), ("live", "camera.card_full"), ("lost", "camera.card_full")]
)
def test_a_shot_that_another_try_cannot_deliver_is_an_error(studio: VisitHarness, kind: Kind, key: str) -> None:
    studio.to_shoot()
    studio.camera.state = CameraState(kind, INFO, None, 0.0)
    studio.camera.requests[-1].set_exception(CameraProblem(key))
    studio.until(lambda: studio.step is Step.ERROR)
    assert studio.controller.state.notice == Message(key)


def test_a_shot_without_portrait_has_a_reason_and_is_still_sent_if_the_sitter_leaves(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.requests)
    studio.engine.requests[-1].set_exception(PhotoProblem("photo.no_face"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.controller.leave()
    studio.until(lambda: studio.outbox.stats().ready == 1)
    item = studio.outbox.lease(60)
    assert item is not None
    sent = item.submission()
    assert (sent.outcome, sent.portrait) == (VisitOutcome.INTERRUPTED, None)
    assert sent.error == str(PhotoProblem("photo.no_face"))


def test_a_retake_is_the_same_submission_with_the_newest_shot_chosen(studio: VisitHarness) -> None:
    studio.to_review()
    studio.controller.retake()
    studio.pose_until_shot()
    studio.camera.requests[-1].set_result(Shot(b"a second original", "IMG_2.JPG", INFO))
    studio.until(lambda: len(studio.engine.requests) == 2)
    studio.finish_portrait()
    item = studio.accept()
    assert studio.disk.read(item.chosen_shot.original) == b"a second original"
    assert len(item.submission().discarded_shots) == 1


def test_a_late_portrait_of_a_sitter_who_left_does_not_touch_the_next_one(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.requests)
    studio.controller.leave()
    studio.to_shoot()
    studio.engine.requests[0].set_result(studio.portrait())
    studio.until(lambda: studio.outbox.stats().ready == 1)
    assert studio.step is Step.SHOOT, "the next sitter still waits for their own shot"
    assert studio.controller.state.portrait is None
    item = studio.outbox.lease(60)
    assert item is not None
    assert item.submission().outcome is VisitOutcome.INTERRUPTED


def test_a_card_that_is_not_accepted_is_reported(studio: VisitHarness) -> None:
    studio.roster.refusal = Problem("roster.unknown")
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    assert studio.step is Step.IDENTIFY
    assert studio.controller.state.notice is not None
    assert studio.controller.state.notice.key == "roster.unknown"


def test_a_card_put_down_while_somebody_else_is_posing_changes_nothing(studio: VisitHarness) -> None:
    studio.to_shoot()
    before = studio.controller.state
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    assert studio.controller.state is before


def test_a_screen_that_fails_does_not_stop_the_visit(tmp_path: Path) -> None:
    steps: list[Step] = []

    def fails(visit_state: VisitState) -> None:
        steps.append(visit_state.step)
        raise RuntimeError("cannot draw")

    studio = VisitHarness(tmp_path, on_change=fails)
    try:
        studio.to_review()
        assert studio.outbox.stats().open == 1
        studio.accept()
        assert {Step.CONSENT, Step.SHOOT, Step.REVIEW, Step.DONE} <= set(steps), "it failed at every step"
    finally:
        studio.controller.close()
        studio.outbox.close()


def test_a_camera_that_connects_after_consent_continues_the_visit(studio: VisitHarness) -> None:
    studio.camera.state = CameraState("lost", None, CameraProblem("camera.absent"), 0.0)
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    studio.camera.state = CameraState("live", INFO, None, 0.0)
    studio.controller.on_camera_state(studio.camera.state)
    studio.controller.process_events()
    studio.pose_until_shot()
    assert studio.step is Step.SHOOT


def test_a_late_shot_belongs_to_the_visit_of_its_request(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    exposed = studio.now
    studio.controller.leave()
    studio.camera.busy = True
    studio.to_shoot()  # the next sitter
    studio.until(lambda: studio.step is Step.POSE)
    studio.controller.on_late_shot(Shot(b"the one before", "IMG_0.JPG", INFO, exposed))
    studio.until(lambda: studio.engine.requests)
    studio.engine.requests[-1].set_exception(PhotoProblem("photo.no_face"))
    studio.until(lambda: studio.outbox.stats().ready == 1)
    assert (studio.step, studio.controller.state.shot_count) == (Step.POSE, 0)
    studio.controller.leave()
    studio.controller.process_events()
    assert len(studio.outbox.entries()) == 1, "the next sitter has no picture yet"


def test_a_portrait_of_an_earlier_shot_is_neither_shown_nor_sent_for_a_later_one(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.controller.on_late_shot(Shot(b"late", "IMG_0.JPG", INFO))
    studio.until(lambda: len(studio.engine.requests) == 1)
    studio.pose_until_shot()
    studio.engine.requests[0].set_result(studio.portrait())
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: len(studio.engine.requests) == 2)
    assert studio.step is Step.SHOOT
    second = studio.portrait()
    studio.engine.requests[1].set_result(second)
    studio.until(lambda: studio.step is Step.REVIEW)
    item = studio.accept()
    assert (studio.disk.read(item.shot_file), item.portrait_file) == (SHOT.data, second[1])
    assert item.shots[0].portrait not in (None, second[1])


def test_a_touch_on_retake_after_accept_changes_nothing(studio: VisitHarness) -> None:
    studio.to_review()
    studio.controller.accept()
    studio.controller.retake()
    studio.until(lambda: studio.step is Step.DONE)
    assert studio.outbox.stats().ready == 1
