"""The sRGB curve: the table and the functions agree on it, and a picture keeps its precision."""

from __future__ import annotations

import numpy as np
import pytest

from config.srgb import (
    LINEAR_BY_CODE,
    linear_light,
    linear_to_lab,
    linear_to_srgb,
    luminance,
    srgb_to_lab,
    srgb_to_linear,
)

CODES = np.arange(256, dtype=np.uint8).reshape(16, 16)


def test_the_curve_has_its_known_values() -> None:
    """IEC 61966-2-1: the curve is linear below 0.04045, and a middle grey of 18 % has code 118."""
    assert srgb_to_linear(np.array([0.0, 0.04, 1.0])) == pytest.approx([0.0, 0.04 / 12.92, 1.0])
    assert linear_to_srgb(np.array([0.18]))[0] * 255 == pytest.approx(117.7, abs=0.1)


def test_every_code_is_converted_to_light_and_back_without_loss() -> None:
    light = linear_light(CODES)
    assert light.dtype == np.float32
    assert np.array_equal(light.ravel(), LINEAR_BY_CODE)
    assert np.array_equal(np.rint(linear_to_srgb(light) * 255), CODES)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_light_is_encoded_in_its_own_precision(dtype: type) -> None:
    encoded = linear_to_srgb(np.linspace(-0.5, 1.5, 99).astype(dtype))
    assert encoded.dtype == dtype
    assert encoded.min() == 0
    assert encoded.max() == 1


def test_a_part_of_a_picture_and_an_empty_one_keep_their_shape() -> None:
    picture = np.stack([CODES] * 3, axis=-1)
    assert np.array_equal(linear_light(picture[2:5, ::3]), LINEAR_BY_CODE[picture[2:5, ::3]])
    assert linear_light(picture[:0]).shape == (0, 16, 3)


def test_both_ways_to_lab_agree() -> None:
    picture = np.random.default_rng(3).random((8, 8, 3)).astype(np.float32)
    light = srgb_to_linear(picture.astype(float)).astype(np.float32)
    assert srgb_to_lab(picture) == pytest.approx(linear_to_lab(light), abs=0.5)
    assert srgb_to_lab(np.ones((1, 1, 3), np.float32))[0, 0] == pytest.approx([100, 0, 0], abs=0.1)
    assert luminance(np.ones((2, 2, 3), np.float32)) == pytest.approx(1.0)
