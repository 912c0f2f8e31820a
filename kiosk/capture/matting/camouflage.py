"""Clothes of the backdrop's colour, where a portrait network loses shoulders and colours are no evidence.

On composed shots of blue clothes before blue, the closed form kept more of a shoulder than the network's alpha, where
the mask did not exclude the person. There, neither the network nor the likeness of colours decides. Edges do: a pixel
that is connected to the backdrop without an edge in between is backdrop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from config.arrays import Mask, Plane
from kiosk.capture.matting.morphology import (
    dilate,
    erode,
    fill_holes,
    largest_component,
    morphological_open,
    reconstruct,
)
from kiosk.capture.matting.person_outline import MASK_EDGE, head_end

_FIRST_SHARE: Final = 0.01  # of the clothes' pixels lie above their first row: thin strands of them do not count


@dataclass(frozen=True)
class CamouflageSettings:
    """Clothes count as camouflaged where at least `min_share` of the picture is surely person and of the backdrop's
    colour; parts of a smaller radius than `smallest` do not count. The mask excludes the person where it is not above
    `excluded`, farther than `reach` from the pixels above it. Lengths are shares of the picture's height.

    There the backdrop extends to the next edge, a gradient above `calm` times BackdropLikeness.calm. Edges are widened
    by `edge`. The backdrop extends over passages wider than two times `passage` only, and so not through a hole in an
    edge. It ends `margin` before the edge, and where the mask exceeds `clear`.
    """

    min_share: float = 0.001
    smallest: float = 4 / 1280
    excluded: float = 0.12
    reach: float = 6 / 1280
    calm: float = 0.5
    edge: float = 3 / 1280
    passage: float = 12 / 1280
    margin: float = 6 / 1280
    clear: float = 0.4


def find_camouflage(alike: Mask, sure_person: Mask, person: Plane, settings: CamouflageSettings) -> Mask:
    """Return where clothes of the backdrop's colour may be, bool (h, w): the pixels that the mask does not exclude, in
    the rows of such clothes. It is empty if the clothes have another colour.

    `alike`: bool (h, w), the pixels of the backdrop's colour; `person`: the mask, float32 (h, w).
    """
    hidden = np.zeros_like(sure_person)
    clothes = reaching_lower_edge(morphological_open(alike & sure_person, settings.smallest * len(person)))
    if clothes.mean() >= settings.min_share:
        possible = dilate(fill_holes(largest_component(person > settings.excluded)), settings.reach * len(person))
        first = max(_first_row(clothes), head_end(person > MASK_EDGE))
        hidden[first:] = possible[first:]
    return hidden


def backdrop_up_to_edges(
    alike: Mask, edges: Mask, sure_backdrop: Mask, person: Plane, settings: CamouflageSettings
) -> Mask:
    """Return the pixels connected to `sure_backdrop` over pixels of its colour, `alike`, without `edges`: bool (h, w)
    each; `person` is the mask, float32 (h, w)."""
    height = len(person)
    passable = alike & (person < settings.clear) & ~dilate(edges, settings.edge * height)
    middle = erode(passable, settings.passage * height)
    reachable = dilate(reconstruct(middle, middle & sure_backdrop), settings.passage * height)
    before_edges = erode(reachable, settings.margin * height)
    return reconstruct(before_edges, before_edges & sure_backdrop)


def reaching_lower_edge(mask: Mask) -> Mask:
    """Return the components that touch the last row."""
    lower = np.zeros_like(mask)
    lower[-1] = mask[-1]
    return reconstruct(mask, lower)


def _first_row(clothes: Mask) -> int:
    counts = np.cumsum(clothes.sum(axis=1))
    return int(np.searchsorted(counts, _FIRST_SHARE * counts[-1]))
