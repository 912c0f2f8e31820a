"""Which pixels are surely person, which surely backdrop, and which the matting has to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from kiosk.capture.backdrop import Backdrop, BackdropModel, Image, Mask, diffused_colour
from kiosk.capture.portrait import PhotoProblem

PERSON: Final = np.float64(1.0)
BACKDROP: Final = np.float64(0.0)
UNKNOWN: Final = np.float64(0.5)

_ROUNDS: Final = 3
_LEAST_SHARE: Final = 0.03  # of the picture: fewer sure pixels than that carry no model


@dataclass(frozen=True)
class TrimapSettings:
    """All of the numbers that shape the trimap. Lengths are shares of the picture's height.

    The bands are those of the study of 69 composed shots with known mattes (16 and 34 px at 1280 px of height);
    `brightness` is how much darker or brighter a shadow or a lamp may make the backdrop.
    """

    surely_person: float = 0.85
    surely_backdrop: float = 0.12
    inner_band: float = 16 / 1280
    outer_band: float = 34 / 1280
    brightness: tuple[float, float] = (0.80, 1.10)
    residual_sigmas: float = 1.6
    least_contrast: float = 45 / 255
    stray_sigmas: float = 6.0
    stray_reach: float = 160 / 1280


def trimap(image: Image, person: NDArray[np.float32], settings: TrimapSettings) -> NDArray[np.float64]:
    """float64 (h, w): PERSON, BACKDROP or UNKNOWN for every pixel of `image`.

    Begins with bands around the edge of the `person` mask (float32 (h, w), 0 to 1), then lets the sure backdrop grow
    towards the person wherever a pixel has the backdrop's own colour, and takes back what has not (loose hair, a bun
    beyond the mask). Raises PhotoProblem (photo.no_person, photo.no_backdrop) where either is missing.
    """
    sure_person, sure_backdrop = _bands(person, settings)
    if sure_person.mean() < _LEAST_SHARE:
        raise PhotoProblem("photo.no_person")
    if sure_backdrop.mean() < _LEAST_SHARE:
        raise PhotoProblem("photo.no_backdrop")
    sure_backdrop = _Tightening(image, person, sure_person, settings).of(sure_backdrop)
    return np.where(sure_person, PERSON, np.where(sure_backdrop, BACKDROP, UNKNOWN))


def _bands(person: NDArray[np.float32], settings: TrimapSettings) -> tuple[Mask, Mask]:
    height = person.shape[0]
    core = _filled(_largest(person > settings.surely_person))
    reach = _filled(_largest(person > settings.surely_backdrop))
    inner = _eroded(core, settings.inner_band * height)
    outer = _dilated(reach, settings.outer_band * height)
    return inner, ~outer


class _Tightening:
    """Lets the sure backdrop grow, and gives back what does not look like it."""

    def __init__(self, image: Image, person: NDArray[np.float32], sure_person: Mask, settings: TrimapSettings) -> None:
        self._image = image
        self._person = person
        self._sure_person = sure_person
        self._settings = settings
        self._unit = image.shape[0] / 1280
        self._smooth = cv2.GaussianBlur(image, (0, 0), 1.2 * self._unit)
        soft = cv2.GaussianBlur(image, (0, 0), 2 * self._unit)
        steps = [cv2.Sobel(soft, cv2.CV_32F, dx, dy) ** 2 for dx, dy in ((1, 0), (0, 1))]
        self._gradient = np.sqrt(_mean(steps[0] + steps[1]))

    def of(self, sure: Mask) -> Mask:
        model = BackdropModel(self._image, sure)
        clothes = diffused_colour(self._image, self._sure_person)
        calm = float(np.percentile(self._gradient[sure], 98)) * 2.2 + 1.5 / 255
        sure = sure & ~self._strays(model.known(sure), sure, calm)
        first, grown = sure, sure
        for round_ in range(_ROUNDS):
            backdrop = model.known(grown)
            alike = self._alike(backdrop, clothes, calm) | first
            alike = _opened(_joined(alike, grown), 2.5 * self._unit)
            grown = _eroded(alike, (6 if round_ < _ROUNDS - 1 else 4) * self._unit) | first
        return grown

    def _alike(self, backdrop: Backdrop, clothes: Image, calm: float) -> Mask:
        """Where a pixel has the backdrop's colour up to brightness, no edge, and the person another colour."""
        colour, settings = backdrop.colour, self._settings
        shade, residual, difference = self._compared(backdrop)
        low, high = settings.brightness
        shaded = (residual < settings.residual_sigmas) & (shade > low) & (shade < high)
        same = difference < settings.residual_sigmas
        contrast = np.sqrt(_mean((clothes - colour) ** 2))
        usable = (self._gradient < calm) & (self._person < 0.6) & (contrast > settings.least_contrast)
        return np.asarray((shaded | same) & usable & ~self._sure_person)

    def _strays(self, backdrop: Backdrop, sure: Mask, calm: float) -> Mask:
        """Pixels taken for backdrop that are not of its colour and hang together with the person."""
        settings, height = self._settings, self._image.shape[0]
        shade, residual, _ = self._compared(backdrop)
        low, high = settings.brightness
        foreign = (residual > settings.stray_sigmas) | (shade < low - 0.1) | (shade > high + 0.1)
        foreign &= _dilated(~sure, settings.stray_reach * height)
        foreign = _joined(foreign, foreign & (self._gradient > calm))  # a deep soft shadow has no edge, hair has
        stray = _joined(foreign | ~sure, ~sure) & sure
        return _filled(_dilated(stray, 6 * self._unit) | ~sure) & sure

    def _compared(self, backdrop: Backdrop) -> tuple[NDArray[np.float32], ...]:
        """Brightness relative to the backdrop; colour residual after it, and whole difference, both in sigmas."""
        colour, noise = backdrop.colour, backdrop.noise
        shade = _mean(self._smooth * colour) / (_mean(colour**2) + 1e-4)
        residual = (self._smooth - shade[..., None] * colour) / noise
        difference = (self._smooth - colour) / noise
        return shade, np.sqrt(_mean(residual**2)), np.sqrt(_mean(difference**2))


def _largest(mask: Mask) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _filled(mask: Mask) -> Mask:
    """Holes that nowhere touch the border are closed."""
    framed = np.pad(mask.astype(np.uint8), 1)
    cv2.floodFill(framed, None, (0, 0), (2,))
    return np.asarray(framed[1:-1, 1:-1] != 2)


def _joined(mask: Mask, seed: Mask) -> Mask:
    """The parts of `mask` that touch `seed`."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    touched = np.zeros(count, bool)
    touched[np.unique(labels[seed & mask])] = True
    touched[0] = False
    return np.asarray(touched[labels])


def _eroded(mask: Mask, radius: float) -> Mask:
    """Beyond its border the picture is taken to go on as it ends."""
    return np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5) > radius)


def _dilated(mask: Mask, radius: float) -> Mask:
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= radius)


def _mean(colours: Image) -> NDArray[np.float32]:
    """Over the channels; ten times as fast as numpy's mean along a last axis of 3."""
    return np.asarray(cv2.transform(colours, np.full((1, 3), 1 / 3, np.float32)), np.float32)


def _opened(mask: Mask, radius: float) -> Mask:
    return _dilated(_eroded(mask, radius), radius)
