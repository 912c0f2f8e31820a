"""What becomes of files after their shot: how many stay on the card, and where RAW files go."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from config.atomic_file import sync_folder
from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import Stored, Tether
from hardware.cameras.gphoto.profile import Files

log = logging.getLogger("camera")

Fetch = Callable[[Stored], bytes]


@dataclass(frozen=True)
class _OnCard:
    """A file of ours on the card, and the hash of what it holds."""

    file: Stored
    sha256: str


class Keeping:
    """The files of the shots since the camera was opened; never one that we did not take.

    A picture stays on the card until the kiosk has said that it stored it, and the newest for longer, as a second copy.
    RAW files are fetched when there is time, after their shot has been handed over.
    """

    def __init__(self, tether: Tether, files: Files, fetch: Fetch) -> None:
        self._tether, self._files, self._fetch = tether, files, fetch
        self._folder = Path(files.raw_folder).expanduser() if files.raw_folder else None
        self._on_card: list[_OnCard] = []
        self._stored_elsewhere: set[str] = set()
        self._raw: deque[Stored] = deque()
        self._digests: dict[str, str] = {}
        self.raw_failed = False

    @property
    def wants_raw(self) -> bool:
        return self._folder is not None

    def delivered(self, picture: Stored, data: bytes) -> None:
        """`picture` has arrived whole, as `data`."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._on_card.append(_OnCard(picture, sha256))
        if self.wants_raw:
            self._digests[_stem(picture)] = sha256[:12]

    def stored(self, sha256: str) -> None:
        """The kiosk has the picture with this hash on its own disk."""
        self._stored_elsewhere.add(sha256)

    def companions(self, raw: Iterable[Stored]) -> None:
        """RAW files that the camera has told of."""
        if self.wants_raw:
            self._raw += raw

    def tidy(self) -> bool:
        """One thing that can wait until nothing else is to be done. False: there was none."""
        return self._fetch_raw() or self._make_room()

    def _fetch_raw(self) -> bool:
        """Fetches one RAW file. One that cannot be kept stays in the camera."""
        if self._folder is None or not self._raw:
            return False
        stored = self._raw.popleft()
        try:
            data = self._fetch(stored)
            _write(self._folder, self._name(stored, data), data)
        except (OSError, CameraProblem) as problem:
            if self._tether.dead:
                raise
            log.warning("The RAW file %s was not fetched and stays in the camera: %s", stored.name, problem)
            self.raw_failed = True
        else:
            sha256 = hashlib.sha256(data).hexdigest()
            self._on_card.append(_OnCard(stored, sha256))
            self.stored(sha256)
            self.raw_failed = False
        return True

    def _name(self, raw: Stored, data: bytes) -> str:
        """With the hash of its picture: a camera's numbers begin anew, and originals are known by their hash."""
        digest = self._digests.get(_stem(raw)) or hashlib.sha256(data).hexdigest()[:12]
        return f"{_stem(raw)}-{digest}{PurePosixPath(raw.name).suffix.lower()}"

    def _make_room(self) -> bool:
        """Deletes the oldest of our files beyond those that stay. What cannot be deleted stays."""
        oldest = self._oldest_stored_elsewhere()
        if oldest is None:
            return False
        self._on_card.remove(oldest)
        self._stored_elsewhere.discard(oldest.sha256)
        self._digests.pop(_stem(oldest.file), None)
        try:
            self._tether.delete(oldest.file)
        except CameraProblem as problem:
            if self._tether.dead:
                raise
            log.info("%s could not be deleted from the card: %s", oldest.file.name, problem)
        return True

    def _oldest_stored_elsewhere(self) -> _OnCard | None:
        keep = self._files.keep_on_card
        if keep < 0:
            return None
        beyond = self._on_card[: max(0, len(self._on_card) - keep)]
        return next((one for one in beyond if one.sha256 in self._stored_elsewhere), None)


def _stem(stored: Stored) -> str:
    return PurePosixPath(stored.name).stem


def _write(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)
    sync_folder(folder)
