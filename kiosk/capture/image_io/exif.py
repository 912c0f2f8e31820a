"""EXIF data of a picture (CIPA DC-008): orientation, colour space, camera and software."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.capture.image_io.tiff_tags import Tags, TiffReader

_HEADER: Final = b"Exif\0\0"
_INCH, _CENTIMETRE = 2, 3

_ORIENTATION: Final = 0x0112
_RESOLUTION, _RESOLUTION_UNIT = 0x011A, 0x0128
_MAKE, _MODEL, _SOFTWARE, _PROCESSING = 0x010F, 0x0110, 0x0131, 0x000B
_THUMBNAIL, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_EXIF, _GPS, _INTEROPERABILITY = 0x8769, 0x8825, 0xA005
_LENS, _TAKEN, _FOCAL_LENGTH_35MM = 0xA434, 0x9003, 0xA405
_LATITUDE: Final = 0x0002
_COLOUR_SPACE: Final = 0xA001
_INTEROPERABILITY_INDEX: Final = 0x0001
_ADOBE_RGB: Final = "R03"  # DCF 2.0 (CIPA DC-009), 3.4: the optional colour space
_SRGB: Final = 1

# Personal data that a portrait does not need: tag > reported name.
_PERSONAL_TAGS: Final = {
    0x013B: "artist",
    0x8298: "copyright",
    0x9286: "user_comment",
    0x9C9D: "author",
    0xA420: "unique_id",
    0xA430: "owner",
    0xA431: "serial",
    0xA435: "lens_serial",
}


@dataclass(frozen=True)
class Exif:
    """EXIF data. `orientation` is 1 to 8, `dpi` None if it is not stated; `personal` names the personal data in it.
    `taken` is DateTimeOriginal as written, "2026:05:01 09:30:00"; `focal_length_35mm` is in mm for 35 mm film, None if
    unknown."""

    orientation: int = 1
    adobe_rgb: bool = False
    software: tuple[str, ...] = ()
    make: str = ""
    model: str = ""
    dpi: float | None = None
    thumbnail: bytes = field(default=b"", repr=False)
    personal: tuple[str, ...] = ()
    lens: str = ""
    taken: str = ""
    focal_length_35mm: float | None = None


def read_exif(block: bytes) -> Exif:
    """Read the EXIF `block` (with or without its "Exif" header; a TIFF file works as well). A broken block gives an
    empty result."""
    reader = TiffReader.of(block[len(_HEADER) :] if block.startswith(_HEADER) else block)
    if reader is None:
        return Exif()
    main, following = reader.directory(reader.first_offset)
    inner = _sub_directory(reader, main, _EXIF)
    orientation = int(main.number(_ORIENTATION) or 1)
    return Exif(
        orientation=orientation if orientation in range(1, 9) else 1,
        adobe_rgb=_is_adobe_rgb(inner, _sub_directory(reader, inner, _INTEROPERABILITY)),
        software=tuple(text for text in (main.text(_SOFTWARE), main.text(_PROCESSING)) if text),
        make=main.text(_MAKE),
        model=main.text(_MODEL),
        dpi=_dpi(main),
        thumbnail=_thumbnail(reader, following),
        personal=_personal(main, inner, _sub_directory(reader, main, _GPS)),
        lens=inner.text(_LENS),
        taken=inner.text(_TAKEN),
        focal_length_35mm=inner.number(_FOCAL_LENGTH_35MM) or None,
    )


def _sub_directory(reader: TiffReader, tags: Tags, tag: int) -> Tags:
    offset = tags.number(tag)
    return Tags() if not offset or offset < 0 else reader.directory(int(offset))[0]


def _is_adobe_rgb(inner: Tags, interoperability: Tags) -> bool:
    """Return whether a DCF camera was set to Adobe RGB. It writes no profile, but the colour space "uncalibrated" and
    the interoperability index R03; "uncalibrated" alone may be anything."""
    uncalibrated = inner.number(_COLOUR_SPACE) not in (None, _SRGB)
    return uncalibrated and interoperability.text(_INTEROPERABILITY_INDEX) == _ADOBE_RGB


def _dpi(main: Tags) -> float | None:
    resolution, unit = main.number(_RESOLUTION), main.number(_RESOLUTION_UNIT) or _INCH
    if not resolution or unit not in (_INCH, _CENTIMETRE):
        return None
    return resolution * (2.54 if unit == _CENTIMETRE else 1.0)


def _thumbnail(reader: TiffReader, offset: int) -> bytes:
    if not offset:
        return b""
    tags, _ = reader.directory(offset)
    start, length = tags.number(_THUMBNAIL), tags.number(_THUMBNAIL_LENGTH)
    if not start or not length or min(start, length) < 0:
        return b""
    return bytes(reader.data[int(start) : int(start + length)])


def _personal(main: Tags, inner: Tags, place: Tags) -> tuple[str, ...]:
    personal = [name for tag, name in _PERSONAL_TAGS.items() if _has_value(main, tag) or _has_value(inner, tag)]
    return (*(["gps"] if _LATITUDE in place else []), *personal)


def _has_value(tags: Tags, tag: int) -> bool:
    value = tags.get(tag)
    if isinstance(value, bytes):  # a user comment begins with eight bytes that name its character set
        return bool(value.replace(b"ASCII", b"").replace(b"UNICODE", b"").strip(b"\0 "))
    return value is not None
