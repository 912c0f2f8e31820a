"""Remains of the shot's backdrop in a finished portrait are found, and nothing else is taken for them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import load_standard
from kiosk.capture.recipe.recipe import backdrop_of
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import Portrait
from kiosk.capture.verification.check_file import check_portrait
from kiosk.capture.verification.measure_portrait import evaluate_portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import NEEDS_SHOT, Outcome, Verdict

CHSI = load_standard("chsi")
GREY = (208, 211, 210)


@pytest.fixture(scope="module")
def pixels(on_disk: Path) -> Pixels:
    return np.asarray(Image.open(on_disk))


def verdict(pixels: Pixels, finder: FaceFinder) -> Verdict:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=80, dpi=(300, 300))
    return next(v for v in evaluate_portrait(file.getvalue(), CHSI, finder, GREY) if v.rule == "old_backdrop")


def paint(pixels: Pixels, at: tuple[int, int], radius: int, colour: tuple[int, int, int] = GREY) -> Pixels:
    painted = pixels.copy()
    cv2.circle(painted, at, radius, colour, -1, cv2.LINE_AA)
    return painted


def beside_the_head(pixels: Pixels, finder: FaceFinder) -> tuple[int, int]:
    """Return a point in the hair beside the face."""
    face = finder.find(pixels).faces[0]
    return round(float(face.oval[:, 0].min())) - 9, round(float(face.eyes[1]))


def test_the_colour_of_the_shots_backdrop_is_in_the_recipe(developed: tuple[Portrait, StoredFile]) -> None:
    recipe = developed[0].recipe
    assert backdrop_of(recipe) is not None
    assert recipe["verdicts"]["old_backdrop"]["outcome"] == "pass"


def test_a_spot_beside_the_head_fails_and_its_area_is_the_value(pixels: Pixels, finder: FaceFinder) -> None:
    assert verdict(pixels, finder).outcome is Outcome.PASS
    dark = paint(pixels, beside_the_head(pixels, finder), 16, (30, 26, 24))
    assert verdict(dark, finder).outcome is Outcome.PASS
    found = verdict(paint(dark, beside_the_head(pixels, finder), 8), finder)
    assert (found.outcome, found.reason) == (Outcome.FAIL, "rule.old_backdrop.high")
    assert found.value == pytest.approx(np.pi * 8**2, rel=0.3)
    large = cv2.resize(paint(dark, beside_the_head(pixels, finder), 8), None, fx=2, fy=2)
    assert verdict(np.asarray(large, np.uint8), finder).value == pytest.approx(found.value, rel=0.3)


@pytest.mark.parametrize("width", [3.0, 5.0, 7.0])
def test_a_highlight_on_dark_hair_is_no_backdrop(pixels: Pixels, finder: FaceFinder, width: float) -> None:
    """A highlight has the colour of the backdrop at its peak only and darkens to all sides."""
    at = beside_the_head(pixels, finder)
    dark = paint(pixels, at, 24, (30, 26, 24))
    rows, columns = np.indices(pixels.shape[:2])
    peak = 1.1 * np.exp(-((columns - at[0]) ** 2 + (rows - at[1]) ** 2) / (2 * width**2))[..., None]
    shiny = np.minimum(dark * (1 - np.minimum(peak, 1)) + np.array(GREY) * peak, 255)
    assert verdict(np.asarray(shiny, np.uint8), finder).outcome is Outcome.PASS


def test_a_shining_forehead_below_dark_hair_is_no_backdrop(pixels: Pixels, finder: FaceFinder) -> None:
    face = finder.find(pixels).faces[0]
    x, y = round(float(face.forehead[0])), round(float(face.forehead[1]))
    dark = pixels.copy()
    cv2.ellipse(dark, (x, y), (90, 80), 0, 180, 360, (30, 26, 24), -1)
    assert verdict(paint(dark, (x, y - 20), 8), finder).outcome is Outcome.PASS
    assert verdict(paint(dark, (x, y - 60), 8), finder).outcome is Outcome.FAIL


def test_a_shirt_between_strands_of_hair_is_no_backdrop(pixels: Pixels, finder: FaceFinder) -> None:
    """Where hair lies on the shoulders, a shirt of the backdrop's colour begins above the chin."""
    face = finder.find(pixels).faces[0]
    side, chin = round(float(face.oval[:, 0].min())) - 12, round(float(face.chin[1]))
    dark = pixels.copy()
    cv2.rectangle(dark, (side - 60, chin - 90), (side + 12, 639), (30, 26, 24), -1)
    gap, shirt = dark.copy(), dark.copy()
    cv2.rectangle(gap, (side - 30, chin - 30), (side - 10, chin + 60), GREY, -1)
    assert verdict(gap, finder).outcome is Outcome.FAIL
    cv2.rectangle(shirt, (side - 30, chin - 30), (side - 10, 639), GREY, -1)
    assert verdict(shirt, finder).outcome is Outcome.PASS


def test_the_same_colour_in_an_eye_and_at_the_collar_is_no_backdrop(pixels: Pixels, finder: FaceFinder) -> None:
    face = finder.find(pixels).faces[0]
    for at in ((int(face.left_eye[0]), int(face.left_eye[1])), (int(face.chin[0]), 600)):
        assert verdict(paint(pixels, at, 8), finder).outcome is Outcome.PASS


def test_another_colour_in_the_hair_is_no_backdrop(pixels: Pixels, finder: FaceFinder) -> None:
    assert verdict(paint(pixels, beside_the_head(pixels, finder), 8, (200, 40, 60)), finder).outcome is Outcome.PASS


def test_without_the_colour_of_the_shots_backdrop_there_is_no_verdict(on_disk: Path, finder: FaceFinder) -> None:
    assert "old_backdrop" not in {v.rule for v in evaluate_portrait(on_disk.read_bytes(), CHSI, finder)}
    report = check_portrait(on_disk, CHSI, finder)
    assert next(v for v in report.verdicts if v.rule == "old_backdrop").reason == NEEDS_SHOT
    assert "old_backdrop" not in {v.rule for v in report.evaluated}
