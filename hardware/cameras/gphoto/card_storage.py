"""Files after their shot: how many stay on the card, and where RAW files go."""

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
from hardware.cameras.gphoto.camera_handle import CameraFile, CameraHandle
from hardware.cameras.gphoto.profile import FileSettings

log = logging.getLogger("camera")

Download = Callable[[CameraFile], bytes]


@dataclass(frozen=True)
class _CardFile:
    """A file that this station wrote to the card, and the hash of its content."""

    file: CameraFile
    sha256: str


class CardStorage:
    """The files of the shots since the camera was opened; never one that the station did not take.

    A picture stays on the card until the kiosk has confirmed that it is stored, and the newest ones stay longer as a
    second copy. RAW files are fetched when the camera is idle, after their shot has been delivered.
    """

    def __init__(self, handle: CameraHandle, files: FileSettings, download: Download) -> None:
        self._handle, self._files, self._download = handle, files, download
        self._folder = Path(files.raw_folder).expanduser() if files.raw_folder else None
        self._on_card: list[_CardFile] = []
        self._stored_hashes: set[str] = set()
        self._raw: deque[CameraFile] = deque()
        self._digests: dict[str, str] = {}
        self.raw_failed = False

    @property
    def downloads_raw(self) -> bool:
        return self._folder is not None

    def add_picture(self, picture: CameraFile, data: bytes) -> None:
        """Record that `picture` was transferred completely, as `data`."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._on_card.append(_CardFile(picture, sha256))
        if self.downloads_raw:
            self._digests[_stem(picture)] = sha256[:12]

    def mark_stored(self, sha256: str) -> None:
        """Record that the kiosk has stored the picture with this hash."""
        self._stored_hashes.add(sha256)

    def add_raw(self, raw: Iterable[CameraFile]) -> None:
        """Queue RAW files that the camera has reported."""
        if self.downloads_raw:
            self._raw += raw

    def do_idle_work(self) -> bool:
        """Do one task that can wait until the camera is idle. Return False if there was none."""
        return self._download_raw() or self._delete_oldest()

    def _download_raw(self) -> bool:
        """Fetch one RAW file. If it cannot be stored, it stays in the camera."""
        if self._folder is None or not self._raw:
            return False
        raw_file = self._raw.popleft()
        try:
            data = self._download(raw_file)
            _write(self._folder, self._raw_file_name(raw_file, data), data)
        except (OSError, CameraProblem) as problem:
            if self._handle.dead:
                raise
            log.warning("The RAW file %s was not fetched and stays in the camera: %s", raw_file.name, problem)
            self.raw_failed = True
        else:
            sha256 = hashlib.sha256(data).hexdigest()
            self._on_card.append(_CardFile(raw_file, sha256))
            self.mark_stored(sha256)
            self.raw_failed = False
        return True

    def _raw_file_name(self, raw: CameraFile, data: bytes) -> str:
        """Name the file with the hash of its picture: a camera's numbers start again, and originals are identified by
        hash."""
        digest = self._digests.get(_stem(raw)) or hashlib.sha256(data).hexdigest()[:12]
        return f"{_stem(raw)}-{digest}{PurePosixPath(raw.name).suffix.lower()}"

    def _delete_oldest(self) -> bool:
        """Delete the oldest of the station's files beyond the limit. A file that cannot be deleted stays."""
        oldest = self._oldest_deletable()
        if oldest is None:
            return False
        self._on_card.remove(oldest)
        self._stored_hashes.discard(oldest.sha256)
        self._digests.pop(_stem(oldest.file), None)
        try:
            self._handle.delete_file(oldest.file)
        except CameraProblem as problem:
            if self._handle.dead:
                raise
            log.info("%s could not be deleted from the card: %s", oldest.file.name, problem)
        return True

    def _oldest_deletable(self) -> _CardFile | None:
        keep_count = self._files.max_on_card
        if keep_count < 0:
            return None
        surplus = self._on_card[: max(0, len(self._on_card) - keep_count)]
        return next((file for file in surplus if file.sha256 in self._stored_hashes), None)


def _stem(file: CameraFile) -> str:
    return PurePosixPath(file.name).stem


def _write(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)
    sync_folder(folder)
