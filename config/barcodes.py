"""Read the codes in a picture: QR, and the two barcodes that schools print on student cards (zxing-cpp)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import zxingcpp
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
# A tuple, and no more formats than are used here: with all of them a frame takes ten times as long (measured), and
# sparse ones (ITF, EAN) are found in shirts and blinds.
FORMATS: Final = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39)
_LINEAR: Final = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39, zxingcpp.BarcodeFormat.Code39Std)
MIN_LINEAR_LENGTH: Final = 4


@dataclass(frozen=True)
class CodeRead:
    """One code in one picture. A `linear` one has a weak check or none: it is accepted when it is read twice."""

    payload: str = field(repr=False)
    linear: bool


def decode_barcodes(grey: Grey) -> tuple[CodeRead, ...]:
    """Return all codes of a picture (height x width, uint8), rotated, mirrored or inverted ones too."""
    barcodes = zxingcpp.read_barcodes(grey, formats=FORMATS, text_mode=zxingcpp.TextMode.Plain)  # type: ignore[arg-type]
    reads = (CodeRead(_payload(code), code.format in _LINEAR) for code in barcodes)
    return tuple(read for read in reads if read.payload and (not read.linear or len(read.payload) >= MIN_LINEAR_LENGTH))


def _payload(code: zxingcpp.Barcode) -> str:
    if code.content_type in (zxingcpp.ContentType.Binary, zxingcpp.ContentType.UnknownECI):
        return base64.b64encode(bytes(code.bytes)).decode("ascii")
    return str(code.text)
