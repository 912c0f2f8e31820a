"""One row of text found in a picture."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TextRow:
    """`text` in the box left, top, right, bottom (pixels). It may hold a person's data, so repr leaves it out."""

    text: str = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def upside_down(self) -> TextRow:
        """Where it stands when the picture is turned by half."""
        return TextRow(self.text, -self.right, -self.bottom, -self.left, -self.top)

    def is_beside(self, other: TextRow) -> bool:
        """Whether both stand in one line of print: their middles are nearer than half a row."""
        apart = abs((self.top + self.bottom) - (other.top + other.bottom)) / 2
        return apart < 0.5 * max(self.height, other.height)
