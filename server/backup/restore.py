"""Restore a backup on an empty server, completely or not at all.

The files come first and the database last, in one step. While they are copied, a mark in the data folder keeps the
server from starting; the same command continues after an interruption.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from config.atomic_file import sync_folder, write_atomic
from config.errors import Problem
from config.i18n import Message
from server.backup.database_copy import is_empty, restore_database
from server.backup.manifest import (
    DATABASE,
    FILE_LIST,
    KEY_NAME,
    FileEntry,
    Manifest,
    check_sums,
    read_file_list,
    read_manifest,
)
from server.backup.repository import Repository, copy_hashed
from server.backup.trees import place_of, stored_files
from server.secrets.encryption import decrypt
from server.secrets.private_files import private_folder

MARK: Final = "restoring"
"""A file in the data folder with the name of the backup that is being restored."""
PROGRESS_FILES: Final = 500
Report = Callable[[Message], None]


@dataclass(frozen=True)
class RestoreResult:
    """`damaged`: the paths of files that were left out, because their content in the backup is damaged or missing."""

    backup: str
    manifest: Manifest
    damaged: tuple[str, ...]


def require_no_interrupted_restore() -> None:
    """Raise Problem backup.interrupted if a restore has begun and not ended, because the data is incomplete."""
    mark = _mark()
    if mark.exists():
        raise Problem("backup.interrupted", backup=mark.read_text(encoding="utf-8", errors="replace").strip())


def restore_backup(folder: Path, name: str | None, report: Report, skip_damaged: bool = False) -> RestoreResult:
    """Restore the newest backup in `folder`, or the one called `name`. `skip_damaged` leaves out damaged files.

    Raises Problem: backup.none, backup.damaged, backup.files_damaged, backup.newer, backup.newer_schema,
    backup.other_database, backup.keys_differ, backup.not_empty, backup.other_restore, those of `restore_database`;
    OSError. After an error nothing of the backup stays.
    """
    repository = Repository(folder)
    backup = _choose(repository, name)
    report(Message("backup.checking", {"backup": backup.name}))
    check_sums(backup)
    manifest = read_manifest(backup)
    _require_own_paths(backup)
    _require_suitable(backup, manifest)
    _require_keys(backup, manifest)
    _require_empty(backup)
    write_atomic(_mark(), backup.name.encode())
    try:
        damaged = _copy_files(repository, backup, manifest, report)
        if damaged and not skip_damaged:
            raise Problem("backup.files_damaged", backup=backup.name, count=len(damaged), first=damaged[0])
        report(Message("backup.restoring_database"))
        if is_empty():  # after an interruption it may be complete already: it is restored in one step
            restore_database(backup / DATABASE)
    except Exception:
        _remove_files(backup)
        raise
    _remove_mark()
    return RestoreResult(backup.name, manifest, damaged)


def _choose(repository: Repository, name: str | None) -> Path:
    backups = repository.backups()
    chosen = [path for path in backups if name in (None, path.name)]
    if not chosen:
        names = ", ".join(path.name for path in backups) or "-"
        raise Problem("backup.none", folder=repository.folder, name=name or "", names=names)
    return chosen[-1]


def _require_own_paths(backup: Path) -> None:
    """Raise Problem backup.damaged unless every file belongs in a folder of this server's files."""
    try:
        for entry in read_file_list(backup):
            place_of(entry.path)
    except ValueError as error:
        raise Problem("backup.damaged", backup=backup.name, part=FILE_LIST) from error


def _require_suitable(backup: Path, manifest: Manifest) -> None:
    vendor = "sqlite" if connection.vendor == "sqlite" else "postgresql"
    if manifest.database != vendor:
        raise Problem("backup.other_database", backup=backup.name, theirs=manifest.database, ours=vendor)
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = sorted(set(manifest.migrations) - known)
    if newer:
        raise Problem("backup.newer_schema", backup=backup.name, release=manifest.release, first=newer[0])


def _require_empty(backup: Path) -> None:
    """Raise Problem unless this server is empty or has a part of this backup."""
    mark = _mark()
    if mark.exists():
        restoring = mark.read_text(encoding="utf-8", errors="replace").strip()
        if restoring != backup.name:
            raise Problem("backup.other_restore", backup=restoring)
    elif not is_empty():
        raise Problem("backup.not_empty", place=settings.DATA if connection.vendor == "sqlite" else "PostgreSQL")
    elif next(stored_files(), None) is not None:
        raise Problem("backup.not_empty", place=settings.DATA)


def _require_keys(backup: Path, manifest: Manifest) -> None:
    """Raise Problem backup.keys_differ unless this server has the keys of the server that made the backup."""
    store = settings.KEY_STORE
    try:
        # A key that does not exist yet must not be created: the right one could not take its place.
        if store.file is None and not (store.folder / f"{KEY_NAME}.key").exists():
            raise InvalidToken
        decrypt(KEY_NAME, manifest.key_check)
    except InvalidToken as error:
        place = store.file or store.folder
        raise Problem("backup.keys_differ", backup=backup.name, place=place) from error


def _copy_files(repository: Repository, backup: Path, manifest: Manifest, report: Report) -> tuple[str, ...]:
    """Copy every file into its place; return the paths of those whose content is damaged or missing."""
    folders, damaged = set[Path](), []
    for count, entry in enumerate(read_file_list(backup), 1):
        target = place_of(entry.path)
        for folder in reversed(target.parents[: entry.path.count("/")]):
            private_folder(folder)
        if not _copy_file(repository.object_path(entry.sha256), entry, target):
            damaged.append(entry.path)
        folders.add(target.parent)
        if count % PROGRESS_FILES == 0:
            report(Message("backup.restored_files", {"files": count, "total": manifest.files}))
    for folder in folders:
        sync_folder(folder)
    return tuple(damaged)


def _copy_file(source: Path, entry: FileEntry, target: Path) -> bool:
    """Copy a file; return False, without a copy, if the content is missing or differs from the entry."""
    draft = _draft(target)
    try:
        if copy_hashed(source, draft) != (entry.sha256, entry.size):
            return False
        os.utime(draft, ns=(entry.modified_ns, entry.modified_ns))
        os.replace(draft, target)
    except FileNotFoundError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _remove_files(backup: Path) -> None:
    """Remove what a failed restore has copied, from this run or an interrupted one, and the mark."""
    for entry in read_file_list(backup):
        target = place_of(entry.path)
        target.unlink(missing_ok=True)
        _draft(target).unlink(missing_ok=True)
    _remove_mark()


def _draft(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _mark() -> Path:
    return Path(settings.DATA) / MARK


def _remove_mark() -> None:
    _mark().unlink(missing_ok=True)
    sync_folder(settings.DATA)
