"""Recognize a file by its first bytes, never by its name; the errors for other files suggest what to do."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from kiosk.capture.image_io.tiff_tags import TiffReader
from kiosk.capture.types import PhotoProblem


class FileKind(StrEnum):
    """The kinds of file that are decoded."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    WEBP = "WebP"
    HEIF = "HEIC"
    AVIF = "AVIF"


_BRAND_OFFSET = 8  # ISO 14496-12: size, "ftyp", then the brand
_MAX_FTYP_BYTES: Final = 4096

_SUPPORTED: Final = (
    (rb"\xff\xd8\xff", FileKind.JPEG),
    (rb"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (rb"RIFF....WEBP", FileKind.WEBP),
    (rb"II[*+]\0|MM\0[*+]", FileKind.TIFF),
    (rb"....ftyp(?:avif|avis)", FileKind.AVIF),
    (rb"....ftyp(?:hei[cxms]|hev[cxms])", FileKind.HEIF),
)
# Canon CR2 and CR3, Fujifilm RAF, Panasonic RW2, Olympus ORF, Sigma X3F, Minolta MRW; the rest is TIFF (see _raw_tiff).
_RAW: Final = (
    rb"II\*\0....CR\x02|....ftypcrx |FUJIFILMCCD-RAW|II[RU]\0|IIR[OS]|MMOR|FOVb|\0MRM|HEAPCCDR|II\x1a\0\0\0HEAPCCDR"
)
_NON_PHOTOS: Final = (
    (rb"\xef\xbb\xbf?<svg|<svg", "photo.drawing"),
    (rb"%PDF|\{\\rtf|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|%!PS", "photo.document"),
    (rb"PK[\x03\x05\x07]|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ", "photo.archive"),
    (rb"....ftyp|....(?:moov|mdat|wide)|RIFF....AVI |\x1aE\xdf\xa3|OggS|FLV|\0\0\x01[\xb3\xba]", "photo.video"),
)
_UNSUPPORTED_IMAGES: Final = (
    (rb"GIF8[79]a.{4}(?:[\x80-\xff]|[\0-\x7f]..[!,])", "GIF"),  # distinguishes it from text with the same beginning
    (rb"BM.{4}\0{4}", "BMP"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "JPEG XL"),
    (rb"II\xbc", "JPEG XR"),
    (rb"8BPS", "Photoshop"),
    (rb"\0\0[\x01\x02]\0", "ICO"),
    (rb"P[1-7]\s", "PNM"),
)
_COLOUR_FILTER_ARRAY: Final = 32803  # TIFF/EP: one colour per pixel, as on the sensor
_LINEAR_RAW: Final = 34892  # DNG
_DNG_VERSION: Final = 50706
_PHOTOMETRIC: Final = 262
_SUB_DIRECTORIES: Final = 330


def detect_kind(data: bytes) -> FileKind:
    """Return the kind of `data`. Raises PhotoProblem, which names the actual kind, if it cannot be decoded."""
    if not data:
        raise PhotoProblem("photo.empty")
    if _matches(data, _RAW):
        raise PhotoProblem("photo.raw")
    found = next((kind for beginning, kind in _SUPPORTED if _matches(data, beginning)), None) or _heif_by_brands(data)
    if found is FileKind.TIFF and _raw_tiff(data):
        raise PhotoProblem("photo.raw")
    if found is not None:
        return found
    for beginning, name in _UNSUPPORTED_IMAGES:
        if _matches(data, beginning):
            raise PhotoProblem("photo.format", format=name)
    raise PhotoProblem(next((key for beginning, key in _NON_PHOTOS if _matches(data, beginning)), "photo.no_image"))


def _matches(data: bytes, pattern: bytes) -> bool:
    return re.match(pattern, data[:64], re.DOTALL) is not None


def _heif_by_brands(data: bytes) -> FileKind | None:
    """Return the coding of a file with a general brand (mif1, msf1), from its compatible brands."""
    if not _matches(data, rb"....ftypm(?:if|sf)1"):
        return None
    length = min(int.from_bytes(data[:4], "big"), _MAX_FTYP_BYTES)
    brands = {data[at : at + 4] for at in range(_BRAND_OFFSET, length, 4)}
    return FileKind.AVIF if brands & {b"avif", b"avis"} else FileKind.HEIF


def _raw_tiff(data: bytes) -> bool:
    """Return whether a TIFF is a camera's raw file (DNG, NEF, ARW, PEF, ...): its full picture, in the first directory
    or one below it, has sensor data."""
    reader = TiffReader.of(data)
    if reader is None:
        return False
    first, _ = reader.directory(reader.first_offset)
    below = [reader.directory(int(offset))[0] for offset in first.numbers(_SUB_DIRECTORIES)[:16]]
    sensors = {_COLOUR_FILTER_ARRAY, _LINEAR_RAW}
    return _DNG_VERSION in first or any(sensors & {*tags.numbers(_PHOTOMETRIC)} for tags in (first, *below))
