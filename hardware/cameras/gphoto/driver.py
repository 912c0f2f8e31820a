"""A tethered or network camera through libgphoto2: `dslr`, `dslr:serial:…`, `dslr:ptpip:HOST` (see address.py).

The order of a shot is the one that works with most cameras: live view off, settle, settings of the shot, focus,
shutter, all events until the files are there, download of the JPEG, live view on again. Everything runs in one thread;
a call that never returns is ended from outside, with the process: `on_progress` reports how long a phase may take.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from config.arrays import Pixels
from hardware.cameras.api import CameraHealth, CameraInfo, CameraProblem, Shot, ShotProgress
from hardware.cameras.gphoto.address import CameraAddress
from hardware.cameras.gphoto.camera_handle import CameraHandle
from hardware.cameras.gphoto.discovery import ListCameras, connect, detect_cameras
from hardware.cameras.gphoto.library_log import LibraryLog
from hardware.cameras.gphoto.profile import read_profile
from hardware.cameras.gphoto.session import DslrSession


class DslrCamera:
    """Implements Camera, EmitsEvents and ReportsProgress of hardware/cameras/api.py.

    One object is one session: a lost camera is opened by a new object, with a new handle of libgphoto2.
    """

    def __init__(
        self,
        address: CameraAddress,
        *,
        list_cameras: ListCameras = detect_cameras,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.on_progress: Callable[[ShotProgress], None] = _ignore_progress
        self._address, self._list_cameras, self._clock, self._sleep = address, list_cameras, clock, sleep
        self._library_log: LibraryLog | None = None
        self._handle: CameraHandle | None = None
        self._session: DslrSession | None = None

    def open(self) -> CameraInfo:
        """Raises CameraProblem: absent, asleep, taken, not_allowed, not_assigned, profile."""
        profile = read_profile(self._address.profile)
        self._library_log = LibraryLog()
        self._handle, identity = connect(self._address, self._library_log, self._list_cameras)
        self._session = DslrSession(
            self._handle, identity, profile, self._clock, self._sleep, lambda progress: self.on_progress(progress)
        )
        return self._session.info

    def frame(self) -> Pixels:
        return self._require_open().frame()

    def shoot(self) -> Shot:
        return self._require_open().shoot()

    def poll_events(self) -> Iterable[CameraHealth | Shot]:
        return self._require_open().poll_events()

    def send_command(self, command: str) -> None:
        """Handle "stored SHA256": from then on that picture's copy on the card may be deleted."""
        action, _, sha256 = command.partition(" ")
        if action == "stored" and self._session is not None:
            self._session.mark_stored(sha256)

    def close(self) -> None:
        """Stop live view and end the session; also after an `open` that failed half-way."""
        if self._session is not None:
            self._session.close()
        if self._handle is not None:
            self._handle.close()
        if self._library_log is not None:
            self._library_log.close()
        self._session = self._handle = self._library_log = None

    def _require_open(self) -> DslrSession:
        if self._session is None:
            raise CameraProblem("camera.lost")
        return self._session


def _ignore_progress(progress: ShotProgress) -> None:
    """Ignore progress until a listener is set."""
