"""Decode a foreign picture whose codes or text are to be read. Only a child process calls this."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kiosk.capture.image_io.decode import decode
from kiosk.capture.image_io.file_type import detect_kind
from kiosk.capture.image_io.headers import read_header
from kiosk.capture.isolated_decoding.preview_rendering import check_size
from kiosk.capture.types import PhotoProblem


def small_copy(data: bytes, max_side: int) -> NDArray[np.uint8]:
    """Return the picture upright as RGB pixels, at most `max_side` along its longer side. Raises PhotoProblem."""
    kind = detect_kind(data)
    size = read_header(kind, data).size
    if size is None:
        raise PhotoProblem("photo.truncated")
    check_size(kind, size)
    image = Image.fromarray(decode(data, min_short_side=max_side // 2).pixels)
    image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    return np.asarray(image.convert("RGB"), np.uint8)
