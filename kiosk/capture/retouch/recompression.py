"""Simulate saving: the same pixels with the compression of another file."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from config.arrays import Pixels
from config.image_file import PHOTO_FORMATS, open_image
from kiosk.capture.image_io.quantization import estimate_quality

_SAMPLINGS: Final = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}


@dataclass(frozen=True)
class JpegSettings:
    """The compression of a file: its JPEG tables and colour sampling (Pillow's 0, 1 or 2), or none (no JPEG)."""

    tables: tuple[tuple[int, ...], ...] = field(repr=False)
    sampling: int

    @property
    def quality(self) -> int | None:
        """libjpeg's nearest quality factor; None for lossless files."""
        return estimate_quality(list(self.tables[0])) if self.tables else None

    def __str__(self) -> str:
        return f"JPEG {self.quality} {_SAMPLINGS[self.sampling]}" if self.tables else "lossless"


def read_jpeg_settings(data: bytes) -> JpegSettings:
    """Return the compression of the file `data`, which `decode` has read."""
    with open_image(data, PHOTO_FORMATS) as image:
        if not isinstance(image, JpegImagePlugin.JpegImageFile) or image.mode != "RGB":
            return JpegSettings((), 0)
        tables = tuple(tuple(image.quantization[key]) for key in sorted(image.quantization))
        return JpegSettings(tables, max(0, JpegImagePlugin.get_sampling(image)))


def reencode(pixels: NDArray[np.uint8], settings: JpegSettings) -> Pixels:
    """Return `pixels`, uint8 (h, w, 3), after saving with this compression and decoding."""
    if not settings.tables:
        return pixels
    file = io.BytesIO()
    tables = [list(table) for table in settings.tables]
    Image.fromarray(np.ascontiguousarray(pixels), "RGB").save(
        file, "JPEG", qtables=tables, subsampling=settings.sampling
    )
    return np.asarray(open_image(file.getvalue(), ("JPEG",)), np.uint8)
