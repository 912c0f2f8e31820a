"""A webcam's stream through OpenCV, undecoded: Motion-JPEG as the camera made it, by V4L2 or, over HTTP, by FFmpeg."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.image_file import decode_frame
from hardware.cameras.api import CameraProblem
from hardware.cameras.webcam import mjpeg as jpeg
from hardware.cameras.webcam.settings import WebcamSettings
from hardware.cameras.webcam.v4l2 import Mode

if TYPE_CHECKING:
    from config.opencv import cv2

MAX_FAILED_READS: Final = 5  # in a row; if each fails immediately, the camera was unplugged
_MAX_FRAME_AGE_S: Final = 2.0  # seconds; with a larger difference the camera uses another clock
_MIN_WAIT_SHARE: Final = 0.3  # of the time between two frames: a frame that came sooner was buffered
JPEG_QUALITY: Final = 97


@dataclass(frozen=True)
class Picture:
    """One frame. `jpeg` contains the camera's own bytes; None if it sends raw pixels, which are then `raw`, BGR.

    `exposed_at` is the time of exposure, in seconds of time.monotonic(); None if the source does not report it. `fresh`
    is False for a frame that was buffered before it was read.
    """

    jpeg: NDArray[np.uint8] | None = field(repr=False)
    raw: Pixels | None = field(repr=False)
    exposed_at: float | None
    fresh: bool

    def pixels(self) -> Pixels | None:
        """Decode to BGR at full size; None if the frame is damaged."""
        from config.opencv import cv2

        if self.jpeg is None:
            return self.raw
        if not jpeg.is_complete(self.jpeg):
            return None
        decoded = decode_frame(self.jpeg, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        return decoded if decoded is not None and jpeg.is_fully_decoded(decoded) else None

    def thumbnail(self) -> Pixels | None:
        """Decode to BGR at an eighth of the size, which is much faster; None if the frame is damaged."""
        from config.opencv import cv2

        if self.jpeg is None:
            return None if self.raw is None else _downscale_8(self.raw)
        if not jpeg.is_complete(self.jpeg):
            return None
        return decode_frame(self.jpeg, cv2.IMREAD_REDUCED_COLOR_8 | cv2.IMREAD_IGNORE_ORIENTATION)

    def jpeg_file(self) -> bytes:
        """Return the picture as a JPEG file: the camera's own if it makes one. Raises CameraProblem unreadable."""
        from config.opencv import cv2

        if self.jpeg is not None:
            return self.jpeg.tobytes()
        all_colour = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
        options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, all_colour]
        done, encoded = cv2.imencode(".jpg", self.raw, options) if self.raw is not None else (False, None)
        if not done or encoded is None:
            raise CameraProblem("camera.unreadable")
        return bytes(encoded.tobytes())


def _downscale_8(picture: Pixels) -> Pixels:
    from config.opencv import cv2

    size = max(1, picture.shape[1] // 8), max(1, picture.shape[0] // 8)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


class Stream:
    """A running stream. Its owner reads it from one thread and drops it at the first CameraProblem.

    `size`, `rate`, `buffers` and `jpeg` were read back: some devices confirm values that they do not use.
    """

    def __init__(self, capture: cv2.VideoCapture, settings: WebcamSettings, clock: Callable[[], float]) -> None:
        from config.opencv import cv2

        self._capture, self._settings, self._clock = capture, settings, clock
        self._over_network = capture.getBackendName() == "FFMPEG"
        self._time_prop = cv2.CAP_PROP_POS_MSEC
        self.rate = capture.get(cv2.CAP_PROP_FPS) or float(settings.frames_per_second)
        self.size = round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self.buffers = round(capture.get(cv2.CAP_PROP_BUFFERSIZE))
        self.jpeg = round(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"MJPG")

    def read(self, tries: int = MAX_FAILED_READS) -> Picture:
        """Return the next frame of the stream.

        A read that fails immediately means that the camera was unplugged (its handle still reports that it is open),
        one that fails after the timeout means that the camera hangs. Raises CameraProblem lost or hung.
        """
        for _ in range(tries):
            began = self._clock()
            done, data = self._capture.read()
            duration = self._clock() - began
            if done and data is not None and data.size:
                return self._picture(np.asarray(data, np.uint8), duration)
            if duration >= self._settings.read_timeout / 2:
                raise CameraProblem("camera.hung")
        raise CameraProblem("camera.lost")

    def refused_settings(self) -> list[str]:
        """Return the names of the settings that the device did not accept."""
        settings = self._settings
        honoured = {
            "format": self.jpeg,
            "width": self.size[0] == settings.width,
            "height": self.size[1] == settings.height,
            "frames_per_second": round(self.rate) >= settings.frames_per_second,
            "buffers": self.buffers == settings.buffers,
        }
        return [name for name, is_honoured in honoured.items() if not is_honoured]

    def release(self) -> None:
        self._capture.release()

    def _picture(self, data: NDArray[np.uint8], duration: float) -> Picture:
        fresh = duration >= _MIN_WAIT_SHARE / self.rate
        time = None if self._over_network else self._capture.get(self._time_prop) / 1000
        exposed_at = time if time is not None and 0 <= self._clock() - time <= _MAX_FRAME_AGE_S else None
        if self.jpeg:
            return Picture(data.reshape(-1), None, exposed_at, fresh)
        return Picture(None, data, exposed_at, fresh)


def open_device(path: str, mode: Mode, settings: WebcamSettings, clock: Callable[[], float]) -> Stream | None:
    """Open the stream of a video device in the nearest mode; None if that fails."""
    # OpenCV reads this when the device is opened; its default of 10 s is longer than the supervisor's timeout.
    os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = str(max(1, round(settings.read_timeout)))
    from config.opencv import cv2

    cv2.setLogLevel(2)  # LOG_LEVEL_ERROR; otherwise a warning at every attempt to find a missing camera
    capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
    if not capture.isOpened():
        return None
    for prop, value in (  # in the order that V4L2 drivers need
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, mode.width),
        (cv2.CAP_PROP_FRAME_HEIGHT, mode.height),
        (cv2.CAP_PROP_FPS, settings.frames_per_second),
        (cv2.CAP_PROP_BUFFERSIZE, settings.buffers),
    ):
        capture.set(prop, value)
    stream = Stream(capture, settings, clock)
    if stream.jpeg:
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)  # the camera's own bytes, without the loss of a second encoding
    return stream


def open_network(url: str, settings: WebcamSettings, clock: Callable[[], float]) -> Stream | None:
    """Open the stream at `url`; None if that fails. Other codecs than Motion-JPEG are decoded."""
    from config.opencv import cv2

    cv2.setLogLevel(2)
    timeouts = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        round(settings.connect_timeout * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        round(settings.read_timeout * 1000),
    ]
    for undecoded in ([cv2.CAP_PROP_FORMAT, -1], []):
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, [*timeouts, *undecoded])
        if not capture.isOpened():
            return None
        stream = Stream(capture, settings, clock)
        if stream.jpeg or not undecoded:
            return stream
        capture.release()
    return None
