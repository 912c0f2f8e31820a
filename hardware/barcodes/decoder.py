"""Reads the codes in a picture: QR, and the two barcodes that schools print on student cards (zxing-cpp)."""

from __future__ import annotations

import base64
import itertools
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
# Of the blurs and amounts tried (1.5 to 5 px, 2 to 6), the pair that read most blurred codes; what noise costs it in
# dark frames is read by the look before.
_BLUR: Final = 2.0
_AMOUNT: Final = 4.0


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
    """Looks at one live frame after the other, in turns as it is, sharpened, and at its middle enlarged and sharpened.

    As it is reads most, and is the quickest. A phone held close to a camera that is focused on a chair is out of focus:
    a sealed code of 240 px is read up to a blur of 1.5 px as it is, and up to 2.5 px sharpened (measured).
    """

    ROUND: Final = 3

    def __init__(self) -> None:
        self._turn = itertools.cycle((_as_it_is, _sharp, _closer))

    def at(self, pixels: NDArray[np.uint8]) -> tuple[CodeRead, ...]:
        """The codes in a frame, RGB, height x width x 3."""
        return codes_in(next(self._turn)(pixels))


def grey_of(pixels: NDArray[np.uint8]) -> Grey:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def sharpened(grey: Grey, blur: float) -> Grey:
    """Edges as steep again as a blur of so many pixels has left them (unsharp mask); noise grows with them."""
    soft = cv2.GaussianBlur(grey, (0, 0), blur)
    return np.asarray(cv2.addWeighted(grey, 1 + _AMOUNT, soft, -_AMOUNT, 0), np.uint8)


def middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle half of a picture, each way."""
    height, width = pixels.shape[:2]
    return pixels[height // 4 : height - height // 4, width // 4 : width - width // 4]


def enlarged(grey: Grey) -> Grey:
    return np.asarray(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def _as_it_is(pixels: NDArray[np.uint8]) -> Grey:
    return grey_of(pixels)


def _sharp(pixels: NDArray[np.uint8]) -> Grey:
    return sharpened(grey_of(pixels), _BLUR)


def _closer(pixels: NDArray[np.uint8]) -> Grey:
    return sharpened(enlarged(grey_of(middle(pixels))), 2 * _BLUR)


def _payload(code: zxingcpp.Barcode) -> str:
    if code.content_type in (zxingcpp.ContentType.Binary, zxingcpp.ContentType.UnknownECI):
        return base64.b64encode(bytes(code.bytes)).decode("ascii")
    return str(code.text)
