"""Copies of the outbox in a separate folder, made with SQLite's backup API and verified.

A copy is never overwritten: each has the next number, and the oldest are deleted if there are more than MAX_BACKUPS.
"""

from __future__ import annotations

import contextlib
import filecmp
import logging
import os
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from math import inf
from pathlib import Path
from typing import Final

from config.atomic_file import make_private_folder, sync_folder
from kiosk.upload.outbox.integrity import is_sound

log = logging.getLogger(__name__)
MAX_BACKUPS: Final = 6
BACKUP_EVERY_VISITS: Final = 10
"""The outbox is copied after this number of finished or sent visits."""
MIN_BACKUP_INTERVAL_S: Final = 60.0
"""Minimum seconds between two copies."""
BACKUP_PAUSE_FACTOR: Final = 100.0
"""The pause after a copy is this many times as long as the copy took: with a very long queue it takes seconds."""
_NAME: Final = re.compile(r"outbox-(\d{6,})\.db")


class Backups:
    """`folder` is created with the first copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, source: sqlite3.Connection) -> None:
        """Copy the outbox, unless it equals the newest copy or is damaged.

        Earlier copies stay. It does not raise for a full or failing disk."""
        try:
            self._make(source)
        except (OSError, sqlite3.Error) as error:
            log.warning("the outbox was not backed up: %s", error)

    def newest_sound(self) -> Path | None:
        return next((path for path in reversed(self._all()) if is_sound(path)), None)

    def _make(self, source: sqlite3.Connection) -> None:
        make_private_folder(self.folder)
        draft = self.folder / f".outbox.{os.getpid()}.draft"
        try:
            copy_database(source, draft)
            copies = self._all()
            if not is_sound(draft):
                log.error("the outbox is damaged and was not backed up; the earlier backups stay")
                return
            if copies and filecmp.cmp(draft, copies[-1], shallow=False):
                return
            number = int(_NAME.fullmatch(copies[-1].name)[1]) + 1 if copies else 1  # type: ignore[index]
            os.replace(draft, self.folder / f"outbox-{number:06d}.db")
        finally:
            draft.unlink(missing_ok=True)
        for old in self._all()[:-MAX_BACKUPS]:
            old.unlink(missing_ok=True)
        sync_folder(self.folder)

    def _all(self) -> list[Path]:
        """Return the copies, oldest first."""
        if not self.folder.is_dir():
            return []
        numbered = [(int(match[1]), path) for path in self.folder.iterdir() if (match := _NAME.fullmatch(path.name))]
        return [path for _, path in sorted(numbered)]


class BackupSchedule:
    """Copies the outbox after BACKUP_EVERY_VISITS changes, not too often. `connection` yields SQLite's connection."""

    def __init__(
        self,
        backups: Backups,
        connection: Callable[[], AbstractContextManager[sqlite3.Connection]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backups, self._connection, self._monotonic = backups, connection, monotonic
        self._changes = 0
        self._next_backup = -inf

    def count_change(self) -> None:
        self._changes += 1
        if self._changes >= BACKUP_EVERY_VISITS and self._monotonic() >= self._next_backup:
            self.back_up()

    def back_up(self) -> None:
        began = self._monotonic()
        with self._connection() as connection:
            self._backups.make(connection)
        ended = self._monotonic()
        self._changes, self._next_backup = 0, ended + max(MIN_BACKUP_INTERVAL_S, BACKUP_PAUSE_FACTOR * (ended - began))

    def close(self) -> None:
        """Copy the outbox if it has changed since the last copy."""
        if self._changes:
            self.back_up()


def copy_database(source: sqlite3.Connection, draft: Path) -> None:
    """Copy the database to one synced file; an existing file is replaced."""
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(sqlite3.connect(draft)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a separate -wal
    with draft.open("rb") as file:
        os.fsync(file.fileno())
