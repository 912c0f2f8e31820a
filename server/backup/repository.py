"""The folder of the backups: one folder for each backup, and a store of file contents that all of them share.

objects/ab/abcd...        contents, named by their hash; each is copied once, however many backups have it
20261129-231500/          a complete backup: database, file list, manifest, SHA256SUMS
20261130-030000.part/     one that is being made, or was interrupted
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from config.atomic_file import sync_folder
from config.errors import Problem
from server.secrets.private_files import private_file, private_folder

_NAME: Final = re.compile(r"[0-9]{8}-[0-9]{6}")
_NAME_FORMAT: Final = "%Y%m%d-%H%M%S"
_CHUNK_BYTES: Final = 1 << 20
PART_SUFFIX: Final = ".part"


class Repository:
    """The folder that `zhengguan server backup` writes to. Raises OSError, for example if the disk is full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects = folder / "objects"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder for one process; create it if needed. Raises Problem backup.busy."""
        private_folder(self.folder)
        with private_file(self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Problem("backup.busy", folder=self.folder) from error
            yield

    def backups(self) -> list[Path]:
        """Return the folders of the complete backups, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir())

    def begin(self, now: datetime) -> Path:
        """Return a new folder for a backup of this time. Folders of interrupted backups are deleted."""
        self.remove_parts()
        while (self.folder / f"{now:{_NAME_FORMAT}}").exists():  # of the same second, or the clock was set back
            now += timedelta(seconds=1)
        return private_folder(self.folder / f"{now:{_NAME_FORMAT}}{PART_SUFFIX}")

    def complete(self, part: Path) -> Path:
        """Give a backup its final name, which makes it complete."""
        final = part.with_suffix("")
        sync_folder(part)
        os.rename(part, final)
        sync_folder(self.folder)
        return final

    def remove_parts(self) -> None:
        for path in self.folder.glob(f"*{PART_SUFFIX}"):
            shutil.rmtree(path)

    def object_path(self, sha256: str) -> Path:
        return self._objects / sha256[:2] / sha256

    def has(self, sha256: str, size: int) -> bool:
        path = self.object_path(sha256)
        return path.is_file() and path.stat().st_size == size

    def add(self, source: Path) -> tuple[str, int]:
        """Copy a file; return its hash and size. Raises FileNotFoundError if it was deleted meanwhile."""
        draft = private_folder(self._objects) / "draft"
        sha256, size = copy_hashed(source, draft)
        target = self.object_path(sha256)
        private_folder(target.parent)
        os.replace(draft, target)
        sync_folder(target.parent)
        return sha256, size

    def objects(self) -> Iterator[Path]:
        yield from self._objects.glob("??/*")


def backup_time(folder: Path) -> datetime:
    """Return the time in the name of a complete backup, in the server's time zone but without it."""
    return datetime.strptime(folder.name, _NAME_FORMAT)


def copy_hashed(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file to disk, for this user only; return the SHA-256 and number of the bytes that were read."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reader:
        target.unlink(missing_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writer:
            while chunk := reader.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                writer.write(chunk)
            writer.flush()
            os.fsync(writer.fileno())
    return digest.hexdigest(), size
