"""The private folder of one run of the page: received shots, previews and portraits; it is removed at the end."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import platformdirs

from config.atomic_file import make_private_folder

_PREFIX: Final = "run-"
_LOCK_NAME: Final = "lock"


def default_base() -> Path:
    """Return the folder for temporary data of all runs: on the disk, because /tmp may be in memory."""
    return platformdirs.user_cache_path("zhengguan") / "photo-page"


@contextlib.contextmanager
def work_folder(base: Path | None = None) -> Iterator[Path]:
    """Provide an empty folder that only this user can open. Folders of killed runs are removed first.

    A run holds a lock on its folder, so an unlocked folder belongs to no running process. Raises OSError.
    """
    base = make_private_folder(base or default_base())
    with _locked(base / _LOCK_NAME):  # no other run removes the new folder before it is locked
        _remove_abandoned(base)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))  # mode 0700
        descriptor = _lock(folder / _LOCK_NAME, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _remove_abandoned(base: Path) -> None:
    for folder in base.glob(_PREFIX + "*"):
        with contextlib.suppress(OSError):  # in use, or just removed
            descriptor = _lock(folder / _LOCK_NAME, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path, operation: int) -> int:
    """Return the descriptor of a locked file; closing it ends the lock. Raises OSError if another run has it."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, operation)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
