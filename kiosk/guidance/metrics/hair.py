"""Hair over the brows, the eyes, the forehead or the ears."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Points
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.skin_reference import SkinReference, interpolate_points, resample_line

BROW_LANDMARKS: Final = ((105, 66, 107), (336, 296, 334))
"""The upper edge of the sitter's right and left brow, without the outer third, which the hair of a temple touches."""
WHOLE_BROW_LANDMARKS: Final = (
    ((70, 63, 105, 66, 107), (46, 53, 52, 65, 55)),
    ((336, 296, 334, 293, 300), (285, 295, 282, 283, 276)),
)
"""The upper and the lower edge of each brow from end to end."""
BELOW_BROW_RANGE: Final = (-0.03, -0.055)
"""Face widths from a brow's lower edge down. Hair covers the brow only where it is both in this range and in
ABOVE_BROW_RANGE: hair at the temple, a dark socket and a thick brow are in one of them."""
ABOVE_BROW_WEIGHT: Final = 0.8
"""Weight of hair above the brow alone: it may end there, or it may be shade or an unsharp hairline."""
EYE_CORNERS: Final = ((33, 133), (362, 263))
"""The corners of each eye, from the sitter's right to left."""
FOREHEAD_LANDMARKS: Final = (105, 66, 107, 336, 296, 334)
ABOVE_BROW_RANGE: Final = (0.02, 0.07)
"""Face widths above a brow: hair that covers the brow crosses this strip, and the brow itself is below."""
FOREHEAD_RANGE: Final = (0.10, 0.22)
"""Face widths above the brows: the lower half of the forehead, below the hairline of nearly everybody."""
MIN_COVERED_SHARE: Final = 0.9
"""Share of the way from above the brow to the eye that must be covered for hair to hang over the eye: without hair
there is skin above the brow and below it."""

NAMES: Final = ("hair_brows", "hair_eyes", "hair_forehead")


def hair_metrics(reference: SkinReference | NotMeasured) -> dict[str, Reading]:
    """Return the shares, 0-1, that do not have the colour of the sitter's own skin (SkinReference.covered_masks):

    - `hair_brows`: of the whole brow's length with hair above and below it, or ABOVE_BROW_WEIGHT times that of the
      strip above the brow, whichever is more, on the worse side. OFIQ's FaceOcclusion uses a parsing network. In
      196 press portraits with free brows: median 0, at most 0.24, or 0.39 with strands at the temple; with hair over
      the outer half of one brow 0.42 to 0.55 (55 renderings of one sitter); drawn over both brows 0.5 (light hair) and
      more.
    - `hair_eyes`: of the eye's width over which hair hangs down to the middle of the eye, on the worse side. In the
      same portraits 0; with dark hair drawn over one eye 1.
    - `hair_forehead`: of the lower half of the forehead. In the same portraits at most 0.13; with a fringe drawn over
      it 0.6 and more.

    Hair as light as the skin is not detected.
    """
    if isinstance(reference, NotMeasured):
        return dict.fromkeys(NAMES, reference)
    forehead, *brows = (
        resample_line(reference.face.points[list(line), :2], 14) for line in (FOREHEAD_LANDMARKS, *BROW_LANDMARKS)
    )
    strips = [interpolate_points(brow, brow + reference.up, 6, *ABOVE_BROW_RANGE) for brow in brows]
    grids = [_brow_to_eye_grid(reference, brow, eye) for brow, eye in zip(brows, EYE_CORNERS, strict=True)]
    edges = [grid for brow in WHOLE_BROW_LANDMARKS for grid in _brow_edges(reference, *brow)]
    covered = reference.covered_masks(
        [interpolate_points(forehead, forehead + reference.up, 8, *FOREHEAD_RANGE), *strips, *grids, *edges]
    )
    above, below = ([part.mean(axis=1) for part in covered[place::2]] for place in (5, 6))
    hanging = [float((over * under).mean()) for over, under in zip(above, below, strict=True)]
    return {
        "hair_brows": max(*(ABOVE_BROW_WEIGHT * float(strip.mean()) for strip in covered[1:3]), *hanging),
        "hair_eyes": max(float((grid.mean(axis=1) >= MIN_COVERED_SHARE).mean()) for grid in covered[3:5]),
        "hair_forehead": float(covered[0].mean()),
    }


def _brow_edges(reference: SkinReference, upper: tuple[int, ...], lower: tuple[int, ...]) -> tuple[Points, Points]:
    """Return points just above and just below a brow, along its length."""
    over, under = (resample_line(reference.face.points[list(line), :2], 16) for line in (upper, lower))
    return interpolate_points(over, over + reference.up, 6, *ABOVE_BROW_RANGE), interpolate_points(
        under, under + reference.up, 4, *BELOW_BROW_RANGE
    )


def _brow_to_eye_grid(reference: SkinReference, brow: Points, corners: tuple[int, int]) -> Points:
    """Return points from above the brow straight down to the middle of the eye."""
    eye = interpolate_points(
        reference.face.landmark(corners[0]), reference.face.landmark(corners[1]), len(brow), 0.1, 0.9
    )
    return interpolate_points(brow + ABOVE_BROW_RANGE[1] * reference.up, eye, 20)


EAR_LANDMARKS: Final = ((127, 132, -1), (356, 361, 1))
"""The outline of the face at the height of the ear, above and below, and which way is out: the sitter's right, left."""
EAR_RANGE: Final = (0.04, 0.13)
EAR_LUMINANCE_RANGE: Final = (0.35, 1.6)
EAR_REDNESS_RANGE: Final = (0.85, 1.3)
"""Times the cheek's luminance and redness: an ear is skin, often in shade."""


def ears(reference: SkinReference | NotMeasured) -> dict[str, Reading]:
    """`ears`: share of the ear's height at which the area just outside the face is skin-coloured, on the worse side.

    Over 52 press portraits, labelled by eye: AUC 0.87; median with both ears visible 0.5, otherwise 0.
    """
    if isinstance(reference, NotMeasured):
        return {"ears": reference}
    return {"ears": min(_visible_share(reference, *side) for side in EAR_LANDMARKS)}


def _visible_share(reference: SkinReference, top: int, bottom: int, out: int) -> float:
    edge = interpolate_points(reference.face.landmark(top), reference.face.landmark(bottom), 12, 0.1, 0.8)
    luminance, redness = reference.relative(interpolate_points(edge, edge + out * reference.across, 6, *EAR_RANGE))
    skin = (
        (luminance > EAR_LUMINANCE_RANGE[0])
        & (luminance < EAR_LUMINANCE_RANGE[1])
        & (redness > EAR_REDNESS_RANGE[0])
        & (redness < EAR_REDNESS_RANGE[1])
    )
    return float(np.asarray(skin).mean(axis=0).max())
