"""The part of a portrait in which retouching is forbidden, and the names of its regions.

The face is the oval of the mesh, slightly reduced: at the outline itself the cut-out may be cleaned. The oval ends near
the hairline. Forehead above it, ears and neck are skin too, but no network here outlines them. They are selected by
colour (that of the cheeks), connection to the face, and distance from the head. Clothes can have the colour of skin, so
a person decides about a change there, never the guard. Hair over the oval belongs to the face, because it cannot be
removed without painting skin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Mask, Pixels
from config.opencv import cv2
from kiosk.capture.retouch.resave_simulation import Box
from kiosk.guidance.detection.face import LEFT_EYE_RING, RIGHT_EYE_RING, Face

PLACES: Final = (
    *("forehead", "right_cheek", "left_cheek", "chin", "nose", "mouth"),
    *("right_eye", "left_eye", "right_brow", "left_brow"),
)
"""In drawing order; right and left are the sitter's own."""
_OUTLINES: Final = {
    "nose": (168, 193, 245, 188, 174, 217, 198, 129, 64, 98, 97, 2, 326, 327, 294, 358, 420, 437, 399, 412, 465, 417),
    "mouth": (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146),
    "right_eye": RIGHT_EYE_RING,
    "left_eye": LEFT_EYE_RING,
    "right_brow": (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    "left_brow": (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
}
_FEATURES: Final = ("mouth", "right_eye", "left_eye", "right_brow", "left_brow")
_INSET: Final = 0.012  # of the face's width: about 2.5 px in a portrait
_DILATION: Final = {"mouth": 0.012, "right_eye": 0.03, "left_eye": 0.03, "right_brow": 0.02, "left_brow": 0.02}
_EDGE_WIDTH: Final = 0.025  # of the face's width: edge pixels, where a cut-out may be cleaned
_BACKGROUND_TOLERANCE: Final = 24  # levels round the background's own: with JPEG's ringing
_SKIN_TOLERANCE: Final = 12.0  # levels of Cr and Cb round the cheeks' own


@dataclass(frozen=True, eq=False)
class FaceRegion:
    """Masks (h, w) of the own portrait: the protected `face`, its plain `skin` (no eyes, brows, mouth), `outer` skin
    outside the oval, and `places` (h, w), the index in PLACES plus one."""

    face: Mask = field(repr=False)
    skin: Mask = field(repr=False)
    outer: Mask = field(repr=False)
    places: NDArray[np.uint8] = field(repr=False)
    width: float

    def warp(self, matrix: NDArray[np.float64], size: tuple[int, int], scale: float) -> FaceRegion:
        """Return the region transformed by `matrix` into a picture of `size` (width, height)."""

        def warped(mask: Mask | NDArray[np.uint8]) -> NDArray[np.uint8]:
            plain = mask.astype(np.uint8)
            return np.asarray(cv2.warpAffine(plain, matrix, size, flags=cv2.INTER_NEAREST), np.uint8)

        face, skin, outer = (warped(part) > 0 for part in (self.face, self.skin, self.outer))
        return FaceRegion(face, skin, outer, warped(self.places), self.width * scale)

    def crop(self, box: Box) -> FaceRegion:
        """Return the region in a part of the picture."""
        face, skin, outer = (box.crop(part) for part in (self.face, self.skin, self.outer))
        return FaceRegion(face, skin, outer, box.crop(self.places), self.width)


def find_face_region(pixels: Pixels, face: Face) -> FaceRegion:
    """Return the region of `face` in `pixels`, uint8 (h, w, 3) RGB."""
    shape, width = pixels.shape[:2], face.width
    oval = _fill_outline(shape, face.oval)
    inner = _erode(oval & _away_from_background(pixels, _EDGE_WIDTH * width), _INSET * width)
    places = _label_places(shape, face)
    features = np.zeros(shape, bool)
    for name in _FEATURES:
        features |= places == PLACES.index(name) + 1
    skin = inner & ~features
    return FaceRegion(
        inner, skin, _outer_skin(pixels, face, oval, skin), np.where(inner, places, 0).astype(np.uint8), width
    )


def _label_places(shape: tuple[int, ...], face: Face) -> NDArray[np.uint8]:
    """Return the places. The brows separate forehead and cheeks, the lower lip separates cheeks and chin, and the
    bridge of the nose left and right."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    down = (face.chin - face.forehead) / max(float(np.linalg.norm(face.chin - face.forehead)), 1e-6)
    depth = (x - face.eyes[0]) * down[0] + (y - face.eyes[1]) * down[1]
    side = (x - face.nose[0]) * down[1] - (y - face.nose[1]) * down[0]
    brows = float((face.points[[105, 334], :2].mean(axis=0) - face.eyes) @ down)
    lip = float((face.landmark(17) - face.eyes) @ down)
    places = np.where(side < 0, PLACES.index("right_cheek"), PLACES.index("left_cheek")) + 1
    places = np.where(depth < brows, PLACES.index("forehead") + 1, places)
    places = np.where(depth > lip, PLACES.index("chin") + 1, places)
    for name in PLACES[4:]:
        hull = cv2.convexHull(face.points[list(_OUTLINES[name]), :2])[:, 0]
        outline = _fill_outline(shape, np.asarray(hull, np.float32))
        places[_dilate(outline, _DILATION.get(name, 0.0) * face.width)] = PLACES.index(name) + 1
    return np.asarray(places, np.uint8)


def _outer_skin(pixels: Pixels, face: Face, oval: Mask, skin: Mask) -> Mask:
    """Return the skin outside the oval that is connected to it."""
    if not skin.any():
        return skin
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    tall = float(np.linalg.norm(face.chin - face.forehead))
    sideways = np.abs(x - face.nose[0])
    ears_and_neck = (sideways < 0.72 * face.width) & (y > face.eyes[1] - 0.1 * tall) & (y < face.chin[1] + 0.45 * tall)
    hairline = (sideways < 0.35 * face.width) & (y > face.forehead[1] - 0.12 * tall) & (y <= face.eyes[1])
    near = ears_and_neck | hairline
    colour = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    usual = np.median(colour[skin], axis=0)
    alike = (np.abs(colour[..., 1:] - usual[1:]).max(axis=2) < _SKIN_TOLERANCE) & (colour[..., 0] > 0.55 * usual[0])
    _, labels = cv2.connectedComponents((alike & near | oval).astype(np.uint8))
    joined = (labels == labels[oval].max()) & ~_dilate(oval, _INSET * face.width)
    return _erode(joined, 2 * _INSET * face.width) & _away_from_background(pixels, _EDGE_WIDTH * face.width)


def _away_from_background(pixels: Pixels, distance: float) -> Mask:
    """Return the pixels farther than `distance` px from the portrait's even background: the oval crosses the edge of
    the cheek in places."""
    corners = np.concatenate([pixels[:8, :8].reshape(-1, 3), pixels[:8, -8:].reshape(-1, 3)])
    near = np.abs(pixels - np.median(corners, axis=0)).max(axis=2) < _BACKGROUND_TOLERANCE
    labels = cv2.connectedComponents(near.astype(np.uint8))[1]
    edge = np.concatenate([labels[0], labels[:, 0], labels[:, -1]])
    background = np.isin(labels, np.unique(edge[edge > 0]))
    return ~_dilate(background, distance)


def _fill_outline(shape: tuple[int, ...], outline: NDArray[np.float32]) -> Mask:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], (1,))
    return mask > 0


def _erode(mask: Mask, radius: float) -> Mask:
    return np.asarray(cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1] > radius)


def _dilate(mask: Mask, radius: float) -> Mask:
    if radius <= 0 or not mask.any():
        return mask
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= radius)
