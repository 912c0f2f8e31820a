"""Detect that the camera was moved: shift and rotation from one picture of the studio to another.

Inverse compositional alignment (Lucas and Kanade 1981; Baker and Matthews 2004) of the fine structure (edges of paper,
stands, the chair), with a weight for each pixel so that a person in front does not affect the result.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Doubles, Floats
from config.opencv import cv2
from kiosk.guidance.studio.reference_image import WIDTH_PX, ReferenceImage

FRAME_WIDTH_PX: Final = 1280
"""Shifts are in pixels of a frame of this width, independent of the camera's."""
_LOWPASS_SIGMA_PX: Final = 8.0  # pixels: smoother structure is light
_CLIP_STOPS: Final = 0.5  # stops: limits the weight of one bright lamp in the picture
_MAX_POINTS: Final = 2000
_MARGIN_PX: Final = 8  # pixels at the rim that a shift would take out of the picture
_ITERATIONS: Final = 12
_TUKEY: Final = 4.685
_NOISE_SLOPE: Final = 0.5  # energy of the steepest slopes that noise of strength 1 leaves in a mean of some frames
_TURN_ARM_PX: Final = 100.0  # pixels: a turn by 1/100 radian counts like a shift by one pixel
_MIN_RELATIVE_ENERGY: Final = (
    0.005  # of the energy of the best determined direction; upright edges alone do not determine up and down
)
_MIN_SPREAD_BY_SCALE: Final = {0.25: 0.06, 0.5: 0.03, 1.0: 0.015}
"""By the size of the pictures: the least spread of errors, in stops, for the detection of outliers. As long as the
motion is unknown, the few pixels on the one edge that shows it look like outliers."""
_ROUNDING_STOPS: Final = 0.004  # stops: rounding of the code values at WIDTH_PX


@dataclass(frozen=True)
class Motion:
    """How the picture moved: `x`, `y` pixels of FRAME_WIDTH_PX (right, down) at its middle, `rotation` degrees
    clockwise.

    `inlier_share` is the share of the structure that took part, `explained_share` the share of the difference that the
    motion explains. `error` is the standard error of x and y, in the direction with the larger error.
    """

    x: float
    y: float
    rotation: float
    inlier_share: float
    explained_share: float
    error: float

    @property
    def shift(self) -> float:
        return float(np.hypot(self.x, self.y))


@dataclass(frozen=True, eq=False)
class _PyramidLevel:
    """The template at one size: the points, their values, and how those change with x, y and turn."""

    points: Doubles = field(repr=False)
    values: Doubles = field(repr=False)
    steepest_descent: Doubles = field(repr=False)
    scale: float


class Alignment:
    """Finds the motion of pictures relative to `reference`."""

    def __init__(self, reference: ReferenceImage) -> None:
        self._levels = tuple(_build_level(_highpass(reference), scale) for scale in _MIN_SPREAD_BY_SCALE)

    def estimate_motion(self, image: ReferenceImage) -> Motion:
        """Return the motion of `image`; shifts up to about 60 pixels of 1280 and turns up to 4 degrees are found."""
        detail = _highpass(image)
        warp = np.zeros(3)
        for level in self._levels:
            warp = _solve(level, _downscale(detail, level.scale), warp)
        return _to_motion(self._levels[-1], detail, warp)

    def shift_error(self, noise: float) -> float:
        """Return the error of a shift, in pixels of FRAME_WIDTH_PX, for a noise of `noise` stops per pixel."""
        level = self._levels[-1]
        if not len(level.points):
            return float("inf")
        floor = _NOISE_SLOPE * noise**2
        energy = level.steepest_descent[:, :2].T @ level.steepest_descent[:, :2] - floor * len(level.points) * np.eye(2)
        least = float(np.linalg.eigvalsh(energy)[0])
        return noise / float(np.sqrt(least)) * FRAME_WIDTH_PX / WIDTH_PX if least > 0 else float("inf")


def estimate_noise(one: ReferenceImage, other: ReferenceImage) -> float:
    """Return the noise of one picture's fine structure, stops, from two of the same scene."""
    apart = _highpass(one) - _highpass(other)
    return float(1.4826 * np.median(np.abs(apart)) / np.sqrt(2)) + 1e-4


def _highpass(image: ReferenceImage) -> Floats:
    stops = image.stops
    return np.asarray(
        np.clip(stops - cv2.GaussianBlur(stops, (0, 0), _LOWPASS_SIGMA_PX), -_CLIP_STOPS, _CLIP_STOPS), np.float32
    )


