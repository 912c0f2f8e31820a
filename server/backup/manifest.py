"""The description of a backup: its manifest, the list of its files, and the hashes of both and of the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter, ValidationError

from config.atomic_file import write_atomic
from config.errors import Problem
from server.submissions.store import file_sha256

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
FILE_LIST: Final = "files.jsonl"
DATABASE: Final = "database"
SUMS: Final = "SHA256SUMS"
KEY_NAME: Final = "number"
"""The key of server.secrets that `Manifest.key_check` is encrypted with: that of the ID numbers."""
_PARTS: Final = (DATABASE, FILE_LIST, MANIFEST)
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """`migrations` are those that the database had, "app.name"; `missing` the paths of pictures that the database names
    and that were missing or damaged when the backup was made; `key_check` can be decrypted with the server's keys."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int
    created_at: datetime
    release: str
    database: Literal["sqlite", "postgresql"]
    migrations: tuple[str, ...]
    files: NonNegativeInt
    bytes: NonNegativeInt
    key_check: str
    missing: tuple[str, ...] = ()


class FileEntry(BaseModel):
    """A file of a backup: `path` as in server.backup.trees, and its content in the store of the backups."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str
    sha256: Sha256
    size: NonNegativeInt
    modified_ns: int


_ENTRY: Final = TypeAdapter(FileEntry)


def write_file_list(folder: Path, entries: Iterable[FileEntry]) -> None:
    lines = (json.dumps(entry.model_dump(), separators=(",", ":")) for entry in entries)
    write_atomic(folder / FILE_LIST, "".join(f"{line}\n" for line in lines).encode())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    write_atomic(folder / MANIFEST, f"{manifest.model_dump_json(indent=1)}\n".encode())


def write_sums(folder: Path) -> None:
    """Write the hashes of the other files in the folder."""
    sums = "".join(f"{file_sha256(folder / name)}  {name}\n" for name in _PARTS)
    write_atomic(folder / SUMS, sums.encode())


def check_sums(folder: Path) -> None:
    """Compare manifest, file list and database with their hashes. Raises Problem backup.damaged."""
    try:
        expected = (folder / SUMS).read_bytes()
        for name in _PARTS:
            if f"{file_sha256(folder / name)}  {name}\n".encode() not in expected.splitlines(keepends=True):
                raise Problem("backup.damaged", backup=folder.name, part=name)
        if len(expected.splitlines()) != len(_PARTS):
            raise Problem("backup.damaged", backup=folder.name, part=SUMS)
    except FileNotFoundError as error:
        raise Problem("backup.damaged", backup=folder.name, part=Path(error.filename).name) from error


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest. Raises Problem: backup.newer, backup.damaged."""
    try:
        text = (folder / MANIFEST).read_bytes()
        if int(json.loads(text)["format"]) > FORMAT:
            raise Problem("backup.newer", backup=folder.name)
        return Manifest.model_validate_json(text)
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise Problem("backup.damaged", backup=folder.name, part=MANIFEST) from error


def read_file_list(folder: Path) -> Iterator[FileEntry]:
    """Yield the files of the backup. Raises Problem backup.damaged."""
    try:
        with (folder / FILE_LIST).open("rb") as lines:
            for line in lines:
                yield _ENTRY.validate_json(line)
    except (OSError, ValidationError) as error:
        raise Problem("backup.damaged", backup=folder.name, part=FILE_LIST) from error
