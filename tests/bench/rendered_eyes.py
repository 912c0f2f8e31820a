"""Red eyes, as from a flash next to the lens that lights the blood behind pupils which are wide in the dark."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from config.arrays import Plane
from config.opencv import cv2
from hardware.simulators.studio_camera.face_points import EYES_LOW, EYES_UP
from tests.bench.rendered_scene import Scene, blur_plane, grid, smooth_step

_CHEEKS: Final = (50, 280)
_PUPIL: Final = 0.65
"""Radius relative to that of the iris: the pupil is wide where a flash is needed."""
_GLOW_COLOUR: Final = np.array([1.0, 0.14, 0.1], np.float32)
"""Linear light reflected by an eye, relative to its red."""


def add_red_eyes(scene: Scene, glow: float) -> Scene:
    """Let both pupils glow red, `glow` times as bright in red as the cheeks; parts under a lid stay covered."""
    x, y = grid(scene.size)
    red = float(np.mean([_visible_at(scene, number)[0] for number in _CHEEKS]))
    colours = scene.colours
    for side, iris in enumerate((468, 473)):
        middle = scene.face.landmark(iris)
        radius = _PUPIL * float(np.linalg.norm(scene.face.landmark(iris + 1) - scene.face.landmark(iris + 3))) / 2
        away = np.hypot(x - middle[0], y - middle[1])
        cover = smooth_step(away, radius * 1.15, radius * 0.85) * _between_lids(scene, side)
        # added, so that the eye's own light and reflections on the cornea remain
        colours = colours + cover[..., None] * np.float32(glow * red) * _GLOW_COLOUR
    return replace(scene, colours=np.asarray(colours, np.float32))


def _visible_at(scene: Scene, number: int) -> Plane:
    x, y = (round(float(value)) for value in scene.face.landmark(number))
    return scene.colours[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1))


def _between_lids(scene: Scene, side: int) -> Plane:
    ring = scene.face.points[[*EYES_UP[side], *EYES_LOW[side][::-1]], :2]
    mask = np.zeros(scene.alpha.shape, np.float32)
    cv2.fillPoly(mask, [np.rint(ring * 16).astype(np.int32)], (1.0,), cv2.LINE_8, 4)
    return blur_plane(mask, 0.5)
