"""Faults of light, colour and sharpness, rendered in linear light. Sides are the sitter's own."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np

from config.arrays import Plane
from config.opencv import cv2
from tests.bench.rendered_scene import Scene, blur_plane, grid, smooth_step

CASTS: Final = {
    "warm": (1.45, 1.0, 0.5),
    "cool": (0.62, 1.0, 1.5),
    "green": (0.8, 1.3, 0.8),
    "magenta": (1.25, 0.75, 1.25),
}
"""Gains of a wrong white balance at strength 1: about a flash setting in tungsten light or in the shade."""
_OILY: Final = ((151, 0.16, 0.07), (4, 0.035, 0.05), (50, 0.07, 0.05), (280, 0.07, 0.05), (6, 0.03, 0.08))
_BURNT: Final = ((151, 0.24, 0.12), (4, 0.06, 0.08), (50, 0.13, 0.1), (280, 0.13, 0.1))
"""Mesh point, reach across and down in face widths."""


def change_exposure(scene: Scene, stops: float) -> Scene:
    return scene.scale_light(2.0**stops)


def tint(scene: Scene, cast: str, strength: float) -> Scene:
    red, green, blue = (gain**strength for gain in CASTS[cast])
    return scene.scale_light((red, green, blue))


def add_side_light(scene: Scene, stops: float) -> Scene:
    """Darken one half of the sitter by `stops`: + the own right half (the light comes from the own left).

    The transition is half a face width wide, as across nose and cheeks; the wall changes by a third of it from edge to
    edge.
    """
    x, _ = grid(scene.size)
    across = (x - scene.face.nose[0]) / scene.face.width * math.copysign(1, stops)
    share = smooth_step(across.astype(np.float32), -0.25, 0.25)  # 1 on the lit side
    wall = np.asarray((x / scene.size[0] - 0.5) * stops / 3, np.float32)
    return _shade(scene, -abs(stops) * (1 - share), wall)


def add_vertical_light(scene: Scene, stops: float) -> Scene:
    """Darken the lower half of the face by `stops` (+: light from above), or the upper half (-)."""
    _, y = grid(scene.size)
    down = (y - scene.face.nose[1]) / scene.height * math.copysign(1, stops)
    share = smooth_step(np.asarray(down, np.float32), -0.35, 0.35)
    return _shade(scene, -abs(stops) * share)  # the wall has its own light


def crush_shadows(scene: Scene, stops: float) -> Scene:
    """Darken one half by `stops` without fill light, in a picture style of high contrast that clips values below 2 % of
    white to black; + the light comes from the own left."""
    hard = add_side_light(scene, stops)
    black = np.float32(0.02)
    return replace(hard, colours=np.maximum(hard.colours - black, 0) / (1 - black))


def clip_highlights(scene: Scene, stops: float) -> Scene:
    """Add light of a bare lamp or the sun on forehead, nose and cheeks: `stops` more than on the rest of the face."""
    return _shade(scene, np.asarray(stops * np.minimum(1.0, 1.6 * _spots(scene, _BURNT)), np.float32))


def add_veil(scene: Scene, share: float) -> Scene:
    """Add stray light to the whole picture, as from a lamp facing the lens or a smeared lens: `share` of it is veil."""
    veil = np.float32(0.75 * share)
    return replace(scene, colours=scene.colours * (1 - share) + veil, behind=scene.behind * (1 - share) + veil)


def add_nose_shadow(scene: Scene, depth: float) -> Scene:
    """Add the nose's shadow on the darker cheek, away from the lamp, down to the corner of the mouth; it removes
    `depth` (0-1) of the light."""
    face, wide = scene.face, scene.face.width
    left = _brightness_at(scene, 330) <= _brightness_at(scene, 101)
    corner = face.mouth_corners[1 if left else 0]
    wing = face.landmark(278 if left else 48)
    tip = face.nose
    outline = np.array(
        [face.landmark(6), tip, face.landmark(2), 0.65 * corner + 0.35 * wing, wing + 0.55 * (corner - tip) * (1, 0)]
    )
    return _shade(scene, math.log2(1 - depth) * _area(scene, outline, 0.015 * wide))


def add_eye_socket_shadow(scene: Scene, depth: float) -> Scene:
    """Add the brows' shadow in both eye sockets, as from a lamp that is too high."""
    share = np.zeros(scene.alpha.shape, np.float32)
    for brow, below in (((70, 63, 105, 66, 107), (110, 230, 228)), ((336, 296, 334, 293, 300), (448, 450, 339))):
        outline = scene.face.points[[*brow, *below], :2]
        share = np.maximum(share, _area(scene, outline, 0.025 * scene.face.width))
    return _shade(scene, math.log2(1 - depth) * share)


