from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from kiosk.capture.cropping.solver import Crop
from kiosk.capture.matting.matte import Matte, composite, extract_crop

NOISE = np.random.default_rng(5).integers(0, 256, (173, 131, 3)).astype(np.uint8)


def to_light(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def to_srgb(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-12) ** (1 / 2.4) - 0.055)


def reference(pixels: np.ndarray, crop: Crop, size: tuple[int, int]) -> np.ndarray:
    """Return the mean light in the area of each portrait pixel, computed in float64 with whole matrices."""

    def shares(origin: float, length: float, count: int, pixels: int) -> np.ndarray:
        ends = origin + length / count * np.arange(count + 1)
        lines = np.arange(pixels + 1)
        overlap = np.minimum(ends[1:, None], lines[1:]) - np.maximum(ends[:-1, None], lines[:-1])
        return np.maximum(overlap, 0) * count / length

    down = shares(crop.top, crop.height, size[1], pixels.shape[0])
    across = shares(crop.left, crop.width, size[0], pixels.shape[1])
    return to_srgb(np.einsum("yr,rcb,xc->yxb", down, to_light(pixels / 255), across))


@pytest.mark.parametrize(
    ("crop", "size"),
    [
        (Crop(0, 0, 131, 173, 1), (131, 173)),
        (Crop(10, 20, 96, 128, 0.5), (48, 64)),
        (Crop(3, 5, 120, 160, 0.4), (48, 64)),
        (Crop(2.37, 4.81, 112.3, 112.3 * 64 / 48, 48 / 112.3), (48, 64)),
        (Crop(131 - 97.7, 173 - 97.7 * 4 / 3, 97.7, 97.7 * 4 / 3, 48 / 97.7), (48, 64)),
    ],
)
def test_every_pixel_is_the_mean_light_of_its_part(crop: Crop, size: tuple[int, int]) -> None:
    extracted = extract_crop(NOISE, crop, size)
    assert extracted.shape == (size[1], size[0], 3)
    assert extracted.dtype == np.float32
    assert np.abs(extracted - reference(NOISE, crop, size)).max() < 0.05 / 255


def test_at_full_size_no_value_changes() -> None:
    extracted = extract_crop(NOISE, Crop(5, 7, 96, 128, 1), (96, 128))
    assert (np.rint(extracted * 255) == NOISE[7:135, 5:101]).all()


def test_edges_do_not_ring() -> None:
    """Dark hair before a white wall becomes no darker and the wall no whiter."""
    picture = np.full((200, 200, 3), 242, np.uint8)
    picture[:, :91] = 30
    extracted = np.rint(extract_crop(picture, Crop(0, 0, 150, 200, 48 / 150), (48, 64)) * 255)
    assert (extracted.min(), extracted.max()) == (30, 242)


def smooth(points: np.ndarray) -> np.ndarray:
    """Return sRGB 0..1 at points (..., 2) x, y: a picture defined between pixels too."""
    x, y = points[..., 0], points[..., 1]
    return np.stack([0.5 + 0.4 * np.sin(x / 9), 0.5 + 0.4 * np.cos(y / 11), 0.5 + 0.4 * np.sin((x + y) / 13)], axis=-1)


@pytest.mark.parametrize("angle", [5.0, -13.0])
def test_a_turned_crop_shows_the_picture_along_its_sides(angle: float) -> None:
    at = np.stack(np.meshgrid(np.arange(400) + 0.5, np.arange(420) + 0.5), axis=-1)
    picture = np.rint(smooth(at) * 255).astype(np.uint8)
    turn = math.radians(angle)
    middle = np.array([200.0, 210.0]) @ np.array([(math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))])
    crop = Crop(middle[0] - 90, middle[1] - 120, 180, 240, 96 / 180, angle)
    extracted = extract_crop(picture, crop, (96, 128))
    corners = crop.corners
    across, down = (corners[1] - corners[0]) / 96, (corners[3] - corners[0]) / 128
    grid = np.stack(np.meshgrid(np.arange(96) + 0.5, np.arange(128) + 0.5), axis=-1)
    expected = smooth(corners[0] + grid[..., :1] * across + grid[..., 1:] * down)
    assert np.abs(extracted - expected).max() < 2 / 255
    assert np.abs(extract_crop(picture, Crop(*corners[0], 180, 240, 96 / 180), (96, 128)) - expected).max() > 20 / 255


def test_a_turned_crop_averages_all_its_pixels() -> None:
    """Stripes finer than a portrait pixel become even grey, as in a crop that is not turned."""
    stripes = np.zeros((900, 900, 3), np.uint8)
    stripes[:, ::2] = 255
    extracted = extract_crop(stripes, Crop(250, 150, 432, 576, 1 / 9, 4.0), (48, 64))
    assert np.abs(extracted - to_srgb(np.array(0.5))).max() < 8 / 255


@pytest.mark.parametrize("angle", [0.0, 9.0])
def test_a_large_picture_is_cut_without_a_copy_of_it(angle: float) -> None:
    large = np.full((3600, 2800, 3), 90, np.uint8)
    tracemalloc.start()
    try:
        extracted = extract_crop(large, Crop(600, 100, 2100, 2800, 480 / 2100, angle), (480, 640))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.abs(extracted - 90 / 255).max() < 0.01 / 255
    assert peak < 2100 * 2800 * 3 * 4  # one copy of the crop in float32


def test_composed_pixels_without_person_have_exactly_the_backgrounds_colour() -> None:
    alpha = np.zeros((4, 6), np.float32)
    alpha[:, 3] = 0.5
    alpha[:, 4:] = 1
    composed = composite(Matte(alpha, np.full((4, 6, 3), 0.2, np.float32)), (100, 197, 255))
    assert (composed[:, :3] == (100, 197, 255)).all()
    assert (composed[:, 3] == np.rint((51 + np.array([100, 197, 255])) / 2)).all()
    assert (composed[:, 4:] == 51).all()
