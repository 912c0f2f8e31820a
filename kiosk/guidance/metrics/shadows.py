"""Shadows and shine within the face: a lamp too high or too low, the nose's shadow, dark sockets, oily skin.

All are ratios within one face, independent of exposure and skin tone.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Mask, Plane
from config.opencv import cv2
from config.srgb import linear_light, luminance
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.patches import FacePatch
from kiosk.guidance.metrics.skin import (
    FACE_WIDTH_PX,
    LEFT_BROW,
    LEFT_CHEEK,
    LEFT_EYE,
    LEFT_FRONT,
    RIGHT_BROW,
    RIGHT_CHEEK,
    RIGHT_EYE,
    RIGHT_FRONT,
    TYPICAL_EYE_WHITE_FACTOR,
    SkinLight,
    bare_face,
    fit_skin_light,
    light_skin_luminance,
)

NOSE_FACE_WIDTH_PX: Final = 100
"""Pixels: the corner between nose and mouth is a tenth of the face wide."""
_BESIDE_NOSE_LANDMARKS: Final = ((129, 203, 206, 92), (358, 423, 426, 322))
"""The sitter's right and left, from the wing of the nose to the corner of the mouth."""
_REFERENCE_LANDMARKS: Final = ((RIGHT_CHEEK, LEFT_CHEEK), (RIGHT_FRONT, LEFT_FRONT))
"""The reference for the area beside the nose: a round cheek lit from the side is in shade farther out."""
_SOCKET_LANDMARKS: Final = (
    ((225, 224, 223, 222, 221, 28, 27, 29), (110, 24, 23, 22, 26, 232, 231, 230, 229, 228)),
    ((445, 444, 443, 442, 441, 258, 257, 259), (339, 254, 253, 252, 256, 452, 451, 450, 449, 448)),
)
"""Right and left: between brow and lid, and below the eye."""
_SPOT_SIGMA: Final = 0.02
_SURROUND_SIGMA: Final = 0.13
"""Face widths (sigma): the size of a spot, and of the surrounding skin that is its reference."""


def shadow_metrics(patch: FacePatch | None) -> dict[str, Reading]:
    """Measure the face at skin.FACE_WIDTH_PX:

    - `light_height`: (upper - lower) / (upper + lower) of the luminance that a plane through all visible skin has at
      the middle of the forehead and at the lips, -1 to 1; positive = lit from above. Hair, beard, shadows and the
      pixels next to them are left out.
    - `socket_shadow`: darkness of the skin round the eye relative to that plane, 0-1 (negative: brighter); of the
      brighter eye, as a lamp too high darkens both and a lock of hair only one.
    """
    skin = fit_skin_light(patch) if patch is not None else None
    if skin is None:
        return dict.fromkeys(("light_height", "socket_shadow"), NotMeasured("not_measured.face_outside"))
    return {"light_height": _light_height(skin), "socket_shadow": _socket_shadow(skin)}


def nose_shadow(patch: FacePatch | None) -> Reading:
    """`nose_shadow`: the difference in darkness of the darkest quarter between nose and mouth on both sides, each
    relative to its own cheek, 0-1, of the face at NOSE_FACE_WIDTH_PX. Light from one side alone does not count, because
    `light_balance` measures it: the whole cheek and its front must both show the same side, and so must the two zones
    themselves, because the nose shades the side away from the lamp; the smallest depth is used. Otherwise a broad or
    shiny cheek would count as a shadow of the nose on the lit side. A shadow straight down does not count either,
    because a moustache looks the same.
    """
    if patch is None:
        return NotMeasured("not_measured.face_outside")
    bright = cv2.GaussianBlur(luminance(linear_light(patch.pixels)), (0, 0), 1.0)
    skin = bare_face(patch, 2)
    beside = [bright[patch.polygon_mask(zone) & skin] for zone in _BESIDE_NOSE_LANDMARKS]
    if not all(zone.size for zone in beside):
        return NotMeasured("not_measured.face_outside")
    dark = [float(np.percentile(zone, 25)) for zone in beside]
    stops = [_stops_between(dark)]  # the sitter's right above the left
    for sides in _REFERENCE_LANDMARKS:
        cheeks = [bright[patch.polygon_mask(side)] for side in sides]
        if not all(cheek.size for cheek in cheeks):
            return NotMeasured("not_measured.face_outside")
        shares = [zone / max(1e-4, float(np.median(cheek))) for zone, cheek in zip(dark, cheeks, strict=True)]
        stops.append(_stops_between(shares))
    agreed = min(map(abs, stops)) if min(stops) > 0 or max(stops) < 0 else 0.0
    return 1.0 - float(2.0**-agreed)


