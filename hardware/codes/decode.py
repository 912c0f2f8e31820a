"""Reads the codes in a picture: QR, and the two barcodes that schools print on student cards (zxing-cpp)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from config.opencv import cv2

Grey = NDArray[np.uint8]
# A tuple, and no more formats than are shown here: with all of them a frame takes ten times as long (measured), and
# sparse ones (ITF, EAN) are found in shirts and blinds.
FORMATS: Final = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39)
_LINEAR: Final = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39, zxingcpp.BarcodeFormat.Code39Std)
SHORTEST_LINEAR: Final = 4


@dataclass(frozen=True)
class CodeRead:
    """One code in one picture. A `linear` one has but a weak check or none: it is believed when it is read twice."""

    payload: str = field(repr=False)
    linear: bool


def codes_in(grey: Grey) -> tuple[CodeRead, ...]:
    """All codes of a picture (height x width, uint8), whichever way they are turned, mirrored or inverted."""
    found = zxingcpp.read_barcodes(grey, formats=FORMATS, text_mode=zxingcpp.TextMode.Plain)  # type: ignore[arg-type]
    reads = (CodeRead(_payload(code), code.format in _LINEAR) for code in found)
    return tuple(read for read in reads if read.payload and (not read.linear or len(read.payload) >= SHORTEST_LINEAR))


class Looks:
    """Looks at one live frame after the other: in turns at the whole, and at its middle enlarged, where a code that is
    small and a little out of focus has more to read (measured: a sealed code of 130 px with a blur of 1.2 px is read in
    no frame as it is, and in every one enlarged)."""

    def __init__(self) -> None:
        self._closer = True

    def at(self, pixels: NDArray[np.uint8]) -> tuple[CodeRead, ...]:
        """The codes in a frame, RGB, height x width x 3."""
        self._closer = not self._closer
        return codes_in(enlarged(grey_of(middle(pixels))) if self._closer else grey_of(pixels))


def grey_of(pixels: NDArray[np.uint8]) -> Grey:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle half of a picture, each way."""
    height, width = pixels.shape[:2]
    return pixels[height // 4 : height - height // 4, width // 4 : width - width // 4]


def enlarged(grey: Grey) -> Grey:
    return np.asarray(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def _payload(code: zxingcpp.Barcode) -> str:
    if code.content_type in (zxingcpp.ContentType.Binary, zxingcpp.ContentType.UnknownECI):
        return base64.b64encode(bytes(code.bytes)).decode("ascii")
    return str(code.text)
