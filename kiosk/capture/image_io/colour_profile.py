"""The colour space of a picture, and its conversion to sRGB: relative colorimetric with black point compensation.

The colour space is read in the order that the format defines: PNG's cICP before iCCP, sRGB and gAMA/cHRM (PNG 3rd
edition, 4.3); elsewhere the embedded ICC profile, then HEIF's nclx, then EXIF's mark for Adobe RGB. A picture without
any of them is sRGB, and so is one with an unusable profile, as in every viewer. The file's name is no evidence (only
some cameras mark Adobe RGB with a leading "_").
"""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from kiosk.capture.image_io.icc import D65, SRGB_PRIMARIES, Chromaticity, MatrixProfile, build_matrix_profile
from kiosk.capture.types import PhotoProblem

NO_PROFILE: Final = "none"
UNREADABLE_PROFILE: Final = "unreadable"
MISMATCHED_PROFILE: Final = "unfitting"

_ADOBE_PRIMARIES: Final = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))  # Adobe RGB (1998) Color Image Encoding, 4.3.1
_ADOBE_GAMMA: Final = 2 + 51 / 256  # ibid., 4.3.4.2
_P3_PRIMARIES: Final = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))  # SMPTE EG 432-1
_BT2020_PRIMARIES: Final = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))

# ITU-T H.273, tables 2 and 3. The camera curves (1, 6, 14, 15) are shown like sRGB's, as displays do.
_PRIMARIES: Final = {1: SRGB_PRIMARIES, 2: SRGB_PRIMARIES, 9: _BT2020_PRIMARIES, 12: _P3_PRIMARIES}
_GAMMAS: Final = {1: None, 2: None, 6: None, 13: None, 14: None, 15: None, 4: 2.2, 5: 2.8, 8: 1.0}
_NAMES: Final = {9: "BT.2020", 12: "Display P3"}
_HDR: Final = (16, 18)  # PQ and HLG: scene light without a reference white

_CHROMATICITY_TOLERANCE: Final = 0.005  # tolerance for chromaticities with fewer digits
_SRGB_GAMMA_RANGE: Final = (0.42, 0.48)  # PNG's fallback for sRGB is 0.45455


@dataclass(frozen=True)
class ColourSpace:
    """A colour space: its name for the recipe, and an ICC profile; without one it is sRGB."""

    name: str = NO_PROFILE
    icc: bytes | None = field(default=None, repr=False)


def from_icc(icc: bytes | None) -> ColourSpace | None:
    """Return the colour space of an embedded profile, None if there is none."""
    if not icc:
        return None
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip()
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return ColourSpace(UNREADABLE_PROFILE)
    return ColourSpace(name or "without a name", icc)


@cache
def adobe_rgb() -> ColourSpace:
    """Adobe RGB (1998) for cameras that state it in EXIF alone."""
    return ColourSpace(
        "Adobe RGB (1998), by EXIF", build_matrix_profile("Adobe RGB (1998)", _ADOBE_PRIMARIES, D65, _ADOBE_GAMMA)
    )


def from_h273(primaries: int, transfer: int) -> ColourSpace:
    """Return the colour space of an H.273 code pair (cICP, nclx). Raises PhotoProblem photo.hdr for PQ and HLG."""
    if transfer in _HDR:
        raise PhotoProblem("photo.hdr")
    gamma = _GAMMAS.get(transfer)
    if primaries not in _NAMES and gamma is None:
        return ColourSpace("sRGB, by code" if (primaries, transfer) == (1, 13) else NO_PROFILE)
    name = _NAMES.get(primaries, "BT.709") + (f", gamma {gamma}" if gamma is not None else "")
    return ColourSpace(
        f"{name}, by code", build_matrix_profile(name, _PRIMARIES.get(primaries, SRGB_PRIMARIES), D65, gamma)
    )


