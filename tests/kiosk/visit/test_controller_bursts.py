"""Bursts: the best shot is used, all are stored, and faults that the sitter can correct lead to a retake."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path

import pytest

from config.errors import Problem
from config.i18n import Message
from hardware.cameras.api import CameraInfo, CameraProblem, Shot
from hardware.cameras.isolation.state import CameraState
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.coaching.best_shot import ShotQuality
from kiosk.guidance.verdict import Outcome
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from tests.kiosk.visit.harness import FAST, INFO, VisitHarness, deliver_shot, studio, verdict

__all__ = ["studio"]


SHUT = verdict("eyes_open", Outcome.FAIL, "rule.eyes_open.low")
DARK = verdict("exposure", Outcome.FAIL, "rule.exposure.low")


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[VisitHarness]:
    """A studio whose camera can take bursts of three."""
    harness = VisitHarness(tmp_path, burst=3)
    harness.camera.state = CameraState("live", FAST, None, 0.0)
    yield harness
    harness.controller.close()
    harness.outbox.close()


def take_three(studio: VisitHarness, *qualities: ShotQuality) -> None:
    studio.engine.assessments = list(qualities)
    studio.to_shoot()
    for number in (1, 2, 3):
        deliver_shot(studio, number)


def accept_visit(studio: VisitHarness) -> OutboxVisit:
    studio.finish_portrait()
    return studio.accept()


def test_the_best_shot_of_a_burst_is_developed_and_sent_and_all_are_stored(fast: VisitHarness) -> None:
    take_three(fast, ShotQuality((SHUT,)), ShotQuality((), 0.3, 0.4), ShotQuality((), 0.3, 0.2))
    fast.until(lambda: fast.engine.requests)
    assert fast.controller.state.shot_count == 1, "a burst is one photo to the sitter"
    item = accept_visit(fast)
    assert fast.disk.read(item.shot_file) == b"original 2"
    assert {fast.disk.read(shot.original) for shot in item.shots} == {b"original 1", b"original 2", b"original 3"}
    assert item.submission().portrait is not None
    assert len(fast.engine.requests) == 1


def test_the_camera_is_prepared_at_the_countdown_once_for_a_burst(fast: VisitHarness) -> None:
    fast.to_countdown()
    assert fast.camera.commands == ["prepare"]
    assert not fast.camera.requests
    fast.now += VisitTimeouts().countdown
    deliver_shot(fast, 1)
    fast.until(lambda: len(fast.camera.requests) == 2)
    assert fast.camera.commands == ["prepare"]


def test_a_slow_camera_takes_one_shot(studio: VisitHarness) -> None:
    studio.to_review()
    assert len(studio.camera.requests) == 1


def test_a_fast_camera_with_a_slow_shot_takes_one_shot(fast: VisitHarness) -> None:
    fast.to_shoot()
    fast.now += 3
    deliver_shot(fast, 1)
    fast.until(lambda: fast.engine.requests)
    assert len(fast.camera.requests) == 1


@pytest.mark.parametrize(("camera", "burst"), [(FAST, 1), (INFO, 3), (None, 3)])
def test_a_burst_is_as_long_as_camera_and_station_allow(tmp_path: Path, camera: CameraInfo | None, burst: int) -> None:
    studio = VisitHarness(tmp_path, burst=burst)
    studio.camera.state = CameraState("live", camera, None, 0.0)
    studio.to_shoot()
    deliver_shot(studio, 1)
    studio.until(lambda: studio.engine.requests or len(studio.camera.requests) > 1)
    assert len(studio.camera.requests) == 1
    studio.controller.close()
    studio.outbox.close()


def test_a_shot_that_cannot_be_assessed_becomes_a_portrait_nevertheless(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def assess(*_: object) -> Future[ShotQuality]:
        failed: Future[ShotQuality] = Future()
        failed.set_exception(PhotoProblem("photo.engine_failed"))
        return failed

    monkeypatch.setattr(studio.engine, "assess", assess)
    studio.to_review()


def test_if_a_full_disk_prevents_the_choice_the_newest_shot_is_sent(
    fast: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Problem("upload.disk_full")

    monkeypatch.setattr(fast.outbox, "choose_shot", full)
    take_three(fast, ShotQuality((SHUT,)), ShotQuality((), 0.3, 0.4), ShotQuality((), 0.3, 0.2))
    fast.until(lambda: fast.engine.requests)
    item = accept_visit(fast)
    assert fast.disk.read(item.shot_file) == b"original 3"
    assert item.submission().portrait is not None


def test_an_interrupted_burst_continues_with_the_shots_so_far(fast: VisitHarness) -> None:
    fast.to_shoot()
    deliver_shot(fast, 1)
    fast.until(lambda: len(fast.camera.requests) == 2)
    fast.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    fast.until(lambda: fast.engine.requests)
    assert fast.step is Step.SHOOT
    fast.controller.on_late_shot(Shot(b"late", "IMG_2.JPG", FAST))
    item = accept_visit(fast)
    assert fast.disk.read(item.shot_file) == b"original 1", (
        "a late shot is stored, but not sent instead of the one shown"
    )
    assert {fast.disk.read(shot.original) for shot in item.shots} == {b"original 1", b"late"}


def test_a_sitter_who_leaves_during_a_burst_is_not_photographed_any_more(fast: VisitHarness) -> None:
    fast.to_shoot()
    deliver_shot(fast, 1)
    fast.until(lambda: len(fast.camera.requests) == 2)
    fast.controller.leave()
    deliver_shot(fast, 2)
    fast.until(lambda: fast.engine.requests)
    fast.engine.requests[-1].set_result(fast.portrait())
    fast.until(lambda: fast.outbox.stats().ready == 1)
    assert len(fast.camera.requests) == 2


def test_a_sitter_who_leaves_while_a_shot_is_stored_is_not_photographed_any_more(fast: VisitHarness) -> None:
    fast.to_shoot()
    deliver_shot(fast, 1)
    fast.controller.process_events()
    fast.controller.leave()
    fast.until(lambda: fast.engine.requests or len(fast.camera.requests) > 1)
    assert len(fast.camera.requests) == 1


def test_a_shot_is_not_refused_after_its_sitter_has_left(studio: VisitHarness) -> None:
    studio.engine.assessments = [ShotQuality((SHUT,))]
    studio.to_shoot()
    deliver_shot(studio, 1)
    studio.controller.process_events()
    studio.controller.leave()
    studio.until(lambda: studio.engine.requests)


def test_a_late_shot_with_shut_eyes_does_not_change_the_message_on_the_screen(studio: VisitHarness) -> None:
    studio.engine.assessments = [ShotQuality((SHUT,))]
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.controller.on_late_shot(Shot(b"late", "IMG_1.JPG", FAST))
    studio.until(lambda: studio.engine.requests)
    assert studio.controller.state.notice == Message("camera.slow")


def test_the_photo_engine_gets_the_camera_of_the_shot(fast: VisitHarness) -> None:
    take_three(fast, *[ShotQuality(())] * 3)
    fast.until(lambda: fast.engine.requests)
    assert fast.engine.cameras == [asdict(FAST)]


def test_a_full_disk_during_a_burst_loses_no_shot(fast: VisitHarness) -> None:
    fast.to_shoot()
    deliver_shot(fast, 1)
    fast.until(lambda: len(fast.camera.requests) == 2)
    fast.disk.full = True
    deliver_shot(fast, 2)
    fast.until(lambda: fast.step is Step.ERROR)
    fast.disk.full = False
    fast.controller.retry()
    deliver_shot(fast, 3)
    fast.until(lambda: fast.engine.requests)
    shots = fast.outbox.open_visits()[0].shots
    assert {fast.disk.read(s.original) for s in shots} == {b"original 1", b"original 2", b"original 3"}


def test_a_shot_with_shut_eyes_is_refused_with_a_message_and_retaken_automatically(fast: VisitHarness) -> None:
    take_three(fast, *[ShotQuality((SHUT,))] * 3)
    fast.until(lambda: fast.step is Step.POSE)
    assert fast.controller.state.notice == Message("photo.refused", {"why": Message("rule.eyes_open.low")})
    assert fast.engine.requests == []
    fast.controller.leave()
    fast.until(lambda: fast.outbox.stats().ready == 1)
    item = fast.outbox.lease(60)
    assert item is not None
    assert item.submission().error == "In this one the eyes are not open. Let us take another right away."


def test_after_two_refusals_the_portrait_is_shown_with_what_is_wrong(studio: VisitHarness) -> None:
    studio.engine.assessments = [ShotQuality((SHUT,))] * 3
    studio.to_shoot()
    for number in (1, 2):
        deliver_shot(studio, number)
        studio.until(lambda: studio.step is Step.POSE)
        studio.pose_until_shot()
    deliver_shot(studio, 3)
    studio.until(lambda: studio.engine.requests)
    assert studio.step is Step.SHOOT


def test_faults_that_the_sitter_cannot_correct_do_not_reject_a_shot(fast: VisitHarness) -> None:
    take_three(fast, *[ShotQuality((DARK,))] * 3)
    fast.until(lambda: fast.engine.requests)
    assert fast.step is Step.SHOOT
