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
    """Reports a code as new if it was not visible for `absence_s` seconds. Times are seconds of one clock.

    A code that is unreadable for a moment (a hand in front of it, a reflection) is still the same showing.
    """

    def __init__(self, absence_s: float = 2.0) -> None:
        self._absence_s = absence_s
        self._sightings: dict[str, _Sighting] = {}

    def update(self, codes: Iterable[CodeRead], at: float) -> list[str]:
        """Return the new payloads in the frame taken at `at`, which contains `codes`."""
        self._sightings = {
            payload: sighting
            for payload, sighting in self._sightings.items()
            if at - sighting.last_seen_at <= self._absence_s
        }
        new_payloads = []
        for code in codes:
            sighting = self._sightings.setdefault(code.payload, _Sighting(at))
            sighting.last_seen_at, sighting.count = at, sighting.count + 1
            if not sighting.reported and sighting.count >= (LINEAR_SIGHTINGS if code.linear else 1):
                sighting.reported = True
                new_payloads.append(code.payload)
        return new_payloads

    def resume(self, at: float) -> None:
        """Continue after a pause. Codes that were visible before it count as still visible: a phone that was not
        removed after a visit must not begin the next one."""
        for sighting in self._sightings.values():
            sighting.last_seen_at = at
