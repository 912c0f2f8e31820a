"""The folders of files that a backup contains in addition to the database.

Keys are not included; neither are pieces of uploads, which stations and phones store and send again, and uploaded
tables that wait for the preview of an import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

PICTURES: Final = "files"
"""Files of this tree are named by their hash and never change."""
_PICTURE: Final = re.compile(rf"{PICTURES}/[0-9a-f]{{2}}/(?P<sha256>[0-9a-f]{{64}})")
_PATH: Final = re.compile(r"[a-z]+(/[0-9A-Za-z_-][0-9A-Za-z._-]*)+")


@dataclass(frozen=True)
class StoredFile:
    """A file by its tree and its path in it, "files/ab/abcd...". `modified_ns` is its time of change."""

    path: str
    size: int
    modified_ns: int

    @property
    def named_sha256(self) -> str | None:
        """The hash in the name; None for a file that is not named by its hash."""
        match = _PICTURE.fullmatch(self.path)
        return match["sha256"] if match else None


def trees() -> dict[str, Path]:
    """Return the folder of each tree."""
    parent: Path = settings.FILES.parent
    return {
        PICTURES: settings.FILES,
        "previews": parent / "previews",
        "retouch": parent / "retouch",
        "remote": parent / "remote",  # photos submitted by phone that are not yet submissions
        "deliveries": settings.DELIVERIES,
        "notices": settings.NOTICES,
    }


def stored_files() -> Iterator[StoredFile]:
    """Yield the files of all trees, without those that are being written."""
    for tree, folder in trees().items():
        for path in sorted(folder.rglob("*")):
            name = f"{tree}/{path.relative_to(folder).as_posix()}"
            if _PATH.fullmatch(name) and (tree != PICTURES or _PICTURE.fullmatch(name)):
                with suppress(FileNotFoundError):  # deleted since the folder was read
                    if path.is_file() and not path.is_symlink():
                        status = path.stat()
                        yield StoredFile(name, status.st_size, status.st_mtime_ns)


def place_of(path: str) -> Path:
    """Return where a file of a backup belongs on this server. Raises ValueError for a path outside the trees."""
    tree, _, rest = path.partition("/")
    if not _PATH.fullmatch(path) or tree not in trees():
        raise ValueError(path)
    return trees()[tree] / rest
