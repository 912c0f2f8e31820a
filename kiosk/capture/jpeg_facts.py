"""What a portrait's file says of itself: its format, size, resolution and compression."""

from __future__ import annotations

import io

from PIL import Image, JpegImagePlugin

from kiosk.capture.quantization import quality_of
from kiosk.guidance.verdict import Measure

_INCH = 1  # the JFIF unit for dots per inch


def file_measures(data: bytes) -> dict[str, Measure]:
    """`width`, `height`, `dpi`, `bytes`, `colour_bits`, `jpeg_quality` of an image file that Pillow can open."""
    with Image.open(io.BytesIO(data)) as image:
        jpeg = isinstance(image, JpegImagePlugin.JpegImageFile)
        dpi = float(image.info["jfif_density"][0]) if image.info.get("jfif_unit") == _INCH else None
        quality = quality_of(image.quantization[0]) if isinstance(image, JpegImagePlugin.JpegImageFile) else None
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


def _no_jpeg(name: str, unit: str) -> Measure:
    return Measure(name, None, unit, "measure.not_jpeg")
