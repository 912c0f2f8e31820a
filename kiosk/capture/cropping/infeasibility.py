"""Why there is no crop: the fewest rules that cannot be kept together, and by how many pixels of the portrait.

The edges of the picture and that nothing is enlarged count as given. By Helly's theorem at most four inequalities in
origin and scale are needed to show that there is no crop, so all small sets of rules are tried, the smallest first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np

from config.i18n import Message
from config.standards.registry import PhotoStandard
from kiosk.capture.cropping.constraints import EDGES, Band, Head, bands, edges, system
from kiosk.capture.cropping.linear_inequalities import Rows, U, X, Y, possible, span, without
from kiosk.capture.types import PhotoProblem

_PRECISE: Final = 1e-3  # px
_FAR: Final = (
    1e7  # pixels; farther than any picture is large, so another rule than the one that gives way is in the way
)
_ENLARGED: Final = "enlarged"
_NOTHING: Final[frozenset[str]] = frozenset()
_SOME_SCALE: Final = np.array([(0.0, 0.0, -1.0, -1e-3)])  # however far a head is enlarged, it does not become infinite
_ALL: Final = frozenset({*EDGES, _ENLARGED})


@dataclass(frozen=True)
class Conflict:
    """Rules that cannot all be kept, though all but any one of them can.

    `misses`: by how many portrait pixels each rule would have to give way, were it the only one that does. `edges`: the
    edges of the picture that have a part in it, and "enlarged" where more pixels would help. `missing`: how many
    portrait pixels are missing at those edges.
    """

    misses: dict[str, float]
    bands: tuple[Band, ...]
    edges: frozenset[str]
    missing: float


@dataclass(frozen=True)
class _Scene:
    picture: tuple[int, int]
    output: tuple[int, int]
    angle: float

    def rows(self, found: Sequence[Band], given: frozenset[str], wanting: float = 0.0) -> Rows:
        """The bands and the given edges; `wanting` pixels may be missing at those."""
        all_edges = edges(self.picture, self.output, self.angle, wanting, given)
        keep = [edge in given for edge in (*EDGES, _ENLARGED)]
        return system(found, np.concatenate([all_edges[keep], _SOME_SCALE]))

    def fits(self, found: Sequence[Band], given: frozenset[str]) -> bool:
        return possible(self.rows(found, given))


def conflict(found: Sequence[Band], picture: tuple[int, int], output: tuple[int, int], angle: float) -> Conflict | None:
    """The smallest set of rules without a crop, of several the one that misses by most; None where there is a crop.

    What no step back or forth would mend comes first: rules against each other, then too few pixels, then the edges.
    """
    scene = _Scene(picture, output, angle)
    if scene.fits(found, _ALL):
        return None
    if not scene.fits((), _ALL):
        return Conflict({}, (), _ALL, 0.0)  # the portrait has more pixels than the picture
    stages = (_NOTHING, frozenset({_ENLARGED}), frozenset(EDGES), _ALL)
    given = next(given for given in stages if not scene.fits(found, given))
    for size in range(len(found) + 1):
        apart = [each for each in combinations(found, size) if not scene.fits(each, given)]
        if apart:
            every = [_measured(each, scene, given) for each in apart]
            return max(every, key=lambda one: min(one.misses.values(), default=0))
    raise AssertionError("the rules all together do not fit")


def _measured(apart: Sequence[Band], scene: _Scene, given: frozenset[str]) -> Conflict:
    for edge in (_ENLARGED, "bottom", "top", "right", "left"):
        if not scene.fits(apart, given - {edge}):
            given -= {edge}
    misses = {}
    for n, band in enumerate(apart):
        rest = [*apart[:n], *apart[n + 1 :]]
        misses[band.rule] = _least(lambda px, b=band, r=rest, g=given: scene.fits([b.relaxed(px), *r], g))  # type: ignore[misc]
    sides = given - {_ENLARGED}
    missing = _least(lambda px: possible(scene.rows(apart, given, px))) if sides else 0.0
    return Conflict(misses, tuple(apart), given, missing)


def _least(fits: Callable[[float], bool]) -> float:
    """The fewest pixels with which it fits: by halving, as more pixels never fit worse. `_FAR` where none do."""
    high = 1.0
    while not fits(high):
        high *= 2
        if high > _FAR:
            return _FAR
    low = 0.0
    while high - low > _PRECISE:
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def why_not(found: Sequence[Band], head: Head, picture: tuple[int, int], standard: PhotoStandard) -> PhotoProblem:
    """The one sentence why there is no crop, for the person who can act on it. To be asked only where there is none."""
    output = (standard.output.width, standard.output.height)
    apart = conflict(found, picture, output, head.angle)
    assert apart is not None, "there is a crop"
    if not apart.bands:
        sizes = {"width": picture[0], "height": picture[1], "least_width": output[0], "least_height": output[1]}
        return PhotoProblem("photo.too_small", **sizes)
    said = {"conflict": _names(apart), "misses": {rule: _whole(px) for rule, px in apart.misses.items()}}
    sides = apart.edges - {_ENLARGED}
    if len(sides) == 1:
        return PhotoProblem(f"photo.room_{next(iter(sides))}", pixels=_whole(apart.missing), **said)
    if sides:
        return PhotoProblem("photo.too_near", pixels=_whole(len(sides) * apart.missing), **said)
    if _ENLARGED in apart.edges:
        return PhotoProblem("photo.too_far", have=int(head.width), need=math.ceil(head.width * _growth(apart)), **said)
    hair = [apart.misses[band.rule] for band in apart.bands if band.measure in ("hair_top", "head_height")]
    pixels = _whole(min(hair or apart.misses.values()))
    return PhotoProblem(_of_the_hair(apart, head, standard), pixels=pixels, **said)


def _names(apart: Conflict) -> Message:
    rules = [Message(f"rule.{band.rule}") for band in apart.bands]
    keys = ("photo.conflict_one", "photo.conflict_two", "photo.conflict_three", "photo.conflict_four")
    return Message(keys[len(rules) - 1], dict(zip(("one", "two", "three", "four"), rules, strict=False)))


def _growth(apart: Conflict) -> float:
    """How many times as large the head would have to be in the picture for its rules to have enough pixels."""
    rows = system(apart.bands, np.empty((0, 4)))
    return 1 / float(span(without(without(rows, X), Y), U)[1])


def _of_the_hair(apart: Conflict, head: Head, standard: PhotoStandard) -> str:
    """Whether lower or fuller hair would ease a conflict between rules alone."""
    rules = {band.rule for band in apart.bands}
    step = 0.01 * head.width

    def missed(crown: float) -> float:
        moved = [band for band in bands(replace(head, crown=crown), standard) if band.rule in rules]
        scene = _Scene((0, 0), (standard.output.width, standard.output.height), head.angle)
        first = moved[0]
        return _least(lambda px: scene.fits([first.relaxed(px), *moved[1:]], _NOTHING))

    lower, higher = missed(head.crown + step), missed(head.crown - step)
    if math.isclose(lower, higher, abs_tol=4 * _PRECISE):
        return "photo.rules_apart"
    return "photo.hair_high" if lower < higher else "photo.hair_flat"


def _whole(pixels: float) -> int:
    return max(1, math.ceil(pixels))
