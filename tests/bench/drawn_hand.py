"""A drawn hand with spread fingers, for pictures of a hand at the face."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Pixels, Plane
from config.opencv import cv2
from kiosk.guidance.detection.face import Face

_SUPERSAMPLING: Final = 4
_FINGERS: Final = (
    ((0.30, 0.55), (0.22, 0.16), 0.068),
    ((0.45, 0.50), (0.43, 0.05), 0.072),
    ((0.60, 0.52), (0.63, 0.09), 0.070),
    ((0.73, 0.58), (0.82, 0.24), 0.060),
    ((0.25, 0.75), (0.03, 0.50), 0.075),
)
"""Root, tip and radius of each finger; x and radius in widths of the hand, y in heights."""
_HEIGHT: Final = 1.9
_CHEEK: Final = 50


def with_hand(pixels: Pixels, face: Face, degrees: float, width: float = 0.7) -> Pixels:
    """Return `pixels` with a hand of the cheek's colour, `width` face widths wide.

    It is at the sitter's left cheek, at negative angles at the right one.
    """
    alpha, shade = _hand(round(width * face.width))
    x, y = (round(float(value)) for value in face.landmark(_CHEEK))
    skin = np.median(pixels[y - 5 : y + 5, x - 5 : x + 5].reshape(-1, 3), axis=0)
    tall, wide = alpha.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, tall / 2), degrees, 1)
    cheek = face.left_cheek if degrees >= 0 else face.right_cheek
    matrix[:, 2] += cheek[0] - wide / 2, face.eyes[1] + 0.9 * face.width - tall / 2
    size = pixels.shape[1::-1]
    over = cv2.warpAffine(alpha, matrix, size)[..., None]
    colour = skin * cv2.warpAffine(shade, matrix, size)[..., None]
    return np.asarray(np.clip(pixels * (1 - over) + colour * over, 0, 255), np.uint8)


def _hand(width: int) -> tuple[Plane, Plane]:
    """Return the matte and the shading of a hand `width` pixels wide."""
    side, height = width * _SUPERSAMPLING, round(width * _HEIGHT) * _SUPERSAMPLING
    shape = np.zeros((height, side), np.float32)
    shade = np.ones_like(shape)
    cv2.ellipse(shape, (side // 2, round(0.66 * height)), (round(0.30 * side), round(0.19 * height)), 0, 0, 360, 1, -1)
    cv2.rectangle(shape, (round(0.32 * side), round(0.7 * height)), (round(0.68 * side), height), 1, -1)
    for (x, y), (u, v), radius in _FINGERS:
        root, tip, thick = (round(x * side), round(y * side)), (round(u * side), round(v * side)), radius * side
        finger = np.zeros_like(shape)
        cv2.line(finger, root, tip, 1, round(2 * thick))
        cv2.circle(finger, tip, round(thick), 1, -1)
        shape = np.maximum(shape, finger)
        depth = np.clip(cv2.distanceTransform(finger.astype(np.uint8), cv2.DIST_L2, 5) / thick, 0, 1)
        shade = np.where(finger > 0, np.minimum(shade, 0.62 + 0.38 * np.sqrt(depth)), shade).astype(np.float32)
        cv2.ellipse(shade, tip, (round(0.55 * thick), round(0.7 * thick)), 0, 0, 360, 1.12, -1)
    size = (width, height // _SUPERSAMPLING)
    soft = cv2.GaussianBlur(shade, (0, 0), 1.5 * _SUPERSAMPLING)
    return tuple(np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_AREA), np.float32) for p in (shape, soft))  # type: ignore[return-value]
