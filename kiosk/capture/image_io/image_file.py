"""A picture file, opened and not yet decoded: size, colours and orientation from its header, pixels in strips."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from PIL import Image

from config.i18n import Message
from config.image_file import open_heif, open_image
from config.jpeg_segments import APP1, APP14, Frame
from kiosk.capture.image_io.colour_profile import ColourSpace, adobe_rgb, from_h273, from_icc, from_png_chunks
from kiosk.capture.image_io.exif import Exif, read_exif
from kiosk.capture.image_io.file_type import FileKind
from kiosk.capture.image_io.headers import heif_properties, png_chunks
from kiosk.capture.image_io.jpeg_completeness import ends_show_in_last_unit, is_complete, is_complete_as_decoded
from kiosk.capture.image_io.jpeg_structure import JpegStructure, read_structure
from kiosk.capture.image_io.png_completeness import png_is_complete
from kiosk.capture.image_io.tiff_tags import Tags, TiffReader
from kiosk.capture.types import PhotoProblem

GREY_MODES: Final = ("1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N", "F")

_PNG_CHUNKS: Final = frozenset((b"cICP", b"sRGB", b"gAMA", b"cHRM", b"eXIf"))
_MAX_SCANS: Final = 32  # encoders write about ten; thousands take minutes
_SUBFILE_TYPE: Final = 254
_SMALLER_OR_MASK: Final = 0b101  # TIFF 6.0: a smaller version of another page, a transparency mask
_WIDTH, _BITS, _PLANAR = 256, 258, 284

# Pillow reads the high byte of a 16-bit sample alone; in the other byte order it reads the low one.
_SWAPPED_ORDER: Final = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}

StripReader = Callable[[int, int], Image.Image]


@dataclass(frozen=True)
class ImageFile:
    """An open picture file. `size` is (width, height) as decoded and `mode` Pillow's; `orientation` is still to be
    applied.

    `load` decodes the pixels and returns a function (top, bottom) > strip; `load_low` does the same for the lower byte
    of samples of 16 bits, else it is None. `image` is Pillow's own, where Pillow decodes. `check` raises PhotoProblem
    photo.truncated if pixels are missing; it may run in another thread while the pixels are decoded. With
    `load_checks` it need not run: `load` raises the same problem, at less cost.
    """

    kind: FileKind
    size: tuple[int, int]
    mode: str
    colour_space: ColourSpace
    orientation: int
    load: Callable[[], StripReader] = field(repr=False)
    load_low: Callable[[], StripReader] | None = field(default=None, repr=False)
    image: Image.Image | None = field(default=None, repr=False)
    check: Callable[[], None] = field(default=lambda: None, repr=False)
    load_checks: bool = False


def open_image_file(kind: FileKind, data: bytes, structure: JpegStructure | None) -> ImageFile:
    """Open `data`, a JPEG with its `structure`. Raises PhotoProblem for unsupported kinds of pictures, and what Pillow
    and libheif raise on broken ones."""
    if kind is FileKind.HEIF:
        return _open_heif(data)
    if structure is not None:
        _check_jpeg(data, structure)
    if kind is FileKind.TIFF:
        _check_tiff(data)
    if kind is FileKind.PNG and not png_is_complete(data):
        raise PhotoProblem("photo.truncated")
    image = _open_pillow(kind, data)
    if getattr(image, "is_animated", False) and kind in (FileKind.PNG, FileKind.WEBP, FileKind.AVIF):
        raise PhotoProblem("photo.animated", format=kind.value)
    exif = read_exif(_exif_block(kind, data, image, structure))
    file = ImageFile(
        kind,
        image.size,
        image.mode,
        _find_colour_space(kind, data, image, exif),
        1 if kind is FileKind.TIFF else exif.orientation,  # Pillow turns a TIFF itself
        lambda: _strip_reader(image),
        image=image,
    )
    if structure is not None:
        file = replace(file, check=_completeness_check(data, structure))
        if ends_show_in_last_unit(structure):
            return replace(file, load=lambda: _checked_strip_reader(image, data, structure), load_checks=True)
    if structure is not None and image.mode == "CMYK" and not structure.has_segment(APP14, b"Adobe"):
        return replace(file, load=lambda: _invert(_strip_reader(image)))
    return replace(file, load_low=_low_byte_loader(kind, data, image))


def exif_of(kind: FileKind, data: bytes) -> Exif:
    """Return the EXIF data of a picture that can be opened. Raises what Pillow and libheif raise on broken ones."""
    if kind is FileKind.HEIF:
        return read_exif(open_heif(data).info.get("exif") or b"")
    structure = read_structure(data) if kind is FileKind.JPEG else None
    return read_exif(_exif_block(kind, data, _open_pillow(kind, data), structure))


def _check_jpeg(data: bytes, structure: JpegStructure) -> None:
    frame = structure.frame
    assert frame is not None  # the caller has checked its size
    if variant := _rare_variant(frame):
        raise PhotoProblem("photo.rare_jpeg", variant=Message(f"photo.jpeg.{variant}", {"bits": frame.precision}))
    if len(structure.scans) > _MAX_SCANS:
        raise PhotoProblem("photo.truncated")
    if frame.progressive:  # decoded at full size by the check, too: not at the same time
        _require_complete(data, structure)


def _completeness_check(data: bytes, structure: JpegStructure) -> Callable[[], None]:
    progressive = structure.frame is not None and structure.frame.progressive
    return (lambda: None) if progressive else lambda: _require_complete(data, structure)


def _require_complete(data: bytes, structure: JpegStructure) -> None:
    if not is_complete(data, structure):
        raise PhotoProblem("photo.truncated")


def _rare_variant(frame: Frame) -> str:
    """Return the name of a kind of JPEG that no browser and no phone shows; "" for the common ones."""
    kinds = {"lossless": frame.lossless, "hierarchical": frame.hierarchical, "arithmetic": frame.arithmetic}
    return next((name for name, is_kind in kinds.items() if is_kind), "" if frame.precision == 8 else "bits")


def _check_tiff(data: bytes) -> None:
    reader = TiffReader.of(data)
    pages = [tags for tags in reader.directories() if _is_page(tags)] if reader else []
    if len(pages) > 1:
        raise PhotoProblem("photo.several", count=len(pages))


def _is_page(tags: Tags) -> bool:
    return _WIDTH in tags and not int(tags.number(_SUBFILE_TYPE) or 0) & _SMALLER_OR_MASK


def _exif_block(kind: FileKind, data: bytes, image: Image.Image, structure: JpegStructure | None) -> bytes:
    if structure is not None:
        return structure.first_segment(APP1, b"Exif\0\0")
    if kind is FileKind.TIFF:
        return data
    if kind is FileKind.PNG:
        return dict(png_chunks(data, _PNG_CHUNKS)).get(b"eXIf", b"")
    return image.info.get("exif") or b""


def _find_colour_space(kind: FileKind, data: bytes, image: Image.Image, exif: Exif) -> ColourSpace:
    icc = image.info.get("icc_profile")
    if kind is FileKind.PNG:
        return from_png_chunks(dict(png_chunks(data, _PNG_CHUNKS)), icc)
    embedded = from_icc(icc)
    if embedded is not None:
        return embedded
    if kind is FileKind.AVIF:
        return _nclx_colour_space(data)
    return adobe_rgb() if exif.adobe_rgb else ColourSpace()


def _nclx_colour_space(data: bytes) -> ColourSpace:
    for kind, body in heif_properties(data):
        if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 8:
            return from_h273(int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big"))
    return ColourSpace()


def _open_heif(data: bytes) -> ImageFile:
    """Open a HEIF file. libheif applies the file's own rotation and mirroring (irot, imir). EXIF repeats them for
    information only (ISO 23008-12, annex A), so its orientation is not applied."""
    heif = open_heif(data)
    nclx = heif.info.get("nclx_profile")
    embedded = from_icc(heif.info.get("icc_profile"))
    code = from_h273(nclx["color_primaries"], nclx["transfer_characteristics"]) if nclx else ColourSpace()
    return ImageFile(FileKind.HEIF, heif.size, heif.mode, embedded or code, 1, lambda: _heif_strips(heif))


def _heif_strips(heif: Any) -> StripReader:
    pixels = np.asarray(heif)
    return lambda top, bottom: Image.fromarray(np.ascontiguousarray(pixels[top:bottom]))


def _strip_reader(image: Image.Image) -> StripReader:
    image.load()
    return lambda top, bottom: image.crop((0, top, image.width, bottom))


def _checked_strip_reader(image: Image.Image, data: bytes, structure: JpegStructure) -> StripReader:
    strips = _strip_reader(image)
    if not is_complete_as_decoded(data, structure, image):
        raise PhotoProblem("photo.truncated")
    return strips


def _invert(strips: StripReader) -> StripReader:
    """Invert the strips: Pillow treats every CMYK JPEG as Adobe's inverted kind, even without Adobe's marker."""

    def strip(top: int, bottom: int) -> Image.Image:
        return Image.frombytes("CMYK", (part := strips(top, bottom)).size, bytes(255 - np.asarray(part)))

    return strip


def _open_pillow(kind: FileKind, data: bytes) -> Any:
    image: Any = open_image(data, (kind.value.upper(),))
    if kind is FileKind.TIFF:
        image.tile = [_as_16bit(tile, image.tag_v2) for tile in image.tile]
    return image


def _as_16bit(tile: Any, tags: Any) -> Any:
    """Correct the mode: Pillow treats unpacked planes of 16 bits as planes of 8."""
    if tile.codec_name != "raw" or tags.get(_PLANAR) != 2 or set(tags.get(_BITS, ())) != {16}:
        return tile
    order = "16L" if tags.prefix == b"II" else "16B"
    return tile._replace(args=(f"{tile.args[0]};{order}", *tile.args[1:]))


def _low_byte_loader(kind: FileKind, data: bytes, image: Any) -> Callable[[], StripReader] | None:
    """Return the loader of the low bytes of 16-bit samples. Pillow keeps the high byte; with the byte order swapped it
    keeps the low one. Of packed planes it reads only the high one."""
    if kind not in (FileKind.PNG, FileKind.TIFF) or image.mode not in ("RGB", "RGBA"):
        return None
    packed_planes = kind is FileKind.TIFF and image.tag_v2.get(_PLANAR) == 2 and image.tile[0].codec_name != "raw"
    if packed_planes or not any(";16" in _raw_mode(tile) for tile in image.tile):
        return None

    def load() -> StripReader:
        swapped = _open_pillow(kind, data)
        swapped.tile = [_swap_byte_order(tile) for tile in swapped.tile]
        return _strip_reader(swapped)

    return load


def _raw_mode(tile: Any) -> str:
    return str(tile.args if isinstance(tile.args, str) else tile.args[0])


def _swap_byte_order(tile: Any) -> Any:
    base, _, order = _raw_mode(tile).partition(";")
    mode = f"{base};{_SWAPPED_ORDER[order]}"
    return tile._replace(args=mode if isinstance(tile.args, str) else (mode, *tile.args[1:]))
