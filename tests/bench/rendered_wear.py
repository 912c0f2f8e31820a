"""Painted changes: hair over the face, glasses, clothes of another colour or pattern, another skin."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from config.arrays import Plane
from config.opencv import cv2
from hardware.simulators.studio_camera.face_points import EYES_LOW, EYES_UP
from kiosk.guidance.detection.face import FACE_OVAL
from tests.bench.rendered_scene import Scene, blur_plane, grid, smooth_step, to_codes, to_light

_DARK_HAIR: Final = (0.012, 0.01, 0.009)
_CHEEKS: Final = (50, 101, 205, 187, 280, 330, 425, 411)


def add_fringe(scene: Scene, down_to: str, left_only: bool = False) -> Scene:
    """Add hair in strands down over the forehead ("forehead"), the brows ("brows") or the eyes ("eyes")."""
    face, wide = scene.face, scene.face.width
    brows = float(scene.face.points[[70, 105, 107, 336, 334, 300], 1].mean())
    eyes = float(face.eyes[1])
    edge = {"forehead": brows - 0.13 * wide, "brows": brows + 0.07 * wide, "eyes": eyes + 0.07 * wide}[down_to]
    x, y = grid(scene.size)
    random = scene.random("fringe")
    jag = blur_plane(random.standard_normal((1, scene.size[0])).astype(np.float32), 0.025 * wide)
    jag = jag / float(jag.std()) * 0.02 * wide
    across = np.abs(x - face.eyes[0]) / wide
    cover = smooth_step(y - edge - jag, 0.02 * wide, -0.02 * wide) * smooth_step(
        across + 0.4 * np.clip((edge - y) / wide, -1, 0.4), 0.6, 0.4
    )
    cover = cover * smooth_step(y, float(face.forehead[1]) - 0.3 * wide, float(face.forehead[1]) + 0.02 * wide)
    if left_only:
        cover = cover * smooth_step(x - face.nose[0], 0.0, 0.08 * wide)
    strands = cv2.GaussianBlur(
        random.standard_normal(x.shape).astype(np.float32), (0, 0), sigmaX=1.3, sigmaY=0.2 * wide
    )
    shine = np.clip(1 + 0.35 * strands / float(strands.std()), 0.2, 2.2)
    return scene.paint((_hair_colour(scene) * shine[..., None]).astype(np.float32), cover.astype(np.float32))


def add_glasses(scene: Scene, rim: float, tint: float = 0.0, glare: float = 0.0) -> Scene:
    """Add round glasses with a rim of `rim` face widths; the lenses absorb `tint` of the light and reflect `glare`."""
    face, wide = scene.face, scene.face.width
    lenses = np.zeros(scene.alpha.shape, np.float32)
    lines = np.zeros(scene.alpha.shape, np.float32)
    thick = max(1, round(rim * wide * 8))
    turn = float(np.degrees(np.arctan2(*(face.left_eye - face.right_eye)[::-1])))
    for eye in (face.right_eye, face.left_eye):
        centre = eye + np.array([0, 0.04 * wide], np.float32)
        box = (tuple((centre * 16).tolist()), (0.36 * wide * 16, 0.29 * wide * 16), turn)
        _ellipse(lenses, box, -1)
        _ellipse(lines, box, max(1, round(rim * wide)))
    between = (face.right_eye, face.left_eye)
    inner = [eye + (np.array([0.18, 0]) * wide * sign) for eye, sign in zip(between, (1, -1), strict=True)]
    outwards, upwards = np.array([0.18 * wide, 0], np.float32), np.array([0, 0.18 * wide], np.float32)
    temples = [
        (face.right_eye - outwards, face.landmark(234) - upwards),
        (face.left_eye + outwards, face.landmark(454) - upwards),
    ]
    for start, end in ((inner[0], inner[1]), *temples):
        _line(lines, start, end, max(1, round(thick / 8)))
    shaded = replace(scene, colours=(scene.colours * (1 - tint * lenses[..., None])).astype(np.float32))
    if glare > 0:
        mirrored = _glare(scene, lenses) * glare
        shaded = replace(shaded, colours=(shaded.colours + mirrored[..., None] * (0.9, 0.95, 1.0)).astype(np.float32))
    return shaded.paint((0.01, 0.01, 0.012), np.clip(blur_plane(lines, 0.6), 0, 1))


def dye_clothes(scene: Scene, colour: tuple[int, int, int], clothes: Plane) -> Scene:
    """Dye the clothes in `colour` (sRGB) where `clothes` is 1, with half of their own shading."""
    brightness = scene.colours.mean(axis=2)
    shade = (brightness + 0.02) / (blur_plane(brightness, 0.3 * scene.face.width) + 0.02)
    shade = np.clip(0.5 + 0.5 * shade, 0.6, 1.15)[..., None]
    own = to_light(np.array(colour, np.uint8)) * shade
    share = clothes[..., None]
    return replace(scene, colours=(scene.colours * (1 - share) + own * share).astype(np.float32))


def stripe_clothes(scene: Scene, clothes: Plane, width: float = 0.07, upright: bool = False) -> Scene:
    """Cover the clothes with stripes of dark blue and white, `width` face widths each."""
    x, y = grid(scene.size)
    across = (x if upright else y) / (width * scene.face.width)
    stripe = smooth_step(np.sin(np.pi * across).astype(np.float32), -0.2, 0.2)[..., None]
    pattern = to_light(np.array((235, 235, 232), np.uint8)) * stripe + to_light(np.array((25, 35, 90), np.uint8)) * (
        1 - stripe
    )
    share = clothes[..., None]
    return replace(scene, colours=(scene.colours * (1 - share) + pattern * share).astype(np.float32))


def uncover_shoulders(scene: Scene, clothes: Plane) -> Scene:
    """Dye the clothes above the armpits in the colour of the cheeks: bare shoulders and chest."""
    _, y = grid(scene.size)
    above = smooth_step(
        y, float(scene.face.chin[1]) + 1.25 * scene.height, float(scene.face.chin[1]) + 1.15 * scene.height
    )
    return dye_clothes(scene, _skin_codes(scene), clothes * above)


def change_skin(scene: Scene, reflectance: float) -> Scene:
    """Let the skin reflect `reflectance` times its own light (0.35 dark, 1 unchanged, 1.3 very light)."""
    skin = skin_mask(scene)[..., None]
    redder = np.array([reflectance**0.85, reflectance, reflectance**1.12], np.float32)  # melanin absorbs blue most
    return replace(scene, colours=(scene.colours * (1 - skin + skin * redder)).astype(np.float32))


def clothes_mask(scene: Scene) -> Plane | None:
    """Return the clothes, 0-1 (h, w), separated from skin and hair by GrabCut (Rother et al. 2004) at a quarter of the
    size; None with almost no clothes."""
    face, tall = scene.face, scene.height
    size = (scene.size[0] // 4, scene.size[1] // 4)
    small = np.rint(cv2.resize(to_codes(scene.colours), size, interpolation=cv2.INTER_AREA)).astype(np.uint8)
    person = cv2.resize(scene.alpha, size, interpolation=cv2.INTER_AREA)
    x, y = (plane * 4 for plane in grid(size))
    neck = (np.abs(x - face.chin[0]) < 0.28 * face.width) & (y < face.chin[1] + 0.2 * tall)
    labels = np.where(y > face.chin[1] + 0.15 * tall, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[(y > face.chin[1] + 0.75 * tall) & (np.abs(x - face.chin[0]) > 0.75 * face.width)] = cv2.GC_FGD
    labels[(y < face.chin[1]) | neck | (person < 0.9)] = cv2.GC_BGD
    if np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).mean() < 0.02:
        return None
    small[person < 0.9] = 0
    models = np.zeros((2, 1, 65))
    cv2.setRNGSeed(0)  # GrabCut begins with clusters drawn at random
    cv2.grabCut(small, labels, None, models[0], models[1], 4, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    mask = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    rim = cv2.dilate(mask, np.ones((7, 7), np.uint8)) * (person < 0.9)
    whole = np.maximum(mask, rim).astype(np.float32)
    return blur_plane(np.asarray(cv2.resize(whole, scene.size), np.float32), 2.0)


def skin_mask(scene: Scene) -> Plane:
    """Return the skin of face and neck, 0-1 (h, w): near the face, in the colour of the cheeks, without the eyes."""
    face, wide = scene.face, scene.face.width
    lab = cv2.cvtColor((to_codes(scene.colours) / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    cheeks = np.array([lab[int(y), int(x)] for x, y in face.points[list(_CHEEKS), :2]])
    off = (lab - np.median(cheeks, axis=0)) / np.array([30, 11, 11], np.float32)
    alike = np.exp(-0.5 * np.maximum(np.linalg.norm(off, axis=2) - 0.6, 0) ** 2)
    x, y = grid(scene.size)
    near = smooth_step(np.abs(x - face.nose[0]), 1.0 * wide, 0.7 * wide)
    near *= smooth_step(y, float(face.forehead[1]) - 0.35 * wide, float(face.forehead[1]) - 0.25 * wide)
    near *= smooth_step(y - float(face.chin[1]), 0.7 * wide, 0.4 * wide)
    skin = blur_plane(alike.astype(np.float32) * near, 0.008 * wide)
    oval = np.zeros_like(skin)
    cv2.fillConvexPoly(oval, cv2.convexHull(np.rint(face.points[list(FACE_OVAL), :2]).astype(np.int32)), (1.0,))
    skin = np.maximum(skin, 0.25 * blur_plane(oval, 0.02 * wide))
    for up, low in zip(EYES_UP, EYES_LOW, strict=True):
        eye = np.zeros_like(skin)
        cv2.fillPoly(eye, [np.rint(face.points[[*up, *low[::-1]], :2]).astype(np.int32)], (1.0,))
        skin = skin * (1 - blur_plane(eye, 1.0))
    return np.asarray(skin * scene.alpha, np.float32)


def _skin_codes(scene: Scene) -> tuple[int, int, int]:
    cheeks = np.array([scene.colours[int(y), int(x)] for x, y in scene.face.points[list(_CHEEKS), :2]])
    red, green, blue = to_codes(np.median(cheeks, axis=0)).tolist()
    return round(red), round(green), round(blue)


def _hair_colour(scene: Scene) -> Plane:
    """Return the sitter's median colour above the hairline; dark hair if that is unknown."""
    top, wide = scene.face.forehead, scene.face.width
    left, right = int(top[0] - 0.3 * wide), int(top[0] + 0.3 * wide)
    above, below = max(0, int(top[1] - 0.35 * wide)), max(1, int(top[1] - 0.12 * wide))
    known = scene.alpha[above:below, left:right] > 0.9
    if not scene.cut_out or known.sum() < 50:
        return np.asarray(_DARK_HAIR, np.float32)
    return np.asarray(np.median(scene.colours[above:below, left:right][known], axis=0), np.float32)


