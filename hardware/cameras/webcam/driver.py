"""A webcam: a V4L2 device or Motion-JPEG over HTTP. Its stills come from the running stream, undecoded."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

import numpy as np

from hardware.cameras.api import CameraHealth, CameraInfo, CameraProblem, Pixels, Shot
from hardware.cameras.folder import LARGEST_FRAME, fitted
from hardware.cameras.webcam import controls
from hardware.cameras.webcam import formats as modes
from hardware.cameras.webcam import mjpeg as jpeg
from hardware.cameras.webcam.devices import VideoDevice, find_device, holders, names_one, video_devices
from hardware.cameras.webcam.settings import WebcamSettings
from hardware.cameras.webcam.stream import Picture, Stream, open_device, open_network
from hardware.cameras.webcam.v4l2 import VideoNode
from hardware.cameras.webcam.warmup import brightness_of, settle

_BROKEN_FRAMES: Final = 15  # in a row, half a second: more than an error on the cable
_FOR_A_SHOT: Final = 30  # frames, a second
_BACKLOG: Final = 15  # frames that may have lain ready; a source that then still never lets us wait is just fast
_BLACK_FRAMES: Final = 5  # skipped for a shot; a lens that is covered stays covered
_MOST_BROKEN: Final = 0.02  # share of frames from which the cable is to be looked at
_COUNTED: Final = 300  # frames, ten seconds
_LONG_BLACK: Final = 30  # frames, a second: nobody walks past as close as that

# What may be told of a running webcam; each has its sentence as camera.warning.<id>.
WARNINGS: Final = ("several", "slow", "cable", "black")

log = logging.getLogger("camera")


class WebcamCamera:
    """A running stream at full size; live view is that stream scaled down, a shot is one fresh picture of it."""

    def __init__(
        self,
        source: str = "",
        *,
        settings: WebcamSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._settings = settings or WebcamSettings.read()
        self._clock = clock
        self._stream: Stream | None = None
        self._info: CameraInfo | None = None
        self._shots = self._frames = self._broken = self._black = 0
        self._warnings: list[str] = []
        self._told: tuple[str, ...] = ()

    def open(self) -> CameraInfo:
        """Returns when the picture has come to rest, within the `settle` seconds of its settings.

        Raises CameraProblem absent, taken, not_allowed, lost, hung, unreadable.
        """
        try:
            over_network = "://" in self._source
            self._info = self._open_network() if over_network else self._open_device(find_device(self._source))
        except OSError as error:  # gone between two questions
            self.close()
            raise CameraProblem("camera.lost") from error
        except CameraProblem:
            self.close()
            raise
        return self._info

    def frame(self) -> Pixels:
        from config.opencv import cv2

        info, picture = self._opened(), self._whole_picture()
        self._black = self._black + 1 if jpeg.is_black(float(picture[::16, ::16].mean())) else 0
        if info.frame_size != info.shot_size:
            picture = np.asarray(cv2.resize(picture, info.frame_size, interpolation=cv2.INTER_AREA), np.uint8)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)

    def shoot(self) -> Shot:
        """A picture that was exposed after this was called, whole, and not black if there is any light at all.

        Its file is the camera's own, byte for byte, where the camera makes JPEG.
        """
        info, asked = self._opened(), self._clock()
        black: Picture | None = None
        blacks = 0
        for number in range(_FOR_A_SHOT):
            picture = self._read()
            fresh = number >= _BACKLOG or self._taken_after(picture, asked)
            if not fresh or self._pixels(picture) is None:
                continue
            if not jpeg.is_black(brightness_of(picture) or 0.0):
                return self._shot(picture, info)
            black, blacks = picture, blacks + 1
            if blacks >= _BLACK_FRAMES:
                break
        if black is None:
            raise CameraProblem("camera.unreadable")
        return self._shot(black, info)

    def heard(self) -> Iterable[CameraHealth]:
        """What the operator should know of the cable, the settings and the light, when that has changed."""
        if self._frames >= _COUNTED:
            if self._broken >= _MOST_BROKEN * self._frames and "cable" not in self._warnings:
                self._warnings.append("cable")
            self._frames = self._broken = 0
        now = (*self._warnings, "black") if self._black >= _LONG_BLACK else tuple(self._warnings)
        if now != self._told:
            self._told = now
            yield CameraHealth(warnings=self._told)

    def tell(self, command: str) -> None:
        """A real camera has no script."""

    def close(self) -> None:
        if self._stream is not None:
            self._stream.release()
        self._stream = self._info = None

    # ------------------------------------------------------------------ opening

    def _open_network(self) -> CameraInfo:
        self._stream = open_network(self._source, self._settings, self._clock)
        if self._stream is None:
            raise CameraProblem("camera.absent")
        size = self._settle(self._stream)
        return self._described(_host(self._source), "", size, ())

    def _open_device(self, device: VideoDevice) -> CameraInfo:
        if not names_one(self._source) and len(video_devices()) > 1:
            self._warnings.append("several")
        with VideoNode(device.path) as node:
            stream, refused = self._negotiate(device, node)
            refused += controls.turn(node, controls.before_settling(self._settings))
            size = self._settle(stream, self._settings.settle_least)
            refused += controls.turn(node, controls.once_settled(self._settings))
        for name in refused:
            log.warning("The webcam refused its setting of %s.", name)
        return self._described(device.name, device.serial, size, tuple(refused))

    def _negotiate(self, device: VideoDevice, node: VideoNode) -> tuple[Stream, list[str]]:
        """The stream in the best mode that the camera keeps; else in whatever it gives."""
        settings = self._settings
        for mode in modes.worth_trying(node.modes(), settings):
            self.close()
            self._stream = open_device(device.path, mode, settings, self._clock)
            if self._stream is None:
                raise _why_not(device, node)
            if modes.is_kept(mode, self._stream.size, self._stream.rate, settings):
                break
        stream = self._running()
        if stream.rate < settings.least_rate:
            self._warnings.append("slow")
        return stream, _refused(stream, settings)

    def _settle(self, stream: Stream, at_least: float = 0.0) -> tuple[int, int]:
        """Waits until the picture rests; its size, which is what counts, whatever was agreed."""
        picture, rests = settle(stream, self._settings.settle, self._clock, at_least)
        if not rests:  # more often somebody who moves than a camera that gropes: nothing to trouble the operator with
            log.info("The webcam's picture was not at rest after %.1f s.", self._settings.settle)
        pixels = picture.pixels()
        if pixels is None:
            raise CameraProblem("camera.unreadable")
        return pixels.shape[1], pixels.shape[0]

    def _described(self, model: str, serial: str, size: tuple[int, int], refused: tuple[str, ...]) -> CameraInfo:
        return CameraInfo(
            driver="webcam",
            model=model,
            serial=serial,
            simulated=False,
            frame_size=fitted(size, LARGEST_FRAME),
            shot_size=size,
            refused=refused,
            burst=3,
        )

    # ------------------------------------------------------------------ running

    def _opened(self) -> CameraInfo:
        if self._info is None:
            raise CameraProblem("camera.lost")
        return self._info

    def _running(self) -> Stream:
        if self._stream is None:
            raise CameraProblem("camera.lost")
        return self._stream

    def _read(self) -> Picture:
        self._frames += 1
        return self._running().read()

    def _whole_picture(self) -> Pixels:
        """The next whole picture at full size, BGR. Raises CameraProblem unreadable where none comes."""
        for _ in range(_BROKEN_FRAMES):
            pixels = self._pixels(self._read())
            if pixels is not None:
                return pixels
        raise CameraProblem("camera.unreadable")

    def _pixels(self, picture: Picture) -> Pixels | None:
        """None of a broken one. Raises CameraProblem lost for one of another size than the stream's."""
        pixels = picture.pixels()
        if pixels is None:
            self._broken += 1
        elif (pixels.shape[1], pixels.shape[0]) != self._opened().shot_size:
            raise CameraProblem("camera.lost")  # it restarted with another size behind our back
        return pixels

    def _taken_after(self, picture: Picture, asked: float) -> bool:
        """Whether it shows the sitter as he stood when the shot was asked for, and not a moment before."""
        if picture.at is None:
            return picture.fresh
        return picture.at >= asked + 1 / self._running().rate  # exposed, at the longest, for the time of one frame

    def _shot(self, picture: Picture, info: CameraInfo) -> Shot:
        self._shots += 1
        return Shot(picture.file(), f"webcam-{self._shots:04d}.jpg", info)


def _refused(stream: Stream, settings: WebcamSettings) -> list[str]:
    """What of the stream is not as it was wished."""
    kept = {
        "format": stream.jpeg,
        "width": stream.size[0] == settings.width,
        "height": stream.size[1] == settings.height,
        "frames_per_second": round(stream.rate) >= settings.frames_per_second,
        "buffers": stream.buffers == settings.buffers,
    }
    return [name for name, is_kept in kept.items() if not is_kept]


def _why_not(device: VideoDevice, node: VideoNode) -> CameraProblem:
    """Why a camera that is there gives no stream."""
    if not node.streams_elsewhere():
        return CameraProblem("camera.absent", device=device.path)
    programmes = ", ".join(holders(device.path)) or "?"
    log.warning("The webcam %s is held by %s.", device.path, programmes)
    return CameraProblem("camera.taken", device=device.path, holder=programmes)


def _host(url: str) -> str:
    """The host of a network camera and nothing else of its address: a password may stand there."""
    parts = urlsplit(url)
    return f"{parts.hostname or '?'}:{parts.port}" if parts.port else str(parts.hostname or "?")
