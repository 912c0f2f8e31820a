"""The image source of the simulated camera: a test card, or the pictures of another driver of this station."""

from __future__ import annotations

import io
import itertools
import threading
from typing import Final, Protocol

from PIL import Image, ImageDraw

from config.arrays import Pixels
from config.image_file import PHOTO_FORMATS, open_image
from hardware.cameras.api import Camera
from hardware.cameras.registry import open_driver

FRAME: Final = (640, 424)
STILL: Final = (6000, 4000)
_STUDIO_FRAME: Final = (1024, 768)
_FRAME_QUALITY, _STILL_QUALITY = 82, 93


class ImageSource(Protocol):
    """Source of pictures, as JPEG files. Called from several threads at once."""

    size: tuple[int, int]

    def frame(self) -> bytes: ...

    def still(self) -> bytes: ...

    def send_command(self, command: str) -> None: ...


class TestCardSource:
    """Cheap pictures, each with its number drawn on it, so that an old one differs from a new one.

    `size` is that of a still, (width, height). Two stills differ only by their number.
    """

    __test__ = False

    def __init__(self, size: tuple[int, int] = STILL, frame_size: tuple[int, int] = FRAME) -> None:
        self.size = size
        self._frame = _test_card(frame_size)
        self._still = _test_card(size)
        self._frames, self._stills = itertools.count(1), itertools.count(1)

    def frame(self) -> bytes:
        return _draw_number(self._frame, next(self._frames), _FRAME_QUALITY)

    def still(self) -> bytes:
        return _draw_number(self._still, next(self._stills), _STILL_QUALITY)

    def send_command(self, command: str) -> None:
        """Ignore the command: a test card has none."""


class CameraSource:
    """Shows another driver's pictures: `studio` for the simulated studio, `folder:PATH` for pictures from files.

    The stills are that driver's shots byte for byte, or scaled to `size` if one is given.
    """

    def __init__(
        self, spec: str, size: tuple[int, int] | None = None, frame_size: tuple[int, int] = _STUDIO_FRAME
    ) -> None:
        self._camera: Camera = _without_delays(spec)
        self._lock = threading.Lock()
        self._info = self._camera.open()
        self._requested_size = size
        self._frame_size = frame_size
        self.size = size or self._info.shot_size

    def frame(self) -> bytes:
        with self._lock:
            pixels = self._camera.frame()
        return _encode(_fit(pixels, self._frame_size), _FRAME_QUALITY)

    def still(self) -> bytes:
        with self._lock:
            data = self._camera.shoot().data
        if self._requested_size is None:
            return data
        with open_image(data, PHOTO_FORMATS) as picture:
            picture.draft("RGB", self._requested_size)
            return _encode(picture.convert("RGB").resize(self._requested_size), _STILL_QUALITY, picture.getexif())

    def send_command(self, command: str) -> None:
        with self._lock:
            self._camera.send_command(command)


def open_image_source(spec: str, size: tuple[int, int] | None) -> ImageSource:
    """Open `card` (the test card), or else a driver's setting. Raises CameraProblem if that cannot be opened."""
    return TestCardSource(size or STILL) if spec == "card" else CameraSource(spec, size)


def _without_delays(spec: str) -> Camera:
    if spec != "studio":
        return open_driver(spec)
    from hardware.simulators.studio_camera.driver import NO_DELAYS, StudioCamera

    return StudioCamera(NO_DELAYS)  # the body has its own delays


def _fit(pixels: Pixels, largest: tuple[int, int]) -> Image.Image:
    picture = Image.fromarray(pixels)
    picture.thumbnail(largest, Image.Resampling.BILINEAR)
    return picture


def _test_card(size: tuple[int, int]) -> Image.Image:
    """Return soft bars of colour with a grid of lines over them."""
    bars = Image.new("RGB", (8, 6))
    bars.putdata([(30 * (x + 1) % 256, 40 * (y + 1) % 256, 23 * (x + 2 * y) % 256) for y in range(6) for x in range(8)])
    picture = bars.resize(size, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(picture)
    for part in range(1, 8):
        x, y = size[0] * part // 8, size[1] * part // 8
        draw.line([(x, 0), (x, size[1])], (235, 235, 235), max(1, size[0] // 600))
        draw.line([(0, y), (size[0], y)], (235, 235, 235), max(1, size[0] // 600))
    return picture


def _draw_number(picture: Image.Image, number: int, quality: int) -> bytes:
    """Draw `number` in the upper left corner, as digits and as sixteen squares (bit 0 first) for a program to read."""
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    side = max(8, picture.width // 40)
    draw.rectangle([0, 0, 16 * side, 3 * side], (0, 0, 0))
    for bit in range(16):
        if number >> bit & 1:
            draw.rectangle([bit * side, 0, (bit + 1) * side - 1, side - 1], (255, 255, 255))
    draw.text((side // 2, side * 1.2), str(number), (255, 255, 255), font_size=side * 1.5)
    return _encode(copy, quality)


def _encode(picture: Image.Image, quality: int, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, **({"exif": exif} if exif else {}))
    return out.getvalue()
