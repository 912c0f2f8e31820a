"""A webcam through OpenCV: `webcam:0`, `webcam:/dev/videoN` (V4L2) or `webcam:http://...` (Motion-JPEG by FFmpeg)."""

from __future__ import annotations

import logging
import os
import re
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import numpy as np

from hardware.cameras.camera import CameraInfo, CameraProblem, Pixels, Shot
from hardware.cameras.folder import LARGEST_FRAME, fitted

if TYPE_CHECKING:
    from config.opencv import cv2

SETTINGS: Final = Path(__file__).with_name("webcam.toml")
JPEG_QUALITY: Final = 97
_FAILED_READS: Final = 5  # in a row, each at once: the plug is out
_FIRST_READS: Final = 20  # cameras begin with a few empty frames

log = logging.getLogger("camera")


@dataclass(frozen=True)
class WebcamSettings:
    """See webcam.toml, where each stands with its reason."""

    width: int
    height: int
    frames_per_second: int
    exposure: int
    silence: float
    connect: float

    @classmethod
    def read(cls, path: Path = SETTINGS) -> WebcamSettings:
        return cls(**tomllib.loads(path.read_text(encoding="utf-8")))


class WebcamCamera:
    """A running stream at full size; live view is that stream scaled down, a shot is one fresh picture of it."""

    def __init__(
        self,
        source: str,
        *,
        settings: WebcamSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._settings = settings or WebcamSettings.read()
        self._clock = clock
        self._capture: cv2.VideoCapture | None = None
        self._info: CameraInfo | None = None
        self._shots = 0

    def open(self) -> CameraInfo:
        from config.opencv import cv2

        cv2.setLogLevel(2)  # LOG_LEVEL_ERROR; else a warning at every try to find a camera that is not there
        over_network = "://" in self._source
        self._capture = self._open_stream() if over_network else self._open_device()
        if not self._capture.isOpened():
            self.close()
            raise CameraProblem("camera.absent")
        refused = () if over_network else self._set_up(self._capture)
        for name in refused:
            log.warning("The webcam refused its setting of %s.", name)
        height, width = self._first_picture().shape[:2]
        self._info = CameraInfo(
            driver="webcam",
            model=_host(self._source) if over_network else _device_text(self._device(), "name"),
            serial="" if over_network else _device_text(self._device(), "device/../serial"),
            simulated=False,
            frame_size=fitted((width, height), LARGEST_FRAME),
            shot_size=(width, height),
            refused=refused,
            burst=3,
        )
        return self._info

    def frame(self) -> Pixels:
        from config.opencv import cv2

        info, picture = self._opened(), self._read()
        if (picture.shape[1], picture.shape[0]) != info.shot_size:
            raise CameraProblem("camera.lost")  # it restarted with another size behind our back
        if info.frame_size != info.shot_size:
            picture = np.asarray(cv2.resize(picture, info.frame_size, interpolation=cv2.INTER_AREA), np.uint8)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)

    def shoot(self) -> Shot:
        from config.opencv import cv2

        info, capture = self._opened(), self._capture
        if capture is not None:
            capture.grab()  # what waits in the buffer was taken before the shot was asked for
        options = [
            cv2.IMWRITE_JPEG_QUALITY,
            JPEG_QUALITY,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        ]
        done, encoded = cv2.imencode(".jpg", self._read(), options)
        if not done:
            raise CameraProblem("camera.unreadable")
        self._shots += 1
        return Shot(encoded.tobytes(), f"webcam-{self._shots:04d}.jpg", info)

    def tell(self, command: str) -> None:
        """A real camera has no script."""

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
        self._capture = self._info = None

    def _device(self) -> str:
        return f"/dev/video{self._source}" if self._source.isdecimal() else self._source

    def _open_device(self) -> cv2.VideoCapture:
        # Read by OpenCV when the device is opened; its own default of 10 s is longer than the supervisor's patience.
        os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = str(max(1, round(self._settings.silence)))
        from config.opencv import cv2

        number = re.fullmatch(r"/dev/video(\d+)", self._device())
        return cv2.VideoCapture(int(number[1]) if number else self._device(), cv2.CAP_V4L2)

    def _open_stream(self) -> cv2.VideoCapture:
        from config.opencv import cv2

        timeouts = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            round(self._settings.connect * 1000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            round(self._settings.silence * 1000),
        ]
        return cv2.VideoCapture(self._source, cv2.CAP_FFMPEG, timeouts)

    def _set_up(self, capture: cv2.VideoCapture) -> tuple[str, ...]:
        """Asks for the settings in the order that V4L2 drivers want, reads each back, returns those refused.

        The answer of `set` is not to be trusted: it says yes to a size that the device then does not send.
        """
        from config.opencv import cv2

        s = self._settings
        wished = [
            ("format", cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
            ("width", cv2.CAP_PROP_FRAME_WIDTH, s.width),
            ("height", cv2.CAP_PROP_FRAME_HEIGHT, s.height),
            ("frames_per_second", cv2.CAP_PROP_FPS, s.frames_per_second),
            ("buffer", cv2.CAP_PROP_BUFFERSIZE, 1),
            ("manual_exposure", cv2.CAP_PROP_AUTO_EXPOSURE, 1),
            ("exposure", cv2.CAP_PROP_EXPOSURE, s.exposure),
        ]
        for _, prop, value in wished:
            capture.set(prop, value)
        return tuple(name for name, prop, value in wished if round(capture.get(prop)) != round(value))

    def _opened(self) -> CameraInfo:
        if self._info is None:
            raise CameraProblem("camera.lost")
        return self._info

    def _first_picture(self) -> Pixels:
        try:
            return self._read(_FIRST_READS)
        except CameraProblem:
            self.close()
            raise

    def _read(self, tries: int = _FAILED_READS) -> Pixels:
        """The next picture of the stream, BGR at full size.

        A read that fails at once means the plug is out (the handle itself still says that it is open), one that
        fails after the time-out means that the camera hangs.
        """
        if self._capture is None:
            raise CameraProblem("camera.lost")
        for _ in range(tries):
            began = self._clock()
            done, picture = self._capture.read()
            if done and picture is not None and picture.size:
                return np.asarray(picture, np.uint8)
            if self._clock() - began >= self._settings.silence / 2:
                raise CameraProblem("camera.hung")
        raise CameraProblem("camera.lost")


def _host(url: str) -> str:
    """The host of a network camera and nothing else of its address: a password may stand there."""
    parts = urlsplit(url)
    return f"{parts.hostname or '?'}:{parts.port}" if parts.port else str(parts.hostname or "?")


def _device_text(device: str, what: str) -> str:
    """What Linux knows of a video device (/sys/class/video4linux), or its path where it knows nothing."""
    try:
        return Path("/sys/class/video4linux", Path(device).resolve().name, what).read_text(encoding="utf-8").strip()
    except OSError:
        return Path(device).name if what == "name" else ""
