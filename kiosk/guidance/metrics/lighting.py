"""Lighting of the face: brightness, clipping, balance of both sides, and contrast.

Luminance is linear (sRGB decoded, Rec. 709 weights), as in ISO/IEC 29794-5: in code values 0.2 is about 124 and 0.8
about 231.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Mask, Pixels, Plane
from config.srgb import linear_light, luminance
from kiosk.guidance.detection.face import FACE_OVAL, Face
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.patches import FacePatch, face_patch
from kiosk.guidance.metrics.skin import (
    LEFT_CHEEK,
    LEFT_FRONT,
    RIGHT_CHEEK,
    RIGHT_FRONT,
    light_skin_luminance,
)

FACE_WIDTH_PX: Final = 100
"""Pixels: light has no fine detail."""
CLIPPED_LEVEL: Final = 250
BLACK_LEVEL: Final = 16
_ZONE_SHARE: Final = 0.3
"""Share of the distance between the eyes: the side of the cheek zones of OFIQ."""
_BINS: Final = 32

NAMES: Final = ("skin_luminance", "blown_share", "crushed_share", "light_balance", "light_overlap", "face_contrast")


def face_lighting(pixels: Pixels, face: Face) -> dict[str, Reading]:
    """Like `lighting_metrics`, for a face in a picture."""
    return lighting_metrics(face_patch(pixels, face, FACE_WIDTH_PX))


def lighting_metrics(patch: FacePatch | None) -> dict[str, Reading]:
    """Measure the face at FACE_WIDTH_PX:

    - `skin_luminance`: mean linear luminance of both cheeks, 0-1; or, where the white of the eyes shows that skin is
      dark and not the light, the luminance of light skin there, up to LIGHT_SKIN_LUMINANCE: so dark skin in good light
      is no dark picture, and the eyes never make a face too bright.
    - `blown_share`: share of the face where two colour channels are at 250 or above: detail is lost there.
    - `crushed_share`: share of the darker cheek, where it faces the camera, in which no channel exceeds 16: detail is
      lost there as well. Of the cheeks only, as hair and pupils may be black.
    - `light_balance`: (left - right) / (left + right) of the median luminance of the two cheeks where they face the
      camera, -1 to 1; 0 = alike, positive = the sitter's own left side is the brighter.
    - `light_overlap`: intersection of the two cheeks' histograms of linear luminance, 1 = alike (the raw value of
      IlluminationUniformity, ISO/IEC 29794-5; here 32 bins, as a live frame has too few pixels for 256).
    - `face_contrast`: (bright - dark) / (bright + dark) of the 95th and 5th percentile of the face's luminance, hair,
      eyes and lips included: stray light reduces it, dark or fair skin does not.
    """
    if patch is None:
        return dict.fromkeys(NAMES, NotMeasured("not_measured.face_outside"))
    bright = luminance(linear_light(patch.pixels))
    cheeks = (patch.polygon_mask(RIGHT_CHEEK), patch.polygon_mask(LEFT_CHEEK))
    fronts = (patch.polygon_mask(RIGHT_FRONT), patch.polygon_mask(LEFT_FRONT))
    if not all(cheek.any() for cheek in (*cheeks, *fronts)):
        return dict.fromkeys(NAMES, NotMeasured("not_measured.face_outside"))
    oval = patch.polygon_mask(FACE_OVAL)
    dark, fair = (float(value) for value in np.percentile(bright[oval], (5, 95)))
    return {
        "skin_luminance": _skin_luminance(bright, cheeks, patch),
        "blown_share": _clipped_share(patch.pixels[oval]),
        "crushed_share": max(float((patch.pixels[front].max(axis=1) <= BLACK_LEVEL).mean()) for front in fronts),
        "light_balance": _balance(bright, fronts),
        "light_overlap": _overlap(bright, patch),
        "face_contrast": (fair - dark) / max(1e-6, fair + dark),
    }


def _clipped_share(pixels: Pixels) -> float:
    """Return the share of `pixels` (n, 3) with two channels at the end of the scale."""
    red, green, blue = (pixels >= CLIPPED_LEVEL).T
    return float(((red & green) | (red & blue) | (green & blue)).mean())


def _skin_luminance(bright: Plane, cheeks: tuple[Mask, Mask], patch: FacePatch) -> float:
    cheek = float(np.mean([bright[part].mean() for part in cheeks]))
    return max(cheek, light_skin_luminance(bright, patch))


def _balance(bright: Plane, fronts: tuple[Mask, Mask]) -> float:
    right, left = (float(np.median(bright[front])) for front in fronts)
    return (left - right) / max(1e-6, left + right)


def _overlap(bright: Plane, patch: FacePatch) -> Reading:
    shares = []
    for zone in _cheek_zones(patch):
        if zone.sum() < 9:
            return NotMeasured("not_measured.face_outside")
        counts = np.histogram(bright[zone], bins=_BINS, range=(0.0, 1.0))[0]
        shares.append(counts / counts.sum())
    return float(np.minimum(*shares).sum())


def _cheek_zones(patch: FacePatch) -> list[Mask]:
    """Return the cheek zones of OFIQ in the upright face: squares below the eyes, half-way down to the mouth, that
    begin at the eyes and go outwards."""
    eyes = (patch.face.right_eye, patch.face.left_eye)
    side = _ZONE_SHARE * float(np.linalg.norm(eyes[1] - eyes[0]))
    zones = []
    for eye, outwards in zip(eyes, (-1, 1), strict=True):
        top = round(float(eye[1] + (patch.face.mouth[1] - patch.face.eyes[1]) / 2))
        first, last = sorted((round(float(eye[0])), round(float(eye[0] + outwards * side))))
        zone = np.zeros(patch.pixels.shape[:2], np.bool_)
        zone[max(0, top) : max(0, top + round(side)), max(0, first) : max(0, last)] = True
        zones.append(zone)
    return zones
