"""Glasses, told by the lines that a frame draws where a face has none, and what their lenses do to the eyes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.guidance.detection.face import Point
from kiosk.guidance.detection.types import Missing, Reading
from kiosk.guidance.metrics.skin_reference import Complexion, Points, between

NAMES: Final = ("glasses", "lens_darkness", "glare")
WORN: Final = 0.9
"""Of `glasses`, in stops: above it lenses are looked for. Else dark or shiny lids would pass for such."""
EYES: Final = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
"""The upper and the lower lid of the sitter's right and left eye, from corner to corner."""
BRIGHT: Final = (1.15, 0.72)
"""Times the cheek's luminance and redness: what a lens mirrors lies over the skin, bright and without its colour."""
_DARKEST: Final = 0.02  # times the cheek's luminance: darker than a black frame is noise
_BRIDGE: Final = (0.12, -0.16)  # face widths from the inner eye corners up and down the nose
_BELOW: Final = (-0.05, -0.24)  # from the middle of the eye down the cheek
_LENS: Final = (0.17, 0.13, -0.04)  # half width, half height, middle: of a lens about the eye, in face widths
_EYE: Final = (0.12, 0.05)  # half width and height of the eye itself, whose white and catchlight are not glare


def glasses(own: Complexion | Missing) -> dict[str, Reading]:
    """- `glasses`: how much darker or brighter than its surroundings the line of a frame is, in stops (factors of 2):
      the weakest of the bridge of the nose and the skin below either eye. Of 99 press portraits two wear glasses (2.4
      and 3.0), all others lie at 0.6 or below; frames drawn a hundredth of the face wide reach 1.4 and more.
    - `lens_darkness`: 1 - the luminance, over the cheek's, of the skin below the eye or of its white, the brightest; 0
      without glasses. Lenses that take 80 % of the light: 0.7 to 0.9; clear ones: at most 0.5, eyes in deep shade.
    - `glare`: share of the lens about the eye, but for the eye itself, that is brighter and less red than skin; 0
      without glasses. Drawn glare over a third of the lens: 0.34 and more; drawn glasses without: at most 0.07.
    """
    if isinstance(own, Missing):
        return dict.fromkeys(NAMES, own)
    worn = _frame(own)
    if worn < WORN:
        return {"glasses": worn, "lens_darkness": 0.0, "glare": 0.0}
    return {"glasses": worn, "lens_darkness": _darkness(own), "glare": max(_glare(own, eye) for eye in _middles(own))}


def _middles(own: Complexion) -> list[Point]:
    return [(own.face.at(upper[0]) + own.face.at(upper[-1])) / 2 for upper, _ in EYES]


def _frame(own: Complexion) -> float:
    root = (own.face.at(133) + own.face.at(362)) / 2
    bridge = _strip(own, root, 0.05, _BRIDGE, (5, 29))
    below = [_strip(own, eye, 0.1, _BELOW, (7, 20)) for eye in _middles(own)]
    stops = _stops(own, np.concatenate([part.reshape(-1, 2) for part in (bridge, *below)]))
    profile = np.median(stops[:145].reshape(5, 29), axis=0)[None]
    lines = [_line(profile, 3), *(_line(part.reshape(7, 20), 2) for part in np.split(stops[145:], 2))]
    return min(lines)


def _strip(own: Complexion, at: Point, half: float, reach: tuple[float, float], steps: tuple[int, int]) -> Points:
    """Points (steps[0], steps[1], 2): lines side by side, each from reach[0] to reach[1] face widths above `at`."""
    sides = at + np.linspace(-half, half, steps[0], dtype=np.float32)[:, None] * own.across
    return between(sides, sides + own.up, steps[1], *reach)


def _stops(own: Complexion, points: Points) -> NDArray[np.float32]:
    luminance, _ = own.relative(points)
    return np.asarray(np.log2(np.nan_to_num(luminance, nan=1.0) + _DARKEST), np.float32)


def _line(profiles: NDArray[np.float32], step: int) -> float:
    """The strongest line across profiles (n, m): a place unlike both its neighbours `step` away; median of the n."""
    middle = (profiles[:, : -2 * step] + profiles[:, 2 * step :]) / 2
    return float(np.median(np.abs(profiles[:, step:-step] - middle).max(axis=1)))


def _darkness(own: Complexion) -> float:
    light = []
    for eye, (upper, lower) in zip(_middles(own), EYES, strict=True):
        skin = _strip(own, eye, 0.08, (-0.065, -0.1), (9, 4))
        white = between(own.face.points[list(upper), :2], own.face.points[list(lower), :2], 6)
        light += [float(np.nanmedian(own.relative(skin)[0])), float(np.nanpercentile(own.relative(white)[0], 85))]
    return max(0.0, 1.0 - max(light))


def _glare(own: Complexion, eye: Point) -> float:
    x, y = np.meshgrid(np.linspace(-_LENS[0], _LENS[0], 17), np.linspace(_LENS[2] - _LENS[1], _LENS[2] + _LENS[1], 14))
    lens = (x / _LENS[0]) ** 2 + ((y - _LENS[2]) / _LENS[1]) ** 2 < 1
    lens &= (x / _EYE[0]) ** 2 + (y / _EYE[1]) ** 2 > 1
    points = (eye + x[lens][:, None] * own.across + y[lens][:, None] * own.up).astype(np.float32)
    luminance, redness = own.relative(points)
    return float(((luminance > BRIGHT[0]) & (redness < BRIGHT[1])).mean())
