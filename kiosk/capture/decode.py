"""Bytes of a picture file -> RGB pixels, upright and in sRGB, or one sentence why not."""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from kiosk.capture.portrait import PhotoProblem

Pixels = NDArray[np.uint8]

FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP")
MOST_PIXELS: Final = 64_000_000
"""Above the largest small-format camera (61 MP); decoded, 64 MP take 192 MB."""
LONGEST_SIDE: Final = 16_000
_COLOUR: Final = ("RGB", "RGBA")
_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"RIFF")


@dataclass(frozen=True)
class Picture:
    """A decoded picture. `reduction` is by how much its sides were divided while decoding (1, 2, 4 or 8); `profile` is
    the name of the colour profile it came with."""

    pixels: Pixels = field(repr=False)
    reduction: int
    profile: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


def decode(data: bytes, least: tuple[int, int] = (1, 1), shortest: int | None = None) -> Picture:
    """Decodes a JPEG, PNG, TIFF or WebP file to uint8 (h, w, 3) sRGB, EXIF orientation applied.

    `least` is the smallest width and height of use; size and kind are judged from the header, before any pixel is
    decoded. With `shortest` a JPEG is decoded at a half, a quarter or an eighth, several times faster, as long as its
    shorter side keeps that many pixels; other formats come at full size. Raises PhotoProblem with one sentence.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large or odd files; both are judged here
        image = _open(data)
        _check_header(image, least)
        full = image.size
        reduction = _reduction(min(full), shortest)
        if reduction > 1:
            image.draft("RGB", (image.width // reduction, image.height // reduction))
        pixels, profile = _load(image)
    return Picture(pixels, max(1, round(max(full) / max(pixels.shape[:2]))), profile)


def _reduction(side: int, shortest: int | None) -> int:
    if shortest is None:
        return 1
    return max(r for r in (1, 2, 4, 8) if r == 1 or side // r >= shortest)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PhotoProblem("photo.too_large", most=MOST_PIXELS // 1_000_000) from error
    except Exception as error:  # the parsers of Pillow raise whatever the bytes make them stumble over
        begins_well = data.startswith(_BEGINNINGS)
        raise PhotoProblem("photo.truncated" if begins_well else "photo.no_image") from error


def _check_header(image: Image.Image, least: tuple[int, int]) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise PhotoProblem("photo.too_large", most=MOST_PIXELS // 1_000_000)
    if getattr(image, "is_animated", False) and image.format not in ("MPO",):
        raise PhotoProblem("photo.animated")
    if image.mode not in _COLOUR:
        raise PhotoProblem("photo.mode", mode=image.mode)
    # Upright or lying: which it is, the orientation tag says only after parsing; the shorter bound must hold anyway.
    if min(width, height) < min(least) or max(width, height) < max(least):
        raise PhotoProblem("photo.too_small", width=width, height=height, least_width=least[0], least_height=least[1])


def _load(image: Image.Image) -> tuple[Pixels, str]:
    try:
        image.load()
    except MemoryError as error:
        raise PhotoProblem("photo.too_large", most=MOST_PIXELS // 1_000_000) from error
    except Exception as error:  # see _open
        raise PhotoProblem("photo.truncated") from error
    if image.mode == "RGBA":
        image = _opaque(image)
    image, profile = _to_srgb(image)
    return _upright(image), profile


def _opaque(image: Image.Image) -> Image.Image:
    lowest = image.getchannel("A").getextrema()[0]
    if lowest != 255:
        raise PhotoProblem("photo.mode", mode="RGBA")
    return image.convert("RGB")


def _upright(image: Image.Image) -> Pixels:
    with contextlib.suppress(Exception):  # an EXIF block that cannot be parsed says nothing about orientation
        image = ImageOps.exif_transpose(image)
    return np.asarray(image, np.uint8)


def _to_srgb(image: Image.Image) -> tuple[Image.Image, str]:
    """The picture in sRGB, and the name of the profile it came in. A profile that cannot be read is no profile: the
    picture is then taken as sRGB, as every viewer takes it."""
    embedded = image.info.get("icc_profile")
    if not embedded:
        return image, "none"
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
        name = ImageCms.getProfileDescription(profile).strip()
        if name.startswith("sRGB"):
            return image, name
        converted = ImageCms.profileToProfile(
            image,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, "unreadable"
    assert converted is not None  # only inPlace=True returns None
    converted.info.pop("icc_profile", None)
    return converted, name
