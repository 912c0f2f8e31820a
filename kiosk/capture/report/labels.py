"""Names and values of dimension lines, each with its verdict's symbol, moved apart where they would overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.capture.report.label_layout import layout_labels
from kiosk.capture.report.page import COLOURS, INK, MUTED, SMALL, WHITE, Colour, Page, Point, wrap_text
from kiosk.guidance.verdict import Outcome

_LABEL_WIDTH_PX: Final = 196
_LINE_HEIGHT_PX: Final = 38
_GAP_PX: Final = 12  # px between two labels, where the dimension line is visible
_VALUE_SIZE: Final = SMALL + 4
_SYMBOL_PX: Final = 28
_SYMBOL_ROOM_PX: Final = 38


@dataclass(frozen=True)
class Label:
    """A vertical dimension line from `start` to `end` with its text; without a rule it has no outcome."""

    start: float
    end: float
    name: str
    value: str
    outcome: Outcome | None

    @property
    def colour(self) -> Colour:
        return INK if self.outcome is None else COLOURS[self.outcome]


def draw_lane(page: Page, x: float, span: tuple[float, float], labels: Sequence[Label]) -> None:
    """Draw dimension lines one below the other at `x`, each interrupted by its label; the labels are within
    `span`, or extend below it if they need more space."""
    for label in labels:
        line = MUTED if label.outcome is None else label.colour
        page.arrow((x, label.start), (x, label.end), line)
    names = [wrap_text(page.typeface, label.name, SMALL, _LABEL_WIDTH_PX) for label in labels]
    sizes = [_LINE_HEIGHT_PX * (len(name) + 1) + 2.0 * _GAP_PX for name in names]
    middles = [(label.start + label.end) / 2 for label in labels]
    places = layout_labels(middles, sizes, span[0], max(span[1], span[0] + sum(sizes)))
    for label, name, size, y in zip(labels, names, sizes, places, strict=True):
        _draw_label(page, label, name, (x, y), size - _GAP_PX)


def draw_inline(page: Page, at: Point, label: Label) -> None:
    """Draw name and value in one line, from `at` to the right."""
    page.text(at, label.name, SMALL, fill=MUTED, anchor="lm")
    start = at[0] + page.width_of(label.name, SMALL) + 18
    _draw_value(page, (start + _value_width(page, label) / 2, at[1]), label)


def inline_width(page: Page, label: Label) -> float:
    """Return the width that draw_inline needs."""
    return page.width_of(label.name, SMALL) + 18 + _value_width(page, label)


def _draw_label(page: Page, label: Label, name: Sequence[str], at: Point, height: float) -> None:
    wide = max([page.width_of(line, SMALL) for line in name] + [_value_width(page, label)]) / 2 + 6
    page.box((at[0] - wide, at[1] - height / 2, at[0] + wide + 1, at[1] + height / 2 + 1), fill=WHITE)
    y = at[1] - height / 2 + _LINE_HEIGHT_PX / 2 + 4
    for line in name:
        page.text((at[0], y), line, SMALL, fill=MUTED, anchor="mm")
        y += _LINE_HEIGHT_PX
    _draw_value(page, (at[0], y), label)


def _draw_value(page: Page, middle: Point, label: Label) -> None:
    """Draw a value with its symbol in front, both together centred."""
    room = 0
    if label.outcome is not None:
        room = _SYMBOL_ROOM_PX
        left = middle[0] - _value_width(page, label) / 2
        page.symbol((left + _SYMBOL_PX / 2, middle[1]), label.outcome, _SYMBOL_PX)
    at = (middle[0] + room / 2, middle[1])
    page.text(at, label.value, _VALUE_SIZE, bold=True, fill=label.colour, anchor="mm")


def _value_width(page: Page, label: Label) -> float:
    return page.width_of(label.value, _VALUE_SIZE, True) + (0 if label.outcome is None else _SYMBOL_ROOM_PX)
