"""Drawn hats, for pictures of a covered head: cap with a brim, knitted cap, mortarboard, straw hat, headscarf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Pixels, Plane, Points
from config.opencv import cv2
from kiosk.guidance.detection.face import FACE_OVAL, Face

Colour = tuple[int, int, int]

BLACK: Final = (28, 27, 30)
NAVY: Final = (32, 42, 88)
RED: Final = (150, 30, 38)
WHITE: Final = (232, 230, 226)
GREY: Final = (120, 122, 126)
STRAW: Final = (206, 176, 120)
BEIGE: Final = (190, 168, 140)
_BROWS: Final = (105, 334, 66, 296)
_SUBPIXEL: Final = 4  # bits


@dataclass(frozen=True)
class Hat:
    """A hat; `draw` returns the picture with the hat in `colour` on the head of the face."""

    name: str
    draw: Callable[[Pixels, Face, Colour], Pixels] = field(repr=False)
    colour: Colour = BLACK

    def put_on(self, pixels: Pixels, face: Face) -> Pixels:
        return self.draw(pixels, face, self.colour)


@dataclass(frozen=True, eq=False)
class _Canvas:
    """The picture, with axes of the head: origin between the brows, x to the right in the picture, y upwards, in face
    widths; `face` is in pixels."""

    pixels: Plane = field(repr=False)
    face: Face

    def place(self, points: list[tuple[float, float]] | Points) -> Points:
        """Points of the head (n, 2) -> pixels."""
        across = self.face.left_cheek - self.face.right_cheek
        across = across / max(1e-6, float(np.linalg.norm(across)))
        up = np.array([across[1], -across[0]])
        brows = self.face.points[list(_BROWS), :2].mean(axis=0)
        centre = brows + across * float((self.face.right_cheek + self.face.left_cheek) @ across / 2 - brows @ across)
        flat = np.asarray(points, np.float32)
        return np.asarray(centre + self.face.width * (flat[:, :1] * across + flat[:, 1:] * up), np.float32)

    def cover(self, points: list[tuple[float, float]] | Points) -> Plane:
        """Return the polygon through `points` of the head, 0-1 (h, w), with an edge as soft as from a lens."""
        mask = np.zeros(self.pixels.shape[:2], np.float32)
        corners = np.rint(self.place(points) * (1 << _SUBPIXEL)).astype(np.int32)
        cv2.fillPoly(mask, [corners], (1.0,), cv2.LINE_AA, _SUBPIXEL)
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.4, 0.004 * self.face.width)), np.float32)

    def across(self) -> Plane:
        """Return x of each pixel in face widths, from the middle of the head (h, w)."""
        middle, side = self.place([(0, 0), (1, 0)])
        axis = (side - middle) / max(1e-6, float(np.linalg.norm(side - middle)))
        rows, columns = np.indices(self.pixels.shape[:2], np.float32)
        return np.asarray(((columns - middle[0]) * axis[0] + (rows - middle[1]) * axis[1]) / self.face.width)

    def paint(self, cover: Plane, colour: Colour, shade: Plane | float = 1.0) -> _Canvas:
        """Paint `colour` with the shading of a cylinder in light from above left, and the grain of cloth."""
        x = self.across()
        light = np.clip(1.05 - 0.10 * x - 0.42 * np.square(np.clip(x, -0.9, 0.9)), 0.45, 1.1) * shade
        grain = np.random.default_rng(3).normal(0, 0.03, cover.shape).astype(np.float32)
        light = light * (1 + cv2.GaussianBlur(grain, (0, 0), max(0.5, 0.006 * self.face.width)) * 4)
        over = cover[..., None]
        return _Canvas(self.pixels * (1 - over) + np.array(colour, np.float32) * light[..., None] * over, self.face)

    def darken(self, cover: Plane, share: float) -> _Canvas:
        """Darken by a soft shadow that removes `share` of the code values."""
        soft = cv2.GaussianBlur(cover, (0, 0), 0.03 * self.face.width)
        return _Canvas(self.pixels * (1 - share * soft[..., None]), self.face)

    def to_pixels(self) -> Pixels:
        return np.asarray(np.clip(self.pixels + 0.5, 0, 255), np.uint8)


def _begin(pixels: Pixels, face: Face) -> _Canvas:
    return _Canvas(pixels.astype(np.float32), face)


def _arc(half_width: float, end: float, middle: float, steps: int = 40) -> list[tuple[float, float]]:
    """Return a parabola from left to right: at height `end` at both ends, `middle` in between."""
    return [(half_width * t, middle + (end - middle) * t * t) for t in np.linspace(-1, 1, steps)]


def _dome(half_width: float, base: float, top: float, steps: int = 60) -> list[tuple[float, float]]:
    """Return the upper half of a superellipse from right to left."""
    angles = np.linspace(0, np.pi, steps)
    shape = [(np.sign(np.cos(a)) * abs(np.cos(a)) ** 0.75, np.sin(a) ** 0.75) for a in angles]
    return [(half_width * x, base + (top - base) * y) for x, y in shape]


def cap(pixels: Pixels, face: Face, colour: Colour) -> Pixels:
    """A baseball cap: the brim arches over the forehead, wider than the face."""
    canvas = _begin(pixels, face)
    canvas = canvas.darken(canvas.cover(_arc(0.44, 0.02, 0.02) + _arc(0.44, 0.2, 0.2)[::-1]), 0.35)
    canvas = canvas.paint(canvas.cover(_arc(0.57, 0.10, 0.24) + _dome(0.57, 0.10, 0.92)), colour)
    brim = canvas.cover(_arc(0.50, 0.05, 0.14) + _arc(0.50, 0.07, 0.30)[::-1])
    return canvas.paint(brim, colour, 0.8).to_pixels()


def knitted_cap(pixels: Pixels, face: Face, colour: Colour) -> Pixels:
    """A beanie with its edge turned up; the ribs run upwards."""
    canvas = _begin(pixels, face)
    canvas = canvas.darken(canvas.cover(_arc(0.45, 0.07, 0.07) + _arc(0.45, 0.16, 0.16)[::-1]), 0.2)
    ribs = 1 + 0.12 * np.sin(canvas.across() * 90)
    canvas = canvas.paint(canvas.cover(_arc(0.56, 0.1, 0.14) + _dome(0.56, 0.1, 0.98)), colour, ribs)
    band = canvas.cover(_arc(0.585, 0.08, 0.13) + _arc(0.585, 0.30, 0.36)[::-1])
    return canvas.paint(band, colour, ribs * 0.9).to_pixels()


def mortarboard(pixels: Pixels, face: Face, colour: Colour) -> Pixels:
    """An academic cap: a skull cap, a square board seen from a little below, a tassel."""
    canvas = _begin(pixels, face)
    canvas = canvas.darken(canvas.cover(_arc(0.44, 0.10, 0.12) + _arc(0.44, 0.22, 0.24)[::-1]), 0.2)
    canvas = canvas.paint(canvas.cover(_arc(0.53, 0.10, 0.24) + _arc(0.53, 0.62, 0.62)[::-1]), colour)
    canvas = canvas.paint(canvas.cover([(-0.95, 0.66), (0, 0.50), (0.95, 0.66), (0, 0.82)]), colour, 0.85)
    tassel = canvas.cover([(0.02, 0.67), (0.62, 0.63), (0.64, 0.15), (0.58, 0.15), (0.57, 0.60)])
    return canvas.paint(tassel, (196, 160, 60)).to_pixels()


def straw_hat(pixels: Pixels, face: Face, colour: Colour) -> Pixels:
    """A wide brim, a ribbon, woven straw."""
    canvas = _begin(pixels, face)
    canvas = canvas.darken(canvas.cover(_arc(0.46, -0.05, -0.05) + _arc(0.46, 0.25, 0.25)[::-1]), 0.3)
    weave = 1 + 0.08 * np.sin(canvas.across() * 160)
    canvas = canvas.paint(canvas.cover(_arc(0.54, 0.25, 0.22) + _dome(0.54, 0.25, 0.95)), colour, weave)
    canvas = canvas.paint(canvas.cover(_arc(0.545, 0.25, 0.22) + _arc(0.545, 0.42, 0.40)[::-1]), (70, 40, 36))
    brim = canvas.cover(_arc(1.05, 0.26, 0.14) + _arc(1.05, 0.28, 0.33)[::-1])
    return canvas.paint(brim, colour, weave * 0.92).to_pixels()


def headscarf(pixels: Pixels, face: Face, colour: Colour) -> Pixels:
    """Cloth round the face, over hair, ears and neck."""
    canvas = _begin(pixels, face)
    oval = face.points[list(FACE_OVAL), :2]
    size = canvas.pixels.shape[1::-1]
    inner, outer = (np.zeros(size[::-1], np.float32) for _ in range(2))
    middle = oval.mean(axis=0)
    cv2.fillPoly(inner, [np.rint(middle + (oval - middle) * (0.96, 0.94)).astype(np.int32)], (1.0,), cv2.LINE_AA)
    head = [*_dome(0.66, -0.2, 0.85), (-0.72, -0.9), (-1.0, -1.7), (1.0, -1.7), (0.72, -0.9)]
    outer = canvas.cover(head)
    cover = np.asarray(np.clip(outer - cv2.GaussianBlur(inner, (0, 0), 0.006 * face.width), 0, 1), np.float32)
    rows = np.indices(cover.shape, np.float32)[0]
    folds = 1 + 0.07 * np.sin((rows / face.width + np.abs(canvas.across())) * 14)
    return canvas.paint(cover, colour, np.asarray(folds, np.float32)).to_pixels()


HATS: Final = (
    *(Hat(f"cap {name}", cap, colour) for name, colour in (("black", BLACK), ("red", RED), ("white", WHITE))),
    *(
        Hat(f"knitted cap {name}", knitted_cap, colour)
        for name, colour in (("black", BLACK), ("grey", GREY), ("navy", NAVY))
    ),
    *(Hat(f"mortarboard {name}", mortarboard, colour) for name, colour in (("black", BLACK), ("navy", NAVY))),
    *(Hat(f"straw hat {name}", straw_hat, colour) for name, colour in (("straw", STRAW), ("white", WHITE))),
    *(
        Hat(f"headscarf {name}", headscarf, colour)
        for name, colour in (("black", BLACK), ("beige", BEIGE), ("navy", NAVY))
    ),
)