def add_shine(scene: Scene, strength: float) -> Scene:
    """Add reflections of the light source on forehead, nose and cheeks; at 1 the middle of a spot clips."""
    shine = _spots(scene, _OILY)
    texture = blur_plane(scene.random("skin").standard_normal(shine.shape).astype(np.float32), 2.0)
    shine = shine * np.clip(1 + 0.25 * texture / float(texture.std()), 0, 2) * scene.alpha
    return replace(scene, colours=(scene.colours + strength * shine[..., None]).astype(np.float32))


def defocus(scene: Scene, portrait_pixels: float) -> Scene:
    """Blur with a sigma of `portrait_pixels`, relative to a face width of 213 px as in the portrait."""
    sigma = portrait_pixels * scene.face.width / 213
    return replace(scene, blur=lambda light: blur_plane(light, sigma))


def smear(scene: Scene, face_widths: float, degrees: float = 0.0) -> Scene:
    """Add motion blur of `face_widths` in the direction `degrees` (0 = sideways)."""
    length = face_widths * scene.face.width
    side = 2 * math.ceil(length / 2) + 3
    line = np.zeros((side, side), np.float32)
    for along in np.linspace(-length / 2, length / 2, 8 * side):
        place = np.array(
            [
                [1, 0, side // 2 + along * math.cos(math.radians(degrees))],
                [0, 1, side // 2 + along * math.sin(math.radians(degrees))],
            ]
        )
        line += cv2.warpAffine(np.ones((1, 1), np.float32), place, (side, side))
    kernel = line / line.sum()
    return replace(
        scene,
        blur=lambda light: np.asarray(cv2.filter2D(light, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32),
    )


def add_grain(scene: Scene, codes: float) -> Scene:
    """Set sensor noise of `codes` code values (sd), as at a high ISO."""
    return replace(scene, noise=codes)


def compress(scene: Scene, quality: int) -> Scene:
    """Compress the picture as a JPEG of `quality`."""
    return replace(scene, quality=quality)


def _shade(scene: Scene, stops: Plane, wall: Plane | None = None) -> Scene:
    """Change the light on the sitter by `stops` (h, w), that on the backdrop by `wall`."""
    lit = replace(scene, colours=(scene.colours * (2.0**stops)[..., None]).astype(np.float32))
    return lit if wall is None else replace(lit, behind=(scene.behind * (2.0**wall)[..., None]).astype(np.float32))


def _spots(scene: Scene, spots: tuple[tuple[int, float, float], ...]) -> Plane:
    """Return 1 in the middle of each spot (mesh point, reach across and down in face widths), fading around it."""
    x, y = grid(scene.size)
    light, wide = np.zeros_like(x), scene.face.width
    for index, across, down in spots:
        spot = scene.face.landmark(index)
        near = ((x - spot[0]) / (across * wide)) ** 2 + ((y - spot[1]) / (down * wide)) ** 2
        light = np.maximum(light, np.exp(-near))
    return light


def _brightness_at(scene: Scene, index: int) -> float:
    """Return the mean light around one mesh point, in a square a twentieth of the face wide."""
    x, y = np.rint(scene.face.landmark(index)).astype(int)
    reach = max(1, round(0.025 * scene.face.width))
    return float(scene.colours[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].mean())


def _area(scene: Scene, outline: Plane, softness: float) -> Plane:
    mask = np.zeros(scene.alpha.shape, np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(outline).astype(np.int32)), (1.0,))
    return blur_plane(mask, softness)
