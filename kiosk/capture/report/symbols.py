"""The shapes of the four outcome symbols, in shares of the symbol's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.capture.report.page import COLOURS, WHITE, Colour, Point
from kiosk.guidance.verdict import Outcome

_EDGE: Final = 1 / 24  # space round a symbol
_WHOLE: Final = (_EDGE, _EDGE, 1 - _EDGE, 1 - _EDGE)
_RING_WEIGHT: Final = 1 / 12
_CORNER_RADIUS: Final = 1 / 9


@dataclass(frozen=True)
class Disc:
    box: tuple[float, float, float, float]
    colour: Colour
    ring_weight: float = 0.0
    """0: filled; otherwise the weight of the ring, inside the box."""


@dataclass(frozen=True)
class RoundedSquare:
    box: tuple[float, float, float, float]
    radius: float
    colour: Colour


@dataclass(frozen=True)
class Diamond:
    corners: tuple[Point, ...]
    colour: Colour


@dataclass(frozen=True)
class Stroke:
    """A line with round ends and joints."""

    points: tuple[Point, ...]
    colour: Colour
    weight: float = 0.1


Shape = Disc | RoundedSquare | Diamond | Stroke

SHAPES: Final[dict[Outcome, tuple[Shape, ...]]] = {
    Outcome.PASS: (
        Disc(_WHOLE, COLOURS[Outcome.PASS]),
        Stroke(((0.28, 0.52), (0.44, 0.67), (0.73, 0.35)), WHITE),
    ),
    Outcome.FAIL: (
        RoundedSquare(_WHOLE, _CORNER_RADIUS, COLOURS[Outcome.FAIL]),
        Stroke(((0.31, 0.31), (0.69, 0.69)), WHITE),
        Stroke(((0.69, 0.31), (0.31, 0.69)), WHITE),
    ),
    Outcome.UNSURE: (
        Diamond(((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)), COLOURS[Outcome.UNSURE]),
        Stroke(((0.39, 0.40), (0.43, 0.33), (0.5, 0.30), (0.57, 0.33), (0.60, 0.40)), WHITE, 0.075),
        Stroke(((0.60, 0.40), (0.57, 0.47), (0.5, 0.52), (0.5, 0.59)), WHITE, 0.075),
        Disc((0.455, 0.66, 0.545, 0.75), WHITE),
    ),
    Outcome.NOT_MEASURED: (
        Disc(_WHOLE, COLOURS[Outcome.NOT_MEASURED], _RING_WEIGHT),
        Stroke(((0.34, 0.5), (0.66, 0.5)), COLOURS[Outcome.NOT_MEASURED]),
    ),
}
