"""Progress of a photo on its way from the camera, shown when it takes long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hardware.cameras.api import ShotProgress

SHOW_AFTER_S: Final = 2.0
"""A shorter transfer is over before anybody has read the sentence."""


@dataclass(frozen=True)
class TransferProgress:
    """A photo on its way; `percent` of it has arrived, None if the camera does not report the size."""

    percent: int | None


class TransferTracker:
    """Tracks the progress of a shot; times are seconds of one clock."""

    def __init__(self) -> None:
        self._since: float | None = None

    def update(self, progress: ShotProgress | None, now: float) -> TransferProgress | None:
        """Return what the screen shows; None while the transfer is fast."""
        if progress is None or progress.phase != "transfer":
            self._since = None
            return None
        if self._since is None:
            self._since = now
        if now - self._since < SHOW_AFTER_S:
            return None
        return TransferProgress(min(100, 100 * progress.done // progress.size) if progress.size > 0 else None)
