"""One picture as it is measured: its pixels, its sitter, and what is known besides."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.standard import Colour
from kiosk.guidance.chips import Chip, face_chip
from kiosk.guidance.face import Face, Pixels
from kiosk.guidance.sighting import Sighting


@dataclass(frozen=True, eq=False)
class Before:
    """An earlier sighting of the same stream, `seconds` before the present one; older than `longest` it says nothing
    about movement any more."""

    sighting: Sighting = field(repr=False)
    seconds: float
    longest: float = 1.0


@dataclass(frozen=True, eq=False)
class Look:
    """What a group of measures may look at: `pixels` uint8 (h, w, 3) RGB with at least one face in `sighting`.

    `behind` is the colour that the portrait will have behind the sitter, None where nobody has chosen.
    """

    pixels: Pixels = field(repr=False)
    sighting: Sighting = field(repr=False)
    previous: Before | None = field(default=None, repr=False)
    behind: Colour | None = None
    _chips: dict[float, Chip | None] = field(default_factory=dict, repr=False)

    @property
    def face(self) -> Face:
        """The sitter's: of several faces the widest."""
        return self.sighting.faces[0]

    def face_chip(self, face_width: float) -> Chip | None:
        """chips.face_chip, made once for all who want it at the same width."""
        if face_width not in self._chips:
            self._chips[face_width] = face_chip(self.pixels, self.face, face_width)
        return self._chips[face_width]
