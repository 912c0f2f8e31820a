"""Photos that belong to no visit, stored encrypted and without a name until the operator decides."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.atomic_file import make_private_folder, sync_folder
from hardware.cameras.api import Shot
from kiosk.capture.storage import FileStore, StoredFile

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnassignedShot:
    """One unassigned shot: its time and its size in bytes."""

    at: datetime
    size: int


class UnassignedShots:
    """A separate folder, which is never sent.

    Such a photo was taken with the shutter button on the camera when no sitter had been posing for long enough, or it
    arrived after its visit had been sent, or its record was lost (kiosk.upload.outbox.rebuild).
    """

    def __init__(self, originals: FileStore, on_stored: Callable[[str], None] = lambda sha256: None) -> None:
        self._originals = originals
        self._on_stored = on_stored

    def store(self, shot: Shot) -> StoredFile:
        """Store a shot. Raises PhotoProblem (photo.disk_full, photo.disk_failed)."""
        file = self._originals.store(shot.data, shot.name)
        self._on_stored(file.sha256)
        return file

    def list_shots(
        self, to_local_time: Callable[[float], datetime] = lambda at: datetime.fromtimestamp(at).astimezone()
    ) -> list[UnassignedShot]:
        """Return the photos, oldest first."""
        shots = []
        for path in self._originals.orphans(()):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                shots.append(UnassignedShot(to_local_time(status.st_mtime), status.st_size))
        return shots

    def delete_all(self) -> int:
        """Delete all, as the operator decided; log each and return how many."""
        paths = self._originals.orphans(())
        for path in paths:
            log.warning("the operator deletes the unassigned photo %s", path.name)
            path.unlink(missing_ok=True)
        if paths:
            sync_folder(self._originals.folder)
        return len(paths)

    def import_folder(self, folder: Path) -> None:
        """Move the photos that an earlier version stored in `folder` here; log those that cannot be moved."""
        if not folder.is_dir():
            return
        try:
            make_private_folder(self._originals.folder)
            for path in folder.iterdir():
                if not (self._originals.folder / path.name).exists():
                    os.rename(path, self._originals.folder / path.name)
            sync_folder(self._originals.folder)
            sync_folder(folder)
            with contextlib.suppress(OSError):
                folder.rmdir()  # only an empty folder
        except OSError as error:
            log.error("the photos in %s could not be moved: %s", folder, error)
