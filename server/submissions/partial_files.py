"""Files that arrive in pieces, addressed by the hash of the complete file: the bytes on disk are the progress.

Each owner (a station or a student) has its own folder, so that nobody can damage or displace another owner's
files. A piece counts once it is synced to disk, so a killed server loses at most the piece in transfer.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.atomic_file import sync_folder
from server.core.api_errors import ApiError
from server.secrets.private_files import private_folder
from server.submissions.store import disk_is_full, file_sha256

MAX_AGE_S: Final = 24 * 3600.0
_FILE_NAME: Final = re.compile(r"(?P<sha256>[0-9a-f]{64})\.(?P<length>[1-9][0-9]{0,11})\.(?P<state>part|whole)")
_OWNER_NAME: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True)
class PartialLimits:
    """Limits of one owner: bytes of one file, number and bytes of all files, seconds without a piece until a file is
    deleted."""

    max_file_bytes: int
    max_files: int = 16
    max_bytes: int = 500_000_000
    max_age_s: float = MAX_AGE_S


@dataclass(frozen=True)
class PartialState:
    """`offset` bytes of `length` are stored; `path` is the complete, verified file, or None."""

    offset: int
    length: int
    path: Path | None = None


class WrongOffset(Exception):
    """The piece does not start at the end of the stored bytes."""

    def __init__(self, state: PartialState) -> None:
        super().__init__(state.offset)
        self.state = state


class PartialFiles:
    """The folder of one owner. Any thread and any process may use it."""

    def __init__(self, root: Path, owner: str, limits: PartialLimits, clock: Callable[[], float] = time.time) -> None:
        if _OWNER_NAME.fullmatch(owner) is None:
            raise ValueError("the owner's key must be usable as the name of a folder")
        self._root = root
        self._folder = root / owner
        self._limits = limits
        self._clock = clock

    def state(self, sha256: str) -> PartialState:
        """Return how much of the file is stored; (0, 0) if nothing is."""
        if not self._folder.is_dir():
            return PartialState(0, 0)
        with self._locked():
            return self._state(sha256)

    def append(self, sha256: str, offset: int, length: int, chunks: Iterable[bytes]) -> PartialState:
        """Add a piece; returns after it is synced to disk and, for the last piece, after the complete file is verified.

        Raises WrongOffset; ApiError: file_too_long, hash_differs (the file is deleted), disk_full.
        """
        self.check_length(length)
        with self._locked():
            self._remove_other_lengths(sha256, length)
            state = self._state(sha256)
            if state.path is not None or offset != state.offset:
                raise WrongOffset(PartialState(state.offset, length, state.path))
            self._make_room(sha256, length)
            part = self._folder / f"{sha256}.{length}.part"
            _write_piece(part, offset, length, chunks)
            return self._finish(part, sha256, length) if part.stat().st_size >= length else _read_state(part)

    def check_length(self, length: int) -> None:
        """Raise ApiError file_too_long unless a file may have `length` bytes."""
        if not 0 < length <= self._limits.max_file_bytes:
            limit = f"{self._limits.max_file_bytes / 1e6:.0f}"
            raise ApiError("refused.file_too_long", size=f"{length / 1e6:.0f}", limit=limit)

    def complete_file(self, sha256: str, length: int) -> Path | None:
        """Return the complete file; None if it is not stored (any longer)."""
        state = self.state(sha256)
        return state.path if state.length == length else None

    def discard(self, sha256: str) -> None:
        """Delete a file that is stored elsewhere or not needed."""
        if self._folder.is_dir():
            with self._locked():
                for path in self._files():
                    if path.name.startswith(sha256):
                        path.unlink(missing_ok=True)

    def discard_all(self) -> None:
        """Delete every file of this owner."""
        if self._folder.is_dir():
            with self._locked():
                for path in self._files():
                    path.unlink(missing_ok=True)

    def _state(self, sha256: str) -> PartialState:
        path = self._path(sha256)
        if path is None:
            return PartialState(0, 0)
        state = _read_state(path)
        if state.path is not None or state.offset < state.length:
            return state
        try:  # the server was killed between the last piece and the check of the complete file
            return self._finish(path, sha256, state.length)
        except ApiError:
            return PartialState(0, 0)

    def _finish(self, part: Path, sha256: str, length: int) -> PartialState:
        if file_sha256(part) != sha256:
            part.unlink()
            raise ApiError("refused.hash_differs", part="file")
        whole = part.with_suffix(".whole")
        os.replace(part, whole)
        sync_folder(self._folder)
        return PartialState(length, length, whole)

    def _remove_other_lengths(self, sha256: str, length: int) -> None:
        path = self._path(sha256)
        if path is not None and _parse_name(path)["length"] != str(length):
            path.unlink(missing_ok=True)

    def _make_room(self, sha256: str, length: int) -> None:
        """Delete expired files, then the oldest, until the file fits into the owner's limits."""
        others = sorted(
            (path for path in self._files() if not path.name.startswith(sha256)), key=lambda path: path.stat().st_mtime
        )
        sizes = {path: path.stat().st_size for path in others}
        oldest = self._clock() - self._limits.max_age_s
        while others and (
            others[0].stat().st_mtime < oldest
            or len(others) >= self._limits.max_files
            or sum(sizes[path] for path in others) + length > self._limits.max_bytes
        ):
            others.pop(0).unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path | None:
        return next((path for path in self._files() if path.name.startswith(f"{sha256}.")), None)

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in self._folder.iterdir() if _FILE_NAME.fullmatch(path.name)]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Serialize the pieces of an owner. The lock ends with the process that holds it, even if that is killed."""
        private_folder(self._root)
        private_folder(self._folder)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def remove_expired(root: Path, max_age_s: float, now: float) -> int:
    """Delete files of every owner that received no piece for `max_age_s` seconds; return how many."""
    count = 0
    for path in root.glob("*/*"):
        if _FILE_NAME.fullmatch(path.name) and path.stat().st_mtime < now - max_age_s:
            path.unlink(missing_ok=True)
            count += 1
    return count


def _write_piece(part: Path, offset: int, length: int, chunks: Iterable[bytes]) -> None:
    """Write a piece; the received bytes stay even if the piece ends early."""
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:  # without O_TRUNC
            file.seek(offset)
            for chunk in chunks:
                file.write(chunk[: max(0, length - file.tell())])  # ignore bytes beyond the announced length
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if disk_is_full(error):
            raise ApiError("refused.disk_full") from error
        raise


def _read_state(path: Path) -> PartialState:
    parsed = _parse_name(path)
    length = int(parsed["length"])
    size = path.stat().st_size
    return PartialState(size, length, path if parsed["state"] == "whole" else None)


def _parse_name(path: Path) -> re.Match[str]:
    match = _FILE_NAME.fullmatch(path.name)
    assert match is not None
    return match
