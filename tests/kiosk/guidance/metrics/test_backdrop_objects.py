"""Drawn faults of the backdrop (objects, other people, an edge, folds) and mere changes of light."""

from __future__ import annotations

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from kiosk.guidance.detection.types import Detections, NotMeasured
from kiosk.guidance.metrics.backdrop_folds import fold_strength
from kiosk.guidance.metrics.backdrop_objects import BackdropRegion, detect_objects, find_backdrop
from tests.kiosk.guidance.metrics.test_registry import sitter_before_wall, wall_with_shadow

EVEN_WALL = np.full((960, 1280), 190.0)


def region_of(
    wall: np.ndarray = EVEN_WALL, paint: Pixels | None = None, other: np.ndarray | None = None
) -> BackdropRegion | None:
    """Return the backdrop of the drawn sitter before `wall`. Behind the sitter, `paint` is added wherever it is not
    black; `other` is added to the person mask."""
    pixels, detections = sitter_before_wall(wall)
    assert detections.person is not None
    if paint is not None:
        there = (paint.max(axis=2) > 0) & (detections.person == 0)
        pixels[there] = paint[there]
    if other is not None:
        detections = Detections(detections.size, detections.faces, np.maximum(detections.person, other))
    return find_backdrop(pixels, detections)


def value(name: str, at: BackdropRegion | None) -> float:
    reading = detect_objects(at)[name]
    assert isinstance(reading, float)
    return reading


def paint_box(left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int]) -> Pixels:
    paint = np.zeros((960, 1280, 3), np.uint8)
    paint[top:bottom, left:right] = colour
    return paint


def test_an_even_wall_is_clear() -> None:
    assert detect_objects(region_of()) == {
        "backdrop_clutter": 0,
        "backdrop_missing": 0,
        "backdrop_cast": pytest.approx(0, abs=0.5),
    }


@pytest.mark.parametrize("colour", [(20, 20, 20), (120, 70, 30), (250, 60, 60), (90, 130, 190)])
def test_the_area_of_an_object_of_any_colour_is_measured(colour: tuple[int, int, int]) -> None:
    box = paint_box(880, 300, 960, 600, colour)  # the drawn face is 210 pixels wide
    assert value("backdrop_clutter", region_of(paint=box)) == pytest.approx(80 * 300 / 210**2, rel=0.25)
    assert value("backdrop_missing", region_of(paint=box)) == 0


def test_a_shadow_and_uneven_light_are_no_objects() -> None:
    assert value("backdrop_clutter", region_of(wall_with_shadow(0.25))) == 0
    assert value("backdrop_clutter", region_of(np.repeat(np.linspace(230, 120, 1280)[None], 960, axis=0))) == 0


def test_a_speck_is_no_object() -> None:
    assert value("backdrop_clutter", region_of(paint=paint_box(900, 300, 912, 312, (20, 20, 20)))) == 0


def test_somebody_in_the_wall_s_colour_is_found_by_the_mask() -> None:
    other = np.zeros((960, 1280), np.float32)
    cv2.ellipse(other, (1200, 420), (50, 70), 0, 0, 360, (1.0,), -1)
    assert value("backdrop_clutter", region_of(other=other)) > 0.2


def test_a_head_that_leans_on_the_sitter_is_not_the_sitter() -> None:
    other = np.zeros((960, 1280), np.float32)
    cv2.ellipse(other, (960, 450), (80, 110), 0, 0, 360, (1.0,), -1)
    other[450:900, 880:1000] = 1  # one component with the sitter's shoulder
    assert value("backdrop_clutter", region_of(other=other)) > 0.2


@pytest.mark.parametrize("end", [840, 900])
def test_the_missing_part_of_the_backdrop_is_measured_in_face_widths(end: int) -> None:
    room = paint_box(end, 0, 1280, 960, (40, 38, 36))
    assert value("backdrop_missing", region_of(paint=room)) == pytest.approx(1.5 - (end - 640) / 210, abs=0.06)
    assert value("backdrop_clutter", region_of(paint=room)) == 0


def test_a_room_outside_the_portrait_does_not_matter() -> None:
    assert value("backdrop_missing", region_of(paint=paint_box(1050, 0, 1280, 960, (40, 38, 36)))) == 0


def folded_wall(depth: float) -> np.ndarray:
    waves = np.sin(2 * np.pi * np.arange(1280) / 80)
    return np.repeat(190 * (1 + depth * waves)[None], 960, axis=0)


def test_deeper_folds_are_stronger_and_uneven_light_is_no_fold() -> None:
    depths = [fold_strength(region_of(folded_wall(depth))) for depth in (0.0, 0.04, 0.1)]
    assert depths == sorted(depths)
    assert depths[0] < 0.005
    assert depths[2] > 0.05
    assert fold_strength(region_of(np.repeat(np.linspace(230, 120, 1280)[None], 960, axis=0))) < 0.01


def test_grain_is_no_folds() -> None:
    grain = np.clip(190 + np.random.default_rng(1).normal(0, 12, (960, 1280)), 0, 255)
    assert fold_strength(region_of(grain)) < 0.01


def test_without_a_backdrop_nothing_is_measured() -> None:
    _, detections = sitter_before_wall(EVEN_WALL)
    full = Detections(detections.size, detections.faces, np.ones((960, 1280), np.float32))
    assert find_backdrop(np.zeros((960, 1280, 3), np.uint8), full) is None
    assert set(detect_objects(None).values()) == {NotMeasured("not_measured.no_backdrop")} == {fold_strength(None)}
