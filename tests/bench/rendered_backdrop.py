"""Faults of the backdrop, rendered behind a cut-out sitter: shadow, uneven light, folds, objects and other people."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from config.arrays import Plane
from config.opencv import cv2
from tests.bench.rendered_pose import mirror
from tests.bench.rendered_scene import Scene, blur_plane, grid, smooth_step
from tests.bench.rendered_sitters import Sitter

_STAND: Final = (0.02, 0.02, 0.022)
_CHAIR: Final = (0.16, 0.07, 0.03)


def add_wall_shadow(scene: Scene, depth: float, left: bool = True) -> Scene:
    """Add the sitter's shadow on the wall, to the own left or right; it removes `depth` (0-1) of the light."""
    wide = scene.face.width
    shift = np.array([[1, 0, (0.3 if left else -0.3) * wide], [0, 1, 0.1 * wide]], np.float32)
    shadow = cv2.warpAffine(blur_plane(scene.alpha, 0.05 * wide), shift, scene.size, borderMode=cv2.BORDER_REPLICATE)
    return _scale_backdrop(scene, (1 - depth * shadow)[..., None])


def uneven_light(scene: Scene, stops: float) -> Scene:
    """Let the light on the wall fall by `stops` over three face widths, the width of a portrait, from left to right
    (below 0: from right to left)."""
    x, _ = grid(scene.size)
    off = np.clip((x - scene.face.eyes[0]) / (3 * scene.face.width), -1, 1)
    return _scale_backdrop(scene, (2.0 ** (-stops * off))[..., None])


def tint(scene: Scene, gains: tuple[float, float, float]) -> Scene:
    """Tint the wall, as by lamps of another colour than the sitter's or by paint that is not quite grey."""
    return _scale_backdrop(scene, np.asarray(gains, np.float32))


def add_folds(scene: Scene, depth: float) -> Scene:
    """Add folds of cloth: bands down the picture, each lighter on one side and darker on the other by `depth`."""
    x, y = grid(scene.size)
    random, wide = scene.random("folds"), scene.face.width
    bands = np.zeros_like(x)
    for _ in range(9):
        at, across = random.uniform(0, scene.size[0]), wide * random.uniform(0.05, 0.12)
        off = (x - at - (y - scene.size[1] / 2) * random.uniform(-0.08, 0.08)) / across
        bands += random.choice((-1, 1)) * off * np.exp(0.5 - off**2 / 2) * random.uniform(0.6, 1)
    return _scale_backdrop(scene, np.clip(1 + depth * bands, 0.05, 2)[..., None])


def add_object(scene: Scene, share: float, left: bool = True) -> Scene:
    """Add a chair's back or a stand behind the sitter, `share` face widths wide, next to the head."""
    x, y = grid(scene.size)
    wide = scene.face.width
    middle = scene.face.eyes[0] + (1 if left else -1) * (1.05 + share / 2) * wide
    half = share / 2 * wide
    top = scene.face.eyes[1] - 0.35 * wide
    body = smooth_step(np.abs(x - middle), half + 2, half - 2) * smooth_step(y, top - 2, top + 2)
    round_off = 0.4 + 0.6 * np.sqrt(np.clip(1 - ((x - middle) / max(half, 1)) ** 2, 0, 1))
    colour = np.asarray(_CHAIR if share > 0.2 else _STAND, np.float32)
    behind = scene.behind * (1 - body[..., None]) + colour * (body * round_off)[..., None]
    return replace(scene, behind=behind.astype(np.float32))


def end_backdrop(scene: Scene, at: float) -> Scene:
    """End the backdrop within the picture: right of `at` (share of the width) is a dark room."""
    x, y = grid(scene.size)
    beyond = smooth_step(x, at * scene.size[0] - 2, at * scene.size[0] + 2)[..., None]
    room = np.asarray((0.05, 0.045, 0.04), np.float32) * (1 + 0.3 * np.sin(y / 37) * np.sin(x / 53))[..., None]
    return replace(scene, behind=(scene.behind * (1 - beyond) + room * beyond).astype(np.float32))


def replace_backdrop(scene: Scene, room: Plane) -> Scene:
    """Replace the backdrop by `room`, in linear light and as large as the picture."""
    return replace(scene, behind=room)


def add_second_person(scene: Scene, other: Sitter, size: float, x: float) -> Scene:
    """Add `other` behind the sitter, `size` times as large, the middle between the eyes at `x` of the picture's width.

    With `x` below 0 or above 1 only a part of that person is in the picture.
    """
    share = size * scene.face.width / scene.size[1]
    behind = mirror(other.scene(share, (1 - x, 0.38)))
    over = behind.alpha[..., None]
    return replace(scene, behind=(scene.behind * (1 - over) + behind.colours * over).astype(np.float32))


def set_backdrop_colour(scene: Scene, colour: Plane) -> Scene:
    return replace(scene, behind=colour)


def _scale_backdrop(scene: Scene, gain: Plane) -> Scene:
    return replace(scene, behind=(scene.behind * gain).astype(np.float32))
