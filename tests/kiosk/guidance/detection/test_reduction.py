from __future__ import annotations

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from kiosk.guidance.detection.reduction import halve, reduce_to


def _smooth_picture(height: int, width: int) -> Pixels:
    noise = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 4), np.uint8)


@pytest.mark.parametrize(
    ("shape", "width", "expected"), [((80, 120), 60, 60), ((80, 120), 61, 120), ((80, 120), 20, 30)]
)
def test_a_picture_is_halved_as_long_as_it_stays_wide_enough(shape: tuple[int, int], width: int, expected: int) -> None:
    assert halve(_smooth_picture(*shape), width).shape[1] == expected


def test_a_picture_with_an_odd_side_is_not_halved() -> None:
    picture = _smooth_picture(81, 120)
    assert halve(picture, 10) is picture


def test_a_reduced_copy_is_nearly_the_average_of_areas_and_nothing_moves() -> None:
    picture, size = _smooth_picture(640, 960), (430, 287)
    exact = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    difference = np.abs(reduce_to(picture, size) - exact)
    moved = np.abs(np.roll(exact, 1, axis=1) - exact)
    assert difference.mean() < 1
    assert difference.mean() < moved.mean() / 4


def test_a_copy_of_more_than_half_the_size_is_the_average_of_areas() -> None:
    picture, size = _smooth_picture(64, 96), (60, 40)
    assert np.array_equal(reduce_to(picture, size), cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
