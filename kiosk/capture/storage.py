"""Files on disk that are either complete or absent."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.atomic_file import make_private_folder, sync_folder
from kiosk.capture.file_header import FileContent, add_header, parse_content
from kiosk.capture.file_names import matches_hash, new_name, sanitize_name
from kiosk.capture.types import PhotoProblem

log = logging.getLogger(__name__)
_DISK_FULL_ERRNOS: Final = (errno.ENOSPC, errno.EDQUOT)
_PARTIAL_SUFFIX: Final = ".part"


@dataclass(frozen=True)
class StoredFile:
    """A file that is safe on disk. `name` is its original name; `size` and `sha256` are of the plain bytes."""

    path: Path
    name: str
    size: int
    sha256: str


def _identity(data: bytes) -> bytes:
    return data


class FileStore:
    """A folder of files that are written once and never changed.

    `encrypt` and `decrypt` convert between the plain bytes and those on disk. Every `store` makes a new file, even of
    bytes that exist already: two visits never share a file, so that one can be deleted without the other. A file may
    begin with a header that identifies the picture (kiosk.capture.file_header); `read` removes it.
    """

    def __init__(
        self,
        folder: Path,
        encrypt: Callable[[bytes], bytes] = _identity,
        decrypt: Callable[[bytes], bytes] = _identity,
    ) -> None:
        self.folder = folder
        self._encrypt = encrypt
        self._decrypt = decrypt

    def with_folder(self, folder: Path) -> FileStore:
        """Return the store of another folder with the same encryption."""
        return FileStore(folder, self._encrypt, self._decrypt)

    def store(self, data: bytes, name: str, header: Mapping[str, Any] | None = None) -> StoredFile:
        """Write `data`; once this returns, a power failure cannot destroy it.

        Raises PhotoProblem (photo.disk_full, photo.disk_failed) and leaves nothing behind.
        """
        stored = self.reserve(data, name)
        self.write(stored, data if header is None else add_header(header, data))
        return stored

    def reserve(self, data: bytes, name: str) -> StoredFile:
        """Return the future file of `data`, so that its owner can be recorded before it is written."""
        sha256 = hashlib.sha256(data).hexdigest()
        return StoredFile(self.folder / new_name(sha256, name), sanitize_name(name), len(data), sha256)

    def write(self, file: StoredFile, data: bytes) -> None:
        """Write `data`, with or without a header, to the planned file; with the guarantees of `store`."""
        path = file.path
        part = path.with_name(f".{path.name}{_PARTIAL_SUFFIX}")
        try:
            make_private_folder(self.folder)
            _write(part, self._encrypt(data))
            os.replace(part, path)
            sync_folder(self.folder)
        except OSError as error:
            # A file that already has its final name is not removed: it is complete and may be the only copy.
            part.unlink(missing_ok=True)
            raise _disk_problem(error) from error

    def read(self, file: StoredFile) -> bytes:
        """Return the plain bytes. Raises PhotoProblem if they are missing (photo.missing) or changed
        (photo.altered)."""
        return self.read_content(file).data

    def read_content(self, file: StoredFile) -> FileContent:
        """Like `read`, with the header."""
        plain = self._read_decrypted(file.path, file.name)
        content = parse_content(plain)
        if content.sha256 != file.sha256:
            content = FileContent(plain)  # a picture without a header
        if content.sha256 != file.sha256:
            raise PhotoProblem("photo.altered", name=file.name)
        return content

    def read_unrecorded(self, path: Path) -> FileContent:
        """Return the content of a file of this folder that no record describes. Raises PhotoProblem like `read`."""
        return parse_content(self._read_decrypted(path, path.name))

    def delete(self, file: StoredFile) -> None:
        """Delete the file; a missing file is no error.

        Call it only for files that the server has confirmed. A file whose name does not match the hash stays: its
        record is wrong.
        """
        if not matches_hash(file.path.name, file.sha256):
            log.error("%s is not the file that its record describes; it stays", file.path.name)
            return
        try:
            (self.folder / file.path.name).unlink(missing_ok=True)
            sync_folder(self.folder)
        except FileNotFoundError:
            return  # the folder itself is missing
        except OSError as error:
            raise _disk_problem(error) from error

    def orphans(self, known: Collection[Path]) -> list[Path]:
        """Return complete files without a record, oldest first. They are matched by name, because a folder may be
        moved."""
        names = {path.name for path in known}
        return self.list_except(names)

    def list_except(self, names: Collection[str]) -> list[Path]:
        """Like `orphans`, by the names of the files."""
        if not self.folder.is_dir():
            return []
        files = []
        for name in os.listdir(self.folder):
            path = self.folder / name
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile, after it was sent
                if not name.startswith(".") and name not in names and path.is_file():
                    files.append((path.stat().st_mtime_ns, name))
        return [self.folder / name for _, name in sorted(files)]

    def recover_partial(self) -> list[Path]:
        """Rename the complete files of an interrupted `write`; return the truncated ones, which stay unchanged.

        Such a file may be the only copy of a shot. Call this only at the start, while nothing else writes here.
        """
        truncated = []
        for part in sorted(self.folder.glob(f".*{_PARTIAL_SUFFIX}")):
            path = part.with_name(part.name[1 : -len(_PARTIAL_SUFFIX)])
            if path.exists() or not self._is_complete(part, path.name):
                truncated.append(part)
                continue
            log.warning("%s was written, but not renamed when the kiosk ended; it is complete and stays", path.name)
            os.replace(part, path)
            sync_folder(self.folder)
        return truncated

    def _is_complete(self, part: Path, name: str) -> bool:
        """Return whether the file is complete: it can be decrypted, and its hash matches its name."""
        try:
            plain = self._read_decrypted(part, name)
        except PhotoProblem:
            return False
        return matches_hash(name, parse_content(plain).sha256) or matches_hash(name, FileContent(plain).sha256)

    def _read_decrypted(self, path: Path, name: str) -> bytes:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError as error:
            raise PhotoProblem("photo.missing", name=name) from error
        except OSError as error:
            raise _disk_problem(error) from error
        try:
            return self._decrypt(sealed)
        except Exception as error:  # a cipher may report changed bytes with any exception of its library
            raise PhotoProblem("photo.altered", name=name) from error


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _disk_problem(error: OSError) -> PhotoProblem:
    if error.errno in _DISK_FULL_ERRNOS:
        return PhotoProblem("photo.disk_full")
    return PhotoProblem("photo.disk_failed", why=error.strerror or type(error).__name__)
