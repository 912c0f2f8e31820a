"""Decode a picture file to RGB pixels, upright and in sRGB."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.arrays import Pixels
from config.image_file import MAX_PIXELS, TooManyPixels
from kiosk.capture.image_io.colour_profile import SrgbTransform
from kiosk.capture.image_io.file_type import FileKind, detect_kind
from kiosk.capture.image_io.headers import read_header
from kiosk.capture.image_io.image_file import GREY_MODES, ImageFile, open_image_file
from kiosk.capture.image_io.jpeg_structure import JpegStructure
from kiosk.capture.types import PhotoProblem


def apply_orientation(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Return `pixels` (h, w, 3), stored with this EXIF `orientation` (1 to 8), upright.

    It uses NumPy alone, so that a server makes previews without OpenCV.
    """
    rows = pixels[::-1] if orientation in (3, 4, 6, 7) else pixels
    upright = rows[:, ::-1] if orientation in (2, 3, 7, 8) else rows
    return np.ascontiguousarray(upright.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else upright)


Result = TypeVar("Result")

MAX_DECODED_PIXELS: Final = MAX_PIXELS
MAX_SIDE_PX: Final = 16_000
_STRIP_PIXELS: Final = 1 << 20  # converted at a time
_SAMPLE_PIXELS: Final = 1 << 16  # sample in which a picture without colour is recognized
_MAX_GREY_SPREAD: Final = 4  # levels between the channels, at most, in a grey picture after coding; skin has over 20
_MIN_TONE_RANGE: Final = 48  # levels between dark and light: below, the picture is empty


@dataclass(frozen=True)
class Picture:
    """A decoded picture. `reduction` is the divisor of its sides in decoding (1, 2, 4 or 8), and `profile` the name of
    the file's colour space; `kind`, `depth` (bits) and `orientation` (EXIF, already applied to the pixels) describe the
    file."""

    pixels: Pixels = field(repr=False)
    reduction: int
    profile: str
    kind: str = ""
    depth: int = 8
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


def decode(data: bytes, min_size: tuple[int, int] = (1, 1), min_short_side: int | None = None) -> Picture:
    """Decode a JPEG, PNG, TIFF, WebP, HEIC or AVIF file to uint8 (h, w, 3) sRGB, EXIF orientation applied once.

    The content determines the kind. `min_size` is the smallest accepted width and height; size and kind are checked in
    the header, before any pixel is decoded. With `min_short_side` a JPEG is decoded at a half, a quarter or an eighth,
    several times faster, as long as its shorter side keeps that many pixels; other formats have full size. Samples
    of 16 bits are converted as such and rounded once. Raises PhotoProblem with one sentence.
    """
    return _with_checks(
        data, min_size, lambda kind, structure: _decode(kind, structure, data, min_size, min_short_side)
    )


def read_size(data: bytes) -> tuple[int, int]:
    """Return width and height of the picture that `decode` would decode, before its orientation. Raises
    PhotoProblem."""

    def read(kind: FileKind, structure: JpegStructure | None) -> tuple[int, int]:
        file = open_image_file(kind, data, structure)
        file.check()
        return file.size

    return _with_checks(data, (1, 1), read)


def read_reduction(data: bytes, min_size: tuple[int, int], min_short_side: int | None) -> int:
    """Return the divisor of the picture's sides in `decode`. Raises PhotoProblem, but does not read pixels."""

    def read(kind: FileKind, structure: JpegStructure | None) -> int:
        file = open_image_file(kind, data, structure)
        _check_size(file.size, min_size)
        return _draft(file, min_short_side)

    return _with_checks(data, min_size, read)


def _with_checks(
    data: bytes, min_size: tuple[int, int], read: Callable[[FileKind, JpegStructure | None], Result]
) -> Result:
    """Return the result of `read` for a file with an acceptable header; decoder errors become PhotoProblem."""
    kind = detect_kind(data)
    header = read_header(kind, data)
    _check_size(header.size, min_size)
    if header.size is None or header.zero_tail or (kind is FileKind.JPEG and not header.is_complete):
        raise PhotoProblem("photo.truncated")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large or odd files; both are checked here
        try:
            return read(kind, header.structure)
        except PhotoProblem:
            raise
        except (MemoryError, TooManyPixels, Image.DecompressionBombError) as error:
            raise _too_large_problem() from error
        except Exception as error:  # the parsers of Pillow and libheif raise many kinds of exceptions on damaged bytes
            key = "photo.unreadable" if header.is_complete else "photo.truncated"
            raise PhotoProblem(key, kind=kind.value) from error


