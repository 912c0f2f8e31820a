"""The fringe: remains of another backdrop along a person's outline (a pale fringe on blue, a green one on white).

Correct mixed pixels at an outline have colours on the line between the background and the person a little further in;
those of a careless cut-out deviate from it towards the backdrop of the shot. Over six people, clean composites have 1
to 5 levels on white and grey and 5 to 11 on blue; the same people cut out a pixel too wide in front of white, blue or
green backdrops have 8 to 43. A fringe of about the colour of the new background is invisible.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.opencv import cv2
from kiosk.capture.verification.background import Background, channel_distance

_MAX_PLAIN_SPREAD: Final = 8.0  # levels of spread above which the background has no single colour
_MIN_PERSON_LEVELS: Final = 24  # levels from the background at which a person begins
_OUTLINE_DEPTH: Final = 3 / 640  # of the height: width of the mixed pixels at an outline
_INNER_DEPTH: Final = 7 / 640  # of the height: depth at which pixels have the person's own colour
_MIN_OUTLINE_PX: Final = 100  # pixels of outline


def fringe(pixels: Pixels, background: Background | None) -> float | None:
    """Return the median distance, in levels, of outline pixels from the line between background and person. `pixels` is
    uint8 (h, w, 3), `background.mask` of the same size. None if the background is not plain."""
    if background is None or background.spread > _MAX_PLAIN_SPREAD:
        return None
    height, width = pixels.shape[:2]
    inside = _person_mask(pixels, background)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    border = round(_INNER_DEPTH * height) + 1
    edge = (depth > 0) & (depth <= max(2.0, _OUTLINE_DEPTH * height))
    edge[:border], edge[-border:], edge[:, :border], edge[:, -border:] = False, False, False, False
    y, x = np.nonzero(edge)
    if len(y) < _MIN_OUTLINE_PX:
        return None
    smooth = cv2.GaussianBlur(depth, (0, 0), 2)
    down, right = (smooth[y + 1, x] - smooth[y - 1, x]) / 2, (smooth[y, x + 1] - smooth[y, x - 1]) / 2
    steep = np.hypot(down, right) + 1e-6
    step = max(3.0, _INNER_DEPTH * height)
    far_y = np.clip(np.rint(y + step * down / steep), 0, height - 1).astype(int)
    far_x = np.clip(np.rint(x + step * right / steep), 0, width - 1).astype(int)
    own = cv2.blur(pixels, (5, 5))[far_y, far_x] - background.mean
    mixed = pixels[y, x] - background.mean
    share = np.clip((mixed * own).sum(axis=1) / np.maximum((own * own).sum(axis=1), 1), 0, 1)
    return float(np.median(np.linalg.norm(mixed - share[:, None] * own, axis=1)))


def _person_mask(pixels: Pixels, background: Background) -> NDArray[np.uint8]:
    """Return the largest part that is not background, without single hairs and holes."""
    foreign = (channel_distance(pixels, background.mean) > _MIN_PERSON_LEVELS).astype(np.uint8)
    foreign = np.asarray(cv2.morphologyEx(foreign, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(foreign)
    if count < 2:
        return foreign
    piece = (labels == 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(piece, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)), np.uint8)
