"""Tells each showing of a code once, out of many looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hardware.barcodes.decoder import CodeRead

LINEAR_SIGHTINGS: Final = 2
"""A linear code is believed when two looks have read the same."""


@dataclass
class _Sighting:
    last_seen_at: float
    count: int = 0
    reported: bool = False


class ScanDebouncer:
    """A code is a new one when it was out of sight for `absence_s` seconds. Times are seconds of one clock.

    A code that fails to be read for a moment (a hand before it, a reflection) is still the same showing.
    """

    def __init__(self, absence_s: float = 2.0) -> None:
        self._absence_s = absence_s
        self._sightings: dict[str, _Sighting] = {}

    def update(self, codes: Iterable[CodeRead], at: float) -> list[str]:
        """The payloads that are shown anew, after a look at that time."""
        self._sightings = {
            payload: sighting
            for payload, sighting in self._sightings.items()
            if at - sighting.last_seen_at <= self._absence_s
        }
        fresh = []
        for code in codes:
            seen = self._sightings.setdefault(code.payload, _Sighting(at))
            seen.last_seen_at, seen.count = at, seen.count + 1
            if not seen.reported and seen.count >= (LINEAR_SIGHTINGS if code.linear else 1):
                seen.reported = True
                fresh.append(code.payload)
        return fresh

    def resume(self, at: float) -> None:
        """Nobody looked for a while. What was in sight before may have been so all the time: a phone that still lies
        there after a visit must not begin the next one."""
        for sighting in self._sightings.values():
            sighting.last_seen_at = at
