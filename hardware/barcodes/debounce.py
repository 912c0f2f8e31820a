"""Tells each showing of a code once, out of many looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hardware.barcodes.decoder import CodeRead

SIGHTINGS: Final = 2
"""A linear code is believed when two looks have read the same."""


@dataclass
class _Seen:
    at: float
    times: int = 0
    told: bool = False


class Showing:
    """A code is a new one when it was out of sight for `away` seconds. Times are seconds of one clock.

    A code that fails to be read for a moment (a hand before it, a reflection) is still the same showing.
    """

    def __init__(self, away: float = 2.0) -> None:
        self._away = away
        self._seen: dict[str, _Seen] = {}

    def tell(self, reads: Iterable[CodeRead], at: float) -> list[str]:
        """The payloads that are shown anew, after a look at that time."""
        self._seen = {payload: seen for payload, seen in self._seen.items() if at - seen.at <= self._away}
        fresh = []
        for read in reads:
            seen = self._seen.setdefault(read.payload, _Seen(at))
            seen.at, seen.times = at, seen.times + 1
            if not seen.told and seen.times >= (SIGHTINGS if read.linear else 1):
                seen.told = True
                fresh.append(read.payload)
        return fresh

    def resume(self, at: float) -> None:
        """Nobody looked for a while. What was in sight before may have been so all the time: a phone that still lies
        there after a visit must not begin the next one."""
        for seen in self._seen.values():
            seen.at = at