def _downscale(detail: Floats, scale: float) -> Floats:
    if scale == 1:
        return detail
    return np.asarray(cv2.resize(detail, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)


def _build_level(detail: Floats, scale: float) -> _PyramidLevel:
    small = cv2.GaussianBlur(_downscale(detail, scale), (0, 0), 0.8)
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0, scale=1 / 8).astype(np.float64)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1, scale=1 / 8).astype(np.float64)
    steep = np.hypot(across, down)
    rim = max(2, round(_MARGIN_PX * scale))
    steep[:rim], steep[-rim:], steep[:, :rim], steep[:, -rim:] = 0, 0, 0, 0
    count = min(round(_MAX_POINTS * max(scale, 0.4)), int((steep > 0).sum()))
    rows, columns = np.unravel_index(np.argsort(steep, axis=None)[::-1][:count], steep.shape)
    points = np.stack([columns, rows], axis=1).astype(np.float64)
    off = points - np.array([(small.shape[1] - 1) / 2, (small.shape[0] - 1) / 2])
    gx, gy = across[rows, columns], down[rows, columns]
    steepest = np.stack([gx, gy, gy * off[:, 0] - gx * off[:, 1]], axis=1)
    return _PyramidLevel(points, small[rows, columns].astype(np.float64), steepest, scale)


def _solve(level: _PyramidLevel, detail: Floats, start: Doubles) -> Doubles:
    """Return `start` (x, y in pixels of WIDTH_PX, turn in radians) improved at this level."""
    warp = start * np.array([level.scale, level.scale, 1.0])
    picture = np.asarray(cv2.GaussianBlur(detail, (0, 0), 0.8), np.float32)
    for _ in range(_ITERATIONS if len(level.points) > 50 else 0):
        error = _sample(picture, level, warp) - level.values
        weight = _weights(error, _MIN_SPREAD_BY_SCALE[level.scale])
        step = _gauss_newton_step(level, error, weight)
        warp = warp - step  # small turns add up
        if np.abs(step * [1, 1, 100]).max() < 0.003:
            break
    return np.asarray(warp / np.array([level.scale, level.scale, 1.0]))


def _gauss_newton_step(level: _PyramidLevel, error: Doubles, weight: Doubles) -> Doubles:
    """Return the Gauss-Newton step in those directions that the structure determines."""
    units = np.array([1.0, 1.0, _TURN_ARM_PX * level.scale])
    slopes = level.steepest_descent / units
    energy, directions = np.linalg.eigh(slopes.T @ (slopes * weight[:, None]))
    force = directions.T @ (slopes.T @ (weight * error))
    determined = energy > max(_MIN_RELATIVE_ENERGY * energy[-1], 1e-9)
    return np.asarray(directions @ np.where(determined, force / np.maximum(energy, 1e-9), 0.0) / units)


def _sample(picture: Floats, level: _PyramidLevel, warp: Doubles) -> Doubles:
    """Return `picture` at the moved points."""
    centre = np.array([(picture.shape[1] - 1) / 2, (picture.shape[0] - 1) / 2])
    c, s = np.cos(warp[2]), np.sin(warp[2])
    at = (level.points - centre) @ np.array([[c, s], [-s, c]]) + centre + warp[:2]
    x, y = (np.asarray(at[:, axis], np.float32).reshape(1, -1) for axis in (0, 1))
    samples = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(samples[0], np.float64)


def _weights(error: Doubles, min_spread: float) -> Doubles:
    scale = _TUKEY * max(min_spread, 1.4826 * float(np.median(np.abs(error))))
    return np.asarray(np.clip(1 - (error / scale) ** 2, 0, 1) ** 2)


def _to_motion(level: _PyramidLevel, detail: Floats, warp: Doubles) -> Motion:
    picture = np.asarray(cv2.GaussianBlur(detail, (0, 0), 0.8), np.float32)
    if len(level.points) <= 50:
        return Motion(0.0, 0.0, 0.0, 0.0, 0.0, float("inf"))
    error = _sample(picture, level, warp) - level.values
    before = _sample(picture, level, np.zeros(3)) - level.values
    spread = max(_ROUNDING_STOPS, 1.4826 * float(np.median(np.abs(error))))
    inliers = np.abs(error) < 3 * spread
    # A picture of another scene does not fit: its errors are as large as the structure itself.
    alike = np.abs(error) < np.maximum(
        2 * _ROUNDING_STOPS, 0.5 * np.hypot(level.steepest_descent[:, 0], level.steepest_descent[:, 1]) * 3
    )
    gain = 1 - float((error[inliers] ** 2).sum()) / max(1e-9, float((before[inliers] ** 2).sum()))
    normal = level.steepest_descent[:, :2].T @ level.steepest_descent[:, :2]
    least = max(1e-9, float(np.linalg.eigvalsh(normal)[0]))
    full = FRAME_WIDTH_PX / WIDTH_PX
    return Motion(
        x=float(warp[0]) * full,
        y=float(warp[1]) * full,
        rotation=float(np.degrees(warp[2])),
        inlier_share=float(alike.mean()),
        explained_share=gain,
        error=spread / np.sqrt(least) * full,
    )
