from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kiosk.guidance.detection.crown import crown_from_mask, find_crown
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.kiosk.guidance.pictures import place_astronaut


def head_mask(top: float) -> np.ndarray:
    """Return a matte whose hair begins at row `top`, exact to fractions of a pixel."""
    rows = np.clip(np.arange(200) + 1 - top, 0, 1)
    alpha = np.zeros((200, 160), np.float32)
    alpha[:, 40:120] = rows[:, None]
    return alpha


@pytest.mark.parametrize("top", [40.0, 40.25, 63.5, 80.75])
def test_the_crown_is_found_between_the_rows(top: float) -> None:
    assert find_crown(head_mask(top), 80, 70, 150) == pytest.approx(top - 0.5, abs=0.1)  # in pixel centres


def test_a_single_hair_is_not_the_crown() -> None:
    alpha = head_mask(60)
    alpha[10:60, 78:81] = 1
    assert find_crown(alpha, 80, 70, 150) == pytest.approx(59.5, abs=0.3)


def test_an_empty_matte_has_no_crown() -> None:
    assert find_crown(np.zeros((200, 160), np.float32), 80, 70, 150) is None


def test_the_mask_of_a_live_frame_gives_a_crown_above_the_forehead(finder: FaceFinder) -> None:
    detections = finder.find(place_astronaut(scale=2.2, eyes=(640, 480)))
    (face,) = detections.faces
    at = crown_from_mask(detections, face)
    assert at is not None
    assert face.eyes[1] - 1.5 * face.width < at < face.forehead[1]
    assert crown_from_mask(replace(detections, person=None), face) is None
