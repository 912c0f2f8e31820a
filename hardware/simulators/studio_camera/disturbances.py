"""Disturbances in a studio: a grey card held up, a wrong white balance, a camera that was knocked."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Pixels
from config.opencv import cv2
from config.srgb import linear_to_srgb
from hardware.simulators.studio_camera.scene import Scene

_CARD: Final = (0.39, 0.24, 0.61, 0.60)
"""Left, top, right, bottom: 20 by 25 cm at the scale of a face 205 pixels wide."""


def draw_grey_card(picture: Pixels, scene: Scene) -> Pixels:
    """Return `picture` with the card, lit like the scene, from both sides."""
    if scene.card <= 0:
        return picture
    picture = picture.copy()
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(share * side) for share, side in zip(_CARD, (width, height) * 2, strict=True))
    t = np.linspace(_CARD[0], _CARD[2], right - left)
    # In the middle of the face both lamps reach both halves; their share changes little over a few centimetres.
    light = scene.light_left * (1 - t) + scene.light_right * t
    code = 255 * float(linear_to_srgb(np.asarray(scene.card))) * light * scene.exposure
    picture[top:bottom, left:right] = np.rint(np.clip(code, 0, 255)).astype(np.uint8)[None, :, None]
    cv2.rectangle(picture, (left, top), (right, bottom), (40, 40, 42), max(1, round(width / 640)))
    return picture


def apply_tint(picture: Pixels, warmth: float) -> Pixels:
    """Return `picture` with a white balance that is too warm by `warmth`."""
    if warmth == 0:
        return picture
    return np.asarray(cv2.transform(picture, np.diag([1 + warmth, 1.0, 1 - warmth])), np.uint8)


def apply_camera_shift(picture: Pixels, scene: Scene) -> Pixels:
    """Return `picture` from a camera that was moved."""
    if scene.knock_x == scene.knock_y == scene.knock_turn == 0:
        return picture
    height, width = picture.shape[:2]
    middle = ((width - 1) / 2, (height - 1) / 2)
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, -scene.knock_turn, 1.0), np.float64)
    matrix[:, 2] += np.array([scene.knock_x, scene.knock_y]) * width / 1280
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)
