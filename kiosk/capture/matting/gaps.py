"""Gaps: backdrop that shows between loose hair, neck and shoulders, where the person mask contains only the person.

The mask has 256 pixels a side and fills gaps that it cannot resolve. Parts of the backdrop deep inside it would
therefore count as surely person and remain in the portrait. A pixel of a plain backdrop's colour is therefore not
surely person, unless the person's own colours near it are those of the backdrop (clothes before a cloth of their
colour).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from config.arrays import FloatImage, Mask, Plane
from config.two_threads import run_both
from kiosk.capture.matting.backdrop_model import Backdrop, inpaint_colour
from kiosk.capture.matting.camouflage import CamouflageSettings, reaching_lower_edge
from kiosk.capture.matting.closed_form import Prior
from kiosk.capture.matting.likeness import BackdropLikeness, contrast
from kiosk.capture.matting.mixtures import MixtureSettings
from kiosk.capture.matting.morphology import (
    dilate,
    erode,
    fill_holes,
    largest_component,
    morphological_open,
    reconstruct,
)
from kiosk.capture.matting.person_outline import MASK_EDGE, shoulder_row


@dataclass(frozen=True)
class GapSettings:
    """`network`: a pixel of a lower network alpha is no longer surely person. `doubt`: without a network, a mask below
    it allows an enclosed pixel to be backdrop. `pull` and `network_pull` are the weights of that prior. `smallest` and
    `rim` are shares of the picture's height: the radius below which a spot is ignored, and the width around a gap in
    which the matting decides. A component that extends deeper into the person than `deepest` is no gap but the person's
    own dark hair in front of a dark backdrop.

    Recipes of method 2 have none of these settings; two more settings of method 3 are therefore here. A backdrop whose
    deviation exceeds `plain_share` of its level is not plain. In front of a room and without a network, pixels farther
    than `room_reach` (a share of the height) from the mask's person are surely backdrop.
    """

    sigmas: float = 4.0
    own_sigmas: float = 8.0
    foreign_sigmas: float = 25.0
    foreign_shade: float = 0.5
    foreign_depth: float = 4 / 1280
    network: float = 0.5
    doubt: float = 0.9
    reach: float = 26 / 640
    pull: float = 0.01
    foreign_pull: float = 0.002
    network_pull: float = 0.01
    smallest: float = 2 / 1280
    rim: float = 8 / 1280
    deepest: float = 80 / 1280
    plain_share: float = 0.022
    room_reach: float = 44 / 1280
    camouflage: CamouflageSettings = field(default_factory=CamouflageSettings)
    mixtures: MixtureSettings = field(default_factory=MixtureSettings)


class GapFinder:
    """Finds the gaps in one picture, float32 (h, w, 3): pixels of the backdrop's colour without an edge, below the
    gradient `calm`, where the person's own colours differ from it by more than `min_contrast`."""

    def __init__(
        self, image: FloatImage, likeness: BackdropLikeness, calm: float, min_contrast: float, settings: GapSettings
    ) -> None:
        self._image = image
        self._likeness = likeness
        self._calm = calm
        self._min_contrast = min_contrast
        self._settings = settings

    def find(self, backdrop: Backdrop, sure_person: Mask, person: Plane, network: Plane | None) -> Mask:
        """Return the pixels of `sure_person` that show the backdrop, bool (h, w): by the network, or without one where
        the mask is doubtful or the colour alone is clear enough."""
        settings = self._settings
        similar = self._likeness.resembles(backdrop, settings.own_sigmas) & sure_person
        doubtful = person < settings.doubt if network is None else network < settings.network

        def usable() -> Mask:
            return self._distinct(backdrop, sure_person) & ~reaching_lower_edge(similar)

        if network is None:  # gaps are usual, so that `usable` is always computed
            (gaps, distinct), beside_head = run_both(
                lambda: (self._spots(similar & doubtful), usable()),
                lambda: self._beside_the_head(similar, backdrop, person),
            )
            gaps = (gaps | beside_head) & distinct
        else:
            gaps = self._spots(similar & doubtful)
            if gaps.any():
                gaps &= usable()
        if not gaps.any():
            return gaps
        gaps = reconstruct(similar, gaps)
        if network is None:
            outline = fill_holes(largest_component(person > MASK_EDGE))
            gaps &= ~reconstruct(gaps, gaps & erode(outline, settings.deepest * len(gaps)))
        return gaps

    def close(self, sure_person: Mask, gaps: Mask) -> Mask:
        """Return `sure_person` without the gaps, the hair around them, which the matting decides, and the parts that
        they cut off from the body."""
        if not gaps.any():
            return sure_person
        return largest_component(sure_person & ~dilate(gaps, self._settings.rim * len(gaps)))

    def prior(self, backdrop: Backdrop, sure_person: Mask, gaps: Mask, hidden: Mask, network: Plane | None) -> Prior:
        """Return the prior of pixels that look like the backdrop: the network's alpha, or the backdrop in the gaps.
        Where clothes of the backdrop's colour are `hidden`, there is no prior for the backdrop."""
        settings = self._settings
        if network is None:
            foreign = self._foreign(backdrop, sure_person)
            even = gaps & self._likeness.resembles(backdrop, settings.sigmas)
            weight = np.where(even, settings.pull, np.where(foreign, settings.foreign_pull, 0))
            return Prior(foreign.astype(np.float32), np.where(hidden & ~foreign, 0, weight).astype(np.float32))
        alike = self._likeness.resembles(backdrop, settings.own_sigmas) & self._distinct(backdrop, sure_person)
        alike &= ~hidden | (network > MASK_EDGE)
        certainty = (2 * np.abs(network - 0.5)) ** 4
        return Prior(network, np.where(alike, settings.network_pull * certainty, 0).astype(np.float32))

    def _beside_the_head(self, similar: Mask, backdrop: Backdrop, person: Plane) -> Mask:
        """Return the gaps beside the head whose colour alone is clear enough."""
        even = similar & self._likeness.resembles(backdrop, self._settings.sigmas)
        even = self._spots(even & (self._likeness.gradient < self._calm))
        return _beside_the_head(even, person > MASK_EDGE, self._settings.reach)

    def _spots(self, mask: Mask) -> Mask:
        return morphological_open(mask, self._settings.smallest * len(mask))

    def _foreign(self, backdrop: Backdrop, sure_person: Mask) -> Mask:
        """Return the pixels that cannot be backdrop, not even in a deep shadow, and whose colour no sure pixel nearby
        has: hair beyond the mask."""
        own, (shade, residual, _) = run_both(
            lambda: inpaint_colour(self._image, sure_person), lambda: self._likeness.differences(backdrop)
        )
        foreign = (shade < self._settings.foreign_shade) | (residual > self._settings.foreign_sigmas)
        foreign = erode(foreign, self._settings.foreign_depth * len(foreign))
        return foreign & (contrast(self._image, own) > self._min_contrast)

    def _distinct(self, backdrop: Backdrop, sure_person: Mask) -> Mask:
        """Return where the person's own colours, those of pixels that surely do not show the backdrop, differ from
        it."""
        own = sure_person & ~self._likeness.resembles(backdrop, self._settings.own_sigmas)
        return np.asarray(contrast(inpaint_colour(self._image, own), backdrop.colour) > self._min_contrast)


def _beside_the_head(gaps: Mask, person: Mask, reach: float) -> Mask:
    """Return the components of `gaps` that begin within `reach` (a share of the height) of the outline and end above
    the shoulders: neither the white of an eye nor a collar."""
    outline = fill_holes(person)
    near = ~erode(outline, reach * len(gaps))
    below = gaps.copy()
    below[: shoulder_row(outline)] = False
    return reconstruct(gaps, gaps & near) & ~reconstruct(gaps, below)
