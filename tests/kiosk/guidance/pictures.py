"""Pictures with known values: a real face, moved by exact transforms."""

from __future__ import annotations

from functools import cache

import numpy as np
from skimage import data

from config.arrays import Pixels
from config.opencv import cv2

FRAME = (1280, 960)
ASTRONAUT_EYES = (225.0, 102.0)  # in the original photograph


@cache
def astronaut() -> Pixels:
    """NASA's portrait of Eileen Collins, public domain, 512 x 512."""
    return np.ascontiguousarray(data.astronaut())


def place_astronaut(
    scale: float = 2.2, eyes: tuple[float, float] = (640, 380), roll: float = 0.0, size: tuple[int, int] = FRAME
) -> Pixels:
    """Return the astronaut scaled by `scale`, with the eyes at `eyes`, `roll` degrees clockwise for the viewer."""
    turn = cv2.getRotationMatrix2D(ASTRONAUT_EYES, -roll, scale)
    turn[:, 2] += np.array(eyes) - ASTRONAUT_EYES
    moved = cv2.warpAffine(astronaut(), turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def mirror_picture(picture: Pixels) -> Pixels:
    return np.ascontiguousarray(picture[:, ::-1])


def shade_half(picture: Pixels, side: str, gain: float, middle: float) -> Pixels:
    """Return the picture with one half ("image_left" or "image_right" of x = `middle`) multiplied by `gain`, softly."""
    x = np.arange(picture.shape[1], dtype=np.float32)
    share = np.clip((x - middle) / 60 + 0.5, 0, 1)  # 0 left, 1 right
    weight = share if side == "image_right" else 1 - share
    return np.rint(picture * (1 - (1 - gain) * weight)[None, :, None]).astype(np.uint8)


def apply_gamma(picture: Pixels, gamma: float) -> Pixels:
    table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return np.asarray(table[picture], np.uint8)


def blur(picture: Pixels, sigma: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
