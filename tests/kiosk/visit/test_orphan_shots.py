"""Shots that nobody waits for: every one is kept, and none under the name of somebody who is not in it."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from hardware.cameras.api import CameraHealth, CameraProblem, Shot
from hardware.cameras.isolation.supervisor import CameraState
from kiosk.capture.types import PhotoProblem
from kiosk.visit.errors import OF_STAFF_AGAIN
from kiosk.visit.orphan_shots import LATENCY, TRY_AGAIN
from kiosk.visit.state import Step
from tests.kiosk.visit.conducting import CARD, INFO, SHOT, Studio, studio, take

__all__ = ["studio"]
BODY = Shot(b"taken on the body", "DSC_7.JPG", INFO)


def to_pose(studio: Studio) -> None:
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    studio.conductor.consent()
    assert studio.step is Step.POSE


def on_the_body(studio: Studio, shot: Shot = BODY, after: float | None = None) -> None:
    studio.conductor.hear_unasked_shot(shot, studio.now if after is None else after)
    studio.conductor.pump()


def nobodys(studio: Studio) -> set[bytes]:
    return {path.read_bytes() for path in studio.nobodys.strays(())}


def of_the_visit(studio: Studio) -> list[bytes]:
    """The originals of the one open visit that are on disk, the chosen one last."""
    (item,) = studio.outbox.open_visits()
    return [studio.disk.read(shot.original) for shot in item.shots if shot.original.path.exists()]


def test_a_shot_on_the_body_while_posing_is_the_sitters_photo(studio: Studio) -> None:
    to_pose(studio)
    studio.now += LATENCY
    on_the_body(studio)
    assert studio.step is Step.SHOOT
    studio.until(lambda: studio.engine.asked)
    studio.engine.asked[-1].set_result(studio.portrait())
    studio.until(lambda: studio.step is Step.REVIEW)
    studio.conductor.accept()
    studio.until(lambda: studio.step is Step.DONE)
    item = studio.outbox.lease(60)
    assert item is not None
    assert (item.draft.student, studio.disk.read(item.shot_file)) == ("a" * 32, BODY.data)
    assert studio.camera.asked == [], "the station takes no second one"


@pytest.mark.parametrize("after", [-inf, 100.0 - 0.1, 100.0 + LATENCY - 0.1])
def test_a_shot_that_may_show_the_one_before_is_nobodys(studio: Studio, after: float) -> None:
    to_pose(studio)  # at 100 s
    studio.now += 60
    on_the_body(studio, after=after)
    studio.until(lambda: nobodys(studio))
    assert nobodys(studio) == {BODY.data}
    assert studio.step is Step.POSE
    studio.conductor.leave()
    studio.conductor.close()
    assert studio.outbox.entries() == []


def test_a_shot_on_the_body_outside_a_visit_is_nobodys_and_the_operator_sees_it(studio: Studio) -> None:
    on_the_body(studio)
    studio.until(lambda: studio.unclaimed.listed())
    assert [picture.size for picture in studio.unclaimed.listed()] == [len(BODY.data)]
    assert studio.unclaimed.delete() == 1
    assert studio.unclaimed.listed() == []


def test_a_shot_on_the_body_while_the_portrait_is_looked_at_changes_nothing_of_it(studio: Studio) -> None:
    studio.to_review()
    studio.now += LATENCY
    on_the_body(studio)
    studio.until(lambda: of_the_visit(studio) == [BODY.data, SHOT.data])
    assert studio.step is Step.REVIEW, "what is accepted is what is shown"


@pytest.mark.parametrize("exposed_by", [None, 100.0 + 3 + 21])
def test_a_late_shot_that_may_show_the_next_one_is_nobodys(studio: Studio, exposed_by: float | None) -> None:
    studio.to_shoot()  # at 103 s
    studio.camera.asked[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.now += 20
    studio.conductor.leave()
    studio.now += 20
    studio.camera.busy = True
    studio.to_shoot()
    studio.conductor.hear_late_shot(Shot(b"of whom?", "IMG_0.JPG", INFO, exposed_by))
    studio.until(lambda: nobodys(studio))
    assert nobodys(studio) == {b"of whom?"}
    studio.conductor.leave()
    studio.conductor.close()
    assert studio.outbox.entries() == []


def test_a_shot_in_time_for_a_sitter_who_has_left_is_theirs_if_it_was_exposed_before(studio: Studio) -> None:
    studio.to_shoot()
    exposed = studio.now
    studio.conductor.leave()
    studio.now += 1
    studio.camera.asked[-1].set_result(Shot(b"theirs", "IMG_1.JPG", INFO, exposed))
    studio.until(lambda: studio.engine.asked)
    assert of_the_visit(studio) == [b"theirs"]


def test_a_late_shot_of_a_visit_that_is_sent_already_is_kept_all_the_same(studio: Studio) -> None:
    studio.to_shoot()
    studio.camera.asked[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.conductor.hear_late_shot(SHOT)
    studio.until(lambda: studio.engine.asked)
    studio.engine.asked[-1].set_exception(PhotoProblem("photo.no_face"))
    studio.conductor.leave()
    studio.until(lambda: studio.outbox.stats().ready == 1)
    studio.conductor.hear_late_shot(Shot(BODY.data, BODY.name, INFO, exposed_by=studio.now))
    studio.until(lambda: nobodys(studio))
    assert nobodys(studio) == {BODY.data}


def test_what_a_full_disk_did_not_take_is_written_when_the_sitter_has_left(studio: Studio) -> None:
    studio.disk.full = True
    studio.to_shoot()
    studio.camera.asked[-1].set_result(SHOT)
    studio.until(lambda: studio.step is Step.TROUBLE)
    studio.conductor.leave()
    studio.conductor.pump()
    assert studio.outbox.entries() == [], "control: it is nowhere yet"
    studio.disk.full = False
    studio.now += TRY_AGAIN
    studio.until(lambda: studio.engine.asked)
    assert of_the_visit(studio) == [SHOT.data]
    studio.engine.asked[-1].set_exception(PhotoProblem("photo.no_face"))
    studio.until(lambda: studio.outbox.stats().ready == 1)


def test_a_disk_still_full_is_tried_again_and_not_at_every_beat(studio: Studio) -> None:
    studio.nobodys.full = True
    on_the_body(studio)
    studio.until(lambda: studio.conductor.shots_owed)
    for _ in range(3):
        studio.now += TRY_AGAIN
        studio.conductor.pump()
        assert studio.conductor.shots_owed == 0, "it is with the desk"
        studio.until(lambda: studio.conductor.shots_owed)
        studio.conductor.pump()
        assert studio.conductor.shots_owed == 1
    studio.nobodys.full = False
    studio.now += TRY_AGAIN
    studio.until(lambda: nobodys(studio))
    assert studio.conductor.shots_owed == 0


def test_what_is_still_owed_when_the_station_closes_is_tried_once_more(studio: Studio) -> None:
    studio.nobodys.full = True
    on_the_body(studio)
    studio.until(lambda: studio.conductor.shots_owed)
    studio.nobodys.full = False
    studio.conductor.close()
    assert nobodys(studio) == {BODY.data}


# ------------------------------------------------------------------------------------ what only the staff can mend


@pytest.fixture
def full(studio: Studio) -> Studio:
    """A studio whose camera has just said that its card is full."""
    studio.camera.state = CameraState("live", INFO, None, 0.0, CameraHealth(card_free=0))
    studio.to_shoot()
    studio.camera.asked[-1].set_exception(CameraProblem("camera.card_full"))
    studio.until(lambda: studio.step is Step.TROUBLE)
    return studio


def tell(studio: Studio, health: CameraHealth | None) -> None:
    studio.camera.state = CameraState("live", INFO, None, 0.0, health)
    studio.conductor.hear_camera(studio.camera.state)
    studio.conductor.pump()


def test_a_full_card_calls_the_staff_and_goes_on_when_there_is_room(full: Studio) -> None:
    assert full.conductor.sitting.notice is not None
    assert full.conductor.sitting.notice.key == "camera.card_full"
    tell(full, CameraHealth(card_free=0, battery=50))
    assert full.step is Step.TROUBLE, "whatever else the camera says"
    tell(full, CameraHealth(card_free=900, battery=50))
    full.pose_right()
    take(full, 2)
    full.until(lambda: full.engine.asked)
    assert full.noted == [("shutter", "camera.card_full"), ("shutter", "")]


def test_a_camera_that_was_opened_anew_is_tried(full: Studio) -> None:
    tell(full, None)
    assert full.step is Step.POSE


def test_a_camera_that_does_not_say_is_tried_again_after_a_while(full: Studio) -> None:
    full.now += OF_STAFF_AGAIN
    full.conductor.pump()
    assert full.step is Step.TROUBLE, "this one says that its card is still full"
    full.camera.state = CameraState("live", INFO, None, 0.0, CameraHealth(battery=50))
    full.conductor.pump()
    assert full.step is Step.POSE


def test_an_empty_battery_that_still_talks_is_empty(studio: Studio) -> None:
    studio.to_shoot()
    studio.camera.asked[-1].set_exception(CameraProblem("camera.battery_empty"))
    studio.until(lambda: studio.step is Step.TROUBLE)
    tell(studio, CameraHealth(battery=3))
    studio.now += OF_STAFF_AGAIN
    studio.conductor.pump()
    assert studio.step is Step.TROUBLE
    tell(studio, CameraHealth(battery=80))
    assert studio.step is Step.POSE


def test_a_blurred_moment_is_no_entry_in_the_history(studio: Studio, tmp_path: Path) -> None:
    studio.to_shoot()
    studio.camera.asked[-1].set_exception(CameraProblem("camera.out_of_focus"))
    studio.until(lambda: studio.step is Step.POSE)
    assert studio.noted == []
