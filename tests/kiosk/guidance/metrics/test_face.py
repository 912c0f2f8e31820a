"""Something is painted on a face, or its mesh is moved: the metric concerned must change, and no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import load_standard
from kiosk.guidance.detection.face import FACE_OVAL, Face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.types import NotMeasured
from kiosk.guidance.metrics.expression import expression_metrics
from kiosk.guidance.metrics.eyes_and_mouth import IRIS_LANDMARKS, LOWER_LIP, UPPER_LIP, eye_aspect_ratio, red_eye, teeth
from kiosk.guidance.metrics.glasses import MIN_FRAME_STOPS, glasses
from kiosk.guidance.metrics.hair import ears, hair_metrics
from kiosk.guidance.metrics.pose import PITCH_SENSITIVITY, YAW_SENSITIVITY, pose_metrics
from kiosk.guidance.metrics.skin_reference import measure_skin_reference
from tests.kiosk.guidance.pictures import place_astronaut

RULES = load_standard("chsi").rules
BLACK, WHITE = (12, 10, 10), (250, 252, 255)


@pytest.fixture(scope="module")
def face(finder: FaceFinder) -> Face:
    return finder.find(place_astronaut()).faces[0]


def face_metrics(picture: Pixels, face: Face) -> Mapping[str, float]:
    skin = measure_skin_reference(picture, face)
    assert not isinstance(skin, NotMeasured)
    readings = {**teeth(skin), **red_eye(skin), **hair_metrics(skin), **ears(skin), **glasses(skin)}
    return {name: float(value) for name, value in readings.items()}


def paint(picture: Pixels, outline: np.ndarray, colour: Sequence[int]) -> Pixels:
    painted = picture.copy()
    cv2.fillPoly(painted, [np.rint(outline).astype(np.int32)], tuple(colour), cv2.LINE_AA)
    return painted


def paint_fringe(picture: Pixels, face: Face, down_to: float, right: float = -0.5, left: float = 0.5) -> Pixels:
    """Paint black hair from above the forehead to `down_to` face widths below the eyes."""
    x, y, wide = float(face.eyes[0]), float(face.eyes[1]), face.width
    top, bottom = float(face.forehead[1]) - 0.2 * wide, y + down_to * wide
    corners = [(x + right * wide, top), (x + left * wide, top), (x + left * wide, bottom), (x + right * wide, bottom)]
    return paint(picture, np.array(corners), BLACK)


def paint_glasses(picture: Pixels, face: Face, tint: float = 0.0, rim: bool = True, glare: bool = False) -> Pixels:
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
        ends = [(round(float(p[0])), round(float(p[1]))) for p in (face.landmark(133), face.landmark(362))]
        cv2.line(painted, ends[0], ends[1], BLACK, round(0.02 * wide))
    return painted


def test_an_unchanged_face_has_none_of_the_faults(face: Face) -> None:
    before = face_metrics(place_astronaut(), face)
    assert before["hair_brows"] < 0.45
    assert before["hair_eyes"] == 0
    assert before["glasses"] < MIN_FRAME_STOPS
    assert before["lens_darkness"] == before["glare"] == 0
    assert before["red_eye"] < 0.3


def test_hair_over_brows_and_over_one_eye(face: Face) -> None:
    brows = face_metrics(paint_fringe(place_astronaut(), face, -0.03), face)
    assert brows["hair_brows"] > 0.9
    assert brows["hair_forehead"] > 0.9
    eye = face_metrics(paint_fringe(place_astronaut(), face, 0.1, right=0.05), face)
    assert eye["hair_eyes"] > 0.8


def test_hair_over_half_a_brow_fails_and_hair_next_to_the_brow_does_not(face: Face) -> None:
    brow = (face.landmark(334) - face.eyes) / face.width
    high = RULES["hair_brows"].max
    assert high is not None
    assert face_metrics(paint_fringe(place_astronaut(), face, 0.0, right=float(brow[0])), face)["hair_brows"] > high
    assert (
        face_metrics(paint_fringe(place_astronaut(), face, float(brow[1]), right=float(brow[0])), face)["hair_brows"]
        < high
    )


def test_an_eye_much_narrower_than_the_other_is_shut(face: Face) -> None:
    points = face.points.copy()
    for upper, lower in ((160, 144), (158, 153)):
        points[upper, :2] = points[lower, :2] + 0.5 * (points[upper, :2] - points[lower, :2])
    assert eye_aspect_ratio(Face(points)) < 0.4 * eye_aspect_ratio(face), (
        "half as open, while the other eye is not narrow"
    )
    for upper, lower in ((387, 373), (385, 380)):
        points[upper, :2] = points[lower, :2] + 0.5 * (points[upper, :2] - points[lower, :2])
    assert eye_aspect_ratio(Face(points)) == pytest.approx(0.5 * eye_aspect_ratio(face), rel=0.05), "both are narrow"


def test_bright_pixels_between_the_lips_are_teeth(face: Face) -> None:
    mouth = np.vstack([face.points[list(UPPER_LIP), :2], face.points[list(LOWER_LIP), :2][::-1]])
    assert face_metrics(place_astronaut(), face)["teeth"] > 0.025, "the astronaut smiles"
    assert face_metrics(paint(place_astronaut(), mouth, (60, 20, 20)), face)["teeth"] < 0.01


def test_glasses_tinted_lenses_and_glare(face: Face) -> None:
    clear = face_metrics(paint_glasses(place_astronaut(), face), face)
    assert clear["glasses"] > MIN_FRAME_STOPS
    assert clear["lens_darkness"] < 0.4
    assert clear["glare"] < 0.05
    assert face_metrics(paint_glasses(place_astronaut(), face, tint=0.85), face)["lens_darkness"] > 0.6
    assert face_metrics(paint_glasses(place_astronaut(), face, glare=True), face)["glare"] > 0.11


def test_bright_lids_without_glasses_are_no_glare(face: Face) -> None:
    painted = place_astronaut().copy()
    for eye in (face.right_eye, face.left_eye):
        lid = (round(float(eye[0])), round(float(eye[1]) - 0.09 * face.width))
        cv2.ellipse(painted, lid, (round(0.09 * face.width), round(0.03 * face.width)), 0, 0, 360, WHITE, -1)
    assert face_metrics(painted, face)["glare"] == 0
    assert face_metrics(paint_glasses(painted, face), face)["glare"] > 0.03, "control: with glasses they are glare"


def test_a_red_pupil_is_red(face: Face) -> None:
    painted = place_astronaut().copy()
    for iris in IRIS_LANDMARKS:
        x, y = (round(float(v)) for v in face.landmark(iris))
        cv2.circle(painted, (x, y), max(2, round(0.02 * face.width)), (230, 60, 50), -1)
    assert face_metrics(painted, face)["red_eye"] > 0.5


@pytest.mark.parametrize("reflectance", [0.3, 0.55, 1.1])
def test_the_colour_of_the_skin_changes_no_metric(face: Face, reflectance: float) -> None:
    mask = np.zeros(place_astronaut().shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(face.points[list(FACE_OVAL), :2]).astype(np.int32)), (1,))
    codes = np.clip(place_astronaut() * reflectance ** (1 / 2.2), 0, 255).astype(np.uint8)
    changed = np.where(mask[..., None] > 0, codes, place_astronaut())
    before, after = face_metrics(place_astronaut(), face), face_metrics(changed, face)
    for name in ("hair_brows", "hair_eyes", "glasses", "glare", "lens_darkness", "teeth", "red_eye"):
        assert after[name] == pytest.approx(before[name], abs=0.12), name


def test_outside_the_picture_nothing_is_measured(face: Face) -> None:
    away = face.transform(1.0, (5000, 0))
    assert isinstance(measure_skin_reference(place_astronaut(), away), NotMeasured)
    assert all(
        isinstance(value, NotMeasured) for value in hair_metrics(NotMeasured("not_measured.face_outside")).values()
    )


def rotate_mesh(face: Face, yaw: float = 0.0, pitch: float = 0.0) -> Face:
    """Return the mesh turned by these degrees; signs as in kiosk.guidance."""
    a, b = np.radians(yaw), np.radians(pitch)
    aside = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    return Face((face.points @ (nod @ aside).T).astype(np.float32))


@pytest.mark.parametrize("angle", [-10.0, 10.0])
def test_a_turn_of_the_mesh_is_divided_by_the_sensitivity(face: Face, angle: float) -> None:
    assert pose_metrics(rotate_mesh(face, yaw=angle))["yaw"] - pose_metrics(face)["yaw"] == pytest.approx(
        angle / YAW_SENSITIVITY, abs=0.5
    )
    assert pose_metrics(rotate_mesh(face, pitch=angle))["pitch"] - pose_metrics(face)["pitch"] == pytest.approx(
        angle / PITCH_SENSITIVITY, abs=0.5
    )


def test_corners_of_the_mouth_apart_and_up_are_a_smile_in_any_pose(face: Face) -> None:
    points = face.points.copy()
    wide = float(np.linalg.norm(face.landmark(291) - face.landmark(61)))
    for corner, side in ((61, -1), (291, 1)):
        points[corner, :2] += np.array([side * 0.1, -0.1]) * wide
    for yaw in (0.0, 15.0):
        before, after = expression_metrics(rotate_mesh(face, yaw)), expression_metrics(rotate_mesh(Face(points), yaw))
        assert float(after["smile"]) - float(before["smile"]) > 0.15
        assert float(after["brow_height"]) == pytest.approx(float(before["brow_height"]), abs=1e-3)
        assert float(before["smile"]) == pytest.approx(float(expression_metrics(face)["smile"]), abs=0.01)