def _ellipse(plane: Plane, box: tuple[tuple[float, ...], tuple[float, float], float], thick: int) -> None:
    (x, y), (across, down), turn = box
    centre, axes = (round(x), round(y)), (round(across / 2), round(down / 2))
    cv2.ellipse(plane, centre, axes, turn, 0, 360, (1.0,), thick, cv2.LINE_AA, 4)


def _line(plane: Plane, start: Plane, end: Plane, thick: int) -> None:
    ends = [tuple(np.rint(np.asarray(point) * 16).astype(int).tolist()) for point in (start, end)]
    cv2.line(plane, ends[0], ends[1], (1.0,), thick, cv2.LINE_AA, 4)


def _glare(scene: Scene, lenses: Plane) -> Plane:
    """Return the reflection of a soft box in each lens: a slanting bright patch over a third of it."""
    x, y = grid(scene.size)
    wide, shine = scene.face.width, np.zeros_like(lenses)
    for eye in (scene.face.right_eye, scene.face.left_eye):
        slant = (x - eye[0]) * 0.8 + (y - eye[1]) * 0.6
        along = (y - eye[1]) * 0.8 - (x - eye[0]) * 0.6
        shine += smooth_step(np.abs(slant - 0.03 * wide), 0.075 * wide, 0.06 * wide) * smooth_step(
            np.abs(along), 0.13 * wide, 0.1 * wide
        )
    return np.asarray(np.clip(shine, 0, 1) * lenses, np.float32)
