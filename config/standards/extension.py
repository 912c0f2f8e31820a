"""How far a photo standard allows the background to be extended beyond the picture."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.standards.base import FiniteFloat, Integer, NonEmptyText, StrictModel


class ExtensionLimits(StrictModel):
    """The limits of an extension, in portrait pixels.

    At most `max_top` pixels may be added at the top and `max_side` at each side. A person ends within the picture if no
    pixel of the matte within `clear` pixels of the edge exceeds `max_alpha`. `reserve` pixels more than necessary are
    added, because the finished portrait is measured again and its crown may then differ by some pixels. `explanation`
    names the origin of the numbers.
    """

    max_top: Annotated[Integer, Field(ge=0, le=8000)]
    max_side: Annotated[Integer, Field(ge=0, le=8000)]
    reserve: Annotated[Integer, Field(ge=0, le=8000)]
    clear: Annotated[Integer, Field(ge=1, le=8000)]
    max_alpha: Annotated[FiniteFloat, Field(ge=0, le=0.5)]
    explanation: NonEmptyText

    def at(self, edge: str) -> int:
        """Return the limit at an edge of the picture: top, left or right; 0 at the bottom."""
        return {"top": self.max_top, "left": self.max_side, "right": self.max_side}.get(edge, 0)
