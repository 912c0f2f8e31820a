"""Pictures of which nobody can say whom they show: kept, encrypted, under nobody's name, until the operator decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hardware.cameras.camera import Shot
from kiosk.capture.originals import Kept, Originals


@dataclass(frozen=True)
class UnclaimedPicture:
    """One such picture: when it came, and its size in bytes."""

    at: datetime
    size: int


class Unclaimed:
    """A folder of its own, because what lies among the visits' originals without a visit is cleared away at the start.

    Such a picture was taken with the shutter on the camera's body when no sitter had been posing for long enough, or it
    came when its visit had been sent already.
    """

    def __init__(self, originals: Originals) -> None:
        self._originals = originals

    def keep(self, shot: Shot) -> Kept:
        """Writes it down. Raises PhotoProblem (photo.disk_full, photo.disk_failed)."""
        return self._originals.keep(shot.data, shot.name)

    def listed(
        self, zone: Callable[[float], datetime] = lambda at: datetime.fromtimestamp(at).astimezone()
    ) -> list[UnclaimedPicture]:
        """Oldest first."""
        found = [path.stat() for path in self._originals.strays(())]
        return [UnclaimedPicture(zone(one.st_mtime), one.st_size) for one in found]

    def delete(self) -> int:
        """Deletes them all, as the operator decided; returns how many."""
        there = self._originals.strays(())
        for path in there:
            path.unlink(missing_ok=True)
        return len(there)
