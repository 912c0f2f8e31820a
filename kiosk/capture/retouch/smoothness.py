"""The smoothness of skin in a single picture: texture by scale, flat blocks, noise relative to the rest of the picture.

None of these distinguishes a beauty filter from a phone's own noise reduction.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Mask, Pixels, Plane
from config.opencv import cv2
from kiosk.guidance.detection.face import LEFT_EYE_RING, RIGHT_EYE_RING, Face
from kiosk.guidance.metrics.patches import crop_patch

FACE_WIDTH_PX: Final = 300
"""Larger faces are reduced to it; smaller ones are measured as they are."""
MIN_FACE_WIDTH_PX: Final = 140
"""Smaller faces have too few blocks of skin."""
FEATURE_NAMES: Final = ("flat", "fine", "middle", "fine_to_coarse", "skin_to_rest", "edge_to_skin")
_EYES: Final = (RIGHT_EYE_RING, LEFT_EYE_RING)
_FEATURE_OUTLINES: Final = (
    *_EYES,
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146),
    (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
    (1, 2, 98, 97, 326, 327, 4, 5, 48, 278, 219, 439),
)
_BLOCK_PX: Final = 8
_MAX_FLAT_SPREAD: Final = 0.6  # levels: of a block's spread without its slow variation
_EPSILON: Final = 0.05  # levels: keeps quotients finite in drawings
_MIN_BLOCKS: Final = 12


def smoothness_features(pixels: Pixels, face: Face) -> dict[str, float] | None:
    """Return the features in FEATURE_NAMES, of `face` in `pixels` uint8 (h, w, 3) RGB; None if there is too little
    plain skin.

    `flat`: share of 8 x 8 blocks of skin without texture. `fine`, `middle`: log of the texture at sigma 0.8 and 1.6 px,
    in levels, relative to sensor noise at that lightness. `fine_to_coarse`: log of texture at 0.8-1.6 over 3.2-6.4 px.
    `skin_to_rest`: log of the skin's finest texture over the quiet parts of the rest of the picture. `edge_to_skin`:
    log of the skin's texture over the edges at the eyes, both of which a soft lens weakens alike.
    """
    if face.width < MIN_FACE_WIDTH_PX:
        return None
    reach = 1.1 * face.width
    x, y = (float(v) for v in face.nose)
    part = crop_patch(pixels, face, (x - reach, y - reach, x + reach, y + reach), min(FACE_WIDTH_PX, face.width))
    if part is None:
        return None
    grey = cv2.cvtColor(part.pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    skin = _plain_skin(grey, part.face)
    bands = _bandpass_stack(grey[..., 0])
    blocks, rest = _block_spreads(bands[0], skin), _block_spreads(bands[0], _outside_face(skin.shape, part.face))
    if len(blocks) < _MIN_BLOCKS or len(rest) < _MIN_BLOCKS:
        return None
    texture = [_EPSILON + 1.4826 * float(np.median(np.abs(band[skin]))) for band in bands]
    light = float(np.sqrt(0.35 + np.median(grey[..., 0][skin]) / 190))  # a sensor's noise grows with the light
    edges = _EPSILON + float(np.percentile(np.abs(bands[1][_eyes_mask(skin.shape, part.face)]), 90))
    return {
        "flat": float((blocks < _MAX_FLAT_SPREAD).mean()),
        "fine": float(np.log(texture[0] / light)),
        "middle": float(np.log(texture[1] / light)),
        "fine_to_coarse": float(np.log(texture[1] / texture[3])),
        "skin_to_rest": float(np.log((_EPSILON + np.median(blocks)) / (_EPSILON + np.percentile(rest, 25)))),
        "edge_to_skin": float(np.log(texture[1] / edges)),
    }


def _bandpass_stack(grey: Plane) -> list[Plane]:
    soft = [grey, *(cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (0.8, 1.6, 3.2, 6.4))]
    return [np.asarray(one - other, np.float32) for one, other in pairwise(soft)]


def _plain_skin(colour: Plane, face: Face) -> Mask:
    """Return the oval without its features, and without colours other than skin: no hair, no glare, no glasses."""
    oval = cv2.erode(_fill_outline(colour.shape, face.oval), _disc_kernel(0.04 * face.width))
    holes = np.zeros(colour.shape[:2], np.uint8)
    for part in _FEATURE_OUTLINES:
        holes |= _fill_outline(colour.shape, np.asarray(cv2.convexHull(face.points[list(part), :2])[:, 0], np.float32))
    skin = np.asarray((oval > 0) & (cv2.dilate(holes, _disc_kernel(0.035 * face.width)) == 0), bool)
    if not skin.any():
        return skin
    usual = np.median(colour[skin], axis=0)
    alike = (np.abs(colour - usual) < (55, 14, 14)).all(axis=2)
    return np.asarray(skin & alike)


def _outside_face(shape: tuple[int, ...], face: Face) -> Mask:
    return np.asarray(cv2.dilate(_fill_outline(shape, face.oval), _disc_kernel(6)) == 0)


def _eyes_mask(shape: tuple[int, ...], face: Face) -> Mask:
    both = np.zeros(shape[:2], np.uint8)
    for ring in _EYES:
        both |= _fill_outline(shape, face.points[list(ring), :2])
    return np.asarray(cv2.dilate(both, _disc_kernel(0.02 * face.width)) > 0)


def _block_spreads(band: Plane, mask: Mask) -> Plane:
    """Return the standard deviation of each 8 x 8 block inside `mask`."""
    rows, columns = (side // _BLOCK_PX for side in mask.shape)
    cut = (slice(rows * _BLOCK_PX), slice(columns * _BLOCK_PX))

    def blocks(values: NDArray) -> NDArray:
        return (
            values[cut].reshape(rows, _BLOCK_PX, columns, _BLOCK_PX).swapaxes(1, 2).reshape(-1, _BLOCK_PX * _BLOCK_PX)
        )

    whole = blocks(mask).all(axis=1)
    return np.asarray(blocks(band)[whole].std(axis=1), np.float32)


def _fill_outline(shape: tuple[int, ...], outline: NDArray[np.float32]) -> NDArray[np.uint8]:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], (1,))
    return mask


def _disc_kernel(radius: float) -> NDArray[np.uint8]:
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
