"""Receive the files that the page sends: select the pictures of a folder, check names, store the bytes in blocks."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from config.errors import Problem
from kiosk.tools.photo.page_server.body import Body
from kiosk.tools.photo.page_server.collection import Collection
from kiosk.tools.photo.page_server.folders import Folders
from kiosk.tools.photo.page_server.photo import PagePhoto
from kiosk.tools.photo.shots import MAX_BYTES, is_picture, is_system_file, is_system_folder, printable

MAX_PHOTOS: Final = 5000
"""Photos on the page; each costs some kilobytes of memory, and its file on the disk."""
_BLOCK_BYTES: Final = 1 << 18
_MAX_NAME_LENGTH: Final = 1024  # characters of a path
_DISK_FULL_ERRNOS: Final = (errno.ENOSPC, errno.EDQUOT)


def select_pictures(files: Sequence[tuple[str, bytes]]) -> tuple[list[int], Counter[str]]:
    """Return the indices of the pictures among a folder's files, given as (path, first bytes), and the number of other
    files by suffix. Files of the system, and files in its folders, are ignored, hidden ones among them."""
    pictures, skipped = [], Counter[str]()
    for index, (path, head) in enumerate(files):
        name = PurePosixPath(path)
        if is_system_file(name.name) or any(map(is_system_folder, name.parts[:-1])):
            continue
        if is_picture(name, head):
            pictures.append(index)
        else:
            skipped[name.suffix.lower() or "-"] += 1
    return pictures, skipped


def photo_name(quoted: str) -> PurePosixPath:
    """Return the path of a file below the folder that was dropped, from its percent-encoded form.

    Raises Problem for any other path: it also names files in the zip file, so it must not lead out of the folder.
    """
    text = unquote(quoted)
    name = PurePosixPath(text)
    is_invalid = not name.name or name.is_absolute() or "\0" in text or len(text) > _MAX_NAME_LENGTH
    if is_invalid or any(part in ("..", ".") for part in text.split("/")):
        raise Problem("photo_page.bad_name", name=printable(text[:80]))
    return name


class Uploads:
    """Stores received files and adds them to the collection."""

    def __init__(self, collection: Collection, folders: Folders) -> None:
        self._collection, self._folders = collection, folders

    def receive(self, quoted_name: str, body: Body) -> PagePhoto | None:
        """Store a file; return the photo, or None if the page has the same one already.

        Raises IncompleteBody, and Problem: photo_page.bad_name, command.too_large, photo_page.too_many,
        photo_page.disk_full, photo_page.disk. A file that is not added is deleted.
        """
        name = photo_name(quoted_name)
        if body.length > MAX_BYTES:
            raise Problem("command.too_large", most=MAX_BYTES // 1_000_000)
        if len(self._collection.photos()) >= MAX_PHOTOS:
            raise Problem("photo_page.too_many", most=MAX_PHOTOS)
        photo_id = self._collection.new_id()
        file = self._folders.shot(photo_id)
        photo = None
        try:
            photo = self._collection.add(photo_id, name, file, _store(body, file))
        except OSError as error:
            key = "photo_page.disk_full" if error.errno in _DISK_FULL_ERRNOS else "photo_page.disk"
            raise Problem(key, why=error.strerror or type(error).__name__) from error
        finally:
            if photo is None:
                file.unlink(missing_ok=True)
        return photo


def _store(body: Body, file: Path) -> str:
    """Copy the bytes to the file; return their hash. Raises OSError if the file cannot be written."""
    digest = sha256()
    with file.open("xb") as target:
        while block := body.read(_BLOCK_BYTES):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()
