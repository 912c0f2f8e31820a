"""A camera on a cable or on the network, through libgphoto2: `dslr`, `dslr:serial:…`, `dslr:ptpip:HOST` (see where.py).

The order of a shot is that of cameras in the field: live view off, settle, settings of the shot, focus, shutter, all
that the camera says until the files are there, the JPEG out of them, live view on again. Everything runs in one thread;
a call that never returns is ended from outside, with the process: `on_progress` tells how long it may take.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from hardware.cameras.api import CameraHealth, CameraInfo, CameraProblem, Pixels, Shot, ShotProgress
from hardware.cameras.gphoto.address import Where
from hardware.cameras.gphoto.camera_handle import Tether
from hardware.cameras.gphoto.discovery import Listed, connect, detected
from hardware.cameras.gphoto.library_log import LibraryLog
from hardware.cameras.gphoto.profile import read_profile
from hardware.cameras.gphoto.session import Session


class DslrCamera:
    """Keeps Camera, TalkingCamera and ReportingCamera of hardware/cameras/api.py.

    One object is one session: a camera that is lost is opened by a new object, with a new handle of libgphoto2.
    """

    def __init__(
        self,
        where: Where,
        *,
        listed: Listed = detected,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.on_progress: Callable[[ShotProgress], None] = _to_nobody
        self._where, self._listed, self._clock, self._sleep = where, listed, clock, sleep
        self._library_log: LibraryLog | None = None
        self._tether: Tether | None = None
        self._session: Session | None = None

    def open(self) -> CameraInfo:
        """Raises CameraProblem: absent, asleep, taken, not_allowed, other, profile."""
        profile = read_profile(self._where.profile)
        self._library_log = LibraryLog()
        self._tether, identity = connect(self._where, self._library_log, self._listed)
        self._session = Session(
            self._tether, identity, profile, self._clock, self._sleep, lambda progress: self.on_progress(progress)
        )
        return self._session.info

    def frame(self) -> Pixels:
        return self._opened().frame()

    def shoot(self) -> Shot:
        return self._opened().shoot()

    def heard(self) -> Iterable[CameraHealth | Shot]:
        return self._opened().heard()

    def tell(self, command: str) -> None:
        """Takes "stored SHA256": from then on that picture's copy on the card may be deleted."""
        word, _, sha256 = command.partition(" ")
        if word == "stored" and self._session is not None:
            self._session.stored(sha256)

    def close(self) -> None:
        """Live view off, the session ended; also after an `open` that failed half-way."""
        if self._session is not None:
            self._session.close()
        if self._tether is not None:
            self._tether.close()
        if self._library_log is not None:
            self._library_log.close()
        self._session = self._tether = self._library_log = None

    def _opened(self) -> Session:
        if self._session is None:
            raise CameraProblem("camera.lost")
        return self._session


def _to_nobody(progress: ShotProgress) -> None:
    """Until somebody listens."""
