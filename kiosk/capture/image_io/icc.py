"""ICC profiles (ICC.1:2022) of a matrix and three curves.

They are written for colour spaces without a profile, and read for pictures of 16 bits, which the colour engine's Python
binding does not support.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.srgb import linear_to_srgb, srgb_to_linear

Matrix = NDArray[np.float64]
Chromaticity = tuple[float, float]

D65: Final[Chromaticity] = (0.3127, 0.3290)
SRGB_PRIMARIES: Final = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))  # IEC 61966-2-1

_D50: Final = (0.9642, 1.0, 0.8249)  # the profile connection space, ICC.1 7.2.16
_BRADFORD: Final = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_HEADER, _ENTRY = 128, 12
_MAX_TAGS: Final = 100  # profiles have about twenty
_LEVELS: Final = 65536
_CURVE_POINTS: Final = 4096
_CHANNELS: Final = (b"r", b"g", b"b")


def rgb_to_xyz_d50(primaries: Sequence[Chromaticity], white: Chromaticity) -> Matrix:
    """Return the matrix from linear RGB of these primaries to XYZ under D50, adapted after Bradford (ICC.1, annex E).
    Raises ValueError if a chromaticity has no luminance, or the primaries lie on one line."""
    if min(y for _, y in (*primaries, white)) <= 0:
        raise ValueError("a chromaticity without luminance")
    columns = np.array([_xyz(*primary) for primary in primaries]).T
    if abs(float(np.linalg.det(columns))) < 1e-3:
        raise ValueError("the primaries lie on one line")
    source = np.array(_xyz(*white))
    rgb = columns * np.linalg.solve(columns, source)
    cone = (_BRADFORD @ np.array(_D50)) / (_BRADFORD @ source)
    return np.asarray(np.linalg.inv(_BRADFORD) @ (cone[:, None] * _BRADFORD) @ rgb, np.float64)


def build_matrix_profile(
    name: str, primaries: Sequence[Chromaticity], white: Chromaticity, gamma: float | None = None
) -> bytes:
    """Return a version 2 display profile of these primaries, with the curve `gamma` or, without one, that of sRGB."""
    columns = rgb_to_xyz_d50(primaries, white).T
    if gamma is None:
        table = np.rint(srgb_to_linear(np.linspace(0, 1, _CURVE_POINTS)) * 65535).astype(">u2")
        curve = struct.pack(">4sII", b"curv", 0, _CURVE_POINTS) + table.tobytes()
    else:
        curve = struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256))
    label = name.encode("ascii") + b"\0"
    tags = {
        b"desc": struct.pack(">4sII", b"desc", 0, len(label)) + label + bytes(78),
        b"cprt": b"text\0\0\0\0No copyright\0",
        b"wtpt": _xyz_tag(_D50),
        **{channel + b"XYZ": _xyz_tag(column) for channel, column in zip(_CHANNELS, columns, strict=True)},
        **{channel + b"TRC": curve for channel in _CHANNELS},
    }
    return _assemble(tags)


@dataclass(frozen=True)
class MatrixProfile:
    """Colours as a matrix (linear RGB to XYZ under D50) and three curves of 65536 points to linear light."""

    matrix: Matrix = field(repr=False)
    curves: tuple[NDArray[np.float32], ...] = field(repr=False)

    @classmethod
    def read(cls, profile: bytes) -> MatrixProfile | None:
        """Read `profile`; None if it is no RGB matrix profile, or has tables, which take precedence (ICC.1, 9.2)."""
        tags = _read_tags(profile)
        needed = [channel + kind for kind in (b"XYZ", b"TRC") for channel in _CHANNELS]
        if profile[16:24] != b"RGB XYZ " or not tags.keys() >= set(needed) or tags.keys() & {b"A2B0", b"A2B1", b"D2B1"}:
            return None
        try:
            columns = [struct.unpack_from(">3i", tags[name], 8) for name in needed[:3]]
            curves = tuple(_read_curve(tags[name]) for name in needed[3:])
        except (struct.error, ValueError):
            return None
        return cls(np.array(columns, np.float64).T / 65536, curves)

    def to_srgb(self, pixels: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Convert uint16 (h, w, 3) of this space to uint8 sRGB, relative colorimetric; colours outside sRGB are
        clipped."""
        linear = np.stack([curve[pixels[..., n]] for n, curve in enumerate(self.curves)], axis=-1)
        to_srgb = np.linalg.inv(rgb_to_xyz_d50(SRGB_PRIMARIES, D65)) @ self.matrix
        linear = linear @ to_srgb.T.astype(np.float32)
        levels = np.rint(np.clip(linear, 0, 1) * (_LEVELS - 1)).astype(np.uint16)
        return np.asarray(_to_srgb_levels()[levels], np.uint8)


