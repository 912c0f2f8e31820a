"""What a portrait's file says of itself: its format, size, resolution and compression."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from kiosk.guidance.verdict import Measure

_INCH = 1  # the JFIF unit for dots per inch


def file_measures(data: bytes) -> dict[str, Measure]:
    """`width`, `height`, `dpi`, `bytes`, `colour_bits`, `jpeg_quality` of an image file that Pillow can open."""
    with Image.open(io.BytesIO(data)) as image:
        jpeg = isinstance(image, JpegImagePlugin.JpegImageFile)
        dpi = float(image.info["jfif_density"][0]) if image.info.get("jfif_unit") == _INCH else None
        quality = jpeg_quality(image.quantization) if isinstance(image, JpegImagePlugin.JpegImageFile) else None
        bits = 8 * len(image.getbands())
        width, height = image.size
    return {
        "width": Measure("width", width, "px"),
        "height": Measure("height", height, "px"),
        "bytes": Measure("bytes", len(data), "byte"),
        "dpi": Measure("dpi", dpi, "dpi", "" if dpi is not None else "measure.no_dpi"),
        "colour_bits": Measure("colour_bits", bits, "bit") if jpeg else _no_jpeg("colour_bits", "bit"),
        "jpeg_quality": _no_jpeg("jpeg_quality", "") if quality is None else Measure("jpeg_quality", quality, ""),
    }


def jpeg_quality(tables: dict[int, list[int]]) -> int:
    """The quality factor, 1 to 100, whose luminance table is nearest to the file's own (exact for libjpeg's files)."""
    table = np.asarray(tables[0])
    errors = [float(np.abs(_table(quality) - table).sum()) for quality in range(1, 101)]
    return 1 + int(np.argmin(errors))


def _table(quality: int) -> NDArray[np.int64]:
    """libjpeg's scaling of the standard's example table (jcparam.c: 50 is the table itself)."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((_example() * percent + 50) // 100, 1, 255)


@cache
def _example() -> NDArray[np.int64]:
    """The example luminance table of ITU-T T.81 annex K, as libjpeg writes it at quality 50."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=50)
    written = Image.open(file)
    assert isinstance(written, JpegImagePlugin.JpegImageFile)
    return np.asarray(written.quantization[0], np.int64)


def _no_jpeg(name: str, unit: str) -> Measure:
    return Measure(name, None, unit, "measure.not_jpeg")
