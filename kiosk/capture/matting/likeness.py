"""How much every pixel looks like a plain backdrop: its colour, its shade, and whether there is an edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage, Mask, Plane
from config.opencv import cv2
from config.two_threads import run_halves
from kiosk.capture.matting.backdrop_model import Backdrop, spread_channels

REFERENCE_HEIGHT_PX: Final = 1280
"""Lengths in pixels are those of a picture of this height."""

Differences = tuple[Plane, Plane, Plane]


@dataclass(frozen=True)
class LikenessSettings:
    """`brightness` is the range within which shadows and lamps change the backdrop."""

    brightness: tuple[float, float]
    residual_sigmas: float


class BackdropLikeness:
    """Compares the pixels of one picture, float32 (h, w, 3) sRGB 0..1, with models of its backdrop."""

    def __init__(self, image: FloatImage, settings: LikenessSettings) -> None:
        self._settings = settings
        self.pixel_unit = image.shape[0] / REFERENCE_HEIGHT_PX
        self._smooth = cv2.GaussianBlur(image, (0, 0), 1.2 * self.pixel_unit)
        soft = cv2.GaussianBlur(image, (0, 0), 2 * self.pixel_unit)
        steps = [cv2.Sobel(soft, cv2.CV_32F, dx, dy) ** 2 for dx, dy in ((1, 0), (0, 1))]
        self._last_calm: tuple[Mask, float] | None = None
        self._last: tuple[Backdrop, Differences] | None = None
        self.gradient: Plane = np.sqrt(channel_mean(steps[0] + steps[1]))

    def calm(self, is_backdrop: Mask) -> float:
        """Return the gradient below which a pixel shows no edge, from the pixels that are surely backdrop. Their mask
        must not change afterwards: the last result is kept."""
        if self._last_calm is None or self._last_calm[0] is not is_backdrop:
            calm = float(np.percentile(self.gradient[is_backdrop], 98)) * 2.2 + 1.5 / 255
            self._last_calm = is_backdrop, calm
        return self._last_calm[1]

    def resembles(self, backdrop: Backdrop, sigmas: float | None = None) -> Mask:
        """Return the pixels of the backdrop's hue within `sigmas` (by default those of the settings), where their
        brightness is in the range of the settings."""
        sigmas = self._settings.residual_sigmas if sigmas is None else sigmas
        shade, residual, difference = self.differences(backdrop)
        low, high = self._settings.brightness
        shaded = (residual < sigmas) & (shade > low) & (shade < high)
        return np.asarray(shaded | (difference < sigmas))

    def differences(self, backdrop: Backdrop) -> Differences:
        """Return the brightness relative to the backdrop, and the remaining colour difference and total difference,
        both in sigmas. Those of the last backdrop are kept."""
        if self._last is None or self._last[0] is not backdrop:
            self._last = backdrop, self._compute(backdrop)
        return self._last[1]

    def _compute(self, backdrop: Backdrop) -> Differences:
        shade, residual, difference = (np.empty(self._smooth.shape[:2], np.float32) for _ in range(3))

        def compute(rows: slice) -> None:
            smooth, colour = self._smooth[rows], backdrop.colour[rows]
            product = smooth * colour
            power = channel_mean(product)
            shade[rows] = power / (channel_mean(np.square(colour, out=product)) + 1e-4)
            difference[rows] = _root_mean_square(np.subtract(smooth, colour, out=product), backdrop.noise)
            shaded = spread_channels(shade[rows])
            np.multiply(shaded, colour, out=shaded)
            residual[rows] = _root_mean_square(np.subtract(smooth, shaded, out=shaded), backdrop.noise)

        run_halves(len(shade), compute)
        return shade, residual, difference


def _root_mean_square(difference: FloatImage, noise: NDArray[np.float32]) -> Plane:
    """Return the root mean square over the channels of `difference`, which is overwritten, in sigmas of `noise`. Whole
    rows are divided at once: numpy is slow along a last axis of 3."""
    rows = difference.reshape(len(difference), -1)
    np.divide(rows, np.tile(noise, difference.shape[1]), out=rows)
    return np.asarray(np.sqrt(channel_mean(np.square(difference, out=difference))), np.float32)


def contrast(colours: FloatImage, others: FloatImage) -> Plane:
    """Return the difference between two colours at every pixel, 0..1."""
    difference = np.empty(colours.shape[:2], np.float32)

    def compute(rows: slice) -> None:
        apart = colours[rows] - others[rows]
        np.sqrt(channel_mean(np.square(apart, out=apart)), out=difference[rows])

    run_halves(len(difference), compute)
    return difference


def channel_mean(colours: FloatImage) -> Plane:
    """Return the mean over the channels; ten times as fast as numpy's mean along a last axis of 3."""
    return np.asarray(cv2.transform(colours, np.full((1, 3), 1 / 3, np.float32)), np.float32)