def _stops_between(sides: list[float]) -> float:
    """Return by how many stops the first is brighter than the second."""
    return float(np.log2(max(1e-4, sides[0]) / max(1e-4, sides[1])))


def shine(patch: FacePatch | None) -> Reading:
    """`shine`: light reflected by oily skin, below clipping too: the reflected light of the shiniest fiftieth of the
    skin over the light of the skin around it, of the face at skin.FACE_WIDTH_PX. 0 = none; 1 = as much light again.

    Dichromatic reflection (Shafer 1985): a skin pixel is the skin's own colour times the light, plus a share of the
    lamp's white. The share of white is solved for, which only shine increases locally; an evenly bright cheek has none.
    It is at most the least channel: otherwise dark skin, whose own colour is very red, and the coarse colours of a JPEG
    give more white than there is light. Dark skin reflects as much as light skin, so the reference is what light skin
    would most likely reflect, by the white of the eyes.
    """
    if patch is None:
        return NotMeasured("not_measured.face_outside")
    light, face = linear_light(patch.pixels), bare_face(patch, 1)
    bright = luminance(light)
    cheeks = (patch.polygon_mask(RIGHT_CHEEK) | patch.polygon_mask(LEFT_CHEEK)) & face
    if cheeks.sum() < 12:
        return NotMeasured("not_measured.face_outside")
    own = np.median(light[cheeks], axis=0)
    white = np.linalg.pinv(np.stack([own / max(1e-4, float(luminance(own))), np.ones(3)], axis=1))[1]
    lamp = np.minimum(light @ white.astype(np.float32), light.min(axis=-1))
    skin = face & (bright > 0.3 * float(np.median(bright[cheeks])))
    if not skin.any():
        return NotMeasured("not_measured.face_outside")
    light_skin = light_skin_luminance(bright, patch, TYPICAL_EYE_WHITE_FACTOR)
    darker = max(1.0, light_skin / max(1e-4, float(bright[cheeks].mean())))
    level = np.maximum(_masked_blur(bright, skin, _SURROUND_SIGMA), 0.02) * darker
    spots = (_masked_blur(lamp, skin, _SPOT_SIGMA) - _masked_blur(lamp, skin, _SURROUND_SIGMA)) / level
    return max(0.0, float(np.percentile(spots[skin], 98)))


def _light_height(skin: SkinLight) -> float:
    """Return the plane's difference from the forehead to the lips, independent of roll, as a ratio of the two."""
    face = skin.patch.face
    ratio = float(2.0 ** skin.fall(face.landmark(151), face.landmark(14)))
    return (ratio - 1.0) / (ratio + 1.0)


def _socket_shadow(skin: SkinLight) -> Reading:
    small = skin.patch
    hidden = np.zeros(small.pixels.shape[:2], np.bool_)
    for outline in (RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW):
        hidden |= small.polygon_mask(outline)
    depths = [
        skin.depth_below_plane((small.polygon_mask(up) | small.polygon_mask(low)) & ~hidden)
        for up, low in _SOCKET_LANDMARKS
    ]
    visible = [depth for depth in depths if depth is not None]
    return min(visible) if visible else NotMeasured("not_measured.face_outside")


def _masked_blur(values: Plane, mask: Mask, sigma: float) -> Plane:
    """Blur over the pixels of `mask` alone; `sigma` in face widths."""
    weight, reach = mask.astype(np.float32), sigma * FACE_WIDTH_PX
    blurred_weight = cv2.GaussianBlur(weight, (0, 0), reach)
    return np.asarray(cv2.GaussianBlur(values * weight, (0, 0), reach) / np.maximum(blurred_weight, 1e-3), np.float32)
