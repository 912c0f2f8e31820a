"""Check that the coded data of a JPEG reach the end of its picture.

Decoders accept a file whose data end too early before a proper end marker: they fill the rest of the picture with grey
(baseline) or leave it coarse (progressive), and Pillow discards libjpeg's warning. Three checks find missing data:

- the scans: together they must contain every component, in progressive files every coefficient to its last bit
  (ITU-T T.81, G.1.1.1.1);
- the restart markers: a scan has one after each interval but the last (T.81, E.1.4);
- the data: a few bytes of filler are inserted behind the data of each interval, and both files are decoded. Behind
  complete data decoders skip them (T.81, B.1.1.2: only a marker may follow). Where data are missing, the filler is
  decoded as picture, and the pixels differ.

The last check decodes the whole file twice and can be left out where the picture shows no grey. In a file of one scan
without restarts only data at the end can be missing, and the last unit of the decoded picture shows it. Data that end
within that unit are not detected.
"""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.image_file import open_image
from config.jpeg_segments import Frame
from kiosk.capture.image_io.headers import ends_in_zeros
from kiosk.capture.image_io.jpeg_structure import JpegStructure, Scan

_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")
_FILLER: Final = bytes((73 * n + 41) % 251 for n in range(64))  # any bytes other than 0xff
_FILL_VALUE: Final = 128  # libjpeg's value of every component without data, and so of R, G and B
_FILL_ROUNDING: Final = 2  # levels of brightness by which interpolated colours of neighbours may change it
_BLOCK_PX: Final = 8
_REDUCTION: Final = 8  # decoded at an eighth, a pixel is a block's mean
_COEFFICIENTS: Final = 64


def is_complete(data: bytes, structure: JpegStructure) -> bool:
    """Return whether no part of the picture is missing. For Huffman-coded files with a frame header and an end marker;
    raises what Pillow raises on damaged ones."""
    frame = structure.frame
    if frame is None or not _has_all_parts(data, structure):
        return False
    pixels = _decode(data, frame)
    if not frame.progressive and len(frame.components) != 4 and not _has_fill_value(pixels):
        return True  # nearly every photograph, which is therefore decoded only once
    return np.array_equal(pixels, _decode(_insert_filler(data, structure.scans), frame))


def ends_show_in_last_unit(structure: JpegStructure) -> bool:
    """Return whether missing data would show in the last minimum coded unit: decoders fill the rest of a baseline scan
    without restarts, whose brightness is stored at full resolution."""
    frame, scans = structure.frame, structure.scans
    if frame is None or frame.progressive or len(scans) != 1 or scans[0].restart_interval:
        return False
    whole = max(factors[0] for factors in frame.sampling), max(factors[1] for factors in frame.sampling)
    return len(frame.components) == 3 and frame.sampling[0] == whole


def is_complete_as_decoded(data: bytes, structure: JpegStructure, image: Image.Image) -> bool:
    """Like `is_complete`, for a file whose `ends_show_in_last_unit`, decoded as `image` at its size or a fraction of
    it."""
    frame = structure.frame
    if frame is None or not _has_all_parts(data, structure):
        return False
    return _has_picture_in_last_unit(frame, image) or is_complete(data, structure)


def _has_picture_in_last_unit(frame: Frame, image: Image.Image) -> bool:
    """Return whether the last unit shows anything but the grey of missing data. Its colours may be those of its
    neighbours, where a decoder interpolates them, but not its brightness."""
    reduction = max(1, round(max(frame.width, frame.height) / max(image.size)))
    sides = (_BLOCK_PX * factor for factor in frame.sampling[0])
    left, top = (
        (length - 1) // side * side // reduction
        for length, side in zip((frame.width, frame.height), sides, strict=True)
    )
    brightness = np.asarray(image.crop((left, top, *image.size)).convert("L"), np.int16)
    return bool((np.abs(brightness - _FILL_VALUE) > _FILL_ROUNDING).any())


def _has_all_parts(data: bytes, structure: JpegStructure) -> bool:
    """Return whether the scans cover the picture, have their restart markers, and were written up to their end."""
    frame = structure.frame
    if frame is None or not structure.scans or not _scans_cover_image(frame, structure.scans):
        return False
    if not all(_has_all_restarts(data, frame, scan) for scan in structure.scans):
        return False
    return not any(ends_in_zeros(data, scan.data_range.start, scan.data_range.stop) for scan in structure.scans)


def _scans_cover_image(frame: Frame, scans: tuple[Scan, ...]) -> bool:
    missing = np.ones((256, _COEFFICIENTS), bool)
    for scan in scans:
        count = scan.header[0] if scan.header else 0
        if len(scan.header) < 4 + 2 * count:
            return False
        first, last, approximation = scan.header[1 + 2 * count : 4 + 2 * count]
        if frame.progressive and approximation & 15:
            continue  # the last bits are missing
        for component in scan.header[1 : 1 + 2 * count : 2]:
            missing[component, first : last + 1] = False
    return not (missing[list(frame.components)] if frame.progressive else missing[list(frame.components), 0]).any()


def _has_all_restarts(data: bytes, frame: Frame, scan: Scan) -> bool:
    if not scan.restart_interval:
        return True
    only = scan.header[1] if scan.header[0] == 1 else None
    needed = math.ceil(frame.mcu_count(only) / scan.restart_interval) - 1
    return sum(1 for _ in _RESTART.finditer(data, scan.data_range.start, scan.data_range.stop)) >= needed


def _insert_filler(data: bytes, scans: tuple[Scan, ...]) -> bytes:
    view, at = memoryview(data), 0
    parts: list[bytes | memoryview] = []
    for scan in scans:
        for mark in _RESTART.finditer(data, scan.data_range.start, scan.data_range.stop):
            parts += [view[at : mark.start()], _FILLER]
            at = mark.start()
        parts += [view[at : scan.data_range.stop], _FILLER]
        at = scan.data_range.stop
    return b"".join([*parts, view[at:]])


def _decode(data: bytes, frame: Frame) -> NDArray[np.uint8]:
    """Decode at an eighth, or at full size where a scan may contain fine detail alone."""
    with open_image(data, ("JPEG",)) as image:
        if not frame.progressive:
            image.draft(None, (max(1, frame.width // _REDUCTION), max(1, frame.height // _REDUCTION)))
        return np.asarray(image, np.uint8)


def _has_fill_value(pixels: NDArray[np.uint8]) -> bool:
    same = pixels == _FILL_VALUE
    return bool((same[..., 0] & same[..., 1] & same[..., 2] if same.ndim == 3 else same).any())
