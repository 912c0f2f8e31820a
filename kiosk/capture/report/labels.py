"""Names and values beside dimension lines, each with its verdict's sign; moved apart where they would collide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.capture.report.page import COLOURS, INK, SMALL, SOFT, Colour, Page, Point, wrapped
from kiosk.capture.report.spread import spread
from kiosk.guidance.verdict import Outcome

_WIDTH: Final = 196
_LINE: Final = 38
_SPACE: Final = 12  # px between two labels, and so much again for the line to be seen between them
_VALUE: Final = SMALL + 4
_SIGN: Final = 28
_SIGN_ROOM: Final = 38


@dataclass(frozen=True)
class Label:
    """An upright dimension line from `start` to `end` and what it says; without a rule it has no outcome."""

    start: float
    end: float
    name: str
    value: str
    outcome: Outcome | None

    @property
    def colour(self) -> Colour:
        return INK if self.outcome is None else COLOURS[self.outcome]


def draw_lane(page: Page, x: float, span: tuple[float, float], labels: Sequence[Label]) -> None:
    """Dimension lines below each other at `x`, each interrupted by its label; the labels keep within `span`, or below
    its upper end where they need more."""
    for label in labels:
        line = SOFT if label.outcome is None else label.colour
        page.arrow((x, label.start), (x, label.end), line)
    names = [wrapped(page.typeface, label.name, SMALL, _WIDTH) for label in labels]
    sizes = [_LINE * (len(name) + 1) + 2.0 * _SPACE for name in names]
    wanted = [(label.start + label.end) / 2 for label in labels]
    places = spread(wanted, sizes, span[0], max(span[1], span[0] + sum(sizes)))
    for label, name, size, y in zip(labels, names, sizes, places, strict=True):
        _draw(page, label, name, (x, y), size - _SPACE)


def draw_beside(page: Page, at: Point, label: Label) -> None:
    """Name and value in one line, from `at` to the right."""
    page.text(at, label.name, SMALL, fill=SOFT, anchor="lm")
    start = at[0] + page.width_of(label.name, SMALL) + 18
    _value(page, (start + _value_width(page, label) / 2, at[1]), label)


def width_beside(page: Page, label: Label) -> float:
    """The width of what draw_beside draws."""
    return page.width_of(label.name, SMALL) + 18 + _value_width(page, label)


def _draw(page: Page, label: Label, name: Sequence[str], at: Point, height: float) -> None:
    wide = max([page.width_of(line, SMALL) for line in name] + [_value_width(page, label)]) / 2 + 6
    page.draw.rectangle((at[0] - wide, at[1] - height / 2, at[0] + wide, at[1] + height / 2), fill="white")
    y = at[1] - height / 2 + _LINE / 2 + 4
    for line in name:
        page.text((at[0], y), line, SMALL, fill=SOFT, anchor="mm")
        y += _LINE
    _value(page, (at[0], y), label)


def _value(page: Page, middle: Point, label: Label) -> None:
    """A value with its sign before it, both together in the middle."""
    room = 0
    if label.outcome is not None:
        room = _SIGN_ROOM
        left = middle[0] - _value_width(page, label) / 2
        page.sign((left + _SIGN / 2, middle[1]), label.outcome, _SIGN)
    at = (middle[0] + room / 2, middle[1])
    page.text(at, label.value, _VALUE, bold=True, fill=label.colour, anchor="mm")


def _value_width(page: Page, label: Label) -> float:
    return page.width_of(label.value, _VALUE, True) + (0 if label.outcome is None else _SIGN_ROOM)
