"""Pictures with known changes: the metrics concerned must follow, and no others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from kiosk.guidance.detection.face import LEFT_EYE_RING, RIGHT_EYE_RING
from kiosk.guidance.detection.landmarks import Detections, Face, FaceFinder
from kiosk.guidance.metrics.eyes_and_mouth import eyes_and_mouth
from kiosk.guidance.metrics.registry import METRIC_UNITS, PreviousFrame, measure
from tests.kiosk.guidance.conftest import Values
from tests.kiosk.guidance.pictures import apply_gamma, blur, mirror_picture, place_astronaut, shade_half

Measuring = Callable[[Pixels], Values]


def test_every_metric_is_named_with_its_unit(finder: FaceFinder) -> None:
    picture = place_astronaut()
    metrics = measure(picture, finder.find(picture, body=True), background_colour=(100, 197, 255))
    assert list(metrics) == list(METRIC_UNITS)
    assert all(m.name == name and m.unit == METRIC_UNITS[name] for name, m in metrics.items())
    assert [name for name, m in metrics.items() if m.value is None] == ["movement"]
    assert metrics["movement"].reason == "not_measured.one_frame"


def test_without_a_face_only_the_number_of_faces_is_measured() -> None:
    metrics = measure(np.zeros((60, 80, 3), np.uint8), Detections((80, 60), ()))
    assert metrics["faces"].value == 0
    assert {m.reason for name, m in metrics.items() if name != "faces"} == {"not_measured.no_face"}


def test_mirroring_swaps_left_and_right_and_nothing_else(values: Measuring) -> None:
    picture = shade_half(place_astronaut(eyes=(560, 380), roll=6), "image_left", 0.6, 560)
    here, there = values(picture), values(mirror_picture(picture))
    for name, slack in {"face_x": 0.005, "yaw": 2.5, "roll": 1.0, "light_balance": 0.06}.items():
        assert there[name] == pytest.approx(-here[name], abs=slack), name
    for name, slack in {"face_size": 0.005, "eye_y": 0.005, "pitch": 2.5, "skin_luminance": 0.02}.items():
        assert there[name] == pytest.approx(here[name], abs=slack), name
    # control: there was something to swap
    assert here["face_x"] < -0.03
    assert here["light_balance"] > 0.2
    assert here["roll"] > 5


def test_scaling_changes_the_size_and_no_ratio(values: Measuring) -> None:
    small, large = values(place_astronaut(scale=1.6)), values(place_astronaut(scale=2.4))
    assert large["face_size"] / small["face_size"] == pytest.approx(1.5, rel=0.02)
    slack = {"yaw": 2, "pitch": 2, "roll": 0.7, "eye_opening": 0.04, "mouth_opening": 0.03, "light_balance": 0.05}
    for name, limit in slack.items():
        assert large[name] == pytest.approx(small[name], abs=limit), name


def test_the_place_of_the_face_is_that_of_the_eyes(values: Measuring) -> None:
    there = values(place_astronaut(eyes=(840, 300)))
    assert there["face_x"] == pytest.approx(200 / 1280, abs=0.01)
    assert there["eye_y"] == pytest.approx(300 / 960, abs=0.01)


@pytest.mark.parametrize("turn", [-10, -5, 5, 10])
def test_roll_follows_the_turned_picture(values: Measuring, turn: float) -> None:
    assert values(place_astronaut(roll=turn))["roll"] - values(place_astronaut())["roll"] == pytest.approx(
        turn, abs=1.0
    )


def test_the_balance_falls_steadily_as_one_cheek_becomes_darker(values: Measuring) -> None:
    # The sitter's left cheek is on the right of the picture.
    balances = [
        values(shade_half(place_astronaut(), "image_right", gain, 640))["light_balance"] for gain in (1, 0.8, 0.6, 0.4)
    ]
    assert balances == sorted(balances, reverse=True)
    assert balances[0] - balances[-1] > 0.3


def test_luminance_follows_gamma(values: Measuring) -> None:
    lights = [values(apply_gamma(place_astronaut(), gamma))["skin_luminance"] for gamma in (0.6, 1.0, 1.8)]
    assert lights == sorted(lights, reverse=True)


def test_blown_out_skin_is_counted(values: Measuring) -> None:
    assert values(place_astronaut())["blown_share"] < 0.02
    assert values(np.clip(place_astronaut() * 1.6, 0, 255).astype(np.uint8))["blown_share"] > 0.1


def test_blur_takes_sharpness_away_steadily(values: Measuring) -> None:
    picture = place_astronaut()
    values_by_blur = [values(picture if not sigma else blur(picture, sigma))["sharpness"] for sigma in (0, 1, 2, 4)]
    assert values_by_blur == sorted(values_by_blur, reverse=True)
    assert values_by_blur[0] > 2 * values_by_blur[2]


def test_a_face_too_small_for_sharpness_is_reported(finder: FaceFinder) -> None:
    picture = place_astronaut(scale=1.0)
    sharpness = measure(picture, finder.find(picture))["sharpness"]
    assert (sharpness.value, sharpness.reason) == (None, "not_measured.face_too_small")


def sitter_before_wall(light: np.ndarray) -> tuple[Pixels, Detections]:
    """Return a drawn sitter before a wall of `light` (960 x 1280), with the true mask. No network is used."""
    wall = np.repeat(light[..., None], 3, axis=2).astype(np.uint8)
    person = np.zeros((960, 1280), np.float32)
    cv2.ellipse(person, (640, 400), (120, 170), 0, 0, 360, (1.0,), -1)
    cv2.ellipse(person, (640, 960), (330, 330), 0, 0, 360, (1.0,), -1)
    wall[person > 0] = (200, 160, 140)
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = (640, 400)
    for index, x, y in ((33, 590, 380), (133, 625, 380), (362, 655, 380), (263, 690, 380), (234, 535, 410)):
        points[index, :2] = (x, y)
    points[454, :2], points[10, :2], points[152, :2] = (745, 410), (640, 260), (640, 540)
    return wall, Detections((1280, 960), (Face(points),), person)


def backdrop_values(light: np.ndarray) -> tuple[float, float]:
    picture, detections = sitter_before_wall(light)
    metrics = measure(picture, detections)
    shadow, uneven = metrics["backdrop_shadow"].value, metrics["backdrop_unevenness"].value
    assert shadow is not None
    assert uneven is not None
    return shadow, uneven


def wall_with_shadow(depth: float) -> np.ndarray:
    dark = np.zeros((960, 1280), np.float32)
    cv2.ellipse(dark, (760, 430), (130, 170), 0, 0, 360, (1.0,), -1)
    return 190 * (1 - depth * cv2.GaussianBlur(dark, (0, 0), 20))


def test_an_even_wall_is_even() -> None:
    shadow, uneven = backdrop_values(np.full((960, 1280), 190.0))
    assert shadow < 0.02
    assert uneven < 0.02


def test_the_depth_of_a_shadow_is_measured() -> None:
    depths = [0.1, 0.2, 0.35, 0.5]
    measured = [backdrop_values(wall_with_shadow(depth))[0] for depth in depths]
    assert measured == sorted(measured)
    assert measured == pytest.approx(depths, abs=0.05)


def test_a_gradient_of_light_is_unevenness_and_no_shadow() -> None:
    shadow, uneven = backdrop_values(np.repeat(np.linspace(230, 110, 1280)[None], 960, axis=0))
    assert shadow < 0.05
    assert uneven > 0.2


def test_an_object_outside_the_portrait_does_not_matter() -> None:
    light = np.full((960, 1280), 190.0)
    light[:, :150] = 20  # a lamp stand at the edge of the frame
    shadow, uneven = backdrop_values(light)
    assert shadow < 0.02
    assert uneven < 0.02


def test_a_hidden_backdrop_is_reported() -> None:
    picture, detections = sitter_before_wall(np.full((960, 1280), 190.0))
    filled = Detections(detections.size, detections.faces, np.ones((960, 1280), np.float32))
    assert measure(picture, filled)["backdrop_shadow"].reason == "not_measured.no_backdrop"


@pytest.mark.parametrize("shut", ["right", "left"])
def test_one_shut_eye_is_enough(finder: FaceFinder, shut: str) -> None:
    (face,) = finder.find(place_astronaut()).faces
    ring = RIGHT_EYE_RING if shut == "right" else LEFT_EYE_RING
    points = face.points.copy()
    points[list(ring), 1] = points[list(ring), 1].mean()
    assert eyes_and_mouth(face)["eye_opening"] > 0.2
    assert eyes_and_mouth(Face(points))["eye_opening"] < 0.1


def movement_for(pixels: float, seconds: float) -> float | None:
    picture, before = sitter_before_wall(np.full((960, 1280), 190.0))
    now = Detections(before.size, (before.faces[0].transform(1.0, (pixels, 0)),), before.person)
    return measure(picture, now, PreviousFrame(before, seconds))["movement"].value


def test_movement_is_speed_in_face_widths() -> None:
    assert movement_for(21, 0.5) == pytest.approx(0.2, rel=0.01)  # the drawn face is 210 wide
    assert movement_for(21, 1.0) == pytest.approx(0.1, rel=0.01)
    assert movement_for(0, 0.5) == 0


@pytest.mark.parametrize("seconds", [0.0, 0.01, 5.0])
def test_movement_needs_two_frames_a_fit_time_apart(seconds: float) -> None:
    assert movement_for(0, seconds) is None
