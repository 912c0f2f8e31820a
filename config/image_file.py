"""The only module that passes bytes to the picture decoders (Pillow, libheif, OpenCV).

Without a list of formats Pillow tries some forty, one of which starts Ghostscript. So every caller names its formats,
and no picture with more pixels than the caller allows is opened. A test reads all sources of the project and allows
calls of these decoders only here.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from config.jpeg_segments import SIGNATURE, SOF_MARKERS, read_frame, read_segments

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PIXELS: Final = 64_000_000
"""More than the largest small-format camera (61 MP). 64 MP decoded take 192 MB; Pillow needs 256 MB for them."""
MAX_FRAME_PIXELS: Final = 40_000_000
"""Limit for a webcam's frame; 8K video has 33 MP."""

MAX_HEADER_BYTES: Final = 1 << 16
"""The first bytes of a webcam's frame in which its header is searched for."""

PHOTO_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")
"""The formats of kiosk.capture.image_io.file_type that Pillow decodes; libheif decodes HEIC."""

DECODE_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    ArithmeticError,
    AssertionError,
    TypeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""Exceptions of Pillow's parsers on damaged bytes, when opening and when loading."""


class TooManyPixels(ValueError):
    """The header states more pixels than the caller allows."""


def open_image(source: bytes | Path, formats: Sequence[str], max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read the header of a picture; Pillow decodes the pixels when they are needed.

    `formats` are Pillow's names. Raises TooManyPixels, or one of DECODE_ERRORS.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about large and odd files; the size is checked below
        image = Image.open(file, formats=tuple(formats))
    if image.width * image.height > max_pixels:
        image.close()
        raise TooManyPixels(f"{image.width} x {image.height} pixels are more than {max_pixels}")
    return image


def open_heif(data: bytes, max_pixels: int = MAX_PIXELS) -> Any:
    """Open the primary picture of a HEIC file with libheif, without decoding it. Raises as `open_image` does."""
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1  # each thread has its own planes; one file is decoded at a time
    heif = pillow_heif.open_heif(data)
    width, height = heif.size
    if width * height > max_pixels:
        raise TooManyPixels(f"{width} x {height} pixels are more than {max_pixels}")
    return heif


def decode_frame(jpeg: NDArray[np.uint8], flags: int) -> NDArray[np.uint8] | None:
    """Decode a webcam's JPEG frame to BGR pixels with OpenCV; None if it is not a JPEG, too large or damaged."""
    import numpy as np

    from config.opencv import cv2

    size = _jpeg_size(jpeg[:MAX_HEADER_BYTES].tobytes())
    if size is None or size[0] * size[1] > MAX_FRAME_PIXELS:
        return None
    decoded = cv2.imdecode(jpeg, flags)
    return None if decoded is None else np.asarray(decoded, np.uint8)


def _jpeg_size(beginning: bytes) -> tuple[int, int] | None:
    """Return the width and height in the first frame header."""
    if not beginning.startswith(SIGNATURE):
        return None
    for segment in read_segments(beginning, skip_stray_bytes=False):
        frame = read_frame(segment) if segment.marker in SOF_MARKERS else None
        if frame is not None:
            return frame.width, frame.height
    return None
