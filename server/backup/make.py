"""Make a backup while the server runs: the database first, then the files; files never change, and one that is stored
after the database was copied does no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from django.db import connection

from config.errors import Problem
from config.i18n import Message
from server.backup.database_copy import copy_database, is_empty, reading
from server.backup.expiry import expire
from server.backup.manifest import (
    DATABASE,
    FORMAT,
    KEY_NAME,
    FileEntry,
    Manifest,
    read_file_list,
    write_file_list,
    write_manifest,
    write_sums,
)
from server.backup.named_pictures import named_pictures
from server.backup.repository import Repository
from server.backup.trees import PICTURES, StoredFile, place_of, stored_files
from server.secrets.encryption import encrypt

PROGRESS_FILES: Final = 500
"""Files between two lines of progress."""
Report = Callable[[Message], None]


@dataclass
class BackupResult:
    """`copied` of the `files` were not in an earlier backup. `missing`: pictures that the database names and that
    neither the server nor an earlier backup has intact. `expired`: the names of the backups that were deleted."""

    folder: Path
    files: int
    copied: int
    bytes: int
    missing: tuple[str, ...]
    expired: tuple[str, ...]


@dataclass
class _Copying:
    """One run through the files. `known` has the files of the previous backup, by path."""

    repository: Repository
    report: Report
    known: dict[str, FileEntry]
    entries: list[FileEntry] = field(default_factory=list)
    copied: int = 0


def make_backup(folder: Path, now: datetime, report: Report) -> BackupResult:
    """Add a backup to `folder`, then delete those that have expired.

    Raises Problem: backup.nothing, backup.busy, those of `copy_database`; OSError, such as a full disk. A backup that
    was interrupted does not count, and the earlier ones stay as they are.
    """
    if is_empty():
        raise Problem("backup.nothing")
    repository = Repository(folder)
    with repository.locked():
        part = repository.begin(now)
        report(Message("backup.copying_database"))
        copy_database(part / DATABASE)
        with reading(part / DATABASE) as cursor:
            cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
            migrations = tuple(f"{app}.{name}" for app, name in cursor.fetchall())
            named = named_pictures(cursor)
        copying = _copy_files(repository, report)
        manifest = _manifest(copying, now, migrations, _missing(copying, named))
        write_file_list(part, copying.entries)
        write_manifest(part, manifest)
        write_sums(part)
        complete = repository.complete(part)
        expired = expire(repository)
    return BackupResult(complete, manifest.files, copying.copied, manifest.bytes, manifest.missing, expired)


def _copy_files(repository: Repository, report: Report) -> _Copying:
    copying = _Copying(repository, report, _known_files(repository))
    for count, file in enumerate(stored_files(), 1):
        _copy_file(copying, file)
        if count % PROGRESS_FILES == 0:
            report(Message("backup.progress", {"files": count, "copied": copying.copied}))
    return copying


def _known_files(repository: Repository) -> dict[str, FileEntry]:
    """Return the files of the newest backup whose list can be read."""
    for folder in reversed(repository.backups()):
        try:
            return {entry.path: entry for entry in read_file_list(folder)}
        except Problem:
            continue
    return {}


def _copy_file(copying: _Copying, file: StoredFile) -> None:
    entry = _stored_before(copying, file)
    if entry is None:
        try:
            sha256, size = copying.repository.add(place_of(file.path))
        except FileNotFoundError:
            return  # deleted meanwhile; `_missing` finds a picture that is still needed
        if file.named_sha256 not in (None, sha256):
            return  # damaged on this server, and no earlier backup has it: `_missing` reports it
        copying.copied += 1
        entry = FileEntry(path=file.path, sha256=sha256, size=size, modified_ns=file.modified_ns)
    copying.entries.append(entry)


def _stored_before(copying: _Copying, file: StoredFile) -> FileEntry | None:
    """Return the entry of a file whose content is in the store already. A picture is found by the hash in its name, so
    one that was damaged on this server since keeps its intact entry."""
    known, name = copying.known.get(file.path), file.named_sha256
    if name is not None and known is not None and copying.repository.has(name, known.size):
        return known
    if known is None or (known.size, known.modified_ns) != (file.size, file.modified_ns):
        return None
    return known if copying.repository.has(known.sha256, known.size) else None


def _missing(copying: _Copying, named: set[str]) -> tuple[str, ...]:
    """Add the named pictures that only an earlier backup has; return the paths of those that are still missing."""
    present = {entry.path for entry in copying.entries}
    paths = {f"{PICTURES}/{sha256[:2]}/{sha256}" for sha256 in named}
    lost = paths - present
    recovered = [copying.known[path] for path in lost if path in copying.known]
    recovered = [entry for entry in recovered if copying.repository.has(entry.sha256, entry.size)]
    copying.entries.extend(recovered)
    return tuple(sorted(lost - {entry.path for entry in recovered}))


def _manifest(copying: _Copying, now: datetime, migrations: tuple[str, ...], missing: tuple[str, ...]) -> Manifest:
    return Manifest(
        format=FORMAT,
        created_at=now,
        release=version("zhengguan"),
        database="sqlite" if connection.vendor == "sqlite" else "postgresql",
        migrations=migrations,
        files=len(copying.entries),
        bytes=sum(entry.size for entry in copying.entries),
        key_check=encrypt(KEY_NAME, now.isoformat()),
        missing=missing,
    )
