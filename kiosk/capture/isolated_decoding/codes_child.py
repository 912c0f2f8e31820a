"""A child process that reads the QR codes in one picture. The output is a line of JSON: {"codes": [...]}."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import pillow_heif  # noqa: F401 - loaded once for all pictures
from PIL import Image, ImageOps

from config.barcodes import decode_barcodes
from kiosk.capture.isolated_decoding.limits import Answer, answer_one
from kiosk.capture.isolated_decoding.small_copy import small_copy

Image.init()
_SCALES: Final = (1.0, 0.5, 2.0)
"""A photographed screen has a grid of pixels that a smaller copy blurs; the dots of a small code need a larger one."""
_MAX_ENLARGED: Final = 1600  # pixels of the longer side


def main(parent: int, memory_bytes: int, cpu_seconds: int, max_side: int) -> None:
    answer_one(parent, memory_bytes, cpu_seconds, partial(_codes, max_side=max_side))


def _codes(data: bytes, max_side: int) -> Answer:
    grey = ImageOps.autocontrast(Image.fromarray(small_copy(data, max_side)).convert("L"))
    for scale in _SCALES:
        if scale > 1 and max(grey.size) > _MAX_ENLARGED:
            continue
        scaled = grey if scale == 1 else ImageOps.scale(grey, scale)
        codes = [read.payload for read in decode_barcodes(np.asarray(scaled, np.uint8)) if not read.linear]
        if codes:
            return {"codes": codes}, b""
    return {"codes": []}, b""
