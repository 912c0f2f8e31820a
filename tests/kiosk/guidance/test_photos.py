"""Real portraits next to the repository, if present: one face each, with plausible values."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.metrics.registry import measure
from tests.paths import PHOTOS

PORTRAITS = PHOTOS / "portraits"
FRONTAL = (
    "test1.jpg",
    "test2.jpg",
    "test3.jpg",
    "test4.jpg",
    "u2-man.jpg",
    "u2-man2.jpg",
    "u2-man4.jpg",
    "u2-smile.jpg",
)
LOWERED = ("u2-man.jpg", "u2-man2.jpg")
"""Portraits with the ears at the height of the eyes."""

pytestmark = pytest.mark.skipif(
    not PORTRAITS.is_dir(), reason="the portraits for measuring are not beside the repository"
)


@pytest.mark.parametrize("name", FRONTAL)
def test_a_frontal_portrait_measures_like_one(finder: FaceFinder, name: str) -> None:
    picture = np.asarray(Image.open(PORTRAITS / name).convert("RGB"))
    values = {key: m.value for key, m in measure(picture, finder.find(picture)).items() if m.value is not None}
    assert values["faces"] == 1
    assert abs(values["yaw"]) < 9
    low, high = (-24, -18) if name in LOWERED else (-16, 0)
    assert low < values["pitch"] < high
    assert abs(values["roll"]) < 5
    assert values["eye_opening"] > 0.15
    assert values["mouth_opening"] < 0.135
    assert 0.2 < values["skin_luminance"] < 0.7
    assert values["blown_share"] < 0.03
    assert values["sharpness"] > 0.2


def test_a_turned_head_differs_from_a_frontal_one(finder: FaceFinder) -> None:
    picture = np.asarray(Image.open(PORTRAITS / "u2-man5.jpg").convert("RGB"))
    yaw = measure(picture, finder.find(picture))["yaw"].value
    assert yaw is not None
    assert abs(yaw) > 11
