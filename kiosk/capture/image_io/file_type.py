"""Recognize a file by its first bytes, never by its name; the errors for other files suggest what to do."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from config.i18n import Message
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

_JPEG_LS: Final = rb"\xff\xd8\xff\xf7"  # ITU-T T.87: its frame header follows immediately, in place of JPEG's tables
_SUPPORTED: Final = (
    (rb"\xff\xd8\xff", FileKind.JPEG),
    (rb"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (rb"RIFF....WEBP", FileKind.WEBP),
    (rb"II[*+]\0|MM\0[*+]", FileKind.TIFF),
    (rb"....ftyp(?:avif|avis)", FileKind.AVIF),
    (rb"....ftyp(?:hei[cxms]|hev[cxms])", FileKind.HEIF),
)
_RAW: Final = (
    (rb"II\*\0....CR\x02", "Canon CR2"),
    (rb"....ftypcrx ", "Canon CR3"),
    (rb"HEAPCCDR|II\x1a\0\0\0HEAPCCDR", "Canon CRW"),
    (rb"FUJIFILMCCD-RAW", "Fujifilm RAF"),
    (rb"II[RU]\0", "Panasonic RW2"),
    (rb"IIR[OS]|MMOR", "Olympus ORF"),
    (rb"FOVb", "Sigma X3F"),
    (rb"\0MRM", "Minolta MRW"),
)
"""Raw files with their own signature; the others are TIFF (see _raw_tiff)."""
_RAW_TIFF_MAKERS: Final = {"nikon": "Nikon NEF", "sony": "Sony ARW", "pentax": "Pentax PEF", "ricoh": "Pentax PEF"}
_UNSUPPORTED: Final = (
    (rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,50}>\s*)?<svg", "SVG", "photo.drawing"),
    (rb"\xd7\xcd\xc6\x9a|\x01\0\0\0.{36} EMF", "WMF", "photo.drawing"),
    (rb"%PDF", "PDF", "photo.document"),
    (rb"\{\\rtf|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Word", "photo.document"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "PostScript", "photo.document"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:!(?i:doctype) ?(?i:html)|(?i:html|head))", "HTML", "photo.document"),
    (rb"PK\x03\x04.{26}(?:\[Content_Types\]|_rels/|docProps/|word/)", "Word", "photo.document"),
    (rb"PK[\x03\x05\x07]", "ZIP", "photo.archive"),
    (rb"Rar!", "RAR", "photo.archive"),
    (rb"7z\xbc\xaf", "7z", "photo.archive"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ", "tar", "photo.archive"),
    (rb"....ftypqt  |....(?:moov|mdat|wide)", "MOV", "photo.video"),
    (rb"....ftyp", "MP4", "photo.video"),
    (rb"RIFF....AVI ", "AVI", "photo.video"),
    (rb"\x1aE\xdf\xa3", "MKV", "photo.video"),
    (rb"OggS|FLV|\0\0\x01[\xb3\xba]", "MPEG", "photo.video"),
    # The colour table and the following block distinguish a GIF from text with the same beginning.
    (rb"GIF8[79]a.{4}(?:[\x80-\xff]|[\0-\x7f]..[!,])", "GIF", "photo.format"),
    (rb"BM.{4}\0{4}", "BMP", "photo.format"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000", "photo.format"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "JPEG XL", "photo.format"),
    (rb"II\xbc", "JPEG XR", "photo.format"),
    (_JPEG_LS, "JPEG-LS", "photo.format"),
    (rb"\0\0\0\x0cjXS |\xff\x10\xff\x50", "JPEG XS", "photo.format"),
    (rb"8BPS", "Photoshop (PSD)", "photo.format"),
    (rb"gimp xcf", "GIMP (XCF)", "photo.format"),
    (rb"\0\0[\x01\x02]\0", "ICO", "photo.format"),
    (rb"P[1-7]\s", "PNM", "photo.format"),
    (rb"BPG\xfb", "BPG", "photo.format"),
    (rb"v/1\x01", "OpenEXR", "photo.format"),
    (rb"#\?RADIANCE|#\?RGBE", "Radiance HDR", "photo.format"),
    (rb"qoif", "QOI", "photo.format"),
    (rb"\x8aMNG|\x8bJNG", "MNG", "photo.format"),
    (rb"\x0a[\0\x02-\x05]\x01[\x01\x02\x04\x08]", "PCX", "photo.format"),
)
"""The beginning, the name, and the message of files that are not decoded; the first that matches counts."""
_SETTINGS: Final = {
    "JPEG XL": "photo.setting.phone",
    "BPG": "photo.setting.phone",
    "Photoshop (PSD)": "photo.setting.export",
    "GIMP (XCF)": "photo.setting.export",
    "OpenEXR": "photo.setting.export",
    "Radiance HDR": "photo.setting.export",
}
"""The messages about the setting to change, for formats of phones and editors; other formats have `program`."""
_DICOM_OFFSET: Final = 128
_MAX_BEGINNING_BYTES: Final = 160
_COLOUR_FILTER_ARRAY: Final = 32803  # TIFF/EP: one colour per pixel, as on the sensor
_LINEAR_RAW: Final = 34892  # DNG
_DNG_VERSION: Final = 50706
_MAKE: Final = 271
_PHOTOMETRIC: Final = 262
_SUB_DIRECTORIES: Final = 330


def detect_kind(data: bytes) -> FileKind:
    """Return the kind of `data`. Raises PhotoProblem, which names the actual kind, if it cannot be decoded."""
    if not data:
        raise PhotoProblem("photo.empty")
    if raw := next((name for beginning, name in _RAW if _matches(data, beginning)), ""):
        raise PhotoProblem("photo.raw", format=raw)
    if not _matches(data, _JPEG_LS):
        kind = next((kind for beginning, kind in _SUPPORTED if _matches(data, beginning)), None)
        kind = kind or _heif_by_brands(data)
        if kind is FileKind.TIFF and (raw := _raw_tiff(data)):
            raise PhotoProblem("photo.raw", format=raw)
        if kind is not None:
            return kind
    raise _unsupported(data)


def _unsupported(data: bytes) -> PhotoProblem:
    for beginning, name, key in _UNSUPPORTED:
        if _matches(data, beginning):
            values = {"setting": Message(_SETTINGS.get(name, "photo.setting.program"))} if key == "photo.format" else {}
            return PhotoProblem(key, format=name, **values)
    if data[_DICOM_OFFSET : _DICOM_OFFSET + 4] == b"DICM":
        return PhotoProblem("photo.format", format="DICOM", setting=Message("photo.setting.program"))
    return PhotoProblem("photo.no_image")


def _matches(data: bytes, pattern: bytes) -> bool:
    return re.match(pattern, data[:_MAX_BEGINNING_BYTES], re.DOTALL) is not None


def _heif_by_brands(data: bytes) -> FileKind | None:
    """Return the coding of a file with a general brand (mif1, msf1), from its compatible brands."""
    if not _matches(data, rb"....ftypm(?:if|sf)1"):
        return None
    length = min(int.from_bytes(data[:4], "big"), _MAX_FTYP_BYTES)
    brands = {data[at : at + 4] for at in range(_BRAND_OFFSET, length, 4)}
    return FileKind.AVIF if brands & {b"avif", b"avis"} else FileKind.HEIF


def _raw_tiff(data: bytes) -> str:
    """Return the name of a TIFF that is a camera's raw file, else "": its full picture, in the first directory or one
    below it, has sensor data."""
    reader = TiffReader.of(data)
    if reader is None:
        return ""
    first, _ = reader.directory(reader.first_offset)
    if _DNG_VERSION in first:
        return "DNG"
    below = [reader.directory(int(offset))[0] for offset in first.numbers(_SUB_DIRECTORIES)[:16]]
    sensors = {_COLOUR_FILTER_ARRAY, _LINEAR_RAW}
    if not any(sensors & {*tags.numbers(_PHOTOMETRIC)} for tags in (first, *below)):
        return ""
    maker = first.text(_MAKE).lower()
    return next((name for beginning, name in _RAW_TIFF_MAKERS.items() if maker.startswith(beginning)), "RAW")
