"""Renders a small copy of a picture file from outside."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from config.image_file import MAX_PIXELS
from kiosk.capture.image_io.as_shown import MAX_JPEG_PIXELS, as_shown
from kiosk.capture.image_io.decode import LONGEST_SIDE, decode
from kiosk.capture.image_io.file_type import FileKind, kind_of
from kiosk.capture.image_io.headers import read_header
from kiosk.capture.isolated_decoding.preview import Preview
from kiosk.capture.types import PhotoProblem

_QUALITY: Final = 88


def make_preview(data: bytes, edge: int) -> Preview:
    """A JPEG of at most `edge` pixels along its longer side, upright and in sRGB.

    Raises PhotoProblem where `data` is no picture of the kinds that are decoded, or too large to be decoded.
    """
    kind = kind_of(data)
    size = read_header(kind, data).size
    if size is None:
        raise PhotoProblem("photo.truncated")
    _check_size(kind, size)
    image, problem = _decoded(kind, data, edge)
    if image is None:
        return Preview(kind, size, problem, b"")
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return Preview(kind, size, problem, file.getvalue())


def _check_size(kind: FileKind, size: tuple[int, int]) -> None:
    most = MAX_JPEG_PIXELS if kind is FileKind.JPEG else MAX_PIXELS
    if size[0] * size[1] > most or (kind is not FileKind.JPEG and max(size) > LONGEST_SIDE):
        raise PhotoProblem("photo.too_large", most=most // 1_000_000)


def _decoded(kind: FileKind, data: bytes, edge: int) -> tuple[Image.Image | None, str]:
    """The picture, and the key of what is wrong with it."""
    try:
        return Image.fromarray(decode(data, shortest=edge // 2).pixels), ""
    except PhotoProblem as problem:
        found = problem.key
    try:
        return as_shown(kind, data, edge), found
    except MemoryError:
        raise
    except Exception:  # the decoders raise whatever the bytes make them stumble over
        return None, found
