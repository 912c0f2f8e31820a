"""Render a picture file as a viewer does, even if it is damaged, grey or transparent. For display only."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageOps

from config.image_file import MAX_PIXELS, open_heif, open_image
from kiosk.capture.image_io.file_type import FileKind
from kiosk.capture.image_io.headers import read_header

MAX_JPEG_PIXELS: Final = 120_000_000  # decoded at a fraction
_END_OF_IMAGE: Final = b"\xff\xd9"  # ITU-T T.81, B.1.1.3; where it comes early, decoders fill the rest with grey


def render_leniently(kind: FileKind, data: bytes, min_side: int | None = None) -> Image.Image:
    """Return the picture upright, in RGB on white. With `min_side` a JPEG is decoded at a fraction of its size, as
    long as its longer side keeps that many pixels. Raises whatever the decoders raise if nothing can be shown."""
    image = _open(kind, data, MAX_PIXELS if min_side is None else MAX_JPEG_PIXELS)
    if min_side is not None and kind is FileKind.JPEG:
        image.draft("RGB", (min_side, min_side))
    upright = image if kind is FileKind.HEIF else ImageOps.exif_transpose(image)
    if not upright.has_transparency_data:
        return upright.convert("RGB")
    white = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(white, upright.convert("RGBA")).convert("RGB")


def _open(kind: FileKind, data: bytes, max_jpeg_pixels: int) -> Image.Image:
    if kind is FileKind.HEIF:
        picture: Image.Image = open_heif(data).to_pillow()
        return picture
    if kind is not FileKind.JPEG:
        return open_image(data, (kind.value.upper(),))
    whole = read_header(kind, data).is_complete
    return open_image(data if whole else data + _END_OF_IMAGE, ("JPEG",), max_jpeg_pixels)
