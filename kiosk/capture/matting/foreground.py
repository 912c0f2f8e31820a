"""The person's colours at the edge, where the pixels are mixtures of person and backdrop.

A pixel is I = a F + (1 - a) B. In front of a plain backdrop B is known (kiosk/capture/matting/backdrop_model.py),
unlike in general methods: F then follows from I and a, with noise that grows as a shrinks. F is therefore estimated as
the most likely colour given the pixel and the person's colours nearby (the Gaussian model of Chuang et al., A Bayesian
Approach to Digital Matting, CVPR 2001, with B known). If no likely F explains the pixel, a is slightly wrong and is
corrected.

In front of any other background, colours are estimated after Germer et al., Fast Multi-Level Foreground Estimation
(2020).

The backdrop's light on the person's rim (spill) is not removed, because its amount is not known. An estimate from the
difference between the colours of the rim and those deeper inside, across the shading, was between 0 and more than 0.2
where 0.12 was true, and removing it made 13 of 18 pictures worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage, Mask, Plane
from config.opencv import cv2
from config.two_threads import run_both
from kiosk.capture.matting.pymatting_functions import estimate_foreground_ml

Samples = NDArray[np.float32]
"""Selected pixels of a picture: float32 (n,) or (n, 3)."""

_ITERATIONS: Final = 3
_PYRAMID_LEVELS: Final = 5  # starting at half the size: the coarsest level averages over 64 px
_MIN_SOLID_ALPHA: Final = 0.5  # pixels of a lower alpha are no evidence of the person's colour
_COARSE_WEIGHT: Final = 0.05  # the weight of the next coarser level
_EPSILON: Final = 1e-6


@dataclass(frozen=True)
class ForegroundSettings:
    """Spreads (sigma) in sRGB values 0..1 and in alpha; lengths as shares of the picture's height.

    `noise` is that of a portrait-sized pixel and of the mixture's model, `texture` that of the person's colours around
    their local mean, `doubt` that of the given alpha. The band in which alpha may be corrected reaches `band`
    beyond alphas between 0 and 1. The weight of the backdrop's model depends on its error within `beside` of a pixel;
    the model is not used in a picture where its error exceeds `plain` at a tenth of the edge.
    """

    noise: float = 3 / 255
    texture: float = 0.06
    doubt: float = 0.05
    band: float = 2 / 640
    beside: float = 6 / 640
    plain: float = 20 / 255


@dataclass(frozen=True)
class DecontaminatedForeground:
    """`alpha`: float32 (h, w), corrected a little in the edge band; `colours`: float32 (h, w, 3), the person's own."""

    alpha: Plane = field(repr=False)
    colours: FloatImage = field(repr=False)


def estimate_foreground(
    image: FloatImage, alpha: Plane, backdrop: FloatImage | None, settings: ForegroundSettings | None = None
) -> FloatImage:
    """Return the person's colours, float32 (h, w, 3), in `image`, float32 (h, w, 3) sRGB 0..1, under `alpha`, float32
    (h, w).

    `backdrop` is the backdrop behind every pixel (float32 (h, w, 3)), None if it is not known. Where alpha is 1 the
    colours are exactly the image's.
    """
    return _Mixture(image, alpha, backdrop, settings or ForegroundSettings()).decontaminate(0.0, 0.0).colours


def decontaminate(
    image: FloatImage, alpha: Plane, backdrop: FloatImage | None, settings: ForegroundSettings | None = None
) -> DecontaminatedForeground:
    """Like `estimate_foreground`, and alpha is corrected as well where it contradicts the pixel and the colours near
    it.

    Only the edge band changes: pixels with an alpha between 0 and 1 and their neighbours.
    """
    settings = settings or ForegroundSettings()
    return _Mixture(image, alpha, backdrop, settings).decontaminate(settings.doubt, settings.band)


class _Mixture:
    """A picture, its initial matte and the model of its backdrop."""

    def __init__(
        self, image: FloatImage, alpha: Plane, backdrop: FloatImage | None, settings: ForegroundSettings
    ) -> None:
        self._image = image
        self._alpha = alpha
        self._backdrop = backdrop
        self._settings = settings

    def decontaminate(self, alpha_sigma: float, band_width: float) -> DecontaminatedForeground:
        """Estimate the colours and correct alpha. `alpha_sigma` is the error of alpha; the band is `band_width` wide,
        as a share of the height."""
        image, alpha, backdrop = self._image, self._alpha, self._backdrop
        edge = (alpha > 0) & (alpha < 1)
        if not edge.any():
            return DecontaminatedForeground(alpha, image)
        if backdrop is None:
            return DecontaminatedForeground(alpha, _multi_level(image, alpha))
        small = _halve(image), _halve(alpha), _halve(backdrop)  # these values change slowly
        error, near = run_both(
            lambda: _enlarge(_model_error(*small, self._settings.beside * small[0].shape[0]), image),
            lambda: _enlarge(_nearby_person_colour(*small), image),
        )
        if np.percentile(error[edge], 90) > self._settings.plain:
            return DecontaminatedForeground(alpha, _multi_level(image, alpha))
        band = _dilate(edge, band_width * image.shape[0])
        at = np.flatnonzero(band)
        observed, behind, expected = (plane.reshape(-1, 3)[at] for plane in (image, backdrop, near))
        pixels = _EdgePixels(observed, behind, expected, error.ravel()[at], self._settings)
        share = pixels.alpha(alpha.ravel()[at], alpha_sigma)
        corrected, colours = alpha.ravel().copy(), image.copy()
        cv2.copyTo(near, (~(alpha > 0)).astype(np.uint8), colours)
        colours = colours.reshape(-1, 3)
        corrected[at], colours[at] = share, pixels.colours(share)
        return DecontaminatedForeground(corrected.reshape(alpha.shape), colours.reshape(image.shape))


