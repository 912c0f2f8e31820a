"""Render a small copy of a foreign picture file."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from config.image_file import MAX_PIXELS
from kiosk.capture.image_io.decode import MAX_SIDE_PX, decode
from kiosk.capture.image_io.file_type import FileKind, detect_kind
from kiosk.capture.image_io.headers import read_header
from kiosk.capture.image_io.lenient_rendering import MAX_JPEG_PIXELS, render_leniently
from kiosk.capture.isolated_decoding.preview import Preview
from kiosk.capture.types import PhotoProblem

_JPEG_QUALITY: Final = 88


def make_preview(data: bytes, max_side: int) -> Preview:
    """Return a JPEG of at most `max_side` pixels along its longer side, upright and in sRGB.

    Raises PhotoProblem if `data` is no picture of a supported kind, or too large.
    """
    kind = detect_kind(data)
    size = read_header(kind, data).size
    if size is None:
        raise PhotoProblem("photo.truncated")
    check_size(kind, size)
    image, problem = _decode(kind, data, max_side)
    if image is None:
        return Preview(kind, size, problem, b"")
    image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_JPEG_QUALITY)
    return Preview(kind, size, problem, file.getvalue())


def check_size(kind: FileKind, size: tuple[int, int]) -> None:
    """Raise PhotoProblem photo.too_large for more pixels than are decoded, photo.too_long for a longer side."""
    most = MAX_JPEG_PIXELS if kind is FileKind.JPEG else MAX_PIXELS
    if size[0] * size[1] > most:
        raise PhotoProblem("photo.too_large", most=most // 1_000_000)
    if kind is not FileKind.JPEG and max(size) > MAX_SIDE_PX:
        raise PhotoProblem("photo.too_long", width=size[0], height=size[1], most=MAX_SIDE_PX)


def _decode(kind: FileKind, data: bytes, max_side: int) -> tuple[Image.Image | None, str]:
    """Return the picture, and the message id of its fault."""
    try:
        return Image.fromarray(decode(data, min_short_side=max_side // 2).pixels), ""
    except PhotoProblem as problem:
        key = problem.key
    try:
        return render_leniently(kind, data, max_side), key
    except MemoryError:
        raise
    except Exception:  # the decoders raise many kinds of exceptions on damaged bytes
        return None, key
