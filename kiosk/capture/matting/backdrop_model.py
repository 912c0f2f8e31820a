"""A model of the backdrop's colour at every pixel, fitted to the pixels that are surely backdrop.

A studio backdrop is plain but never even: the light falls off, and the person shades it. A second-order polynomial
models the fall-off and a smoothed residual the shadows. On 69 composed shots with known mattes the model equalled a
picture of the empty backdrop (sums of absolute differences equal to two decimals), and it tolerates drifting light.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage, Mask
from config.opencv import cv2

_REDUCTION: Final = 4  # the model is smooth: a sixteenth of the pixels is enough
_POLYNOMIAL_ORDER: Final = 2
_TUKEY: Final = 4.685  # 95 % efficiency under Gaussian noise (Huber, Robust Statistics)
_FIT_ROUNDS: Final = 4
_STRIDE_PX: Final = 3  # a ninth of the pixels is enough for statistics of a plain backdrop
_WIDE_SIGMA_PX: Final = 4.0  # blurs of a larger sigma run at a lower resolution
_MIN_DEVIATION: Final = 0.9 / 255  # of a plain backdrop in the dark: slightly blurred camera noise
_SIGMAS_PX: Final = (1.5, 3.0, 6.0, 12.0, 24.0, 48.0)


@dataclass(frozen=True)
class Backdrop:
    """`colour`: float32 (h, w, 3), the backdrop behind every pixel; `noise`: its sigma per channel."""

    colour: FloatImage = field(repr=False)
    noise: NDArray[np.float32]


class BackdropModel:
    """Models the backdrop of one picture: the polynomial is fitted once, the residual for every mask of the
    backdrop."""

    def __init__(self, image: FloatImage, is_backdrop: Mask) -> None:
        self._image = image
        self._last: tuple[Mask, Backdrop] | None = None
        self._small = _shrink(image)
        first = _weights(is_backdrop)
        self._polynomial = _fit_polynomial(self._small, first > 0.99)
        residual = (_subsample(image) - _subsample(_enlarge(self._polynomial, image)))[_subsample(is_backdrop)]
        spread = 1.4826 * np.median(np.abs(residual - np.median(residual, axis=0)), axis=0)
        self._noise = np.maximum(spread, 1 / 255).astype(np.float32)

    def estimate(self, is_backdrop: Mask) -> Backdrop:
        """Estimate the backdrop from the pixels `is_backdrop`, bool (h, w), which must not change afterwards: the last
        estimate is kept."""
        if self._last is None or self._last[0] is not is_backdrop:
            residual = inpaint_smooth(self._small - self._polynomial, _weights(is_backdrop))
            estimate = Backdrop(_enlarge(self._polynomial + residual, self._image), self._noise)
            self._last = is_backdrop, estimate
        return self._last[1]

    def is_plain(self, is_backdrop: Mask, deviation: float, share: float | None = None) -> bool:
        """Return whether four fifths of the pixels `is_backdrop` are nearer than `deviation` (0..1) to the model.

        With `share`, they must also be nearer than that share of the model's mean level, because in a dark room all
        colours are near; the noise of a camera is allowed at any level.
        """
        colour = self.estimate(is_backdrop).colour
        smooth = cv2.GaussianBlur(self._image, (0, 0), 1.0)
        error = np.abs(_subsample(smooth) - _subsample(colour))[_subsample(is_backdrop)].mean(axis=1)
        if share is not None:
            level = float(_subsample(colour)[_subsample(is_backdrop)].mean())
            deviation = min(deviation, max(share * level, _MIN_DEVIATION))
        return float(np.percentile(error, 80)) < deviation


def inpaint_colour(image: FloatImage, mask: Mask) -> FloatImage:
    """Extend the colours of the pixels in `mask` over the whole picture; the nearest pixels count most."""
    return _enlarge(inpaint_smooth(_shrink(image), _weights(mask)), image)


def inpaint_smooth(values: FloatImage, weights: NDArray[np.float32]) -> FloatImage:
    """Fill pixels of low weight with means over increasingly wide surroundings (normalised convolution)."""
    out = np.zeros_like(values)
    filled = np.zeros_like(weights)
    weighted = values * spread_channels(weights)
    for spread in _SIGMAS_PX:
        amount = _blur(weights, spread)
        share = np.clip((amount - 0.02) / 0.08, 0, 1) * (1 - filled)
        near = _blur(weighted, spread) / spread_channels(amount + 1e-6)
        out += spread_channels(share) * near
        filled += share
    mean = weighted.sum(axis=(0, 1)) / (weights.sum() + 1e-6)
    out += spread_channels(1 - filled) * mean
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 1.2), np.float32)


def spread_channels(plane: NDArray[np.float32]) -> FloatImage:
    """Return `plane` (h, w) as three equal channels: numpy multiplies whole pictures five times as fast as along a last
    axis of 3."""
    return np.asarray(cv2.merge((plane, plane, plane)), np.float32)


def _blur(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Return a Gaussian blur; a wide one at lower resolution: equal within 1/255, in a quarter of the time."""
    reduction = 1
    while sigma / reduction > _WIDE_SIGMA_PX:
        reduction *= 2
    if reduction == 1:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
    height, width = values.shape[:2]
    size = (max(1, -(-width // reduction)), max(1, -(-height // reduction)))
    reduced = cv2.GaussianBlur(cv2.resize(values, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / reduction)
    return np.asarray(cv2.resize(reduced, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _fit_polynomial(small: FloatImage, mask: Mask) -> FloatImage:
    """Fit a second-order polynomial per channel, robustly (Tukey's biweight)."""
    basis = _basis(*small.shape[:2])
    some = np.zeros_like(mask)
    some[::_STRIDE_PX, ::_STRIDE_PX] = True
    mask = mask & some if (mask & some).sum() > 10 * basis.shape[-1] else mask
    known = basis[mask]
    fitted = np.empty_like(small)
    for channel in range(3):
        values = small[..., channel][mask]
        weights = np.ones_like(values)
        for _ in range(_FIT_ROUNDS):
            normal = known.T @ (known * weights[:, None])
            factors = np.linalg.solve(normal + 1e-6 * np.eye(len(normal)), known.T @ (weights * values))
            error = np.abs(values - known @ factors)
            scale = _TUKEY * (1.4826 * float(np.median(error)) + 1e-4)
            weights = np.clip(1 - (error / scale) ** 2, 0, 1) ** 2
        fitted[..., channel] = basis @ factors
    return fitted


def _basis(height: int, width: int) -> NDArray[np.float64]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = 2 * x / width - 1, 2 * y / height - 1
    return np.stack(
        [x**i * y**j for i in range(_POLYNOMIAL_ORDER + 1) for j in range(_POLYNOMIAL_ORDER + 1 - i)], axis=-1
    )


def _subsample(plane: NDArray[Any]) -> NDArray[Any]:
    return plane[::_STRIDE_PX, ::_STRIDE_PX]


def _weights(mask: Mask) -> NDArray[np.float32]:
    return np.asarray(_shrink(mask.astype(np.float32)), np.float32)


def _shrink(image: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = image.shape[:2]
    size = (max(1, width // _REDUCTION), max(1, height // _REDUCTION))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarge(small: FloatImage, like: FloatImage) -> FloatImage:
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.float32)
