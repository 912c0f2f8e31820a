"""Growth of the sure backdrop over pixels of its colour, towards the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from config.arrays import FloatImage, Mask, Plane
from config.two_threads import run_both
from kiosk.capture.matting.backdrop_model import Backdrop, BackdropModel, inpaint_colour
from kiosk.capture.matting.likeness import BackdropLikeness, contrast
from kiosk.capture.matting.morphology import dilate, erode, fill_holes, morphological_open, reconstruct, without

_ITERATIONS: Final = 3
_DOUBTFUL_PERSON: Final = 0.6  # of the mask: the matting decides the pixels above it


@dataclass(frozen=True)
class GrowthSettings:
    """The backdrop grows only where its colour and the person's differ by more than `min_contrast`. A pixel within
    `stray_reach` (a share of the height) of its edge that differs from its model by more than `stray_sigmas` may be
    removed. `brightness` is the range within which shadows and lamps change the backdrop."""

    brightness: tuple[float, float]
    min_contrast: float
    stray_sigmas: float
    stray_reach: float


class BackdropGrower:
    """Grows the sure backdrop of one picture, and removes pixels that do not look like it.

    `image` is float32 (h, w, 3), `person` the mask, float32 (h, w); `gaps` are pixels that are person by the mask
    and may nevertheless be backdrop.
    """

    def __init__(
        self,
        image: FloatImage,
        person: Plane,
        sure_person: Mask,
        likeness: BackdropLikeness,
        settings: GrowthSettings,
        gaps: Mask,
    ) -> None:
        self._image = image
        self._sure_person = sure_person
        self._likeness = likeness
        self._settings = settings
        self._pixel_unit = likeness.pixel_unit
        self._may_be_backdrop = ((person < _DOUBTFUL_PERSON) | gaps) & ~sure_person

    def grow(self, is_backdrop: Mask, model: BackdropModel) -> Mask:
        calm = self._likeness.calm(is_backdrop)
        clothes, misclassified = run_both(
            lambda: inpaint_colour(self._image, self._sure_person),
            lambda: self._misclassified(model.estimate(is_backdrop), is_backdrop, calm),
        )
        is_backdrop = without(is_backdrop, misclassified)
        first, grown = is_backdrop, is_backdrop
        for round_ in range(_ITERATIONS):
            backdrop = model.estimate(grown)
            alike = self._similar_to_backdrop(backdrop, clothes, calm) | first
            alike = morphological_open(reconstruct(alike, grown), 2.5 * self._pixel_unit)
            grown = erode(alike, (6 if round_ < _ITERATIONS - 1 else 4) * self._pixel_unit) | first
        return grown

    def _similar_to_backdrop(self, backdrop: Backdrop, clothes: FloatImage, calm: float) -> Mask:
        """Return the pixels of the backdrop's hue, without an edge, where the person has another colour."""
        distinct = contrast(clothes, backdrop.colour) > self._settings.min_contrast
        usable = (self._likeness.gradient < calm) & self._may_be_backdrop & distinct
        return np.asarray(self._likeness.resembles(backdrop) & usable)

    def _misclassified(self, backdrop: Backdrop, is_backdrop: Mask, calm: float) -> Mask:
        """Return pixels marked as backdrop that are not of its colour and are connected to the person."""
        settings = self._settings
        shade, residual, _ = self._likeness.differences(backdrop)
        low, high = settings.brightness
        foreign = (residual > settings.stray_sigmas) | (shade < low - 0.1) | (shade > high + 0.1)
        foreign &= dilate(~is_backdrop, settings.stray_reach * self._image.shape[0])
        # A deep, soft shadow has no edge, but hair has one.
        foreign = reconstruct(foreign, foreign & (self._likeness.gradient > calm))
        stray = reconstruct(foreign | ~is_backdrop, ~is_backdrop) & is_backdrop
        return fill_holes(dilate(stray, 6 * self._pixel_unit) | ~is_backdrop) & is_backdrop