def from_png_chunks(chunks: dict[bytes, bytes], icc: bytes | None) -> ColourSpace:
    """Return the colour space of a PNG by its chunks cICP, iCCP (given as `icc`), sRGB, gAMA and cHRM."""
    cicp = chunks.get(b"cICP", b"")
    if len(cicp) == 4:
        return from_h273(cicp[0], cicp[1])
    profile = from_icc(icc)
    if profile is not None:
        return profile
    if b"sRGB" in chunks:
        return ColourSpace("sRGB, by chunk")
    return _from_gamma(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b""))


def _from_gamma(gama: bytes, chrm: bytes) -> ColourSpace:
    gamma = int.from_bytes(gama, "big") / 100_000 if len(gama) == 4 else 0.45455
    points = _chromaticities(chrm)
    usual = all(math.dist(a, b) < _CHROMATICITY_TOLERANCE for a, b in zip(points, (D65, *SRGB_PRIMARIES), strict=True))
    like_srgb = _SRGB_GAMMA_RANGE[0] < gamma < _SRGB_GAMMA_RANGE[1]
    if not 0.1 <= gamma <= 10 or (usual and like_srgb):
        return ColourSpace()
    name = f"gamma {1 / gamma:.2f}" + ("" if usual else " and chromaticities")
    try:
        return ColourSpace(f"PNG {name}", build_matrix_profile(name, points[1:], points[0], 1 / gamma))
    except (ValueError, np.linalg.LinAlgError, struct.error):
        return ColourSpace(UNREADABLE_PROFILE)


def _chromaticities(chrm: bytes) -> tuple[Chromaticity, ...]:
    if len(chrm) != 32:
        return (D65, *SRGB_PRIMARIES)
    values = [value / 100_000 for value in struct.unpack(">8I", chrm)]
    return tuple(zip(values[::2], values[1::2], strict=True))


class SrgbTransform:
    """Converts from `colour_space` to sRGB, one strip of the picture at a time.

    A profile that changes no colour by more than one level counts as sRGB, whatever its name. `name` is for the
    recipe. Raises PhotoProblem photo.cmyk for CMYK without a usable profile.
    """

    def __init__(self, colour_space: ColourSpace, mode: str = "RGB") -> None:
        self.name = colour_space.name
        self._lcms: ImageCms.ImageCmsTransform | None = None
        self._matrix: MatrixProfile | None = None
        if colour_space.icc is not None:
            self._load_profile(colour_space.icc, mode)
        if mode == "CMYK" and self._lcms is None:
            raise PhotoProblem("photo.cmyk")

    def convert_8bit(self, strip: Image.Image) -> NDArray[np.uint8]:
        """Convert an RGB or CMYK strip to uint8 (h, w, 3) sRGB."""
        if self._lcms is not None:
            strip = _apply(self._lcms, strip)
        return np.asarray(strip, np.uint8)

    def convert_16bit(self, strip: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Convert a uint16 (h, w, 3) strip to uint8 sRGB before rounding. A profile with tables is applied after
        rounding to 8 bits, which differs by at most one level."""
        if self._lcms is not None and self._matrix is not None:
            return self._matrix.to_srgb(strip)
        rounded = ((strip.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
        return self.convert_8bit(Image.fromarray(rounded)) if self._lcms is not None else rounded

    def _load_profile(self, icc: bytes, mode: str) -> None:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            if profile.profile.xcolor_space.strip() != mode:
                self.name = f"{MISMATCHED_PROFILE}: {self.name}"
                return
            transform = ImageCms.buildTransform(
                profile,
                ImageCms.createProfile("sRGB"),
                mode,
                "RGB",
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            if mode == "RGB" and _is_identity(transform):
                return
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            self.name = UNREADABLE_PROFILE
            return
        self._lcms = transform
        self._matrix = MatrixProfile.read(icc)


def _apply(transform: ImageCms.ImageCmsTransform, part: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(part, transform)
    assert converted is not None  # only inPlace=True returns None
    return converted


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.linspace(0, 255, 12).astype(np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    converted = np.asarray(_apply(transform, Image.fromarray(probe)))
    return bool(np.abs(converted.astype(int) - probe).max() <= 1)
