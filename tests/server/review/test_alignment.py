"""The page places the shot behind the portrait so that the recipe's crop covers the portrait."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kiosk.capture.cropping.solver import Crop
from server.review.alignment import Alignment, alignment_of


def recipe(crop: dict[str, Any], size: tuple[int, int] = (3000, 4000), reduction: int = 1) -> dict[str, Any]:
    return {"recipe": {"crop": crop, "shot": {"decoded_size": list(size), "decoded_reduction": reduction}}}


def place_in_portrait(alignment: Alignment, share_of_shot: tuple[float, float], size: tuple[int, int]) -> np.ndarray:
    """Return where the page shows a point of the shot, in pixels of the portrait.

    The page rotates the box of the shot about its upper left corner."""
    x, y = share_of_shot[0] * alignment.width * size[0], share_of_shot[1] * alignment.height * size[1]
    cos, sin = math.cos(math.radians(-alignment.angle)), math.sin(math.radians(-alignment.angle))
    return np.array([cos * x - sin * y + alignment.left * size[0], sin * x + cos * y + alignment.top * size[1]])


@pytest.mark.parametrize("angle", [0.0, 4.0, -7.5])
def test_the_corners_of_the_crop_are_the_corners_of_the_portrait(angle: float) -> None:
    crop = Crop(700.0, 420.0, 1200.0, 1600.0, 0.4, angle)
    alignment = alignment_of(recipe({**crop.__dict__}))
    assert alignment is not None
    portrait = (480, 640)
    for corner, expected in zip(crop.corners, [(0, 0), (480, 0), (480, 640), (0, 640)], strict=True):
        share = (corner[0] / 3000, corner[1] / 4000)
        assert place_in_portrait(alignment, share, portrait) == pytest.approx(expected, abs=1e-6)


def test_the_width_is_that_of_the_file_not_of_the_decoded_picture() -> None:
    crop = {"left": 0, "top": 0, "width": 1200, "height": 1600}
    alignment = alignment_of(recipe(crop, reduction=2))
    assert alignment is not None
    assert alignment.full_width == 6000
    assert alignment.attributes["full-width"] == "6000"
    assert alignment.angle == 0


GOOD = {"left": 1, "top": 1, "width": 1200, "height": 1600}


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"recipe": None},
        {"recipe": {"crop": {"left": 10, "top": 20}}},
        {"recipe": {"crop": GOOD}},
        {"recipe": {"crop": GOOD, "shot": {"decoded_size": []}}},
        {"recipe": {"crop": GOOD, "shot": None}},
        {"recipe": {"crop": "x", "shot": {"decoded_size": [1, 1]}}},
        recipe({**GOOD, "width": 0}),
        recipe({**GOOD, "width": -1200}),
        recipe({**GOOD, "left": None}),
        recipe({**GOOD, "left": math.nan}),
        recipe({**GOOD, "left": 1e300}),
        recipe({**GOOD, "angle": 90}),
        recipe(GOOD, size=(0, 0)),
        recipe(GOOD, reduction=10**400),
    ],
)
def test_a_recipe_that_makes_no_sense_aligns_nothing(envelope: dict[str, Any]) -> None:
    assert alignment_of(envelope) is None
