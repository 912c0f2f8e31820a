"""Pictures on disk, each named by the hash of its bytes: written once, never changed, never overwritten."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from config.atomic_file import sync_folder, write_atomic
from server.core.api_errors import ApiError
from server.secrets.private_files import private_folder

_CHUNK_BYTES: Final = 1 << 20
_DISK_FULL_ERRNOS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_is_full(error: OSError) -> bool:
    return error.errno in _DISK_FULL_ERRNOS


@dataclass(frozen=True)
class TempFile:
    """A file that is synced to disk but not yet in its final place. `sha256` was read back from the disk."""

    path: Path
    sha256: str
    size: int

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


class PictureStore:
    """The folder of pictures, private to the server's user, and alongside it the folder of the shots' previews."""

    def __init__(self, root: Path) -> None:
        self.root = private_folder(root)
        self._temp_folder = private_folder(root / "drafts")
        self._previews = root.parent / "previews"

    def write_temp(self, chunks: Iterable[bytes]) -> TempFile:
        """Write and fsync the bytes. Raises ApiError disk_full and leaves no file behind."""
        path = self._temp_folder / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            return TempFile(path, file_sha256(path), path.stat().st_size)
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError) and disk_is_full(error):
                raise ApiError("refused.disk_full") from error
            raise

    def link_temp(self, path: Path) -> TempFile:
        """As `write_temp`, for a file that is synced to disk already: it is linked, not copied."""
        link = self._temp_folder / secrets.token_hex(16)
        os.link(path, link)
        return TempFile(link, file_sha256(link), link.stat().st_size)

    def commit(self, temp_file: TempFile) -> bool:
        """Move the file to its final name; True if these bytes were not stored before.

        A stored file that no longer matches its own hash (a damaged disk) is replaced by the intact one.
        """
        path = self.path(temp_file.sha256)
        private_folder(path.parent)
        try:
            os.link(temp_file.path, path)
        except FileExistsError:
            if file_sha256(path) == temp_file.sha256:
                return False
            os.replace(temp_file.path, path)
        sync_folder(path.parent)
        return True

    def remove(self, sha256: str) -> None:
        """Delete a file that no submission refers to, and its preview (see incoming_files.remove_unreferenced)."""
        self.path(sha256).unlink(missing_ok=True)
        self.preview_path(sha256).unlink(missing_ok=True)

    def store_preview(self, sha256: str, jpeg: bytes) -> None:
        """Store the preview of the shot with this hash; `jpeg` is empty if the shot cannot be shown."""
        path = self.preview_path(sha256)
        private_folder(path.parent)
        write_atomic(path, jpeg)

    def remove_temp_files(self) -> None:
        """Delete temporary files of a killed process; only while no other process takes in submissions."""
        for path in self._temp_folder.iterdir():
            path.unlink()

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def preview_path(self, sha256: str) -> Path:
        return self._previews / sha256[:2] / f"{sha256}.jpg"


def file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def picture_store() -> PictureStore:
    """Return the store of this server."""
    return PictureStore(settings.FILES)
