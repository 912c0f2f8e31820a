"""The shoulders and the head over them, on drawn outlines of known slope and in a real picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kiosk.guidance.detection.body import FACE_WIDTH_PX, BodyFinder, crop_below_face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.types import Detections, NotMeasured
from kiosk.guidance.metrics.shoulders import NET_SENSITIVITY, shoulder_metrics
from tests.kiosk.guidance.pictures import mirror_picture, place_astronaut
from tests.kiosk.guidance.synthetic_body import SIZE, detections

TILTS = (-12, -6, 0, 6, 12)
SENSITIVITY = 0.64
"""The share of a drawn tilt that the outline shows."""


@pytest.mark.parametrize("tilt", TILTS)
def test_the_slope_of_the_shoulders_is_read_from_their_outline(tilt: float) -> None:
    """The outline shows two thirds of any tilt, because the torso's middle, measured row by row, is tilted as well."""
    assert shoulder_metrics(detections(tilt))["shoulder_tilt"] == pytest.approx(SENSITIVITY * tilt, abs=0.7)


@pytest.mark.parametrize(
    ("outline", "joints", "combined"), [(12, 6, 7.6), (6, 4, 4.4), (12, 1, 2.5), (12, -3, 0), (-12, -6, -7.6)]
)
def test_outline_and_joints_are_combined_and_contradictory_ones_give_0(
    outline: float, joints: float, combined: float
) -> None:
    """The result is the mean, but at most twice the smaller value. The outline shows SENSITIVITY of the drawn tilt, the
    joints NET_SENSITIVITY."""
    assert shoulder_metrics(detections(outline, joints=joints))["shoulder_tilt"] == pytest.approx(combined, abs=0.5)


@pytest.mark.parametrize("aside", [-0.3, -0.1, 0.0, 0.2, 0.4])
def test_the_offset_of_the_head_is_measured(aside: float) -> None:
    """Shoulders shifted to the sitter's left leave the head at their right, which is negative."""
    assert shoulder_metrics(detections(offset=aside))["head_offset"] == pytest.approx(-aside, abs=0.02)


def test_an_offset_in_the_outline_alone_is_not_reported() -> None:
    """Too much light removes an arm from the outline; the joints contradict it."""
    sitter = detections(offset=0.0, joints=0.0)
    without_arm = sitter.person.copy()
    without_arm[:, :300] = 0
    readings = shoulder_metrics(replace(sitter, person=without_arm))
    assert abs(shoulder_metrics(replace(sitter, person=without_arm, body=None))["head_offset"]) > 0.3  # control
    assert readings["head_offset"] == pytest.approx(0, abs=0.05)


def test_an_upright_head_over_leaning_shoulders_leans_the_other_way() -> None:
    readings = shoulder_metrics(detections(8))
    assert readings["head_lean"] == readings["shoulder_tilt"]  # the drawn face has no roll


def test_a_body_turned_aside_is_narrower() -> None:
    wide, narrow = (shoulder_metrics(detections(joints=0, width=width))["shoulder_span"] for width in (1.0, 0.6))
    assert wide == pytest.approx(2.2, abs=0.05)
    assert narrow == pytest.approx(1.32, abs=0.05)


def test_without_arms_in_the_picture_the_joints_decide_alone() -> None:
    sitter = detections(joints=7)
    narrow = replace(sitter, person=np.ones_like(sitter.person))  # a person from edge to edge has no outline
    readings = shoulder_metrics(narrow)
    assert readings["shoulder_tilt"] == pytest.approx(7 / NET_SENSITIVITY, abs=0.1)
    assert readings["head_offset"] == pytest.approx(0, abs=0.01)


def test_joints_outside_the_picture_are_ignored() -> None:
    sitter = detections(joints=3)
    low = sitter.body.points.copy()
    low[11, 1] = SIZE[1] + 5
    nothing = replace(sitter, person=None, body=replace(sitter.body, points=low))
    assert set(shoulder_metrics(nothing).values()) == {NotMeasured("not_measured.shoulders_outside")}


def test_before_the_first_body_the_outline_decides_alone() -> None:
    readings = shoulder_metrics(detections(6))
    assert readings["shoulder_tilt"] == pytest.approx(6 * SENSITIVITY, abs=0.7)
    assert readings["shoulder_span"] == NotMeasured("not_measured.no_body")


def test_a_real_body_is_found_with_left_and_right_the_sitter_s_own(finder: FaceFinder) -> None:
    picture = place_astronaut(scale=1.8, eyes=(640, 300))
    there, mirror = finder.find(picture, body=True), finder.find(mirror_picture(picture), body=True)
    for found in (there, mirror):
        assert found.body is not None
        assert found.body.left_shoulder[0] > found.faces[0].chin[0] > found.body.right_shoulder[0]
        assert found.body.left_shoulder[1] > found.faces[0].chin[1]
    spans = [shoulder_metrics(found)["shoulder_span"] for found in (there, mirror)]
    assert spans[0] == pytest.approx(spans[1], rel=0.25)
    assert finder.find(picture).body is None  # not requested


def test_the_network_receives_every_sitter_at_the_same_size(finder: FaceFinder) -> None:
    for scale in (1.2, 2.4):
        picture = place_astronaut(scale=scale)
        (face, *_) = finder.find(picture).faces
        part = crop_below_face(picture, face)
        assert part is not None
        assert face.width * part.scale == pytest.approx(FACE_WIDTH_PX)
        assert part.pixels.flags.c_contiguous


def test_without_a_person_no_body_is_found(finder: FaceFinder) -> None:
    (face, *_) = finder.find(place_astronaut()).faces
    bodies = BodyFinder()
    try:
        part = crop_below_face(np.full((960, 1280, 3), 128, np.uint8), face)
        assert part is not None
        assert bodies.find(part) is None
    finally:
        bodies.close()
    assert crop_below_face(np.zeros((960, 1280, 3), np.uint8), face.transform(1.0, (5000.0, 0.0))) is None


def test_nothing_is_reported_of_shoulders_without_a_mask_or_a_body() -> None:
    sitter = detections()
    assert set(shoulder_metrics(Detections(SIZE, sitter.faces)).values()) == {NotMeasured("not_measured.no_body")}
