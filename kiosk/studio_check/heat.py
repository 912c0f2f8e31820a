"""The light on the backdrop as a tint: clear where it is even, blue where darker, amber where brighter."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.opencv import cv2
from config.studio import StudioSettings
from kiosk.guidance.face import Pixels
from kiosk.guidance.studio.plate import Floats, Plate

FULL: Final = 0.6
"""Stops at which the tint is at its strongest."""
DARK: Final = (28, 78, 178)
BRIGHT: Final = (235, 140, 0)
_STRONGEST: Final = 0.72  # share of the tint at FULL
_LINE: Final = 0.1  # stops from one line of equal light to the next
_SOFT: Final = 3.0  # pixels of the plate


def tinted(picture: Pixels, plate: Plate, settings: StudioSettings) -> Pixels:
    """`picture`, uint8 (h, w, 3), with the tint inside the part that portraits need, and lines of equal light."""
    height, width = picture.shape[:2]
    needed = plate.inside(settings.frame.needed)
    soft = cv2.GaussianBlur(plate.stops, (0, 0), _SOFT)
    off = np.where(needed, soft - float(np.median(soft[needed])), 0).astype(np.float32)
    wide = np.asarray(cv2.resize(off, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    inside = cv2.resize(needed.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    share = np.clip(np.abs(wide) / FULL, 0, 1)[..., None] * _STRONGEST * inside[..., None]
    shade = np.where(wide[..., None] < 0, np.array(DARK), np.array(BRIGHT))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None] * np.ones(3)
    plain = np.where(inside[..., None], 0.25 * picture + 0.75 * grey, picture)  # else a blue tint drowns in blue paper
    mixed = plain * (1 - share) + shade * share
    mixed[_lines(wide) & inside] = 0.86 * mixed[_lines(wide) & inside]
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def _lines(stops: Floats) -> np.ndarray:
    """Where the light passes from one tenth of a stop to the next, two pixels wide; the innermost band has none."""
    band = np.rint(stops / _LINE)
    lines = np.zeros(stops.shape, np.bool_)
    lines[:, 1:] |= band[:, 1:] != band[:, :-1]
    lines[1:] |= band[1:] != band[:-1]
    return lines


def scale(width: int, height: int) -> Pixels:
    """The tint as a bar from -FULL to FULL, on a light grey."""
    off = np.linspace(-1, 1, width)
    share = np.abs(off)[:, None] * _STRONGEST
    bar = 214 * (1 - share) + np.where(off[:, None] < 0, np.array(DARK), np.array(BRIGHT)) * share
    return np.repeat(np.rint(bar).astype(np.uint8)[None], height, axis=0)
