"""The shots that were assessed last, decoded and searched: the portrait of one of them is made next."""

from __future__ import annotations

from typing import Final

from kiosk.capture.cropping.subject import SearchedShot

MAX_BYTES: Final = 64 << 20
"""Limit for all pictures together: enough for three shots of 24 megapixels at half size."""


class SearchedShots:
    """Holds the newest shots, in at most MAX_BYTES, until one of them is taken. Use it from one thread."""

    def __init__(self) -> None:
        self._shots: dict[str, SearchedShot] = {}

    def add(self, sha256: str, shot: SearchedShot) -> None:
        """Add the shot whose file has this hash, and drop the oldest ones that do not fit any more."""
        self._shots[sha256] = shot
        while sum(held.picture.pixels.nbytes for held in self._shots.values()) > MAX_BYTES:
            del self._shots[next(iter(self._shots))]

    def take(self, sha256: str) -> SearchedShot | None:
        """Return the shot, or None if it is not held; drop all, because the rest of its burst is no longer needed."""
        shot = self._shots.get(sha256)
        self._shots.clear()
        return shot
