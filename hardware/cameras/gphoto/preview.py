"""Convert live-view pictures (JPEG) to frames of one size."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

from config.arrays import Pixels
from config.image_file import DECODE_ERRORS, MAX_FRAME_PIXELS, open_image
from hardware.cameras.api import CameraProblem
from hardware.cameras.folder import fit_within
from hardware.cameras.gphoto.apply_config import apply_settings
from hardware.cameras.gphoto.camera_handle import CameraHandle
from hardware.cameras.gphoto.profile import CameraProfile

MAX_SIZE: Final = (1280, 1280)
DEFAULT_SIZE: Final = (960, 640)
"""The size reported for a camera without live view: that of most DSLRs."""

_RETRY_PAUSE_S: Final = 0.03  # seconds between two attempts
_ASPECT_TOLERANCE: Final = 0.02  # tolerance of the aspect ratio; beyond it, it is a different picture

log = logging.getLogger("camera")


def decode(data: bytes) -> Image.Image | None:
    """Decode a live-view JPEG to RGB, at a half or a quarter if it is far too large; None if it is not a JPEG."""
    try:
        with open_image(data, ("JPEG",), MAX_FRAME_PIXELS) as picture:
            picture.draft("RGB", MAX_SIZE)
            return picture.convert("RGB")
    except DECODE_ERRORS:
        return None


def frame_size(picture: Image.Image) -> tuple[int, int]:
    return fit_within(picture.size, MAX_SIZE)


def to_frame(picture: Image.Image, size: tuple[int, int]) -> Pixels | None:
    """Scale `picture` to (width, height); None if its shape differs, because it must not be distorted."""
    if abs(picture.width * size[1] / (picture.height * size[0]) - 1) > _ASPECT_TOLERANCE:
        return None
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(picture)


class LiveView:
    """The camera's live view: started with its settings, stopped for every shot, restarted by the next frame."""

    def __init__(
        self, handle: CameraHandle, profile: CameraProfile, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._handle, self._profile = handle, profile
        self._clock, self._sleep = clock, sleep
        self._configured = self._running = False
        self.size = DEFAULT_SIZE
        self.refused: tuple[str, ...] = ()

    def open(self) -> None:
        """Try to get the first picture. A camera that shows none now may do so later."""
        try:
            self.size = frame_size(self._picture())
        except CameraProblem as problem:
            if self._handle.dead:
                raise
            log.warning("The camera shows no live view: %s", problem)

    def frame(self) -> Pixels:
        pixels = to_frame(self._picture(), self.size)
        if pixels is None:
            raise CameraProblem("camera.lost")  # its pictures have another shape now; the supervisor opens it again
        return pixels

    def pause(self) -> None:
        """Release the sensor for a shot, and wait until the mirror is down and settled."""
        was_running = self._running
        if self._profile.focus.live_view_off:
            self.stop()
        self._configured = False  # the shot has its own settings
        if was_running:
            self._sleep(self._profile.timeouts.mirror_settle)

    def stop(self) -> None:
        if self._running:
            self._running = False
            self._turn_off_viewfinder()

    def _turn_off_viewfinder(self) -> None:
        widget = self._handle.get_widget("viewfinder")
        try:
            if widget is not None and widget.cast(0) == 0:
                self._handle.set_widget(widget, 0)
        except CameraProblem as problem:  # some cameras reject it and still shoot (pibooth's Nikon D5300)
            if self._handle.dead:
                raise
            log.info("The camera did not end its live view: %s", problem)

    def _picture(self) -> Image.Image:
        """Return the next valid picture; wait about a second for it."""
        if not self._handle.has_live_view:
            raise CameraProblem("camera.no_live_view")
        if not self._configured:
            self.refused = apply_settings(self._handle, self._profile.live_view)
            self._configured = True
        until = self._clock() + self._profile.timeouts.live_view
        while True:
            picture = self._try_picture(is_last=self._clock() >= until)
            if picture is not None:
                return picture
            self._sleep(_RETRY_PAUSE_S)

    def _try_picture(self, is_last: bool) -> Image.Image | None:
        """Return None if there is none yet. The `is_last` attempt raises."""
        try:
            picture = decode(self._handle.capture_preview())
        except CameraProblem as problem:
            if problem.reason != "busy" or is_last:
                raise
            return None
        self._running = True
        if picture is None and is_last:
            raise CameraProblem("camera.no_live_view")
        return picture
