"""Originals on disk: what was written stays whole, or is not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.durable import sync_folder
from kiosk.capture.portrait import PhotoProblem

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
    even of bytes already there: two visits never share a file, so that one may be dropped without the other.
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

    def keep(self, data: bytes, name: str) -> Kept:
        """Writes `data`; once this returns, a power cut cannot take it away.

        Raises PhotoProblem (photo.disk_full, photo.disk_failed) and leaves nothing behind.
        """
        kept = self.plan(data, name)
        self.write(kept, data)
        return kept

    def plan(self, data: bytes, name: str) -> Kept:
        """Where `data` will be kept, so that it can be noted whose it is before it is written."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.folder / f"{sha256[:16]}-{uuid.uuid4().hex}{_suffix(name)}"
        return Kept(path, name, len(data), sha256)

    def write(self, kept: Kept, data: bytes) -> None:
        """Writes `data` as planned; as safe, and failing as clean, as `keep`."""
        path = kept.path
        part = path.with_name(f".{path.name}{_PART}")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(part, self._seal(data))
            os.replace(part, path)
            sync_folder(self.folder)
        except OSError as error:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise _disk_problem(error) from error

    def read(self, kept: Kept) -> bytes:
        """The plain bytes. Raises PhotoProblem where they are gone (photo.missing) or not the same (photo.altered)."""
        try:
            sealed = kept.path.read_bytes()
        except FileNotFoundError as error:
            raise PhotoProblem("photo.missing", name=kept.name) from error
        except OSError as error:
            raise _disk_problem(error) from error
        try:
            data = self._unseal(sealed)
        except Exception as error:  # a seal may say "changed" with any exception of its own library
            raise PhotoProblem("photo.altered", name=kept.name) from error
        if hashlib.sha256(data).hexdigest() != kept.sha256:
            raise PhotoProblem("photo.altered", name=kept.name)
        return data

    def drop(self, kept: Kept) -> None:
        """Deletes the file for good. Dropping twice is harmless."""
        try:
            kept.path.unlink(missing_ok=True)
            sync_folder(self.folder)
        except FileNotFoundError:
            return  # the folder itself is gone
        except OSError as error:
            raise _disk_problem(error) from error

    def strays(self, known: Collection[Path]) -> list[Path]:
        """Whole files that nobody knows of, oldest first: what a crash left between `keep` and whoever notes it."""
        if not self.folder.is_dir():
            return []
        known = set(known)
        there = [path for path in self.folder.iterdir() if not path.name.startswith(".") and path not in known]
        return sorted(there, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def tidy(self) -> None:
        """Removes what an interrupted `keep` left half written. Only for the start, while nobody else writes here."""
        for part in self.folder.glob(f".*{_PART}"):
            part.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _suffix(name: str) -> str:
    """The ending of a camera's own file name where it is a plain one, lower case."""
    found = re.search(r"\.[A-Za-z0-9]{1,5}$", name)
    return found.group().lower() if found else ""


def _disk_problem(error: OSError) -> PhotoProblem:
    if error.errno in _FULL:
        return PhotoProblem("photo.disk_full")
    return PhotoProblem("photo.disk_failed", why=error.strerror or type(error).__name__)
