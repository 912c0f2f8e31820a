"""Files and folders that survive a power cut."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that files created, renamed or removed in it survive a power cut (fsync(2), NOTES)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> Path:
    """Create a folder that only this user can open, and sync each new folder in its parent.

    An existing folder of this user loses the permissions of group and others. Raises OSError.
    """
    missing_folders = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for created in reversed(missing_folders):
        sync_folder(created.parent)
    _restrict_to_owner(folder)
    return folder


def write_atomic(path: Path, data: bytes) -> None:
    """Replace `path` by a file with `data` that only this user can read, completely or not at all. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        sync_folder(path.parent)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _restrict_to_owner(folder: Path) -> None:
    """Remove the permissions of group and others if this user owns the folder; others need /tmp and /srv."""
    if os.name != "posix":
        return
    status = folder.stat()
    shared = status.st_mode & stat.S_ISVTX or len(folder.resolve().parts) <= 2
    if status.st_uid == os.geteuid() and status.st_mode & 0o077 and not shared:
        folder.chmod(status.st_mode & 0o700)
