"""Detect glasses by the lines of the frame, and measure the darkness and glare of their lenses."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Point, Points
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.skin_reference import SkinReference, interpolate_points

NAMES: Final = ("glasses", "lens_darkness", "glare")
MIN_FRAME_STOPS: Final = 0.9
"""Stops of `glasses` above which lenses are measured: below it, dark or shiny lids would count as lenses."""
EYELID_LANDMARKS: Final = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
"""The upper and the lower lid of the sitter's right and left eye, from corner to corner."""
GLARE_THRESHOLDS: Final = (1.15, 0.72)
"""Times the cheek's luminance and redness: a reflection in a lens is brighter and less red than skin."""
_LUMINANCE_FLOOR: Final = 0.02  # times the cheek's luminance: darker than a black frame is noise
_BRIDGE_RANGE: Final = (0.12, -0.16)  # face widths from the inner eye corners up and down the nose
_BELOW_EYE_RANGE: Final = (-0.05, -0.24)  # from the middle of the eye down the cheek
_LENS_ELLIPSE: Final = (0.17, 0.13, -0.04)  # half width, half height, middle: of a lens around the eye, in face widths
_EYE_ELLIPSE: Final = (0.12, 0.05)  # half width and height of the eye itself, whose white and catchlight are not glare


def glasses(reference: SkinReference | NotMeasured) -> dict[str, Reading]:
    """- `glasses`: contrast of the line of a frame to its surroundings, in stops (factors of 2): the weakest of the
      bridge of the nose and the skin below either eye. In 99 press portraits two people wear glasses (2.4 and 3.0), all
      others have 0.6 or less; drawn frames of a hundredth of the face's width have 1.4 and more.
    - `lens_darkness`: 1 - the luminance, over the cheek's, of the skin below the eye or of its white, the brightest; 0
      without glasses. Lenses that take 80 % of the light: 0.7 to 0.9; clear ones: at most 0.5, eyes in deep shade.
    - `glare`: share of the lens around the eye, without the eye itself, that is brighter and less red than skin; 0
      without glasses. Drawn glare over a third of the lens: 0.34 and more; drawn glasses without: at most 0.07.
    """
    if isinstance(reference, NotMeasured):
        return dict.fromkeys(NAMES, reference)
    strength = _frame_strength(reference)
    if strength < MIN_FRAME_STOPS:
        return {"glasses": strength, "lens_darkness": 0.0, "glare": 0.0}
    return {
        "glasses": strength,
        "lens_darkness": _lens_darkness(reference),
        "glare": max(_glare_share(reference, eye) for eye in _eye_centres(reference)),
    }


def _eye_centres(reference: SkinReference) -> list[Point]:
    return [
        (reference.face.landmark(upper[0]) + reference.face.landmark(upper[-1])) / 2 for upper, _ in EYELID_LANDMARKS
    ]


def _frame_strength(reference: SkinReference) -> float:
    root = (reference.face.landmark(133) + reference.face.landmark(362)) / 2
    bridge = _strip(reference, root, 0.05, _BRIDGE_RANGE, (5, 29))
    below = [_strip(reference, eye, 0.1, _BELOW_EYE_RANGE, (7, 20)) for eye in _eye_centres(reference)]
    stops = _log_luminance(reference, np.concatenate([part.reshape(-1, 2) for part in (bridge, *below)]))
    profile = np.median(stops[:145].reshape(5, 29), axis=0)[None]
    lines = [_line_strength(profile, 3), *(_line_strength(part.reshape(7, 20), 2) for part in np.split(stops[145:], 2))]
    return min(lines)


def _strip(
    reference: SkinReference, point: Point, half_width: float, reach: tuple[float, float], steps: tuple[int, int]
) -> Points:
    """Return points (steps[0], steps[1], 2): lines side by side, each from reach[0] to reach[1] face widths above
    `point`."""
    sides = point + np.linspace(-half_width, half_width, steps[0], dtype=np.float32)[:, None] * reference.across
    return interpolate_points(sides, sides + reference.up, steps[1], *reach)


def _log_luminance(reference: SkinReference, points: Points) -> NDArray[np.float32]:
    luminance, _ = reference.relative(points)
    return np.asarray(np.log2(np.nan_to_num(luminance, nan=1.0) + _LUMINANCE_FLOOR), np.float32)


def _line_strength(profiles: NDArray[np.float32], step: int) -> float:
    """Return the strongest line across profiles (n, m): a place unlike both its neighbours `step` away; median of the
    n."""
    middle = (profiles[:, : -2 * step] + profiles[:, 2 * step :]) / 2
    return float(np.median(np.abs(profiles[:, step:-step] - middle).max(axis=1)))


def _lens_darkness(reference: SkinReference) -> float:
    light = []
    for eye, (upper, lower) in zip(_eye_centres(reference), EYELID_LANDMARKS, strict=True):
        skin = _strip(reference, eye, 0.08, (-0.065, -0.1), (9, 4))
        white = interpolate_points(reference.face.points[list(upper), :2], reference.face.points[list(lower), :2], 6)
        light += [
            float(np.nanmedian(reference.relative(skin)[0])),
            float(np.nanpercentile(reference.relative(white)[0], 85)),
        ]
    return max(0.0, 1.0 - max(light))


def _glare_share(reference: SkinReference, eye: Point) -> float:
    x, y = np.meshgrid(
        np.linspace(-_LENS_ELLIPSE[0], _LENS_ELLIPSE[0], 17),
        np.linspace(_LENS_ELLIPSE[2] - _LENS_ELLIPSE[1], _LENS_ELLIPSE[2] + _LENS_ELLIPSE[1], 14),
    )
    lens = (x / _LENS_ELLIPSE[0]) ** 2 + ((y - _LENS_ELLIPSE[2]) / _LENS_ELLIPSE[1]) ** 2 < 1
    lens &= (x / _EYE_ELLIPSE[0]) ** 2 + (y / _EYE_ELLIPSE[1]) ** 2 > 1
    points = (eye + x[lens][:, None] * reference.across + y[lens][:, None] * reference.up).astype(np.float32)
    luminance, redness = reference.relative(points)
    return float(((luminance > GLARE_THRESHOLDS[0]) & (redness < GLARE_THRESHOLDS[1])).mean())