@dataclass(frozen=True)
class _EdgePixels:
    """The pixels of the band: `observed` colour, `backdrop` behind it, `expected` colour of the person, and
    `backdrop_error`."""

    observed: Samples
    backdrop: Samples
    expected: Samples
    backdrop_error: Samples
    settings: ForegroundSettings

    def alpha(self, initial: Samples, alpha_sigma: float) -> Samples:
        """Return the alpha by the pixel's position between the colours of backdrop and person, averaged with
        `initial`."""
        apart = self.expected - self.backdrop
        length = (apart**2).sum(axis=1)
        shown = ((self.observed - self.backdrop) * apart).sum(axis=1) / (length + _EPSILON)
        share = initial
        for _ in range(_ITERATIONS if alpha_sigma else 0):
            spread = self._noise(share) + (share * self.settings.texture) ** 2
            weight = alpha_sigma**2 * length / (alpha_sigma**2 * length + spread)
            share = np.asarray(np.clip(initial + weight * (shown - initial), 0, 1), np.float32)
        return share

    def colours(self, share: Samples) -> Samples:
        """Return the most likely colours of the person, given the observed mixture and its noise."""
        part, texture = share[:, None], self.settings.texture**2
        missing = self.observed - part * self.expected - (1 - part) * self.backdrop
        gain = part * texture / (part**2 * texture + self._noise(share)[:, None])
        return np.where(part >= 1, self.observed, np.clip(self.expected + gain * missing, 0, 1))

    def _noise(self, share: Samples) -> Samples:
        """Return the variance of the observed colour under the models of person and backdrop."""
        return np.asarray(self.settings.noise**2 + ((1 - share) * self.backdrop_error) ** 2, np.float32)


def _nearby_person_colour(image: FloatImage, alpha: Plane, backdrop: FloatImage) -> FloatImage:
    """Return the person's mean colour around every pixel, mostly of near pixels (a pyramid, down and up).

    Least squares over the neighbours: a pixel with alpha a has the weight a squared.
    """
    part = cv2.threshold(alpha, _MIN_SOLID_ALPHA, 0, cv2.THRESH_TOZERO)[1]
    contributions = image - (1 - alpha)[..., None] * backdrop
    level = cv2.merge((*cv2.split(contributions * part[..., None]), part * part))
    levels = [level]
    for _ in range(_PYRAMID_LEVELS):
        half = ((level.shape[1] + 1) // 2, (level.shape[0] + 1) // 2)
        level = cv2.GaussianBlur(cv2.resize(level, half, interpolation=cv2.INTER_AREA), (0, 0), 1.0)
        levels.append(level)
    colour = level[..., :3] / (level[..., 3:] + _EPSILON)
    for level in levels[-2::-1]:
        colour = cv2.resize(colour, level.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        colour = (level[..., :3] + _COARSE_WEIGHT * colour) / (level[..., 3:] + _COARSE_WEIGHT)
    return np.clip(colour, 0, 1)


def _model_error(image: FloatImage, alpha: Plane, backdrop: FloatImage, reach: float) -> Plane:
    """Return the root mean square error of the backdrop's model around every pixel, float32 (h, w)."""
    free = np.asarray(alpha <= 0, np.float32)
    squares = cv2.transform((image - backdrop) ** 2, np.full((1, 3), 1 / 3, np.float32))
    spread = cv2.GaussianBlur(cv2.merge((squares * free, free)), (0, 0), reach)
    return np.asarray(np.sqrt(np.maximum(spread[..., 0], 0) / (spread[..., 1] + 1e-3)), np.float32)


def _multi_level(image: FloatImage, alpha: Plane) -> FloatImage:
    colours = estimate_foreground_ml(image.astype(np.float64), alpha.astype(np.float64))
    return np.asarray(np.where(alpha[..., None] >= 1, image, np.clip(colours, 0, 1)), np.float32)


def _halve(plane: Plane) -> Plane:
    size = ((plane.shape[1] + 1) // 2, (plane.shape[0] + 1) // 2)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarge(plane: Plane, like: FloatImage) -> Plane:
    return np.asarray(cv2.resize(plane, like.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _dilate(mask: Mask, radius: float) -> Mask:
    side = 2 * int(radius + 0.5) + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) > 0)
