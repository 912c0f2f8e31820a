"""The trimap: surely person, surely backdrop, or unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage, Mask, Plane
from config.opencv import cv2
from kiosk.capture.matting.backdrop_model import Backdrop, BackdropModel, inpaint_colour
from kiosk.capture.matting.closed_form import UNKNOWN
from kiosk.capture.matting.morphology import (
    dilate,
    erode,
    fill_holes,
    largest_component,
    morphological_open,
    reconstruct,
)
from kiosk.capture.types import PhotoProblem

_MIN_SHARE: Final = 0.03  # of the picture: with fewer sure pixels there is no model


@dataclass(frozen=True)
class SeedSettings:
    """Lengths are shares of the picture's height.

    The mask's bands (16 and 34 px at 1280 px of height) and the network's (6 and 14 px) are those of the study of 69
    composed shots with known mattes. Deeper than `core` the mask overrides the network; farther than `near` from the
    network's person, the network overrides a doubtful mask.
    """

    surely_person: float = 0.85
    surely_backdrop: float = 0.12
    inner_band: float = 16 / 1280
    outer_band: float = 34 / 1280
    network_person: float = 0.97
    network_backdrop: float = 0.03
    network_inner_band: float = 6 / 1280
    network_outer_band: float = 14 / 1280
    core: float = 24 / 1280
    near: float = 40 / 1280


def seed_regions(person: Plane, network: Plane | None, settings: SeedSettings) -> tuple[Mask, Mask]:
    """Surely person and surely backdrop, bool (h, w) each; the matting decides the rest.

    `person_mask` and `network` are float32 (h, w), 0 to 1. Raises PhotoProblem (photo.no_person, photo.no_backdrop).
    """
    sure_person, sure_backdrop = _seeds_from_mask(person, settings)
    if sure_person.mean() < _MIN_SHARE:
        raise PhotoProblem("photo.no_person")
    if network is not None:
        sure_person, sure_backdrop = _seeds_with_network(person, network, sure_backdrop, settings)
    if sure_backdrop.mean() < _MIN_SHARE:
        raise PhotoProblem("photo.no_backdrop")
    return sure_person, sure_backdrop


def _seeds_from_mask(person: Plane, settings: SeedSettings) -> tuple[Mask, Mask]:
    height = person.shape[0]
    inner = erode(fill_holes(largest_component(person > settings.surely_person)), settings.inner_band * height)
    outer = dilate(fill_holes(largest_component(person > settings.surely_backdrop)), settings.outer_band * height)
    return inner, ~outer


def _seeds_with_network(person: Plane, network: Plane, excluded: Mask, settings: SeedSettings) -> tuple[Mask, Mask]:
    height = person.shape[0]
    inner = erode(largest_component(network > settings.network_person), settings.network_inner_band * height)
    outside = ~dilate(largest_component(network > settings.network_backdrop), settings.network_outer_band * height)
    core = erode(fill_holes(largest_component(person > settings.surely_person)), settings.core * height)
    sure_person = (inner & ~excluded) | core
    close = dilate(network > 0.5, settings.near * height)
    sure_backdrop = outside & (excluded | ((person < 0.5) & close))
    return sure_person, sure_backdrop & ~sure_person


PERSON = np.float64(1.0)
BACKDROP = np.float64(0.0)

_ITERATIONS = 3


@dataclass(frozen=True)
class TrimapSettings:
    """All numbers of the trimap. Lengths are shares of the picture's height.

    `brightness` is the range within which shadows and lamps change the backdrop. A backdrop is plain where four fifths
    of its pixels differ by less than `plain` from its model: studio backdrops, even wrinkled ones, have 2/255 or less,
    rooms and gardens 5/255 or more.
    """

    seed: SeedSettings = field(default_factory=SeedSettings)
    brightness: tuple[float, float] = (0.80, 1.10)
    residual_sigmas: float = 1.6
    min_contrast: float = 45 / 255
    stray_sigmas: float = 6.0
    stray_reach: float = 160 / 1280
    plain: float = 3.5 / 255


@dataclass(frozen=True)
class Trimap:
    """`values`: float64 (h, w) of PERSON, BACKDROP and UNKNOWN; `backdrop`: its model where it is plain, else None."""

    values: NDArray[np.float64] = field(repr=False)
    backdrop: Backdrop | None = field(repr=False)

    @property
    def person_mask(self) -> Mask:
        return np.asarray(self.values == PERSON)


def compute_trimap(image: FloatImage, person: Plane, settings: TrimapSettings, network: Plane | None = None) -> Trimap:
    """Return the trimap of `image`, float32 (h, w, 3) sRGB 0..1, from the mask `person_mask` and the portrait network's
    alpha, both float32 (h, w).

    With a plain backdrop the sure backdrop grows over pixels of its colour towards the person, and pixels of another
    colour are removed from it (loose hair, a bun outside the mask). With any other background colours are no evidence,
    and the seed's bands remain. Raises PhotoProblem (photo.no_person, photo.no_backdrop) if either is missing.
    """
    sure_person, sure_backdrop = seed_regions(person, network, settings.seed)
    model = BackdropModel(image, sure_backdrop)
    backdrop: Backdrop | None = None
    if model.is_plain(sure_backdrop, settings.plain):
        tightening = _BackdropGrower(image, person, sure_person, settings)
        sure_backdrop = tightening.grow(sure_backdrop, model) & ~sure_person
        backdrop = model.estimate(sure_backdrop)
    return Trimap(np.where(sure_person, PERSON, np.where(sure_backdrop, BACKDROP, UNKNOWN)), backdrop)


class _BackdropGrower:
    """Grows the sure backdrop, and removes pixels that do not look like it."""

    def __init__(
        self, image: FloatImage, person: NDArray[np.float32], sure_person: Mask, settings: TrimapSettings
    ) -> None:
        self._image = image
        self._person = person
        self._sure_person = sure_person
        self._settings = settings
        self._pixel_unit = image.shape[0] / 1280
        self._smooth = cv2.GaussianBlur(image, (0, 0), 1.2 * self._pixel_unit)
        soft = cv2.GaussianBlur(image, (0, 0), 2 * self._pixel_unit)
        steps = [cv2.Sobel(soft, cv2.CV_32F, dx, dy) ** 2 for dx, dy in ((1, 0), (0, 1))]
        self._gradient = np.sqrt(_channel_mean(steps[0] + steps[1]))

    def grow(self, is_backdrop: Mask, model: BackdropModel) -> Mask:
        clothes = inpaint_colour(self._image, self._sure_person)
        calm = float(np.percentile(self._gradient[is_backdrop], 98)) * 2.2 + 1.5 / 255
        is_backdrop = is_backdrop & ~self._misclassified(model.estimate(is_backdrop), is_backdrop, calm)
        first, grown = is_backdrop, is_backdrop
        for round_ in range(_ITERATIONS):
            backdrop = model.estimate(grown)
            alike = self._similar_to_backdrop(backdrop, clothes, calm) | first
            alike = morphological_open(reconstruct(alike, grown), 2.5 * self._pixel_unit)
            grown = erode(alike, (6 if round_ < _ITERATIONS - 1 else 4) * self._pixel_unit) | first
        return grown

    def _similar_to_backdrop(self, backdrop: Backdrop, clothes: FloatImage, calm: float) -> Mask:
        """Pixels of the backdrop's colour up to brightness, without an edge, where the person has another colour."""
        colour, settings = backdrop.colour, self._settings
        shade, residual, difference = self._differences(backdrop)
        low, high = settings.brightness
        shaded = (residual < settings.residual_sigmas) & (shade > low) & (shade < high)
        same = difference < settings.residual_sigmas
        contrast = np.sqrt(_channel_mean((clothes - colour) ** 2))
        usable = (self._gradient < calm) & (self._person < 0.6) & (contrast > settings.min_contrast)
        return np.asarray((shaded | same) & usable & ~self._sure_person)

    def _misclassified(self, backdrop: Backdrop, is_backdrop: Mask, calm: float) -> Mask:
        """Pixels marked as backdrop that are not of its colour and are connected to the person."""
        settings, height = self._settings, self._image.shape[0]
        shade, residual, _ = self._differences(backdrop)
        low, high = settings.brightness
        foreign = (residual > settings.stray_sigmas) | (shade < low - 0.1) | (shade > high + 0.1)
        foreign &= dilate(~is_backdrop, settings.stray_reach * height)
        foreign = reconstruct(foreign, foreign & (self._gradient > calm))  # a deep soft shadow has no edge, hair has
        stray = reconstruct(foreign | ~is_backdrop, ~is_backdrop) & is_backdrop
        return fill_holes(dilate(stray, 6 * self._pixel_unit) | ~is_backdrop) & is_backdrop

    def _differences(self, backdrop: Backdrop) -> tuple[NDArray[np.float32], ...]:
        """Brightness relative to the backdrop; remaining colour difference and total difference, both in sigmas."""
        colour, noise = backdrop.colour, backdrop.noise
        shade = _channel_mean(self._smooth * colour) / (_channel_mean(colour**2) + 1e-4)
        residual = (self._smooth - shade[..., None] * colour) / noise
        difference = (self._smooth - colour) / noise
        return shade, np.sqrt(_channel_mean(residual**2)), np.sqrt(_channel_mean(difference**2))


def _channel_mean(colours: FloatImage) -> NDArray[np.float32]:
    """Return the mean over the channels; ten times as fast as numpy's mean along a last axis of 3."""
    return np.asarray(cv2.transform(colours, np.full((1, 3), 1 / 3, np.float32)), np.float32)
