"""Whether hair hangs over the brows, the eyes or the forehead."""

from __future__ import annotations

from typing import Final

from kiosk.guidance.complexion import Complexion, Points, between, drawn_out
from kiosk.guidance.reading import Missing, Reading

BROWS: Final = ((105, 66, 107), (336, 296, 334))
"""The upper edge of the sitter's right and left brow, but for the outer third, which the hair of a temple touches."""
EYES: Final = ((33, 133), (362, 263))
"""The corners of each eye, from the sitter's right to left."""
FOREHEAD: Final = (105, 66, 107, 336, 296, 334)
STRIP: Final = (0.02, 0.07)
"""Face widths above a brow: what covers the brow comes down through it, and the brow itself ends below."""
MIDDLE: Final = (0.10, 0.22)
"""Face widths above the brows: the lower half of the forehead, below the hairline of nearly everybody."""
HANGS: Final = 0.9
"""Share of the way from above the brow to the eye that must be covered for hair to hang over the eye: without hair
there is skin above the brow and below it."""

NAMES: Final = ("hair_brows", "hair_eyes", "hair_forehead")


def hair(own: Complexion | Missing) -> dict[str, Reading]:
    """Shares, 0-1, not of the colour of the sitter's own skin (Complexion.covered):

    - `hair_brows`: of the strip above the brow, on the worse side. OFIQ's FaceOcclusion asks a parsing net instead. In
      99 press portraits with free brows: median 0, at most 0.27; with hair drawn over the brows 0.62 and more.
    - `hair_eyes`: of the eye's width over which hair hangs down to the middle of the eye, on the worse side. In the
      same portraits 0; with dark hair drawn over one eye 1.
    - `hair_forehead`: of the lower half of the forehead. In the same portraits at most 0.13; with a fringe drawn over
      it 0.6 and more.

    Hair as light as the skin is not seen by this.
    """
    if isinstance(own, Missing):
        return dict.fromkeys(NAMES, own)
    forehead, *brows = (drawn_out(own.face.points[list(line), :2], 14) for line in (FOREHEAD, *BROWS))
    strips = [between(brow, brow + own.up, 6, *STRIP) for brow in brows]
    ways = [_ways(own, brow, eye) for brow, eye in zip(brows, EYES, strict=True)]
    middle, *seen = own.covered([between(forehead, forehead + own.up, 8, *MIDDLE), *strips, *ways])
    return {
        "hair_brows": max(float(strip.mean()) for strip in seen[:2]),
        "hair_eyes": max(float((way.mean(axis=1) >= HANGS).mean()) for way in seen[2:]),
        "hair_forehead": float(middle.mean()),
    }


def _ways(own: Complexion, brow: Points, corners: tuple[int, int]) -> Points:
    """From above the brow straight down to the middle of the eye."""
    eye = between(own.face.at(corners[0]), own.face.at(corners[1]), len(brow), 0.1, 0.9)
    return between(brow + STRIP[1] * own.up, eye, 20)
