"""A face with something painted on it, or a mesh moved: the measure concerned must follow, and only that one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from config.opencv import cv2
from config.standards.registry import load_standard
from kiosk.guidance.detection.face import OVAL, Face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.types import Missing
from kiosk.guidance.metrics.expression import expression
from kiosk.guidance.metrics.eyes_and_mouth import IRISES, LOWER_LIP, UPPER_LIP, opening, red_eye, teeth
from kiosk.guidance.metrics.glasses import WORN, glasses
from kiosk.guidance.metrics.hair import ears, hair
from kiosk.guidance.metrics.pose import PITCH_SHOWN, YAW_SHOWN, pose
from kiosk.guidance.metrics.skin_reference import complexion_of
from tests.kiosk.guidance.pictures import Pixels, placed

RULES = load_standard("chsi").rules
BLACK, WHITE = (12, 10, 10), (250, 252, 255)


@pytest.fixture(scope="module")
def face(finder: FaceFinder) -> Face:
    return finder.find(placed()).faces[0]


def seen(picture: Pixels, face: Face) -> Mapping[str, float]:
    own = complexion_of(picture, face)
    assert not isinstance(own, Missing)
    readings = {**teeth(own), **red_eye(own), **hair(own), **ears(own), **glasses(own)}
    return {name: float(value) for name, value in readings.items()}


def filled(picture: Pixels, outline: np.ndarray, colour: Sequence[int]) -> Pixels:
    painted = picture.copy()
    cv2.fillPoly(painted, [np.rint(outline).astype(np.int32)], tuple(colour), cv2.LINE_AA)
    return painted


def fringe(picture: Pixels, face: Face, down_to: float, right: float = -0.5, left: float = 0.5) -> Pixels:
    """Black hair from above the forehead to `down_to` face widths below the eyes."""
    x, y, wide = float(face.eyes[0]), float(face.eyes[1]), face.width
    top, bottom = float(face.forehead[1]) - 0.2 * wide, y + down_to * wide
    corners = [(x + right * wide, top), (x + left * wide, top), (x + left * wide, bottom), (x + right * wide, bottom)]
    return filled(picture, np.array(corners), BLACK)


def spectacles(picture: Pixels, face: Face, tint: float = 0.0, rim: bool = True, glare: bool = False) -> Pixels:
    painted, wide = picture.copy(), face.width
    axes = (round(0.18 * wide), round(0.145 * wide))
    for eye in (face.right_eye, face.left_eye):
        centre = (round(float(eye[0])), round(float(eye[1]) + 0.04 * wide))
        lens = np.zeros(picture.shape[:2], np.uint8)
        cv2.ellipse(lens, centre, axes, 0, 0, 360, (1,), -1)
        painted[lens > 0] = (painted[lens > 0] * (1 - tint) ** (1 / 2.2)).astype(np.uint8)
        if glare:
            cv2.ellipse(
                painted, (centre[0], centre[1] + round(0.05 * wide)), (axes[0] // 2, axes[1] // 3), 0, 0, 360, WHITE, -1
            )
        if rim:
            cv2.ellipse(painted, centre, axes, 0, 0, 360, BLACK, round(0.02 * wide))
    if rim:
        ends = [(round(float(p[0])), round(float(p[1]))) for p in (face.at(133), face.at(362))]
        cv2.line(painted, ends[0], ends[1], BLACK, round(0.02 * wide))
    return painted


def test_a_face_as_it_is_shows_none_of_it(face: Face) -> None:
    before = seen(placed(), face)
    assert before["hair_brows"] < 0.45
    assert before["hair_eyes"] == 0
    assert before["glasses"] < WORN
    assert before["lens_darkness"] == before["glare"] == 0
    assert before["red_eye"] < 0.3


def test_hair_over_brows_and_over_one_eye(face: Face) -> None:
    brows = seen(fringe(placed(), face, -0.03), face)
    assert brows["hair_brows"] > 0.9
    assert brows["hair_forehead"] > 0.9
    eye = seen(fringe(placed(), face, 0.1, right=0.05), face)
    assert eye["hair_eyes"] > 0.8


def test_hair_over_half_a_brow_is_hair_over_the_brow_and_beside_it_is_not(face: Face) -> None:
    brow = (face.at(334) - face.eyes) / face.width
    high = RULES["hair_brows"].high
    assert high is not None
    assert seen(fringe(placed(), face, 0.0, right=float(brow[0])), face)["hair_brows"] > high
    assert seen(fringe(placed(), face, float(brow[1]), right=float(brow[0])), face)["hair_brows"] < high


def test_an_eye_much_narrower_than_the_other_is_shut(face: Face) -> None:
    points = face.points.copy()
    for upper, lower in ((160, 144), (158, 153)):
        points[upper, :2] = points[lower, :2] + 0.5 * (points[upper, :2] - points[lower, :2])
    assert opening(Face(points)) < 0.4 * opening(face), "half as open, and the other eye is no narrow one"
    for upper, lower in ((387, 373), (385, 380)):
        points[upper, :2] = points[lower, :2] + 0.5 * (points[upper, :2] - points[lower, :2])
    assert opening(Face(points)) == pytest.approx(0.5 * opening(face), rel=0.05), "both are narrow"


def test_teeth_are_what_is_bright_between_the_lips(face: Face) -> None:
    mouth = np.vstack([face.points[list(UPPER_LIP), :2], face.points[list(LOWER_LIP), :2][::-1]])
    assert seen(placed(), face)["teeth"] > 0.025, "she smiles"
    assert seen(filled(placed(), mouth, (60, 20, 20)), face)["teeth"] < 0.01


def test_glasses_tinted_lenses_and_glare(face: Face) -> None:
    clear = seen(spectacles(placed(), face), face)
    assert clear["glasses"] > WORN
    assert clear["lens_darkness"] < 0.4
    assert clear["glare"] < 0.05
    assert seen(spectacles(placed(), face, tint=0.85), face)["lens_darkness"] > 0.6
    assert seen(spectacles(placed(), face, glare=True), face)["glare"] > 0.11


def test_bright_lids_without_glasses_are_no_glare(face: Face) -> None:
    painted = placed().copy()
    for eye in (face.right_eye, face.left_eye):
        lid = (round(float(eye[0])), round(float(eye[1]) - 0.09 * face.width))
        cv2.ellipse(painted, lid, (round(0.09 * face.width), round(0.03 * face.width)), 0, 0, 360, WHITE, -1)
    assert seen(painted, face)["glare"] == 0
    assert seen(spectacles(painted, face), face)["glare"] > 0.03, "control: behind glasses they would be"


def test_a_red_pupil_is_red(face: Face) -> None:
    painted = placed().copy()
    for iris in IRISES:
        x, y = (round(float(v)) for v in face.at(iris))
        cv2.circle(painted, (x, y), max(2, round(0.02 * face.width)), (230, 60, 50), -1)
    assert seen(painted, face)["red_eye"] > 0.5


@pytest.mark.parametrize("reflectance", [0.3, 0.55, 1.1])
def test_no_colour_of_skin_is_punished(face: Face, reflectance: float) -> None:
    mask = np.zeros(placed().shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(face.points[list(OVAL), :2]).astype(np.int32)), (1,))
    codes = np.clip(placed() * reflectance ** (1 / 2.2), 0, 255).astype(np.uint8)
    changed = np.where(mask[..., None] > 0, codes, placed())
    before, after = seen(placed(), face), seen(changed, face)
    for name in ("hair_brows", "hair_eyes", "glasses", "glare", "lens_darkness", "teeth", "red_eye"):
        assert after[name] == pytest.approx(before[name], abs=0.12), name


def test_outside_the_picture_nothing_is_measured(face: Face) -> None:
    away = face.moved(1.0, (5000, 0))
    assert isinstance(complexion_of(placed(), away), Missing)
    assert all(isinstance(value, Missing) for value in hair(Missing("measure.face_outside")).values())


def turned(face: Face, yaw: float = 0.0, pitch: float = 0.0) -> Face:
    """The mesh itself turned, degrees; signs as in kiosk.guidance."""
    a, b = np.radians(yaw), np.radians(pitch)
    aside = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    return Face((face.points @ (nod @ aside).T).astype(np.float32))


@pytest.mark.parametrize("angle", [-10.0, 10.0])
def test_a_turn_of_the_mesh_reads_as_the_turn_that_shows_so_much(face: Face, angle: float) -> None:
    assert pose(turned(face, yaw=angle))["yaw"] - pose(face)["yaw"] == pytest.approx(angle / YAW_SHOWN, abs=0.5)
    assert pose(turned(face, pitch=angle))["pitch"] - pose(face)["pitch"] == pytest.approx(angle / PITCH_SHOWN, abs=0.5)


def test_corners_of_the_mouth_apart_and_up_are_a_smile_however_the_head_is_held(face: Face) -> None:
    points = face.points.copy()
    wide = float(np.linalg.norm(face.at(291) - face.at(61)))
    for corner, side in ((61, -1), (291, 1)):
        points[corner, :2] += np.array([side * 0.1, -0.1]) * wide
    for yaw in (0.0, 15.0):
        before, after = expression(turned(face, yaw)), expression(turned(Face(points), yaw))
        assert float(after["smile"]) - float(before["smile"]) > 0.15
        assert float(after["brow_height"]) == pytest.approx(float(before["brow_height"]), abs=1e-3)
        assert float(before["smile"]) == pytest.approx(float(expression(face)["smile"]), abs=0.01)
