"""Pictures on disk, each under the hash of its own bytes: written once, never changed, never overwritten."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.atomic_file import sync_folder, write_atomic
from server.core.api_errors import Refusal
from server.secrets.key_files import private_folder

_CHUNK: Final = 1 << 20
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_is_full(error: OSError) -> bool:
    return error.errno in _FULL


@dataclass(frozen=True)
class Draft:
    """Bytes that are safe on disk, not yet in their place. `sha256` was read back from the disk."""

    path: Path
    sha256: str
    size: int

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


class Store:
    """The folder of pictures, private to the server's user, and beside it the folder of the shots' previews."""

    def __init__(self, root: Path) -> None:
        self.root = private_folder(root)
        self._drafts = private_folder(root / "drafts")
        self._previews = root.parent / "previews"

    def draft(self, chunks: Iterable[bytes]) -> Draft:
        """Writes and fsyncs the bytes. Raises Refusal disk_full, leaving nothing behind."""
        path = self._drafts / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            return Draft(path, hash_of_file(path), path.stat().st_size)
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError) and disk_is_full(error):
                raise Refusal("refused.disk_full") from error
            raise

    def draft_of(self, path: Path) -> Draft:
        """As `draft`, of a file that is safe on disk already: it is not copied."""
        draft = self._drafts / secrets.token_hex(16)
        os.link(path, draft)
        return Draft(draft, hash_of_file(draft), draft.stat().st_size)

    def place(self, draft: Draft) -> bool:
        """Gives the draft its lasting name; True if these bytes were not there before.

        A stored file that no longer has its own hash (a damaged disk) is replaced by the sound draft.
        """
        path = self.path(draft.sha256)
        private_folder(path.parent)
        try:
            os.link(draft.path, path)
        except FileExistsError:
            if hash_of_file(path) == draft.sha256:
                return False
            os.replace(draft.path, path)
        sync_folder(path.parent)
        return True

    def remove(self, sha256: str) -> None:
        """For bytes that no submission names; see intake."""
        self.path(sha256).unlink(missing_ok=True)
        self.preview_path(sha256).unlink(missing_ok=True)

    def place_preview(self, sha256: str, jpeg: bytes) -> None:
        """Keeps the preview of the shot with this hash; empty: nothing of it can be shown."""
        path = self.preview_path(sha256)
        private_folder(path.parent)
        write_atomic(path, jpeg)

    def forget_drafts(self) -> None:
        """Removes what a killed process left half written; only while no other process takes submissions in."""
        for draft in self._drafts.iterdir():
            draft.unlink()

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def preview_path(self, sha256: str) -> Path:
        return self._previews / sha256[:2] / f"{sha256}.jpg"


def hash_of_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
