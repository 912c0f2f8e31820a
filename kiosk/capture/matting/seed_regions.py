"""The seed of the trimap: what the mask and a portrait network show without doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.arrays import Mask, Plane
from config.two_threads import run_both
from kiosk.capture.matting.morphology import dilate, erode, fill_holes, largest_component
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
