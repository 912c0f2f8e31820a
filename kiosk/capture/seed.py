"""Where a person surely is and surely is not, after a coarse person mask and, if there is one, a portrait network.

The mask (MediaPipe's, of 256 px) is right to some pixels but whole: it has no holes. A network sees every strand, but
now and then eats half a torso in the backdrop's colour or takes a chair for the person. So neither is believed alone:
person is what the network is sure of and the mask does not exclude, and the mask's deep core whatever the network says;
backdrop is what both exclude, and near the network's edge also what the mask has blurred over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.capture.masks import Mask, dilated, eroded, filled, largest
from kiosk.capture.portrait import PhotoProblem

Plane = NDArray[np.float32]

_LEAST_SHARE: Final = 0.03  # of the picture: fewer sure pixels than that carry no model


@dataclass(frozen=True)
class SeedSettings:
    """Lengths are shares of the picture's height.

    The mask's bands (16 and 34 px at 1280 px of height) and the network's (6 and 14 px) are those of the study of 69
    composed shots with known mattes. `core` is how deep the mask is believed against the network, `near` how far from
    the network's person its word outweighs a doubtful mask.
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


def seed(person: Plane, network: Plane | None, settings: SeedSettings) -> tuple[Mask, Mask]:
    """Surely person and surely backdrop, bool (h, w) each; what is neither is for the matting to decide.

    `person` and `network` are float32 (h, w), 0 to 1. Raises PhotoProblem (photo.no_person, photo.no_backdrop).
    """
    sure_person, sure_backdrop = _of_mask(person, settings)
    if sure_person.mean() < _LEAST_SHARE:
        raise PhotoProblem("photo.no_person")
    if network is not None:
        sure_person, sure_backdrop = _with_network(person, network, sure_backdrop, settings)
    if sure_backdrop.mean() < _LEAST_SHARE:
        raise PhotoProblem("photo.no_backdrop")
    return sure_person, sure_backdrop


def _of_mask(person: Plane, settings: SeedSettings) -> tuple[Mask, Mask]:
    height = person.shape[0]
    inner = eroded(filled(largest(person > settings.surely_person)), settings.inner_band * height)
    outer = dilated(filled(largest(person > settings.surely_backdrop)), settings.outer_band * height)
    return inner, ~outer


def _with_network(person: Plane, network: Plane, excluded: Mask, settings: SeedSettings) -> tuple[Mask, Mask]:
    height = person.shape[0]
    inner = eroded(largest(network > settings.network_person), settings.network_inner_band * height)
    outside = ~dilated(largest(network > settings.network_backdrop), settings.network_outer_band * height)
    core = eroded(filled(largest(person > settings.surely_person)), settings.core * height)
    sure_person = (inner & ~excluded) | core
    close = dilated(network > 0.5, settings.near * height)
    sure_backdrop = outside & (excluded | ((person < 0.5) & close))
    return sure_person, sure_backdrop & ~sure_person
