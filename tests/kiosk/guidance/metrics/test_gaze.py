"""Irises are moved in the mesh: the reading follows, also of a tilted head."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.refinement import MIRROR_INDICES
from kiosk.guidance.metrics.eyes_and_mouth import eye_aspect_ratio
from kiosk.guidance.metrics.gaze import EYE_LANDMARKS, gaze_metrics
from tests.kiosk.guidance.pictures import place_astronaut


@pytest.fixture(scope="module")
def face(finder: FaceFinder) -> Face:
    return finder.find(place_astronaut()).faces[0]


def shift_irises(face: Face, aside: float, up: float) -> Face:
    """Return the mesh with both irises moved by these shares of the eye's width."""
    points = face.points.copy()
    for right, left, iris in EYE_LANDMARKS:
        across = face.landmark(left) - face.landmark(right)
        points[iris, :2] += aside * across + up * np.array([across[1], -across[0]])
    return Face(points)


def roll_mesh(face: Face, degrees: float) -> Face:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)
    return Face(face.points @ turn.T)


@pytest.mark.parametrize(("aside", "up"), [(0.15, 0), (-0.15, 0), (0, 0.1), (0, -0.1)])
@pytest.mark.parametrize("roll", [0, 20])
def test_the_reading_follows_the_irises(face: Face, aside: float, up: float, roll: float) -> None:
    before, after = gaze_metrics(roll_mesh(face, roll)), gaze_metrics(roll_mesh(shift_irises(face, aside, up), roll))
    assert float(after["gaze_aside"]) - float(before["gaze_aside"]) == pytest.approx(aside, abs=0.01)
    assert float(after["gaze_up"]) - float(before["gaze_up"]) == pytest.approx(up, abs=0.01)


def test_a_gaze_into_the_lens_is_neither_aside_nor_up(face: Face) -> None:
    readings = gaze_metrics(face)
    assert abs(float(readings["gaze_aside"])) < 0.05
    assert abs(float(readings["gaze_up"])) < 0.04


def test_a_mirrored_face_looks_to_the_other_side(face: Face) -> None:
    turned = shift_irises(face, 0.12, 0)
    other = Face(turned.points[MIRROR_INDICES] * np.array([-1, 1, 1], np.float32))
    assert float(gaze_metrics(other)["gaze_aside"]) == pytest.approx(
        -float(gaze_metrics(turned)["gaze_aside"]), abs=1e-4
    )
    assert float(gaze_metrics(other)["gaze_up"]) == pytest.approx(float(gaze_metrics(turned)["gaze_up"]), abs=1e-4)


def test_shut_eyes_have_no_gaze(face: Face) -> None:
    points = shift_irises(face, 0.3, 0).points.copy()
    for upper, lower in ((160, 144), (158, 153), (387, 373), (385, 380)):
        points[lower, :2] = points[upper, :2]
    assert eye_aspect_ratio(Face(points)) < 0.02
    assert gaze_metrics(Face(points)) == {"gaze_aside": 0.0, "gaze_up": 0.0}
    assert gaze_metrics(shift_irises(face, 0.3, 0))["gaze_aside"] != 0, "control: open eyes have a gaze"
