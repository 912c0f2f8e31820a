"""The trimap: surely person, surely backdrop, or unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage, Mask, Plane
from config.two_threads import run_both
from kiosk.capture.matting.backdrop_growth import BackdropGrower, GrowthSettings
from kiosk.capture.matting.backdrop_model import Backdrop, BackdropModel
from kiosk.capture.matting.camouflage import backdrop_up_to_edges, find_camouflage
from kiosk.capture.matting.closed_form import UNKNOWN, Prior
from kiosk.capture.matting.gaps import GapFinder, GapSettings
from kiosk.capture.matting.likeness import BackdropLikeness, LikenessSettings
from kiosk.capture.matting.mixtures import find_mixtures
from kiosk.capture.matting.morphology import dilate, erode, fill_holes, largest_component, without
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
    """Return surely person and surely backdrop, bool (h, w) each; the matting decides the rest.

    `person` (the mask) and `network` are float32 (h, w), 0 to 1. Raises PhotoProblem (photo.no_person,
    photo.no_backdrop).
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
    inner, outer = run_both(
        lambda: erode(fill_holes(largest_component(person > settings.surely_person)), settings.inner_band * height),
        lambda: dilate(fill_holes(largest_component(person > settings.surely_backdrop)), settings.outer_band * height),
    )
    return inner, ~outer


def _seeds_with_network(person: Plane, network: Plane, excluded: Mask, settings: SeedSettings) -> tuple[Mask, Mask]:
    height = person.shape[0]

    def within() -> tuple[Mask, Mask]:
        inner = erode(largest_component(network > settings.network_person), settings.network_inner_band * height)
        return inner, erode(fill_holes(largest_component(person > settings.surely_person)), settings.core * height)

    def beyond() -> tuple[Mask, Mask]:
        reached = largest_component(network > settings.network_backdrop)
        return ~dilate(reached, settings.network_outer_band * height), dilate(network > 0.5, settings.near * height)

    (inner, core), (outside, close) = run_both(within, beyond)
    sure_person = (inner & ~excluded) | core
    sure_backdrop = outside & (excluded | ((person < 0.5) & close))
    return sure_person, sure_backdrop & ~sure_person


_MASK_EDGE: Final = 0.5
PERSON = np.float64(1.0)
BACKDROP = np.float64(0.0)


@dataclass(frozen=True)
class TrimapSettings:
    """All numbers of the trimap. Lengths are shares of the picture's height.

    `brightness` is the range within which shadows and lamps change the backdrop. A backdrop is plain where four fifths
    of its pixels differ by less than `plain` from its model: studio backdrops, even wrinkled ones, have 2/255 or less,
    rooms and gardens 5/255 or more. Without `gaps` the mask alone decides what is surely person, as in recipes of
    method 2.
    """

    seed: SeedSettings = field(default_factory=SeedSettings)
    brightness: tuple[float, float] = (0.80, 1.10)
    residual_sigmas: float = 1.6
    min_contrast: float = 45 / 255
    stray_sigmas: float = 6.0
    stray_reach: float = 160 / 1280
    plain: float = 3.5 / 255
    gaps: GapSettings | None = field(default_factory=GapSettings)


@dataclass(frozen=True)
class Trimap:
    """`values`: float64 (h, w) of PERSON, BACKDROP and UNKNOWN; `backdrop`: its model where it is plain, else None;
    `prior`: the estimate of the mask or the network for pixels that look like a plain backdrop."""

    values: NDArray[np.float64] = field(repr=False)
    backdrop: Backdrop | None = field(default=None, repr=False)
    prior: Prior | None = field(default=None, repr=False)

    @property
    def person_mask(self) -> Mask:
        return np.asarray(self.values == PERSON)


