"""Each scene shows the fault of its name, as measured by FaceMesh; `right` shows none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from hardware.simulators.studio_camera.layer import Layer, Part
from hardware.simulators.studio_camera.render import RenderedScene, SceneRenderer
from hardware.simulators.studio_camera.scene import Script
from hardware.simulators.studio_camera.sitter_layer import FRAME
from tests.hardware.simulators.studio_camera.conftest import DetectedFace, FaceDetector

Live = Callable[[str], Pixels]


def only_face(detect_faces: FaceDetector, picture: Pixels) -> DetectedFace:
    faces = detect_faces(picture)
    assert len(faces) == 1
    return faces[0]


@pytest.fixture(scope="session")
def right(live: Live, detect_faces: FaceDetector) -> DetectedFace:
    return only_face(detect_faces, live("right"))


def test_right_is_upright_open_eyed_and_closed_mouthed(right: DetectedFace) -> None:
    assert abs(right.roll) < 2
    assert abs(right.yaw) < 4
    assert min(right.eye_openings) > 0.2
    assert right.lip_gap < 0.05
    assert 190 < right.width < 230
    assert right.eyes[0] == pytest.approx(FRAME[0] / 2, abs=6)


def test_a_portrait_by_the_chsi_rules_fits_into_right(right: DetectedFace, live: Live) -> None:
    """A crop of 660 rows, scaled to 640, with its eyes at 250: hair, face and shoulders are where the rules require."""
    scale = 640 / 660
    top = right.eyes[1] - 250 / scale
    bottom = top + 660
    picture = live("right").astype(int)
    backdrop = picture[:, :, 2] - picture[:, :, 0] > 40
    hair = int(np.argmax((~backdrop)[:, 600:680].all(axis=1)))
    assert 50 < (hair - top) * scale < 110
    assert 180 < right.width * scale < 300
    assert top > 0
    assert bottom < FRAME[1]
    middle, half = round(right.eyes[0]), round(660 * 0.75 / 2)
    assert not backdrop[round(bottom) - 3, middle - half : middle + half].any()


def test_tilted_tilts_the_head_by_the_angle_of_the_scene(
    live: Live, detect_faces: FaceDetector, script: Script
) -> None:
    assert only_face(detect_faces, live("tilted")).roll == pytest.approx(script.scenes["tilted"].roll, abs=2)


def test_turned_is_clearly_turned(live: Live, detect_faces: FaceDetector, right: DetectedFace) -> None:
    assert abs(only_face(detect_faces, live("turned")).yaw - right.yaw) > 12


def test_eyes_shut_are_shut(live: Live, detect_faces: FaceDetector) -> None:
    assert max(only_face(detect_faces, live("eyes_shut")).eye_openings) < 0.15


def test_mouth_open_shows_teeth(live: Live, detect_faces: FaceDetector) -> None:
    assert only_face(detect_faces, live("mouth_open")).lip_gap > 0.115


def test_empty_has_no_face_and_two_people_have_two(live: Live, detect_faces: FaceDetector) -> None:
    assert detect_faces(live("empty")) == []
    assert len(detect_faces(live("two_people"))) == 2


def test_off_centre_is_at_the_position_of_the_scene(live: Live, detect_faces: FaceDetector, script: Script) -> None:
    expected = script.scenes["off_centre"].x * FRAME[0]
    assert only_face(detect_faces, live("off_centre")).eyes[0] == pytest.approx(expected, abs=8)


@pytest.mark.parametrize("name", ["too_near", "too_far"])
def test_nearness_changes_the_size_of_the_sitter_as_stated(
    name: str, live: Live, detect_faces: FaceDetector, right: DetectedFace, script: Script
) -> None:
    # The detector of the tests is for near faces, so it gets only the middle of the picture, where the sitter is.
    face = only_face(detect_faces, np.ascontiguousarray(live(name)[100:900, 240:1040]))
    assert face.width / right.width == pytest.approx(script.scenes[name].scale, rel=0.05)


def cheeks(picture: Pixels, face: DetectedFace) -> tuple[float, float]:
    """Return the mean luminance of the viewer's left and right cheek."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    spots = [face.points[n, :2].round().astype(int) for n in (50, 280)]
    left, right = (float(grey[y - 12 : y + 12, x - 12 : x + 12].mean()) for x, y in spots)
    return left, right


def test_half_dark_darkens_one_cheek(live: Live, detect_faces: FaceDetector, right: DetectedFace) -> None:
    left, dark = cheeks(live("half_dark"), only_face(detect_faces, live("half_dark")))
    lit_left, lit_right = cheeks(live("right"), right)
    assert dark / left < 0.65
    assert lit_right / lit_left > 0.8


def test_wall_shadow_darkens_the_paper_next_to_the_sitter_and_not_elsewhere(live: Live) -> None:
    plain, shadowed = live("right").astype(float), live("wall_shadow").astype(float)
    beside = np.s_[300:380, 810:835]
    assert shadowed[beside].mean() < 0.75 * plain[beside].mean()
    assert shadowed[40:120, 60:200].mean() == pytest.approx(plain[40:120, 60:200].mean(), rel=0.01)


def test_blurred_loses_the_fine_detail(live: Live) -> None:
    def detail(name: str) -> float:
        return float(cv2.Laplacian(live(name)[300:560, 520:760], cv2.CV_32F).std())

    assert detail("blurred") < 0.25 * detail("right")


def test_dark_is_darker(live: Live) -> None:
    assert live("dark").mean() < 0.5 * live("right").mean()


def test_a_layer_moves_by_parts_of_a_pixel() -> None:
    x = np.arange(40, dtype=np.float64)[None].repeat(30, axis=0)
    ramp = np.asarray(20 + 4 * x, dtype=np.uint8)
    moved = Layer(np.dstack([ramp, ramp, ramp]), ramp, 0, 0, (Part(0, 30, 0, 40),)).shift(0.5, -0.25)
    assert np.array_equal(moved.cover[:, 1:], ramp[:, 1:] - 2)  # 0.5 pixels to the right on a slope of 4
    assert np.array_equal(moved.colours[:, 1:, 0], moved.cover[:, 1:])


@pytest.mark.parametrize("name", ["right", "too_near", "too_far", "off_centre", "tilted", "turned", "two_people"])
def test_all_of_a_figure_is_in_the_parts_that_are_moved_and_blended(
    renderer: SceneRenderer, script: Script, name: str
) -> None:
    rendered = renderer.render(script.scenes[name], FRAME)
    whole = RenderedScene(rendered.backdrop, tuple(_in_one_part(layer) for layer in rendered.layers))
    assert sum(_area(layer) for layer in rendered.layers) < 0.85 * sum(_area(layer) for layer in whole.layers)
    for shift in ((0.0, 0.0), (0.9375, -0.9375), (-0.9375, 0.9375)):
        shown, expected = (scene.shift_figures(*shift).picture() for scene in (rendered, whole))
        assert np.array_equal(shown, expected), shift


def _in_one_part(layer: Layer) -> Layer:
    height, width = layer.cover.shape
    return replace(layer, parts=(Part(0, height, 0, width),))


def _area(layer: Layer) -> int:
    return sum((part.bottom - part.top) * (part.right - part.left) for part in layer.parts)
