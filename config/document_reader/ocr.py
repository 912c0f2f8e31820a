"""Find and read the text in a picture with RapidOCR and the models in its package: nothing is downloaded."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.document_reader.api import DocumentProblem


@dataclass(frozen=True)
class TextRow:
    """`text` in the box left, top, right, bottom (pixels). It may contain personal data, so repr omits it."""

    text: str = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre_x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def rotate_180(self) -> TextRow:
        """Return the row rotated by 180 degrees."""
        return TextRow(self.text, -self.right, -self.bottom, -self.left, -self.top)

    def is_on_same_line(self, other: TextRow) -> bool:
        """Return whether both are on one line of print: their centres are less than half a row apart."""
        distance = abs((self.top + self.bottom) - (other.top + other.bottom)) / 2
        return distance < 0.5 * max(self.height, other.height)


if TYPE_CHECKING:
    from rapidocr import RapidOCR

MAX_SIDE_PX: Final = 1280
"""Pixels of the longer side for recognition: a card that fills the picture has letters of 30 pixels, and larger
pictures take longer and are not read better."""
_MIN_SIDE_PX: Final = 8  # pixels; no letter is smaller
_MAX_ASPECT: Final = 4  # more than that of any camera; the recognition would enlarge a longer picture and take minutes
_THREADS: Final = 2


class TextReader:
    """Loads its models with the first picture; used from one thread at a time. One picture takes about two seconds."""

    def __init__(self) -> None:
        self._engine: RapidOCR | None = None

    def read(self, pixels: Pixels) -> tuple[TextRow, ...]:
        """Return every row of text in `pixels` (height x width x 3, RGB), from top to bottom of the document:
        coordinates are rotated so that the rows are level, upright or upside down.

        Raises DocumentProblem document.not_installed, and ValueError for anything but such a picture.
        """
        from config.opencv import cv2

        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise ValueError(f"Expected height x width x 3 of uint8, not {pixels.shape} of {pixels.dtype}.")
        height, width = pixels.shape[:2]
        if min(height, width) < _MIN_SIDE_PX or max(height, width) > _MAX_ASPECT * min(height, width):
            return ()
        scale = min(1.0, MAX_SIDE_PX / max(height, width))
        if scale < 1:
            size = (round(width * scale), round(height * scale))
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        result: Any = self._load()(np.ascontiguousarray(pixels[..., ::-1]))  # RapidOCR expects BGR, as OpenCV does
        if result.boxes is None or result.txts is None:
            return ()
        boxes = deskew(np.asarray(result.boxes, np.float32))
        rows = [_row(text, box) for box, text in zip(boxes, result.txts, strict=True)]
        return tuple(sorted(rows, key=lambda row: (row.top, row.left)))

    def _load(self) -> RapidOCR:
        if self._engine is None:
            try:
                from rapidocr import RapidOCR
            except ImportError as error:
                raise DocumentProblem("document.not_installed") from error
            options = {"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS}
            self._engine = RapidOCR(params=options)
            logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        return self._engine


def deskew(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rotate the boxes (rows x 4 corners x 2) about the origin so that most of their longer sides are level.

    Directions are averaged at twice their angle, where a direction and its opposite are the same; long rows have more
    weight.
    """
    sides = np.stack((boxes[:, 1] - boxes[:, 0], boxes[:, 2] - boxes[:, 1]), axis=1)
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    longer = np.take_along_axis(sides, lengths.argmax(axis=1)[:, None, None], axis=1)[:, 0]
    doubled = 2 * np.arctan2(longer[:, 1], longer[:, 0])
    weight = lengths.max(axis=1) - lengths.min(axis=1)  # a square has no direction
    angle = 0.5 * np.arctan2((weight * np.sin(doubled)).sum(), (weight * np.cos(doubled)).sum())
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    return np.asarray(boxes @ turn, np.float32)


def _row(text: str, corners: NDArray[np.float32]) -> TextRow:
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return TextRow(text, float(left), float(top), float(right), float(bottom))
