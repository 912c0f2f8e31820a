"""The place of the shot behind its portrait, by the crop of the recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_MAX_RATIO: Final = 100.0  # a shot is not a hundred times as wide as the part that became the portrait
_MAX_ANGLE_DEG: Final = 45.0


@dataclass(frozen=True)
class Alignment:
    """The shot's upper left corner and size, as shares of the portrait's width (`left`, `width`) and height (`top`,
    `height`), before it is rotated by -`angle` degrees about that corner. `full_width` is the shot's own, in pixels."""

    left: float
    top: float
    width: float
    height: float
    angle: float
    full_width: int

    @property
    def attributes(self) -> dict[str, str]:
        """The numbers as the page's script reads them."""
        numbers = {"left": self.left, "top": self.top, "width": self.width, "height": self.height, "angle": self.angle}
        return {name: f"{value:.6f}" for name, value in numbers.items()} | {"full-width": str(self.full_width)}


def alignment_of(envelope: Mapping[str, Any]) -> Alignment | None:
    """Return the alignment by kiosk.capture.recipe; None if the recipe is missing or its numbers make no sense."""
    try:
        recipe = envelope["recipe"]
        crop, shot = recipe["crop"], recipe["shot"]
        if recipe.get("decode", {}).get("quarter_turns"):
            return None  # the page does not turn the shot
        left, top, width, height = (float(crop[name]) for name in ("left", "top", "width", "height"))
        angle = float(crop.get("angle", 0.0))
        decoded = [float(side) for side in shot["decoded_size"]]
        full_width = round(decoded[0] * float(shot.get("decoded_reduction", 1)))
        found = Alignment(-left / width, -top / height, decoded[0] / width, decoded[1] / height, angle, full_width)
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError, OverflowError, AttributeError):
        return None
    return found if _is_sane(found) else None


def _is_sane(found: Alignment) -> bool:
    shares = (found.left, found.top, found.width, found.height)
    return (
        all(math.isfinite(share) and abs(share) <= _MAX_RATIO for share in shares)
        and min(found.width, found.height) > 0
        and abs(found.angle) <= _MAX_ANGLE_DEG
        and found.full_width > 0
    )
