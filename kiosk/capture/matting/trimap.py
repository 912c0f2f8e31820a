"""The trimap: surely person, surely backdrop, or unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

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
from kiosk.capture.matting.morphology import dilate, largest_component, without
from kiosk.capture.matting.person_outline import MASK_EDGE
from kiosk.capture.matting.seed_regions import SeedSettings, seed_regions

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
    if is_plain:
        picture = _PlainBackdropPicture(image, person, network, model, likeness, settings)
        if settings.gaps is None:
            return picture.trimap_by_growth(sure_person, sure_backdrop)
        return picture.trimap(sure_person, sure_backdrop, settings.gaps)
    if settings.gaps and network is None:
        sure_backdrop |= _far(person, settings.gaps.room_reach) & ~sure_person
    return Trimap(_values(sure_person, sure_backdrop))


@dataclass(frozen=True)
class _PlainBackdropPicture:
    """A picture with a plain backdrop, and what its colours are compared with."""

    image: FloatImage = field(repr=False)
    person: Plane = field(repr=False)
    network: Plane | None = field(repr=False)
    model: BackdropModel
    likeness: BackdropLikeness
    settings: TrimapSettings

    def trimap_by_growth(self, sure_person: Mask, sure_backdrop: Mask) -> Trimap:
        """Return the trimap of method 2, in which the mask alone decides what is surely person."""
        grown = self._grow(sure_person, sure_backdrop, np.zeros_like(sure_person))
        return Trimap(_values(sure_person, grown), self.model.estimate(grown))

    def trimap(self, sure_person: Mask, sure_backdrop: Mask, settings: GapSettings) -> Trimap:
        """Return the trimap with gaps, mixtures and clothes of the backdrop's colour."""
        model, likeness = self.model, self.likeness
        hidden = self._find_hidden(sure_person, sure_backdrop, settings)
        sure_backdrop = without(sure_backdrop, hidden)
        calm = likeness.calm(sure_backdrop)
        finder = GapFinder(self.image, likeness, calm, self.settings.min_contrast, settings)
        gaps = finder.find(model.estimate(sure_backdrop), sure_person, self.person, self.network)
        sure_person = finder.close(sure_person, gaps)
        sure_backdrop = self._grow(sure_person, sure_backdrop, gaps) & ~hidden
        backdrop = model.estimate(sure_backdrop)
        if hidden.any():
            up_to_edges = self._up_to_edges(backdrop, sure_person, sure_backdrop, calm, settings)
            sure_backdrop = sure_backdrop | (up_to_edges & hidden)
            backdrop = model.estimate(sure_backdrop)
        undecided = ~(sure_person | sure_backdrop)
        prior, mixed = run_both(
            partial(finder.prior, backdrop, sure_person, gaps, hidden, self.network),
            partial(find_mixtures, self.image, backdrop, sure_person, undecided, settings.mixtures),
        )
        return Trimap(_values(sure_person & ~mixed, sure_backdrop), backdrop, prior)

    def _find_hidden(self, sure_person: Mask, sure_backdrop: Mask, settings: GapSettings) -> Mask:
        """Return where clothes of the backdrop's colour are hidden. At the same time the gradient of the sure backdrop
        is computed, which is needed if nothing is hidden; `likeness` keeps it."""
        alike = self.likeness.resembles(self.model.estimate(sure_backdrop), settings.own_sigmas)
        camouflage, _ = run_both(
            lambda: find_camouflage(alike, sure_person, self.person, settings.camouflage),
            lambda: self.likeness.calm(sure_backdrop),
        )
        return camouflage & ~sure_person

    def _grow(self, sure_person: Mask, sure_backdrop: Mask, gaps: Mask) -> Mask:
        s = self.settings
        growth = GrowthSettings(s.brightness, s.min_contrast, s.stray_sigmas, s.stray_reach)
        grower = BackdropGrower(self.image, self.person, sure_person, self.likeness, growth, gaps)
        return grower.grow(sure_backdrop, self.model) & ~sure_person

    def _up_to_edges(
        self, backdrop: Backdrop, sure_person: Mask, sure_backdrop: Mask, calm: float, settings: GapSettings
    ) -> Mask:
        """Return the pixels of the backdrop's colour between the sure backdrop and the next edge."""
        alike = self.likeness.resembles(backdrop, settings.own_sigmas) & ~sure_person
        edges = self.likeness.gradient > calm * settings.camouflage.calm
        return backdrop_up_to_edges(alike, edges, sure_backdrop, self.person, settings.camouflage)


def _far(person: Plane, reach: float) -> Mask:
    """Return the pixels farther than `reach` (a share of the height) from the mask's person."""
    return ~dilate(largest_component(person > MASK_EDGE), reach * len(person))


def _values(sure_person: Mask, sure_backdrop: Mask) -> NDArray[np.float64]:
    return np.where(sure_person, PERSON, np.where(sure_backdrop, BACKDROP, UNKNOWN))
