"""Report each showing of a code once, from many frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from config.barcodes import CodeRead

LINEAR_SIGHTINGS: Final = 2
"""A linear code is accepted when two frames have the same reading."""


@dataclass
class _Sighting:
    last_seen_at: float
    count: int = 0
    reported: bool = False


class ScanDebouncer:
    """A code is new if it was not visible for `absence_s` seconds. Times are seconds of one clock.

    A code that is unreadable for a moment (a hand in front of it, a reflection) is still the same showing.
    """

    def __init__(self, absence_s: float = 2.0) -> None:
        self._absence_s = absence_s
        self._sightings: dict[str, _Sighting] = {}

    def update(self, codes: Iterable[CodeRead], at: float) -> list[str]:
        """Return the payloads that are newly shown in a frame at that time."""
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
        """Continue after a pause. Codes that were visible before it count as still visible: a phone that was not
        removed after a visit must not begin the next one."""
        for sighting in self._sightings.values():
            sighting.last_seen_at = at