@cache
def _to_srgb_levels() -> NDArray[np.uint8]:
    """Return sRGB 0..255 for 65536 steps of linear light: even in the dark, one level is about 20 steps."""
    return np.asarray(np.rint(linear_to_srgb(np.linspace(0, 1, _LEVELS)) * 255), np.uint8)


def _xyz(x: float, y: float) -> tuple[float, float, float]:
    return x / y, 1.0, (1 - x - y) / y


def _xyz_tag(values: Sequence[float] | Matrix) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(float(value) * 65536) for value in values))


def _assemble(tags: dict[bytes, bytes]) -> bytes:
    table, body = b"", b""
    start = _HEADER + 4 + _ENTRY * len(tags)
    for name, value in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">II4s4s4s4s", start + len(body), 0, b"\x02\x40\0\0", b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(24)
    head += struct.pack(">I3i", 1, *(round(value * 65536) for value in _D50))
    return head + bytes(_HEADER - len(head)) + struct.pack(">I", len(tags)) + table + body


def _read_tags(profile: bytes) -> dict[bytes, memoryview]:
    """Return the tags as views: in a malicious profile each of thousands of tags could be the whole file."""
    if len(profile) < _HEADER + 4:
        return {}
    count = min(struct.unpack_from(">I", profile, _HEADER)[0], (len(profile) - _HEADER - 4) // _ENTRY, _MAX_TAGS)
    entries = [struct.unpack_from(">4sII", profile, _HEADER + 4 + _ENTRY * n) for n in range(count)]
    whole = memoryview(profile)
    return {name: whole[start : start + size] for name, start, size in entries}


def _read_curve(tag: memoryview) -> NDArray[np.float32]:
    """Return the 65536 values of a curveType or a parametricCurveType (ICC.1, 10.6 and 10.18)."""
    x = np.linspace(0, 1, _LEVELS)
    kind, count = struct.unpack_from(">4s4xI", tag)
    if kind == b"para":
        return _parametric_curve(x, count >> 16, tag)
    if kind != b"curv":
        raise ValueError("neither curve")
    if count == 0:
        return np.asarray(x, np.float32)
    if count == 1:
        return np.asarray(x ** (struct.unpack_from(">H", tag, 12)[0] / 256), np.float32)
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    return np.asarray(np.interp(x, np.linspace(0, 1, count), table), np.float32)


def _parametric_curve(x: NDArray[np.float64], form: int, tag: memoryview) -> NDArray[np.float32]:
    numbers = [value / 65536 for value in struct.unpack_from(f">{(1, 3, 4, 5, 7)[form]}i", tag, 12)] if form < 5 else []
    if not numbers:
        raise ValueError("no such form")
    g, a, b, c, d, e, f = (numbers + [0.0] * 7)[:7]
    if form == 0:
        a, d = 1.0, -1.0
    elif form in (1, 2):
        if a == 0:
            raise ValueError("no slope")
        c, d, e, f = 0.0, -b / a, (c if form == 2 else 0.0), (c if form == 2 else 0.0)
    upper = np.maximum(a * x + b, 0) ** g + e
    return np.asarray(np.clip(np.where(x >= d, upper, c * x + f), 0, 1), np.float32)
