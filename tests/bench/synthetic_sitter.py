"""A sitter drawn from scratch: exactly upright, symmetrical and evenly lit, so that the true values are known.

It does not look realistic, but networks find a face in it. Yaw, roll, light balance and the head's offset are 0 by
construction, and its cheeks have the linear luminance CHEEKS.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Pixels, Plane
from config.opencv import cv2
from tests.bench.rendered_scene import blur_plane, grid, to_light

SIZE: Final = (900, 1100)
_SKIN: Final = (222, 178, 150)
_HAIR: Final = (48, 36, 32)
_COAT: Final = (40, 52, 84)
_SHIRT: Final = (236, 236, 232)
CHEEKS: Final = float(to_light(np.array(_SKIN, np.uint8)) @ np.array([0.2126, 0.7152, 0.0722]))


def drawn_sitter() -> tuple[Pixels, Plane]:
    """Return sRGB code values (h, w, 3) and alpha 0-1 (h, w)."""
    codes = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    alpha = np.zeros((SIZE[1], SIZE[0]), np.float32)
    for plane, colour in ((codes, _COAT), (alpha, 1.0)):
        _ellipse(plane, (450, 1000), (400, 300), colour)
        _box(plane, (50, 1000), (850, 1100), colour)
        _ellipse(plane, (450, 360), (208, 250), _HAIR if plane is codes else 1.0)
        _box(plane, (375, 520), (525, 760), _neck() if plane is codes else 1.0)
    cv2.fillPoly(codes, [np.array([(375, 715), (525, 715), (450, 960)], np.int32)], _SHIRT, cv2.LINE_AA)
    _ellipse(codes, (450, 722), (76, 40), _neck())
    _ellipse(codes, (450, 420), (172, 222), _SKIN)
    _ears(codes, alpha)
    shade = _rounding()
    codes = np.rint(codes * shade[..., None]).astype(np.uint8)
    for side in (-1, 1):
        _eye(codes, side)
    _nose_and_mouth(codes)
    return codes, blur_plane(alpha, 0.8)


def _rounding() -> Plane:
    """Return the shading of the face: a little darker towards its outline, equal on both sides."""
    x, y = grid(SIZE)
    off = ((x - 449.5) / 172) ** 2 + ((y - 420) / 222) ** 2
    return np.asarray(1 - 0.12 * np.clip(off - 0.35, 0, 0.65) * (y < 642), np.float32)


def _neck() -> tuple[int, ...]:
    return tuple(round(0.86 * value) for value in _SKIN)


def _ears(codes: Pixels, alpha: Plane) -> None:
    for side in (-1, 1):
        _ellipse(codes, (450 + side * 176, 440), (22, 48), _SKIN)
        _ellipse(alpha, (450 + side * 176, 440), (22, 48), 1.0)


def _eye(codes: Pixels, side: int) -> None:
    x = 450 + side * 74
    _ellipse(codes, (x, 398), (34, 15), (246, 244, 240))
    _ellipse(codes, (x, 398), (14, 14), (70, 46, 32))
    _ellipse(codes, (x, 398), (6, 6), (15, 12, 12))
    _ellipse(codes, (x, 393), (2, 2), (250, 250, 250))
    cv2.ellipse(codes, (x, 400), (36, 18), 0, 190, 350, (60, 40, 34), 4, cv2.LINE_AA)
    cv2.ellipse(codes, (x, 372), (44, 18), 0, 200, 340, (58, 42, 36), 9, cv2.LINE_AA)


def _nose_and_mouth(codes: Pixels) -> None:
    for side in (-1, 1):
        _ellipse(codes, (450 + side * 15, 494), (7, 4), (150, 100, 84))
        middle = 90 + side * 90
        cv2.ellipse(
            codes, (450 + side * 22, 486), (12, 14), 0, 270 - middle, 450 - middle, (196, 148, 124), 3, cv2.LINE_AA
        )
    _ellipse(codes, (450, 553), (52, 11), (188, 104, 98))
    _ellipse(codes, (450, 563), (44, 12), (200, 116, 108))
    cv2.line(codes, (398, 556), (502, 556), (140, 70, 66), 3, cv2.LINE_AA)


def _ellipse(
    plane: Pixels | Plane, centre: tuple[int, int], axes: tuple[int, int], colour: tuple[int, ...] | float
) -> None:
    cv2.ellipse(plane, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA if plane.dtype == np.uint8 else cv2.LINE_8)


def _box(plane: Pixels | Plane, start: tuple[int, int], end: tuple[int, int], colour: tuple[int, ...] | float) -> None:
    cv2.rectangle(plane, start, end, colour, -1)
