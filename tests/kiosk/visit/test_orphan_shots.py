"""Late and unrequested shots: every one is stored, and none under the name of a person who is not in it."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from hardware.cameras.api import CameraHealth, CameraProblem, Shot
from hardware.cameras.isolation.state import CameraState
from kiosk.capture.types import PhotoProblem
from kiosk.visit.errors import STAFF_RETRY_INTERVAL_S
from kiosk.visit.orphan_shots import MAX_SHUTTER_LATENCY_S, RETRY_INTERVAL_S
from kiosk.visit.step import Step
from tests.kiosk.visit.harness import CARD, INFO, SHOT, VisitHarness, deliver_shot, studio

__all__ = ["studio"]
BODY = Shot(b"taken on the body", "DSC_7.JPG", INFO)


def to_pose(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert studio.step is Step.POSE


def press_camera_shutter(studio: VisitHarness, shot: Shot = BODY, after: float | None = None) -> None:
    studio.controller.on_unsolicited_shot(shot, studio.now if after is None else after)
    studio.controller.process_events()


def unassigned(studio: VisitHarness) -> set[bytes]:
    return {path.read_bytes() for path in studio.unassigned_files.orphans(())}


def visit_shots(studio: VisitHarness) -> list[bytes]:
    """Return the originals of the one open visit that are on the disk, the chosen one last."""
    (item,) = studio.outbox.open_visits()
    return [studio.disk.read(shot.original) for shot in item.shots if shot.original.path.exists()]


def test_a_shot_taken_on_the_camera_while_posing_is_the_photo_of_the_sitter(studio: VisitHarness) -> None:
    to_pose(studio)
    studio.now += MAX_SHUTTER_LATENCY_S
    press_camera_shutter(studio)
    assert studio.step is Step.SHOOT
    studio.until(lambda: studio.engine.requests)
    studio.finish_portrait()
    item = studio.accept()
    assert (item.draft.student, studio.disk.read(item.shot_file)) == ("a" * 32, BODY.data)
    assert studio.camera.requests == [], "the station requests no second shot"


def test_a_shot_taken_on_the_camera_during_the_countdown_is_the_only_shot(studio: VisitHarness) -> None:
    studio.to_countdown()
    studio.now += MAX_SHUTTER_LATENCY_S
    press_camera_shutter(studio)
    studio.until(lambda: studio.engine.requests)
    assert (studio.step, studio.camera.requests) == (Step.SHOOT, [])


@pytest.mark.parametrize("after", [-inf, 100.0 - 0.1, 100.0 + MAX_SHUTTER_LATENCY_S - 0.1])
def test_a_shot_that_may_show_the_previous_sitter_is_unassigned(studio: VisitHarness, after: float) -> None:
    to_pose(studio)  # at 100 s
    studio.now += 60
    press_camera_shutter(studio, after=after)
    studio.until(lambda: unassigned(studio))
    assert unassigned(studio) == {BODY.data}
    assert studio.step is Step.POSE
    studio.controller.leave()
    studio.controller.close()
    assert studio.outbox.entries() == []


def test_a_shot_taken_on_the_camera_outside_a_visit_is_unassigned_and_the_operator_sees_it(
    studio: VisitHarness,
) -> None:
    press_camera_shutter(studio)
    studio.until(lambda: studio.unassigned_shots.list_shots())
    assert [picture.size for picture in studio.unassigned_shots.list_shots()] == [len(BODY.data)]
    assert studio.unassigned_shots.delete_all() == 1
    assert studio.unassigned_shots.list_shots() == []


def test_a_shot_taken_on_the_camera_during_the_review_does_not_change_the_portrait(studio: VisitHarness) -> None:
    studio.to_review()
    studio.now += MAX_SHUTTER_LATENCY_S
    press_camera_shutter(studio)
    studio.until(lambda: visit_shots(studio) == [BODY.data, SHOT.data])
    assert studio.step is Step.REVIEW, "the portrait shown is the one that is accepted"


@pytest.mark.parametrize("exposed_by", [None, 100.0 + 3 + 21])
def test_a_late_shot_that_may_show_the_next_sitter_is_unassigned(
    studio: VisitHarness, exposed_by: float | None
) -> None:
    studio.to_shoot()  # at 103 s
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.now += 20
    studio.controller.leave()
    studio.now += 20
    studio.camera.busy = True
    studio.to_shoot()
    studio.controller.on_late_shot(Shot(b"of whom?", "IMG_0.JPG", INFO, exposed_by))
    studio.until(lambda: unassigned(studio))
    assert unassigned(studio) == {b"of whom?"}
    studio.controller.leave()
    studio.controller.close()
    assert studio.outbox.entries() == []


def test_a_shot_exposed_before_its_sitter_left_belongs_to_their_visit(studio: VisitHarness) -> None:
    studio.to_shoot()
    exposed = studio.now
    studio.controller.leave()
    studio.now += 1
    studio.camera.requests[-1].set_result(Shot(b"theirs", "IMG_1.JPG", INFO, exposed))
    studio.until(lambda: studio.engine.requests)
    assert visit_shots(studio) == [b"theirs"]


def test_a_shot_exposed_after_its_sitter_left_is_unassigned(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.controller.leave()
    studio.now += 1
    studio.camera.requests[-1].set_result(Shot(b"an empty chair", "IMG_1.JPG", INFO, studio.now))
    studio.until(lambda: unassigned(studio))
    assert unassigned(studio) == {b"an empty chair"}
    assert studio.outbox.entries() == []


def test_a_late_shot_without_a_request_since_the_start_is_unassigned(studio: VisitHarness) -> None:
    studio.controller.on_late_shot(BODY)
    studio.until(lambda: unassigned(studio))
    assert unassigned(studio) == {BODY.data}


def test_a_second_shot_for_one_request_is_unassigned(studio: VisitHarness) -> None:
    studio.to_review()
    studio.controller.on_late_shot(BODY)
    studio.until(lambda: unassigned(studio) or len(visit_shots(studio)) > 1)
    assert unassigned(studio) == {BODY.data}


def test_a_late_shot_that_a_full_disk_refuses_does_not_interrupt_posing(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.disk.full = True
    studio.controller.on_late_shot(SHOT)
    studio.until(lambda: studio.controller.unsaved_shot_count or studio.step is Step.ERROR)
    assert studio.step is Step.POSE


def test_a_shot_that_a_full_disk_refuses_after_its_sitter_has_left_is_written_later(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.disk.full = True
    studio.camera.requests[-1].set_result(SHOT)
    studio.controller.process_events()
    studio.controller.leave()
    studio.until(lambda: studio.controller.unsaved_shot_count)
    studio.disk.full = False
    studio.now += RETRY_INTERVAL_S
    studio.until(lambda: studio.engine.requests)
    assert visit_shots(studio) == [SHOT.data]


def test_a_late_shot_of_a_finished_visit_is_unassigned(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.controller.on_late_shot(SHOT)
    studio.until(lambda: studio.engine.requests)
    studio.engine.requests[-1].set_exception(PhotoProblem("photo.no_face"))
    studio.controller.leave()
    studio.until(lambda: studio.outbox.stats().ready == 1)
    studio.controller.on_late_shot(Shot(BODY.data, BODY.name, INFO, exposed_by=studio.now))
    studio.until(lambda: unassigned(studio))
    assert unassigned(studio) == {BODY.data}


def test_a_shot_refused_by_a_full_disk_is_written_after_its_sitter_has_left(studio: VisitHarness) -> None:
    studio.disk.full = True
    studio.to_shoot()
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: studio.step is Step.ERROR)
    studio.controller.leave()
    studio.controller.process_events()
    assert studio.outbox.entries() == [], "control: it is not recorded yet"
    studio.disk.full = False
    studio.now += RETRY_INTERVAL_S
    studio.until(lambda: studio.engine.requests)
    assert visit_shots(studio) == [SHOT.data]
    studio.engine.requests[-1].set_exception(PhotoProblem("photo.no_face"))
    studio.until(lambda: studio.outbox.stats().ready == 1)


def test_a_disk_still_full_is_tried_again_and_not_at_every_tick(studio: VisitHarness) -> None:
    studio.unassigned_files.full = True
    press_camera_shutter(studio)
    studio.until(lambda: studio.controller.unsaved_shot_count)
    for _ in range(3):
        studio.now += RETRY_INTERVAL_S
        studio.controller.process_events()
        assert studio.controller.unsaved_shot_count == 0, "the shot is being written again"
        studio.until(lambda: studio.controller.unsaved_shot_count)
        studio.controller.process_events()
        assert studio.controller.unsaved_shot_count == 1
    studio.unassigned_files.full = False
    studio.now += RETRY_INTERVAL_S
    studio.until(lambda: unassigned(studio))
    assert studio.controller.unsaved_shot_count == 0


def test_an_unsaved_shot_is_tried_once_more_when_the_station_closes(studio: VisitHarness) -> None:
    studio.unassigned_files.full = True
    press_camera_shutter(studio)
    studio.until(lambda: studio.controller.unsaved_shot_count)
    studio.unassigned_files.full = False
    studio.controller.close()
    assert unassigned(studio) == {BODY.data}


# ------------------------------------------------------------------ errors that only the staff can correct


@pytest.fixture
def full(studio: VisitHarness) -> VisitHarness:
    """A studio whose camera has just reported a full card."""
    studio.camera.state = CameraState("live", INFO, None, 0.0, CameraHealth(card_free=0))
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.card_full"))
    studio.until(lambda: studio.step is Step.ERROR)
    return studio


def report_health(studio: VisitHarness, health: CameraHealth | None) -> None:
    studio.camera.state = CameraState("live", INFO, None, 0.0, health)
    studio.controller.on_camera_state(studio.camera.state)
    studio.controller.process_events()


def test_a_full_card_calls_the_staff_and_continues_when_there_is_room(full: VisitHarness) -> None:
    assert full.controller.state.notice is not None
    assert full.controller.state.notice.key == "camera.card_full"
    report_health(full, CameraHealth(card_free=0, battery=50))
    assert full.step is Step.ERROR, "regardless of other reports of the camera"
    report_health(full, CameraHealth(card_free=900, battery=50))
    full.pose_until_shot()
    deliver_shot(full, 2)
    full.until(lambda: full.engine.requests)
    assert full.reported_problems == [("shutter", "camera.card_full"), ("shutter", "")]


def test_a_camera_that_was_opened_again_is_tried(full: VisitHarness) -> None:
    report_health(full, None)
    assert full.step is Step.POSE


def test_a_camera_that_does_not_report_its_card_is_tried_again_after_a_while(full: VisitHarness) -> None:
    full.now += STAFF_RETRY_INTERVAL_S
    full.controller.process_events()
    assert full.step is Step.ERROR, "the camera reports that its card is still full"
    full.camera.state = CameraState("live", INFO, None, 0.0, CameraHealth(battery=50))
    full.controller.process_events()
    assert full.step is Step.POSE


def test_a_camera_with_an_empty_battery_is_not_tried_although_it_responds(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.battery_empty"))
    studio.until(lambda: studio.step is Step.ERROR)
    report_health(studio, CameraHealth(battery=3))
    studio.now += STAFF_RETRY_INTERVAL_S
    studio.controller.process_events()
    assert studio.step is Step.ERROR
    report_health(studio, CameraHealth(battery=80))
    assert studio.step is Step.POSE


def test_a_shot_out_of_focus_is_not_reported_as_a_problem(studio: VisitHarness, tmp_path: Path) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.out_of_focus"))
    studio.until(lambda: studio.step is Step.POSE)
    assert studio.reported_problems == []
