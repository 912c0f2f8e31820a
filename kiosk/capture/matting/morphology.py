"""Morphology on boolean masks (h, w): components, hole filling, erosion, dilation."""

from __future__ import annotations

import numpy as np

from config.arrays import Mask, Plane
from config.opencv import cv2


def largest_component(mask: Mask) -> Mask:
    """Return the largest connected component."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def fill_holes(mask: Mask) -> Mask:
    """Fill the holes that do not touch the border."""
    framed = np.pad(mask.astype(np.uint8), 1)
    cv2.floodFill(framed, None, (0, 0), (2,))
    return np.asarray(framed[1:-1, 1:-1] != 2)


def without(mask: Mask, other: Mask) -> Mask:
    """Return `mask` without the pixels of `other`; `mask` itself where that changes nothing, so that results
    stored for it remain valid."""
    return np.asarray(mask & ~other) if (mask & other).any() else mask


def reconstruct(mask: Mask, seed: Mask) -> Mask:
    """Return the components of `mask` that touch `seed`."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    touched = np.zeros(count, bool)
    touched[labels[seed & mask]] = True
    touched[0] = False
    return touched.take(np.asarray(labels, np.int32))


def distance_inside(mask: Mask) -> Plane:
    """Return the distance of each pixel of `mask` from the nearest pixel outside it, px: float32 (h, w), 0 outside.
    Pixels outside the picture count like the nearest border pixel."""
    return np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def erode(mask: Mask, radius: float) -> Mask:
    """Erode `mask`. Pixels outside the picture count like the nearest border pixel."""
    return distance_inside(mask) > radius


def dilate(mask: Mask, radius: float) -> Mask:
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= radius)


def morphological_open(mask: Mask, radius: float) -> Mask:
    return dilate(erode(mask, radius), radius)