def _decode(
    kind: FileKind,
    structure: JpegStructure | None,
    data: bytes,
    min_size: tuple[int, int],
    min_short_side: int | None,
) -> Picture:
    file = open_image_file(kind, data, structure)
    _check_size(file.size, min_size)
    if file.mode in GREY_MODES:
        file.check()
        raise PhotoProblem("photo.grey")
    reduction = _draft(file, min_short_side)
    pixels, profile = _read_checked_pixels(file)
    if _is_grey(pixels):
        raise PhotoProblem("photo.grey")
    depth = 16 if file.load_low else 8
    return Picture(apply_orientation(pixels, file.orientation), reduction, profile, kind.value, depth, file.orientation)


def _check_size(size: tuple[int, int] | None, min_size: tuple[int, int]) -> None:
    if size is None:
        return
    width, height = size
    if width * height > MAX_DECODED_PIXELS:
        raise _too_large_problem()
    if max(width, height) > MAX_SIDE_PX:
        raise PhotoProblem("photo.too_long", width=width, height=height, most=MAX_SIDE_PX)
    # The orientation is not known yet, so both sides must reach the smaller bound at least.
    if min(width, height) < max(1, min(min_size)) or max(width, height) < max(min_size):
        raise PhotoProblem(
            "photo.too_small", width=width, height=height, least_width=min_size[0], least_height=min_size[1]
        )


def _too_large_problem() -> PhotoProblem:
    return PhotoProblem("photo.too_large", most=MAX_DECODED_PIXELS // 1_000_000)


def _draft(file: ImageFile, min_short_side: int | None) -> int:
    if min_short_side is None or file.kind is not FileKind.JPEG or file.image is None:
        return 1
    full = file.size
    reduction = max(r for r in (1, 2, 4, 8) if r == 1 or min(full) // r >= min_short_side)
    if reduction == 1:
        return 1
    file.image.draft(None, (full[0] // reduction, full[1] // reduction))
    return max(1, round(max(full) / max(file.image.size)))


def _read_checked_pixels(file: ImageFile) -> tuple[Pixels, str]:
    """Like `_read_pixels`. Raises PhotoProblem photo.truncated first: missing data explain any other error."""
    if file.load_checks:
        try:
            return _read_pixels(file)
        except Exception:
            file.check()
            raise
    with ThreadPoolExecutor(1) as other_thread:
        complete = other_thread.submit(file.check)
        try:
            return _read_pixels(file)
        finally:
            complete.result()


def _read_pixels(file: ImageFile) -> tuple[Pixels, str]:
    """Return all pixels in sRGB. Besides the decoder's picture and the result, only one strip exists at a time; of the
    two planes of a 16-bit picture, the first is stored before the second is decoded."""
    transform = SrgbTransform(file.colour_space, "CMYK" if file.mode == "CMYK" else "RGB")
    strip = file.load()
    width, height = file.image.size if file.image is not None else file.size
    pixels = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_PIXELS // width)
    tops = range(0, height, rows)
    for top in tops:
        part = _drop_alpha(strip(top, min(top + rows, height)))
        pixels[top : top + rows] = np.asarray(part) if file.load_low else transform.convert_8bit(part)
    if file.load_low is not None:
        if file.image is not None:
            file.image.close()
        del strip
        low = file.load_low()
        for top in tops:
            lower = np.asarray(low(top, min(top + rows, height)))[..., :3]
            pixels[top : top + rows] = transform.convert_16bit(pixels[top : top + rows].astype(np.uint16) << 8 | lower)
    if file.image is not None:
        file.image.close()  # frees its memory before the picture is rotated
    return pixels, transform.name


def _drop_alpha(strip: Image.Image) -> Image.Image:
    """Return the strip without transparency, as RGB or CMYK; transparent pixels have no defined colour."""
    if strip.mode in ("RGB", "CMYK") and "transparency" not in strip.info:
        return strip
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        if strip.getchannel("A").getextrema()[0] != 255:
            raise PhotoProblem("photo.transparent")
    return strip.convert("RGB")


def _is_grey(pixels: Pixels) -> bool:
    """Return whether a picture stored in colour is grey."""
    step = max(1, int((pixels.shape[0] * pixels.shape[1] / _SAMPLE_PIXELS) ** 0.5))
    red, green, blue = (pixels[::step, ::step, channel] for channel in range(3))
    tones = np.percentile(green, (1, 99))
    if tones[1] - tones[0] <= _MIN_TONE_RANGE:
        return False
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return bool(np.percentile(spread, 99) <= _MAX_GREY_SPREAD)
