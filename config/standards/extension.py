"""How far a photo standard allows the background to be extended beyond the picture."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.standards.base import FiniteFloat, Integer, NonEmptyText, StrictModel


class ExtensionLimits(StrictModel):
    """The most portrait pixels that may be added at the top (`max_top`) and at each side (`max_side`), and what counts
    as a person who ends within the picture: within `clear` portrait pixels of the edge no pixel of the matte exceeds
    `max_alpha`. `reserve` pixels more than the fewest are added, because the portrait is measured again and a measured
    crown differs by some. `explanation` names the origin of the numbers."""

    max_top: Annotated[Integer, Field(ge=0, le=8000)]
    max_side: Annotated[Integer, Field(ge=0, le=8000)]
    reserve: Annotated[Integer, Field(ge=0, le=8000)]
    clear: Annotated[Integer, Field(ge=1, le=8000)]
    max_alpha: Annotated[FiniteFloat, Field(ge=0, le=0.5)]
    explanation: NonEmptyText

    def at(self, edge: str) -> int:
        """Return the limit at an edge of the picture: top, left, right or bottom, at which nothing is ever added."""
        return {"top": self.max_top, "left": self.max_side, "right": self.max_side}.get(edge, 0)
