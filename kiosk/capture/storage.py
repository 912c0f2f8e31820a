"""Originals on disk: what was written stays whole, or is not there at all."""

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
from kiosk.capture.file_header import Content, content_of, with_header
from kiosk.capture.file_names import is_of, new_name, sendable
from kiosk.capture.types import PhotoProblem

log = logging.getLogger(__name__)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_PART: Final = ".part"


@dataclass(frozen=True)
class Kept:
    """A file that is safe on disk. `name` is the name it came with; `size` and `sha256` are of the plain bytes."""

    path: Path
    name: str
    size: int
    sha256: str


def _plain(data: bytes) -> bytes:
    return data


class Originals:
    """A folder of files that are written once and never changed.

    `seal` and `unseal` stand between the plain bytes and the disk, for encryption. Every `keep` makes a file of its own
    even of bytes already there: two visits never share a file, so that one may be dropped without the other. A file may
    begin with a header that says whose picture it is (kiosk.capture.file_header); `read` leaves it off.
    """

    def __init__(
        self,
        folder: Path,
        seal: Callable[[bytes], bytes] = _plain,
        unseal: Callable[[bytes], bytes] = _plain,
    ) -> None:
        self.folder = folder
        self._seal = seal
        self._unseal = unseal

    def beside(self, folder: Path) -> Originals:
        """Another folder with the same encryption."""
        return Originals(folder, self._seal, self._unseal)

    def keep(self, data: bytes, name: str, header: Mapping[str, Any] | None = None) -> Kept:
        """Writes `data`; once this returns, a power cut cannot take it away.

        Raises PhotoProblem (photo.disk_full, photo.disk_failed) and leaves nothing behind.
        """
        kept = self.plan(data, name)
        self.write(kept, data if header is None else with_header(header, data))
        return kept

    def plan(self, data: bytes, name: str) -> Kept:
        """Where `data` will be kept, so that it can be noted whose it is before it is written."""
        sha256 = hashlib.sha256(data).hexdigest()
        return Kept(self.folder / new_name(sha256, name), sendable(name), len(data), sha256)

    def write(self, kept: Kept, data: bytes) -> None:
        """Writes `data`, with or without a header, as planned; as safe, and failing as clean, as `keep`."""
        path = kept.path
        part = path.with_name(f".{path.name}{_PART}")
        try:
            make_private_folder(self.folder)
            _write(part, self._seal(data))
            os.replace(part, path)
            sync_folder(self.folder)
        except OSError as error:
            # Of a file that has its name already nothing is taken back: it is whole, and may be the only copy.
            part.unlink(missing_ok=True)
            raise _disk_problem(error) from error

    def read(self, kept: Kept) -> bytes:
        """The plain bytes. Raises PhotoProblem where they are gone (photo.missing) or not the same (photo.altered)."""
        return self.content(kept).data

    def content(self, kept: Kept) -> Content:
        """As `read`, with the header."""
        plain = self._unsealed(kept.path, kept.name)
        found = content_of(plain)
        if found.sha256 != kept.sha256:
            found = Content(plain)  # a picture without a header, whatever it begins with
        if found.sha256 != kept.sha256:
            raise PhotoProblem("photo.altered", name=kept.name)
        return found

    def found(self, path: Path) -> Content:
        """What a file of this folder holds that no record describes. Raises PhotoProblem as `read`."""
        return content_of(self._unsealed(path, path.name))

    def drop(self, kept: Kept) -> None:
        """Deletes the file for good. Dropping twice is harmless.

        Only for what the server has confirmed. A file whose name does not fit the hash stays: its record is wrong.
        """
        if not is_of(kept.path.name, kept.sha256):
            log.error("%s is not the file that its record describes; it stays", kept.path.name)
            return
        try:
            (self.folder / kept.path.name).unlink(missing_ok=True)
            sync_folder(self.folder)
        except FileNotFoundError:
            return  # the folder itself is gone
        except OSError as error:
            raise _disk_problem(error) from error

    def strays(self, known: Collection[Path]) -> list[Path]:
        """Whole files that no record names, oldest first. Names decide, because a folder may be moved."""
        names = {path.name for path in known}
        return self.unlisted(names)

    def unlisted(self, names: Collection[str]) -> list[Path]:
        """As `strays`, by the names of the files."""
        if not self.folder.is_dir():
            return []
        there = []
        for name in os.listdir(self.folder):
            path = self.folder / name
            with contextlib.suppress(FileNotFoundError):  # sent and deleted just now
                if not name.startswith(".") and name not in names and path.is_file():
                    there.append((path.stat().st_mtime_ns, name))
        return [self.folder / name for _, name in sorted(there)]

    def tidy(self) -> list[Path]:
        """Gives what a killed `write` left whole its name; returns what it left cut off, which stays as it is.

        Such a file may be the only copy of a shot. Only for the start, while nobody else writes here.
        """
        cut_off = []
        for part in sorted(self.folder.glob(f".*{_PART}")):
            path = part.with_name(part.name[1 : -len(_PART)])
            if path.exists() or not self._is_whole(part, path.name):
                cut_off.append(part)
                continue
            log.warning("%s was written, but not named when the kiosk ended; it is kept", path.name)
            os.replace(part, path)
            sync_folder(self.folder)
        return cut_off

    def _is_whole(self, part: Path, name: str) -> bool:
        """Whether everything was written: it opens, and its hash is the one that its name announces."""
        try:
            plain = self._unsealed(part, name)
        except PhotoProblem:
            return False
        return is_of(name, content_of(plain).sha256) or is_of(name, Content(plain).sha256)

    def _unsealed(self, path: Path, name: str) -> bytes:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError as error:
            raise PhotoProblem("photo.missing", name=name) from error
        except OSError as error:
            raise _disk_problem(error) from error
        try:
            return self._unseal(sealed)
        except Exception as error:  # a seal may say "changed" with any exception of its own library
            raise PhotoProblem("photo.altered", name=name) from error


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _disk_problem(error: OSError) -> PhotoProblem:
    if error.errno in _FULL:
        return PhotoProblem("photo.disk_full")
    return PhotoProblem("photo.disk_failed", why=error.strerror or type(error).__name__)
