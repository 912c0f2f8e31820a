"""A measured value beside its band, as text: `242 px, wanted 180 to 300`."""

from __future__ import annotations

from typing import Final

from config.i18n import Message
from kiosk.guidance.verdict import Verdict


def value_message(verdict: Verdict) -> Message:
    """Return the value and its band as a message: `242 px, wanted 180 to 300`."""
    if verdict.value is None:
        return Message(verdict.reason or "screen.review.not_measured")
    times, unit = _UNITS.get(verdict.unit, (1.0, ""))
    value, low, high = (
        None if x is None else format_number(x * times) for x in (verdict.value, verdict.min, verdict.max)
    )
    if low == high:
        return Message("screen.review.exact", {"value": value, "unit": unit, "low": low})
    if low is None:
        return Message("screen.review.at_most", {"value": value, "unit": unit, "high": high})
    if high is None:
        return Message("screen.review.at_least", {"value": value, "unit": unit, "low": low})
    return Message("screen.review.between", {"value": value, "unit": unit, "low": low, "high": high})


# The display of a unit of a standard: factor and sign. A plain ratio or level has none.
_UNITS: Final = {
    "px": (1.0, " px"),
    "deg": (1.0, "°"),
    "share": (100.0, "%"),
    "byte": (0.001, " KB"),
    "dpi": (1.0, " dpi"),
}


def format_number(value: float) -> str:
    """Format with three figures at most and without needless zeros: 242, 3.5, 0.12."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}"
