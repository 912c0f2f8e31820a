"""Properties of a portrait's file: format, size, resolution, compression and origin."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image

from config.image_file import open_image
from config.jpeg_segments import APP0, APP1, APP2, APP13, APP14, COM, SIGNATURE, Frame
from kiosk.capture.image_io.decode import MAX_DECODED_PIXELS, read_size
from kiosk.capture.image_io.exif import Exif, read_exif
from kiosk.capture.image_io.jpeg_structure import JpegStructure, read_structure
from kiosk.capture.image_io.quantization import estimate_quality, quantization_tables
from kiosk.guidance.verdict import Metric

Table = tuple[tuple[int, ...], ...]
"""A quantization table as eight rows of eight steps, the step of the mean first."""

_INCH, _CENTIMETRE = 1, 2  # JFIF 1.02, units of the density
_JFIF, _EXIF, _XMP, _ICC = b"JFIF\0", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
_IPTC, _ADOBE = b"Photoshop 3.0\0", b"Adobe"
_XMP_SOFTWARE: Final = re.compile(
    rb"(?:xmp:CreatorTool|stEvt:softwareAgent|photoshop:Source)\s*(?:=\s*\"|>)([^\"<]{1,200})"
)
_MAX_SOFTWARE_NAMES: Final = 16
_THUMBNAIL_SIDE_PX: Final = 64  # pixels of the longer side at which a thumbnail is compared
_MAX_THUMBNAIL_PIXELS: Final = 1 << 20  # pixels
_SUBSAMPLINGS: Final = {
    (1, 1): "4:4:4",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (1, 2): "4:4:0",
    (4, 1): "4:1:1",
    (4, 2): "4:1:0",
}


@dataclass(frozen=True)
class JpegProperties:
    """Properties of a JPEG file besides its pixels. `size` is (width, height) as stored, `bits` are those of a pixel.

    `quality` is libjpeg's factor nearest to the luminance table. `libjpeg_tables` is whether both tables are libjpeg's
    own at that quality, except the step of the mean, which the engine's encoder refines: cameras, phones and some
    editors have other tables. `software` are the names in EXIF and XMP, `comment` is the JPEG comment.
    `thumbnail_difference` is the mean difference in levels between the EXIF thumbnail and the picture, None without a
    thumbnail; some editors do not update it. `personal` names personal data that a portrait does not need: gps, owner,
    serial, artist, xmp, iptc and the like.
    """

    size: tuple[int, int]
    components: int
    bits: int
    subsampling: str
    progressive: bool
    arithmetic: bool
    quality: int
    libjpeg_tables: bool
    luminance: Table = field(repr=False)
    chrominance: Table | None = field(repr=False)
    dpi_jfif: float | None
    dpi_exif: float | None
    has_exif: bool
    has_icc: bool
    has_adobe: bool
    orientation: int
    make: str
    model: str
    software: tuple[str, ...]
    comment: str
    has_thumbnail: bool
    thumbnail_difference: float | None
    personal: tuple[str, ...]
    trailing_bytes: int
    """Bytes after the end of the picture."""


def read_jpeg_properties(data: bytes) -> JpegProperties | None:
    """Return the properties of the JPEG `data`; None if it is no JPEG, or one without a frame or tables."""
    if not data.startswith(SIGNATURE):
        return None
    structure = read_structure(data)
    frame = structure.frame
    tables = _tables(structure)
    if frame is None or not tables:
        return None
    block = structure.first_segment(APP1, _EXIF)
    exif = read_exif(block)
    quality = estimate_quality(list(tables[0]))
    return JpegProperties(
        size=(frame.width, frame.height),
        components=len(frame.sampling),
        bits=frame.precision * len(frame.sampling),
        subsampling=_subsampling(frame.sampling),
        progressive=frame.progressive,
        arithmetic=frame.arithmetic,
        quality=quality,
        libjpeg_tables=all(
            (own[1:] == t[1:]).all() for t, own in zip(tables, quantization_tables(quality), strict=False)
        ),
        luminance=_rows(tables[0]),
        chrominance=_rows(tables[1]) if len(tables) > 1 else None,
        dpi_jfif=_jfif_dpi(structure),
        dpi_exif=exif.dpi,
        has_exif=bool(block),
        has_icc=structure.has_segment(APP2, _ICC),
        has_adobe=structure.has_segment(APP14, _ADOBE),
        orientation=exif.orientation,
        make=exif.make,
        model=exif.model,
        software=_software(structure, exif),
        comment=structure.first_segment(COM).decode("utf-8", "replace").strip("\0 "),
        has_thumbnail=bool(exif.thumbnail),
        thumbnail_difference=_thumbnail_difference(data, frame, exif.thumbnail),
        personal=_personal(structure, exif),
        trailing_bytes=max(0, len(data) - structure.end_offset) if structure.complete else 0,
    )


def file_metrics(data: bytes) -> dict[str, Metric]:
    """Return `width`, `height`, `dpi`, `bytes`, `colour_bits` and `jpeg_quality` of a picture file. Raises PhotoProblem
    if `decode` would not open it."""
    facts = read_jpeg_properties(data)
    width, height = facts.size if facts else read_size(data)
    dpi = _stated_dpi(facts) if facts else None
    return {
        "width": Metric("width", width, "px"),
        "height": Metric("height", height, "px"),
        "bytes": Metric("bytes", len(data), "byte"),
        "dpi": Metric("dpi", dpi, "dpi", "" if dpi is not None else "not_measured.no_dpi"),
        "colour_bits": Metric("colour_bits", facts.bits, "bit") if facts else _not_jpeg("colour_bits", "bit"),
        "jpeg_quality": Metric("jpeg_quality", facts.quality, "") if facts else _not_jpeg("jpeg_quality", ""),
    }


def _not_jpeg(name: str, unit: str) -> Metric:
    return Metric(name, None, unit, "not_measured.not_jpeg")


def _stated_dpi(facts: JpegProperties) -> float | None:
    """Return the density in JFIF, else in EXIF."""
    return facts.dpi_jfif if facts.dpi_jfif is not None else facts.dpi_exif


def _tables(structure: JpegStructure) -> list[tuple[int, ...]]:
    """Return the tables of the first two components; one table where the file has only one."""
    numbers = structure.frame.tables[:2] if structure.frame else ()
    return [structure.tables[number] for number in numbers if number in structure.tables]


def _rows(table: tuple[int, ...]) -> Table:
    return tuple(table[at : at + 8] for at in range(0, 64, 8))


def _subsampling(sampling: tuple[tuple[int, int], ...]) -> str:
    if len(sampling) < 3:
        return "grey" if len(sampling) == 1 else "unusual"
    (across, down), others = sampling[0], sampling[1:3]
    if others[0] != others[1] or not all(others[0]) or across % others[0][0] or down % others[0][1]:
        return "unusual"
    return _SUBSAMPLINGS.get((across // others[0][0], down // others[0][1]), "unusual")


def _jfif_dpi(structure: JpegStructure) -> float | None:
    body = structure.first_segment(APP0, _JFIF)
    if len(body) < 12 or body[7] not in (_INCH, _CENTIMETRE):
        return None
    across, down = int.from_bytes(body[8:10], "big"), int.from_bytes(body[10:12], "big")
    return across * (2.54 if body[7] == _CENTIMETRE else 1.0) if across == down and across else None


def _software(structure: JpegStructure, exif: Exif) -> tuple[str, ...]:
    names = _XMP_SOFTWARE.findall(structure.first_segment(APP1, _XMP))
    texts = [*exif.software, *(name.decode("utf-8", "replace").strip() for name in names)]
    return tuple(dict.fromkeys(text for text in texts if text))[:_MAX_SOFTWARE_NAMES]


def _personal(structure: JpegStructure, exif: Exif) -> tuple[str, ...]:
    blocks = (("xmp", APP1, _XMP), ("iptc", APP13, _IPTC), ("comment", COM, b""))
    return (*exif.personal, *(name for name, marker, beginning in blocks if structure.has_segment(marker, beginning)))


def _thumbnail_difference(data: bytes, frame: Frame, thumbnail: bytes) -> float | None:
    """Compare picture and thumbnail in grey at a small size, without the black bars that cameras add to a thumbnail of
    another shape."""
    small = read_structure(thumbnail).frame
    too_large = frame.width * frame.height > MAX_DECODED_PIXELS
    if small is None or too_large or small.width * small.height > _MAX_THUMBNAIL_PIXELS:
        return None
    try:
        with open_image(thumbnail, ("JPEG",)) as little, open_image(data, ("JPEG",)) as full:
            full.draft("L", (4 * _THUMBNAIL_SIDE_PX, 4 * _THUMBNAIL_SIDE_PX))
            scale = _THUMBNAIL_SIDE_PX / max(full.size)
            size = max(1, round(full.width * scale)), max(1, round(full.height * scale))
            picture = np.asarray(full.convert("L").resize(size, Image.Resampling.BOX), np.float32)
            preview = np.asarray(
                _crop_to_shape(little.convert("L"), size).resize(size, Image.Resampling.BOX), np.float32
            )
    except Exception:  # a thumbnail that cannot be decoded is ignored; the parsers raise many kinds of exceptions
        return None
    return float(np.abs(picture - preview).mean())


def _crop_to_shape(thumbnail: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the middle of `thumbnail` with the aspect ratio of `size`."""
    scale = min(thumbnail.width / size[0], thumbnail.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = (thumbnail.width - width) / 2, (thumbnail.height - height) / 2
    return thumbnail.crop((round(left), round(top), round(left + width), round(top + height)))
