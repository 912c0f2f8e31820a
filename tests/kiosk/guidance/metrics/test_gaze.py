"""Irises moved in the mesh: the reading follows, whichever way the head is held."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.refinement import MIRRORED
from kiosk.guidance.metrics.eyes_and_mouth import opening
from kiosk.guidance.metrics.gaze import EYES, gaze
from tests.kiosk.guidance.pictures import placed


@pytest.fixture(scope="module")
def face(finder: FaceFinder) -> Face:
    return finder.find(placed()).faces[0]


def looking(face: Face, aside: float, up: float) -> Face:
    """Both irises moved by shares of the eye's width."""
    points = face.points.copy()
    for right, left, iris in EYES:
        across = face.at(left) - face.at(right)
        points[iris, :2] += aside * across + up * np.array([across[1], -across[0]])
    return Face(points)


def rolled(face: Face, degrees: float) -> Face:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)
    return Face(face.points @ turn.T)


@pytest.mark.parametrize(("aside", "up"), [(0.15, 0), (-0.15, 0), (0, 0.1), (0, -0.1)])
@pytest.mark.parametrize("roll", [0, 20])
def test_the_reading_follows_the_irises(face: Face, aside: float, up: float, roll: float) -> None:
    before, after = gaze(rolled(face, roll)), gaze(rolled(looking(face, aside, up), roll))
    assert float(after["gaze_aside"]) - float(before["gaze_aside"]) == pytest.approx(aside, abs=0.01)
    assert float(after["gaze_up"]) - float(before["gaze_up"]) == pytest.approx(up, abs=0.01)


def test_who_looks_into_the_lens_looks_neither_aside_nor_up(face: Face) -> None:
    readings = gaze(face)
    assert abs(float(readings["gaze_aside"])) < 0.05
    assert abs(float(readings["gaze_up"])) < 0.04


def test_a_mirrored_face_looks_to_the_other_side(face: Face) -> None:
    turned = looking(face, 0.12, 0)
    other = Face(turned.points[MIRRORED] * np.array([-1, 1, 1], np.float32))
    assert float(gaze(other)["gaze_aside"]) == pytest.approx(-float(gaze(turned)["gaze_aside"]), abs=1e-4)
    assert float(gaze(other)["gaze_up"]) == pytest.approx(float(gaze(turned)["gaze_up"]), abs=1e-4)


def test_shut_eyes_look_nowhere(face: Face) -> None:
    points = looking(face, 0.3, 0).points.copy()
    for upper, lower in ((160, 144), (158, 153), (387, 373), (385, 380)):
        points[lower, :2] = points[upper, :2]
    assert opening(Face(points)) < 0.02
    assert gaze(Face(points)) == {"gaze_aside": 0.0, "gaze_up": 0.0}
    assert gaze(looking(face, 0.3, 0))["gaze_aside"] != 0, "control: open eyes do"
