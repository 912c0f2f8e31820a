"""A sitter in front of a backdrop in linear light, into which faults can be rendered like those of a studio.

Colours are linear light (1 = the sensor's maximum) until `photograph`, which adds lens blur, clipping, sensor noise and
JPEG: light that is removed, added or coloured here has the same effect in the picture as in a camera.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from config.arrays import Pixels, Plane
from config.opencv import cv2
from kiosk.guidance.detection.face import Face

Random = np.random.Generator

FRAME: Final = (1280, 960)
_LENS: Final = 0.6
_NOISE: Final = 1.5  # code values, about what a live view has in studio light


@dataclass(frozen=True, eq=False)
class Scene:
    """A scene: `colours` float32 (h, w, 3) are the sitter's without the backdrop's, `alpha` (h, w) is their coverage.

    `face` is the face in these planes. In a photograph that is not a cut-out, `alpha` is 1 everywhere.
    """

    name: str
    colours: Plane = field(repr=False)
    alpha: Plane = field(repr=False)
    behind: Plane = field(repr=False)
    face: Face = field(repr=False)
    blur: Callable[[Plane], Plane] | None = None
    noise: float = _NOISE
    quality: int | None = None  # of a JPEG; None: no JPEG, as in live view
    shrunk: float = 1.0  # side of the camera's picture relative to these planes

    @property
    def size(self) -> tuple[int, int]:
        return self.alpha.shape[1], self.alpha.shape[0]

    @property
    def height(self) -> float:
        """Forehead to chin, pixels."""
        return float(np.linalg.norm(self.face.chin - self.face.forehead))

    @property
    def cut_out(self) -> bool:
        """Whether the sitter is separate from the backdrop."""
        return bool(self.alpha.min() < 0.5)

    def random(self, purpose: str) -> Random:
        """Return the same numbers for the same sitter and purpose, independent of earlier draws."""
        return np.random.default_rng(zlib.crc32(f"{self.name} {purpose}".encode()))

    def scale_light(self, gain: Plane | float | tuple[float, float, float]) -> Scene:
        """Multiply all light in the picture by a factor, one for each channel, or one for each pixel."""
        factor = np.asarray(gain, np.float32)
        factor = factor[..., None] if factor.ndim == 2 else factor
        return replace(self, colours=self.colours * factor, behind=self.behind * factor)

    def paint(self, colour: Plane | tuple[float, float, float], cover: Plane) -> Scene:
        """Paint `colour` over the sitter where `cover` (h, w) is 1; it covers the backdrop as well."""
        over = cover[..., None]
        colours = self.colours * (1 - over) + np.asarray(colour, np.float32) * over
        return replace(self, colours=colours.astype(np.float32), alpha=np.maximum(self.alpha, cover))

    def warp(self, source: Plane) -> Scene:
        """Move the sitter: each pixel comes from `source` (h, w, 2: x, y); the backdrop does not move."""
        x, y = np.ascontiguousarray(source[..., 0]), np.ascontiguousarray(source[..., 1])
        colours, alpha = (
            cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for plane in (self.colours, self.alpha)
        )
        return replace(self, colours=np.asarray(colours, np.float32), alpha=np.asarray(alpha, np.float32))


def grid(size: tuple[int, int]) -> tuple[Plane, Plane]:
    """Return x and y of every pixel of a picture of `size` = (width, height)."""
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    return x, y


def smooth_step(values: Plane, low: float, high: float) -> Plane:
    """Return 0 at `low`, 1 at `high`, and a smooth transition in between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def blur_plane(plane: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(sigma, 0.3)), np.float32)


_CODES: Final = np.arange(256) / 255.0
_TO_LIGHT: Final = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
_STEPS: Final = 4095
_LIGHT: Final = np.arange(_STEPS + 1) / _STEPS
_TO_CODE: Final = (255 * np.where(_LIGHT <= 0.0031308, 12.92 * _LIGHT, 1.055 * _LIGHT ** (1 / 2.4) - 0.055)).astype(
    np.float32
)


def to_light(codes: Pixels) -> Plane:
    """Convert sRGB code values to linear light (IEC 61966-2-1)."""
    return np.asarray(_TO_LIGHT[codes], np.float32)


def to_codes(light: Plane) -> Plane:
    """Convert linear light, clipped where the sensor clips, to sRGB code values, not yet rounded."""
    return np.asarray(_TO_CODE[(np.clip(light, 0, 1) * _STEPS + 0.5).astype(np.int16)], np.float32)


def photograph(scene: Scene) -> Pixels:
    """Return the picture that a camera takes, uint8 (h, w, 3) RGB; the same scene results in the same bytes."""
    over = scene.alpha[..., None]
    light = scene.colours * over + scene.behind * (1 - over) if scene.cut_out else scene.colours
    if scene.blur is not None:
        light = scene.blur(light)
    light = blur_plane(light, _LENS) if scene.cut_out else light
    if scene.shrunk < 1:
        light = np.asarray(cv2.resize(light, None, fx=scene.shrunk, fy=scene.shrunk, interpolation=cv2.INTER_AREA))
    codes = to_codes(light)
    codes = codes + scene.noise * _grain(codes.shape)
    pixels = np.clip(codes + 0.5, 0, 255).astype(np.uint8)
    if scene.quality is None:
        return pixels
    _, file = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, scene.quality])
    return np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1])


def _grain(shape: tuple[int, ...]) -> Plane:
    """Return unit noise; one tile is repeated, because drawing new noise takes longer than everything else."""
    tile = np.random.default_rng(5).standard_normal((512, 512, 3), dtype=np.float32)
    rows, columns = -(-shape[0] // 512), -(-shape[1] // 512)
    return np.tile(tile, (rows, columns, 1))[: shape[0], : shape[1]]