def compute_trimap(image: FloatImage, person: Plane, settings: TrimapSettings, network: Plane | None = None) -> Trimap:
    """Return the trimap of `image`, float32 (h, w, 3) sRGB 0..1, from the mask `person` and the portrait network's
    alpha, both float32 (h, w).

    With a plain backdrop the sure backdrop grows over pixels of its colour towards the person, and pixels of another
    colour are removed from it (loose hair, a bun outside the mask). Where clothes have its colour, it grows up to the
    next edge, and only where the mask excludes the person. With any other background, colours are no evidence, and the
    seed's bands remain.
    Raises PhotoProblem (photo.no_person, photo.no_backdrop) if either is missing.
    """
    sure_person, sure_backdrop = seed_regions(person, network, settings.seed)
    model, likeness = run_both(
        lambda: BackdropModel(image, sure_backdrop),
        lambda: BackdropLikeness(image, LikenessSettings(settings.brightness, settings.residual_sigmas)),
    )
    estimate, plain_share = model.estimate(sure_backdrop), settings.gaps.plain_share if settings.gaps else None
    is_plain, _ = run_both(  # the differences are needed next; `likeness` keeps them
        lambda: model.is_plain(sure_backdrop, settings.plain, plain_share), lambda: likeness.differences(estimate)
    )
    if not is_plain:
        if settings.gaps and network is None:
            sure_backdrop |= _far(person, settings.gaps.room_reach) & ~sure_person
        return Trimap(_values(sure_person, sure_backdrop))
    hidden = gaps = np.zeros_like(sure_person)
    if settings.gaps:
        alike = likeness.resembles(model.estimate(sure_backdrop), settings.gaps.own_sigmas)
        hidden = _find_hidden(alike, likeness, sure_person, sure_backdrop, person, settings.gaps)
        sure_backdrop = without(sure_backdrop, hidden)
        calm = likeness.calm(sure_backdrop)
        finder = GapFinder(image, likeness, calm, settings.min_contrast, settings.gaps)
        gaps = finder.find(model.estimate(sure_backdrop), sure_person, person, network)
        sure_person = finder.close(sure_person, gaps)
    growth = GrowthSettings(settings.brightness, settings.min_contrast, settings.stray_sigmas, settings.stray_reach)
    grower = BackdropGrower(image, person, sure_person, likeness, growth, gaps)
    sure_backdrop = grower.grow(sure_backdrop, model) & ~sure_person & ~hidden
    backdrop = model.estimate(sure_backdrop)
    if settings.gaps and hidden.any():
        alike = likeness.resembles(backdrop, settings.gaps.own_sigmas) & ~sure_person
        edges = likeness.gradient > calm * settings.gaps.camouflage.calm
        up_to_edges = backdrop_up_to_edges(alike, edges, sure_backdrop, person, settings.gaps.camouflage)
        sure_backdrop = sure_backdrop | (up_to_edges & hidden)
        backdrop = model.estimate(sure_backdrop)
    if not settings.gaps:
        return Trimap(_values(sure_person, sure_backdrop), backdrop)
    undecided = ~(sure_person | sure_backdrop)
    prior, mixed = run_both(
        partial(finder.prior, backdrop, sure_person, gaps, hidden, network),
        partial(find_mixtures, image, backdrop, sure_person, undecided, settings.gaps.mixtures),
    )
    return Trimap(_values(sure_person & ~mixed, sure_backdrop), backdrop, prior)


def _find_hidden(
    alike: Mask,
    likeness: BackdropLikeness,
    sure_person: Mask,
    sure_backdrop: Mask,
    person: Plane,
    settings: GapSettings,
) -> Mask:
    """Return where clothes of the backdrop's colour are hidden. At the same time the gradient of the sure backdrop is
    computed, which is needed if nothing is hidden; `likeness` keeps it."""
    camouflage, _ = run_both(
        lambda: find_camouflage(alike, sure_person, person, settings.camouflage),
        lambda: likeness.calm(sure_backdrop),
    )
    return camouflage & ~sure_person


def _far(person: Plane, reach: float) -> Mask:
    """Return the pixels farther than `reach` (a share of the height) from the mask's person."""
    return ~dilate(largest_component(person > _MASK_EDGE), reach * len(person))


def _values(sure_person: Mask, sure_backdrop: Mask) -> NDArray[np.float64]:
    return np.where(sure_person, PERSON, np.where(sure_backdrop, BACKDROP, UNKNOWN))
