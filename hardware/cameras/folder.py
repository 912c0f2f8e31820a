"""A camera that shows the pictures of a folder: `folder:PATH`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from config.arrays import Pixels
from config.image_file import DECODE_ERRORS, MAX_PIXELS, PHOTO_FORMATS, open_image
from hardware.cameras.api import CameraInfo, CameraProblem, Shot

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
MAX_FRAME_SIZE: Final = (1280, 960)
FRAMES_PER_SECOND: Final = 25.0
_GREY_LEVEL: Final = 128  # bars next to a picture, and the replacement of a picture that cannot be decoded
_MAX_JPEG_PIXELS: Final = 200_000_000  # pixels: a JPEG is decoded at a fraction of its size
_MAX_BYTES: Final = 200_000_000  # three times the largest file of a small-format camera

log = logging.getLogger("camera")


class FolderCamera:
    """Shows one picture of the folder as live view, upright and scaled; a shot is the file's bytes, unchanged.

    The first readable picture determines the shape of the live view; others get grey bars. The camera does not check
    whether a file is a valid picture: a damaged one is shown grey and delivered like any other. Commands: `next`, `show
    NAME`.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = Path(path).expanduser()
        self._clock, self._sleep = clock, sleep
        self._files: list[Path] = []
        self._current = 0
        self._cached_frame: tuple[Path, Pixels] | None = None
        self._next_frame = 0.0
        self._info: CameraInfo | None = None

    def open(self) -> CameraInfo:
        try:
            self._files = sorted(p for p in self._path.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
        except OSError as error:
            raise CameraProblem("camera.folder", path=str(self._path)) from error
        if not self._files:
            raise CameraProblem("camera.folder", path=str(self._path))
        sizes = [size for file in self._files if (size := _upright_size(file))]
        first = sizes[0] if sizes else MAX_FRAME_SIZE
        self._info = CameraInfo(
            driver="folder",
            model=f"{self._path.name} ({len(self._files)})",
            serial="",
            simulated=True,
            frame_size=fit_within(first, MAX_FRAME_SIZE),
            shot_size=first,
        )
        return self._info

    def frame(self) -> Pixels:
        info, file = self._require_open()
        if self._cached_frame is None or self._cached_frame[0] != file:
            if not self._path.is_dir():
                raise CameraProblem("camera.lost")
            self._cached_frame = (file, _letterbox(file, info.frame_size))
        self._wait_for_next_frame()
        return self._cached_frame[1]

    def shoot(self) -> Shot:
        """Return the bytes of the current file. `shot_size` is this file's own, (0, 0) if it cannot be read as a
        picture."""
        info, file = self._require_open()
        data = _read_file(file)
        return Shot(data, file.name, replace(info, shot_size=_stored_size(file) or (0, 0)))

    def send_command(self, command: str) -> None:
        action, _, name = command.partition(" ")
        if action in ("stored", "prepare"):  # it has no card, and nothing to prepare
            return
        if action == "next" and self._files:
            self._current = (self._current + 1) % len(self._files)
            return
        numbers = [
            number for number, file in enumerate(self._files) if action == "show" and name in (file.name, file.stem)
        ]
        if numbers:
            self._current = numbers[0]
        else:
            log.info("The folder camera has no command %r here.", command)

    def close(self) -> None:
        self._info = None
        self._cached_frame = None

    def _require_open(self) -> tuple[CameraInfo, Path]:
        if self._info is None:
            raise CameraProblem("camera.lost")
        return self._info, self._files[self._current]

    def _wait_for_next_frame(self) -> None:
        now = self._clock()
        if now < self._next_frame:
            self._sleep(self._next_frame - now)
        self._next_frame = max(now, self._next_frame) + 1 / FRAMES_PER_SECOND


def _read_file(file: Path) -> bytes:
    """Return the bytes of the file. A pipe or a device in its place is not read, because it may be endless."""
    try:
        if file.is_file() and file.stat().st_size <= _MAX_BYTES:
            return file.read_bytes()
    except OSError as error:
        raise CameraProblem("camera.lost") from error
    raise CameraProblem("camera.unreadable" if file.is_file() else "camera.lost")


def _open_picture(file: Path) -> Image.Image:
    image = open_image(file, PHOTO_FORMATS, _MAX_JPEG_PIXELS)
    if image.format not in ("JPEG", "MPO") and image.width * image.height > MAX_PIXELS:
        image.close()
        raise ValueError(f"{image.width} x {image.height} pixels are too many for a live view")
    return image


def _stored_size(file: Path) -> tuple[int, int] | None:
    """Return width and height as stored in the file, before its EXIF orientation; None if it is not a picture."""
    try:
        with _open_picture(file) as image:
            return image.size
    except DECODE_ERRORS:
        return None


def _upright_size(file: Path) -> tuple[int, int] | None:
    try:
        with _open_picture(file) as image:
            is_rotated = image.getexif().get(0x0112, 1) >= 5  # EXIF orientations 5 to 8 are rotated by 90 degrees
            return (image.height, image.width) if is_rotated else image.size
    except DECODE_ERRORS:
        return None


def fit_within(size: tuple[int, int], largest: tuple[int, int]) -> tuple[int, int]:
    """Scale `size` down, never up, to fit within `largest`; even numbers."""
    scale = min(largest[0] / size[0], largest[1] / size[1], 1.0)
    width, height = (max(2, round(side * scale / 2) * 2) for side in size)
    return width, height


def _letterbox(file: Path, frame_size: tuple[int, int]) -> Pixels:
    """Return the picture upright within a frame of (width, height), with grey bars; all grey if it cannot be read."""
    canvas = Image.new("RGB", frame_size, (_GREY_LEVEL,) * 3)
    try:
        with _open_picture(file) as image:
            image.draft("RGB", frame_size)  # JPEG decodes at a fraction of its size, many times faster
            upright = ImageOps.contain(ImageOps.exif_transpose(image).convert("RGB"), frame_size)
        left, top = ((frame_size[axis] - upright.size[axis]) // 2 for axis in (0, 1))
        canvas.paste(upright, (left, top))
    except DECODE_ERRORS as error:
        log.warning("%s cannot be shown: %s", file.name, error)
    pixels = np.asarray(canvas).copy()
    pixels.setflags(write=False)  # the same array is returned repeatedly
    return pixels
