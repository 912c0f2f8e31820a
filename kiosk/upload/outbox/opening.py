"""Open the outbox at start; rename a damaged one and restore the newest sound backup."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.atomic_file import sync_folder
from config.errors import Problem
from kiosk.upload.encryption import FileCipher
from kiosk.upload.outbox.backup import Backups
from kiosk.upload.outbox.integrity import find_damage
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.repair import OutboxRepair
from kiosk.upload.outbox.salvage import salvage_visits

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenedOutbox:
    """`damaged_name` is the new name of a damaged outbox; empty if it was sound or missing. `is_new`: there was no
    usable outbox and no backup."""

    outbox: Outbox
    damaged_name: str = ""
    restored: bool = False
    is_new: bool = False


def open_outbox(
    path: Path,
    cipher: FileCipher | None = None,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] | None = None,
) -> OpenedOutbox:
    """Open the outbox and repair it if necessary; the caller must hold the lock of the data folder.

    Nothing is deleted. Run kiosk.upload.outbox.rebuild next: the folder of files is more complete than a backup. Raises
    Problem if the outbox is from a later version, or cannot be read at all."""
    sound = path.exists() and path.stat().st_size > 0
    damaged_name = ""
    if sound and (damage := find_damage(path)):
        sound, damaged_name = False, _move_aside(path, damage)
    if not sound:
        _move_leftovers(path)
    restored = not sound and _restore(path)
    outbox = Outbox(path, clock, cipher, monotonic)
    if damaged_name:
        _salvage(outbox, path.with_name(damaged_name))
    outbox.back_up()
    return OpenedOutbox(outbox, damaged_name, restored, is_new=not sound and not restored)


def damaged_path(path: Path) -> Path:
    """Return an unused path in the folder of `path` for a damaged outbox; it contains the current time."""
    stem = f"{path.name}.damaged-{datetime.now():%Y%m%dT%H%M%S}"
    names = (path.with_name(stem if number == 1 else f"{stem}-{number}") for number in range(1, 1000))
    return next(name for name in names if not name.exists())


def _move_aside(path: Path, damage: str) -> str:
    aside = damaged_path(path)
    log.error("the outbox is damaged (%s) and is kept as %s", damage, aside.name)
    try:
        for part in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                os.rename(f"{path}{part}", f"{aside}{part}")
        sync_folder(path.parent)
    except OSError as error:
        raise Problem("upload.outbox_error", path=path, why=error.strerror or str(error)) from error
    return aside.name


def _salvage(outbox: Outbox, damaged: Path) -> None:
    """Import the complete visits of the damaged outbox that are newer than the backup."""
    repair = OutboxRepair(outbox)
    count = 0
    for visit in salvage_visits(damaged):
        try:
            count += repair.import_salvaged(visit)
        except (Problem, sqlite3.Error) as problem:
            log.error("a visit of the damaged outbox was not recovered: %s", problem)
    log.warning("%d visits were read from the damaged outbox", count)


def _move_leftovers(path: Path) -> None:
    """Rename an empty outbox, and the journal of a missing one, which SQLite must not apply to a new outbox."""
    parts = [part for part in ("-wal", "-shm", "") if Path(f"{path}{part}").exists()]
    if parts:
        _move_aside(path, "empty, or gone")


def _restore(path: Path) -> bool:
    """Restore the newest sound backup; return whether there was one."""
    backup = Backups(path.absolute().parent / "outbox-backups").newest_sound()
    if backup is None:
        return False
    draft = path.with_name(f".{path.name}.restored")
    try:
        shutil.copyfile(backup, draft)
        draft.chmod(0o600)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
        sync_folder(path.parent)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        draft.unlink(missing_ok=True)  # an incomplete copy of the backup
        if full:
            raise Problem("upload.disk_full") from error
        raise Problem("upload.outbox_error", path=path, why=error.strerror or str(error)) from error
    log.warning("the outbox was restored from its backup %s", backup.name)
    return True
