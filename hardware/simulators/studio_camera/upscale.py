"""Enlarge a small photograph to a camera's size: step by step, with crisp edges and no halos."""

from __future__ import annotations

import numpy as np

from config.arrays import Floats
from config.opencv import cv2


def upscale(picture: Floats, doublings: int = 2, strength: float = 0.7) -> Floats:
    """Double `picture` (h x w x 3, 0..255) `doublings` times by Lanczos, with sharpening after each doubling."""
    for _ in range(doublings):
        height, width = picture.shape[:2]
        doubled = cv2.resize(picture, (width * 2, height * 2), interpolation=cv2.INTER_LANCZOS4)
        picture = _sharpen(np.asarray(doubled, dtype=np.float32), strength)
    return np.clip(picture, 0, 255)


def _sharpen(picture: Floats, strength: float) -> Floats:
    """Sharpen with an unsharp mask, limited to the range of the neighbouring values (no halos)."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.6)
    sharp = picture + strength * (picture - soft)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    low, high = cv2.erode(picture, kernel), cv2.dilate(picture, kernel)
    slack = 0.25 * (high - low)
    return np.asarray(np.clip(sharp, low - slack, high + slack), dtype=np.float32)
