"""Turn, nod and tilt the head: map a point of the posed picture to its source in the photograph.

The head is a relief with the depth of FaceMesh over the face, falling off to the hair's outline. All fields are smooth
and fall to zero along the neck, so that there are no breaks. Coordinates are source pixels.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Doubles, Floats
from config.opencv import cv2

_NECK: Final = (222.0, 200.0)
"""The head tilts about this point."""
_CENTRE: Final = (226.0, 118.0)
"""The head turns and nods about this point's axes."""


class Pose:
    """The head in space. `upright` is the tilt in the photograph, which roll 0 removes."""

    def __init__(self, points: NDArray[np.float32], relief: Floats) -> None:
        across = points[263, :2] - points[33, :2]
        self.upright = -float(np.degrees(np.arctan2(across[1], across[0])))
        self._depth = _smooth_relief(relief)
        eyes = points[[33, 263], :2].mean(axis=0).astype(np.float64)
        self.eyes = _rotate(eyes[None], np.radians([self.upright]))[0]

    def source(self, where: Doubles, yaw: float, pitch: float, roll: float) -> Doubles:
        """Return the source points in the photograph for points (n x 2) of the posed picture."""
        share = _head_weight(where[:, 1])
        levelled = _rotate(where, -np.radians(self.upright + roll) * share)
        if yaw == 0 and pitch == 0:
            return levelled
        return self._unrotate(levelled, np.radians(yaw), np.radians(pitch), share)

    def _unrotate(self, posed: Doubles, yaw: float, pitch: float, share: Doubles) -> Doubles:
        centre = np.array(_CENTRE)
        off = posed - centre
        source = posed.copy()
        is_moved = share > 0  # the body stays, and is half of the picture
        if not is_moved.all():
            source[is_moved] = self._unrotate(posed[is_moved], yaw, pitch, share[is_moved])
            return source
        yaws, pitches = yaw * share, pitch * share
        yaw_sines, yaw_cosines, pitch_sines, pitch_cosines = (
            function(angles) for angles in (yaws, pitches) for function in (np.sin, np.cos)
        )
        for _ in range(12):  # the relief is shallow: the fixed-point iteration converges to a tenth of a pixel earlier
            depth = self._depth_at(source)
            x = (off[:, 0] - depth * yaw_sines) / yaw_cosines
            y = (off[:, 1] - depth * pitch_sines) / pitch_cosines
            source = 0.5 * source + 0.5 * (np.column_stack([x, y]) + centre)
        return source

    def _depth_at(self, points: Doubles) -> Doubles:
        xs, ys = (points[:, :1] / 2).astype(np.float32), (points[:, 1:] / 2).astype(np.float32)
        depth = cv2.remap(self._depth, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(depth[:, 0], dtype=np.float64)


def _rotate(points: Doubles, angles: Doubles) -> Doubles:
    """Rotate `points` clockwise (y grows downward) about the neck, each by its own angle in radians."""
    off = points - np.array(_NECK)
    c, s = np.cos(angles), np.sin(angles)
    rotated: Doubles = np.column_stack([off[:, 0] * c - off[:, 1] * s, off[:, 0] * s + off[:, 1] * c]) + np.array(_NECK)
    return rotated


def _head_weight(y: Doubles) -> Doubles:
    """Return 1 on the head, 0 on the body, with a smooth transition along the neck."""
    t = np.clip((222.0 - y) / 60.0, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _smooth_relief(height: Floats) -> Floats:
    """Return the relief on a grid of two source pixels, 256 x 256, from every fourth of them in both directions."""
    xs, ys = np.meshgrid(np.arange(256, dtype=np.float32) / 4, np.arange(256, dtype=np.float32) / 4)
    fine = cv2.remap(height, xs, ys, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.GaussianBlur(np.clip(fine, -8, 75), (0, 0), 2.5), dtype=np.float32)
