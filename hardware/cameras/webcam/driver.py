"""A webcam: a V4L2 device or Motion-JPEG over HTTP. Its stills come from the running stream, without re-encoding."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

import numpy as np

from config.arrays import Pixels
from hardware.cameras.api import CameraHealth, CameraInfo, CameraProblem, Shot
from hardware.cameras.folder import MAX_FRAME_SIZE, fit_within
from hardware.cameras.webcam import controls
from hardware.cameras.webcam import formats as modes
from hardware.cameras.webcam import mjpeg as jpeg
from hardware.cameras.webcam.devices import VideoDevice, find_device, is_unambiguous, processes_using, video_devices
from hardware.cameras.webcam.settings import WebcamSettings
from hardware.cameras.webcam.stream import Picture, Stream, open_device, open_network
from hardware.cameras.webcam.v4l2 import VideoNode
from hardware.cameras.webcam.warmup import mean_brightness, wait_until_stable

_MAX_BROKEN_FRAMES: Final = 15  # in a row, half a second: more than an error on the cable
_MAX_SHOT_FRAMES: Final = 30  # frames, a second
_BACKLOG_FRAMES: Final = 15  # frames that may have been buffered; after these, a read without a wait is only fast
_MAX_BLACK_FRAMES: Final = 5  # skipped for a shot; a covered lens stays covered
_MAX_BROKEN_SHARE: Final = 0.02  # share of damaged frames above which the cable needs a check
_STATISTICS_FRAMES: Final = 300  # frames, ten seconds
_BLACK_WARNING_FRAMES: Final = 30  # frames, a second: nobody covers the lens that long by walking past

# Warnings about a running webcam; each has a message camera.warning.<name>.
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
        self._last_warnings: tuple[str, ...] = ()

    def open(self) -> CameraInfo:
        """Open the webcam; return when the picture is stable, within the `max_warmup` seconds of its settings.

        Raises CameraProblem absent, taken, not_allowed, lost, hung, unreadable.
        """
        try:
            over_network = "://" in self._source
            self._info = self._open_network() if over_network else self._open_device(find_device(self._source))
        except OSError as error:  # unplugged between two calls
            self.close()
            raise CameraProblem("camera.lost") from error
        except CameraProblem:
            self.close()
            raise
        return self._info

    def frame(self) -> Pixels:
        from config.opencv import cv2

        info, picture = self._require_open(), self._complete_picture()
        self._black = self._black + 1 if jpeg.is_black(float(picture[::16, ::16].mean())) else 0
        if info.frame_size != info.shot_size:
            picture = np.asarray(cv2.resize(picture, info.frame_size, interpolation=cv2.INTER_AREA), np.uint8)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)

    def shoot(self) -> Shot:
        """Return a complete picture that was exposed after this call; a black one only if all are black.

        Its file consists of the camera's own bytes if the camera makes JPEG.
        """
        info, requested_at = self._require_open(), self._clock()
        black: Picture | None = None
        black_count = 0
        for number in range(_MAX_SHOT_FRAMES):
            picture = self._read()
            fresh = number >= _BACKLOG_FRAMES or self._taken_after(picture, requested_at)
            if not fresh or self._pixels(picture) is None:
                continue
            if not jpeg.is_black(mean_brightness(picture) or 0.0):
                return self._shot(picture, info)
            black, black_count = picture, black_count + 1
            if black_count >= _MAX_BLACK_FRAMES:
                break
        if black is None:
            raise CameraProblem("camera.unreadable")
        return self._shot(black, info)

    def poll_events(self) -> Iterable[CameraHealth]:
        """Return warnings about the cable, the settings and the light, when they have changed."""
        if self._frames >= _STATISTICS_FRAMES:
            if self._broken >= _MAX_BROKEN_SHARE * self._frames and "cable" not in self._warnings:
                self._warnings.append("cable")
            self._frames = self._broken = 0
        warnings = (*self._warnings, "black") if self._black >= _BLACK_WARNING_FRAMES else tuple(self._warnings)
        if warnings != self._last_warnings:
            self._last_warnings = warnings
            yield CameraHealth(warnings=self._last_warnings)

    def send_command(self, command: str) -> None:
        """Ignore simulator commands."""

    def close(self) -> None:
        if self._stream is not None:
            self._stream.release()
        self._stream = self._info = None

    # ------------------------------------------------------------------ opening

    def _open_network(self) -> CameraInfo:
        self._stream = open_network(self._source, self._settings, self._clock)
        if self._stream is None:
            raise CameraProblem("camera.absent")
        size = self._warm_up(self._stream)
        return self._make_info(_host(self._source), "", size, ())

    def _open_device(self, device: VideoDevice) -> CameraInfo:
        if not is_unambiguous(self._source) and len(video_devices()) > 1:
            self._warnings.append("several")
        with VideoNode(device.path) as node:
            stream, refused = self._negotiate(device, node)
            refused += controls.set_controls(node, controls.controls_before_warmup(self._settings))
            size = self._warm_up(stream, self._settings.min_warmup)
            refused += controls.set_controls(node, controls.controls_after_warmup(self._settings))
        for name in refused:
            log.warning("The webcam refused its setting of %s.", name)
        return self._make_info(device.name, device.serial, size, tuple(refused))

    def _negotiate(self, device: VideoDevice, node: VideoNode) -> tuple[Stream, list[str]]:
        """Return the stream in the best mode that the camera delivers, and the rejected settings; else in any mode."""
        settings = self._settings
        for mode in modes.candidate_modes(node.modes(), settings):
            self.close()
            self._stream = open_device(device.path, mode, settings, self._clock)
            if self._stream is None:
                raise _open_problem(device, node)
            if modes.is_honoured(mode, self._stream.size, self._stream.rate, settings):
                break
        stream = self._require_stream()
        if stream.rate < settings.min_fps:
            self._warnings.append("slow")
        return stream, stream.refused_settings()

    def _warm_up(self, stream: Stream, min_duration: float = 0.0) -> tuple[int, int]:
        """Wait until the picture is stable; return its actual size, which may differ from the negotiated one."""
        picture, is_stable = wait_until_stable(stream, self._settings.max_warmup, self._clock, min_duration)
        if not is_stable:  # more often a moving person than an unstable camera: no reason for a warning
            log.info("The webcam's picture was not stable after %.1f s.", self._settings.max_warmup)
        pixels = picture.pixels()
        if pixels is None:
            raise CameraProblem("camera.unreadable")
        return pixels.shape[1], pixels.shape[0]

    def _make_info(self, model: str, serial: str, size: tuple[int, int], refused: tuple[str, ...]) -> CameraInfo:
        return CameraInfo(
            driver="webcam",
            model=model,
            serial=serial,
            simulated=False,
            frame_size=fit_within(size, MAX_FRAME_SIZE),
            shot_size=size,
            refused=refused,
            burst=3,
        )

    # ------------------------------------------------------------------ running

    def _require_open(self) -> CameraInfo:
        if self._info is None:
            raise CameraProblem("camera.lost")
        return self._info

    def _require_stream(self) -> Stream:
        if self._stream is None:
            raise CameraProblem("camera.lost")
        return self._stream

    def _read(self) -> Picture:
        self._frames += 1
        return self._require_stream().read()

    def _complete_picture(self) -> Pixels:
        """Return the next complete picture at full size, BGR. Raises CameraProblem unreadable if there is none."""
        for _ in range(_MAX_BROKEN_FRAMES):
            pixels = self._pixels(self._read())
            if pixels is not None:
                return pixels
        raise CameraProblem("camera.unreadable")

    def _pixels(self, picture: Picture) -> Pixels | None:
        """Decode a frame; None if it is damaged. Raises CameraProblem lost if its size is not the stream's."""
        pixels = picture.pixels()
        if pixels is None:
            self._broken += 1
        elif (pixels.shape[1], pixels.shape[0]) != self._require_open().shot_size:
            raise CameraProblem("camera.lost")  # it restarted with another size
        return pixels

    def _taken_after(self, picture: Picture, requested_at: float) -> bool:
        """Return whether the frame was exposed after the shot was requested."""
        if picture.exposed_at is None:
            return picture.fresh
        return (
            picture.exposed_at >= requested_at + 1 / self._require_stream().rate
        )  # exposed, at the longest, for the duration of one frame

    def _shot(self, picture: Picture, info: CameraInfo) -> Shot:
        self._shots += 1
        return Shot(picture.jpeg_file(), f"webcam-{self._shots:04d}.jpg", info)


def _open_problem(device: VideoDevice, node: VideoNode) -> CameraProblem:
    """Return why a connected camera delivers no stream."""
    if not node.is_busy():
        return CameraProblem("camera.absent", device=device.path)
    processes = ", ".join(processes_using(device.path)) or "?"
    log.warning("The webcam %s is in use by %s.", device.path, processes)
    return CameraProblem("camera.taken", device=device.path, holder=processes)


def _host(url: str) -> str:
    """Return only the host of a network camera's address, which may contain a password."""
    parts = urlsplit(url)
    return f"{parts.hostname or '?'}:{parts.port}" if parts.port else str(parts.hostname or "?")
