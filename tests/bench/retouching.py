"""Edits of retouchers: permitted ones (edges, background, clothes, saving), and forbidden changes of the face.

Every edit takes the own portrait, uint8 (h, w, 3) RGB, its face and a strength, and returns pixels; the benchmark saves
them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.arrays import Mask, Pixels
from config.opencv import cv2
from kiosk.guidance.detection.face import LEFT_EYE_RING, RIGHT_EYE_RING, Face

Edit = Callable[[Pixels, Face, float], Pixels]

MOUTH: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
INNER_MOUTH: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
BROWS: Final = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276))


def encode(pixels: Pixels, quality: int = 90, sampling: int = 0, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    options = {"quality": quality, "subsampling": sampling} if kind == "JPEG" else {}
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, kind, dpi=(300, 300), **options)
    return file.getvalue()


def decode_pixels(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def recompress(pixels: Pixels, quality: int, sampling: int = 0) -> Pixels:
    return decode_pixels(encode(pixels, quality, sampling))


def fill_outline(shape: tuple[int, ...], points: NDArray[np.float32], soft: float = 0) -> NDArray[np.float32]:
    mask = np.zeros(shape[:2], np.float32)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], (1.0,))
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), soft) if soft else mask, np.float32)


def skin_mask(pixels: Pixels, face: Face, soft: float = 3) -> NDArray[np.float32]:
    """Return the oval without eyes, brows and mouth, with a soft edge: the area of beauty filters."""
    mask = fill_outline(pixels.shape, face.oval)
    mask = cv2.erode(mask, np.ones((5, 5)))
    for part in (MOUTH, RIGHT_EYE_RING, LEFT_EYE_RING, *BROWS):
        feature = fill_outline(pixels.shape, cv2.convexHull(face.points[list(part), :2])[:, 0])
        mask[cv2.dilate(feature, np.ones((7, 7))) > 0] = 0
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), soft), np.float32)


def blend(pixels: Pixels, changed: NDArray, mask: NDArray[np.float32]) -> Pixels:
    mixed = pixels + (changed.astype(np.float32) - pixels) * mask[..., None]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def warp(pixels: Pixels, move: NDArray[np.float32]) -> Pixels:
    """Move the pixels: each is taken from the relative position `move` (h, w, 2)."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    return np.asarray(cv2.remap(pixels, x + move[..., 0], y + move[..., 1], cv2.INTER_CUBIC, borderMode=1), np.uint8)


# --- forbidden edits ------------------------------------------------------------------------------------------------


def bilateral(pixels: Pixels, face: Face, strength: float) -> Pixels:
    smooth = cv2.bilateralFilter(pixels, 9, 18 * strength, 5)
    return blend(pixels, smooth, skin_mask(pixels, face))


def guided_filter(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Smooth with He's guided filter, with the picture as its own guide."""
    image = pixels.astype(np.float32) / 255

    def box(values: NDArray) -> NDArray:
        return np.asarray(cv2.blur(values, (11, 11)))

    mean = box(image)
    spread = box(image * image) - mean * mean
    gain = spread / (spread + (0.02 * strength) ** 2)
    return blend(pixels, (box(gain) * image + box(mean - gain * mean)) * 255, skin_mask(pixels, face))


def frequency_separation(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Remove the middle band of frequencies; the pores remain."""
    image = pixels.astype(np.float32)
    middle = cv2.GaussianBlur(image, (0, 0), 2) - cv2.GaussianBlur(image, (0, 0), 8)
    return blend(pixels, image - min(1.0, 0.35 * strength) * middle, skin_mask(pixels, face))


def smooth_and_grain(pixels: Pixels, face: Face, strength: float) -> Pixels:
    smooth = bilateral(pixels, face, strength).astype(np.float32)
    grain = np.random.default_rng(3).normal(0, 1.8, pixels.shape[:2])[..., None]
    return blend(pixels, smooth + grain, skin_mask(pixels, face))


def whiten(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Lighten with a logarithmic curve, as beauty apps do."""
    base = 1 + 0.25 * strength
    curve = np.log(pixels / 255 * (base - 1) + 1) / np.log(base) * 255
    return blend(pixels, curve, skin_mask(pixels, face, 6))


def whiten_all(pixels: Pixels, face: Face, strength: float) -> Pixels:
    base = 1 + 0.25 * strength
    return np.rint(np.log(pixels / 255 * (base - 1) + 1) / np.log(base) * 255).astype(np.uint8)


def redden_cheeks(pixels: Pixels, face: Face, strength: float) -> Pixels:
    return blend(pixels, pixels + np.array([3, -1, 0]) * strength, skin_mask(pixels, face, 6))


def slim(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Draw in the jaw by `strength` per cent of the face's width on either side."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    reach, move = 0.28 * face.width, np.zeros((*pixels.shape[:2], 2), np.float32)
    for index in (172, 397):
        at = face.landmark(index)
        way = (face.nose - at) / np.linalg.norm(face.nose - at)
        near = np.exp(-(((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * (reach / 1.6) ** 2)))[..., None]
        move -= near * way * (strength / 100 * face.width)
    return warp(pixels, move)


def enlarge_eyes(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Enlarge the eyes by `strength` per cent."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    move = np.zeros((*pixels.shape[:2], 2), np.float32)
    for eye in (face.right_eye, face.left_eye):
        dx, dy = x - eye[0], y - eye[1]
        near = np.exp(-((dx**2 + dy**2) / (2 * (0.13 * face.width) ** 2)))
        move -= (strength / 100 * near)[..., None] * np.dstack([dx, dy])
    return warp(pixels, move)


def shrink_nose(pixels: Pixels, face: Face, strength: float) -> Pixels:
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    dx, dy = x - face.nose[0], y - face.nose[1]
    near = np.exp(-((dx**2 + dy**2) / (2 * (0.13 * face.width) ** 2)))
    return warp(pixels, np.dstack([near * dx * strength / 100, np.zeros_like(dx)]))


def add_mole(pixels: Pixels, face: Face, size: float) -> Pixels:
    """Add a mole `size` px across on the right cheek: not an edit, but the portrait that `heal_mole` then edits."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    at = mole_position(face)
    dark = np.exp(-((((x - at[0]) ** 2 + (y - at[1]) ** 2) / (size / 2) ** 2) ** 2))
    return blend(pixels, pixels * np.array([0.45, 0.38, 0.36]), dark.astype(np.float32))


def mole_position(face: Face) -> NDArray[np.float32]:
    return np.asarray(0.5 * face.landmark(50) + 0.5 * face.landmark(205), np.float32)


def heal_mole(pixels: Pixels, face: Face, size: float) -> Pixels:
    """Paint over the place of a mole `size` px across from its surroundings."""
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.circle(mask, tuple(int(v) for v in np.rint(mole_position(face))), int(np.ceil(0.75 * size + 1)), (255,), -1)
    return np.asarray(cv2.inpaint(pixels, mask, 3, cv2.INPAINT_TELEA), np.uint8)


def redden_lips(pixels: Pixels, face: Face, strength: float) -> Pixels:
    mask = fill_outline(pixels.shape, face.points[list(MOUTH), :2], 1)
    return blend(pixels, pixels + np.array([4, -2, 0]) * strength, mask)


def whiten_eyes(pixels: Pixels, face: Face, strength: float) -> Pixels:
    mask = sum(fill_outline(pixels.shape, face.points[list(ring), :2], 1) for ring in (RIGHT_EYE_RING, LEFT_EYE_RING))
    return blend(pixels, pixels.astype(np.float32) + 6.0 * strength, np.minimum(mask, 1))


def darken_brows(pixels: Pixels, face: Face, strength: float) -> Pixels:
    mask = sum(fill_outline(pixels.shape, cv2.convexHull(face.points[list(brow), :2])[:, 0], 2) for brow in BROWS)
    return blend(pixels, pixels * (1 - 0.08 * strength), np.minimum(mask, 1))


def relight(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Move light from one side of the face to the other."""
    x = np.arange(pixels.shape[1], dtype=np.float32)
    ramp = np.clip((x - face.nose[0]) / face.width, -0.6, 0.6)[None, :, None]
    return blend(pixels, pixels * (1 + 0.1 * strength * ramp), fill_outline(pixels.shape, face.oval, 6))


def sharpen(pixels: Pixels, face: Face, strength: float) -> Pixels:
    image = pixels.astype(np.float32)
    return blend(
        pixels, image + 0.4 * strength * (image - cv2.GaussianBlur(image, (0, 0), 1.5)), skin_mask(pixels, face)
    )


def lighten_under_eyes(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Lighten the bags under the eyes."""
    mask = np.zeros(pixels.shape[:2], np.float32)
    for index in (230, 450):
        at = face.landmark(index)
        axes = (int(0.09 * face.width), int(0.045 * face.width))
        cv2.ellipse(mask, (int(at[0]), int(at[1])), axes, 0, 0, 360, (1.0,), -1)
    return blend(pixels, pixels.astype(np.float32) + 5 * strength, cv2.GaussianBlur(mask, (0, 0), 2.5))


def mirror(pixels: Pixels, face: Face, strength: float) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


FORBIDDEN: Final[dict[str, tuple[Edit, tuple[float, ...]]]] = {
    "smooth: bilateral": (bilateral, (0.5, 1, 2, 4)),
    "smooth: guided": (guided_filter, (0.5, 1, 2, 4)),
    "smooth: frequency separation": (frequency_separation, (0.5, 1, 2)),
    "smooth and regrain": (smooth_and_grain, (1, 2, 4)),
    "sharpen": (sharpen, (0.5, 1, 2)),
    "whiten the skin": (whiten, (0.5, 1, 2, 4)),
    "whiten the picture": (whiten_all, (0.5, 1, 2)),
    "rosy skin": (redden_cheeks, (0.5, 1, 2)),
    "slim the jaw, % a side": (slim, (0.5, 1, 2, 4)),
    "enlarge the eyes, %": (enlarge_eyes, (4, 8, 16)),
    "narrow the nose, %": (shrink_nose, (4, 8, 16)),
    "redden the lips": (redden_lips, (1, 2, 4)),
    "whiten the eyes": (whiten_eyes, (1, 2, 4)),
    "darken the brows": (darken_brows, (1, 2, 4)),
    "relight": (relight, (0.5, 1, 2)),
    "lighten under the eyes": (lighten_under_eyes, (0.5, 1, 2)),
    "mirror": (mirror, (1,)),
}
"""Each with its strengths. Moles are separate (`add_mole`, `heal_mole`), because they need a portrait that has one."""

# --- permitted edits ------------------------------------------------------------------------------------------------


def outside_face(pixels: Pixels, face: Face, gap: float) -> NDArray[np.float32]:
    """Return everything farther than `gap` px from the oval, with a soft edge."""
    inner = cv2.distanceTransform((fill_outline(pixels.shape, face.oval) == 0).astype(np.uint8), cv2.DIST_L2, 5)
    return np.clip((inner - gap) / 2, 0, 1).astype(np.float32)


def background_mask(pixels: Pixels, tolerance: float = 30) -> Mask:
    corner = np.median(np.concatenate([pixels[:20, :40].reshape(-1, 3), pixels[:20, -40:].reshape(-1, 3)]), axis=0)
    near = (np.abs(pixels - corner).max(axis=2) < tolerance).astype(np.uint8)
    return np.asarray(
        cv2.connectedComponents(near, connectivity=4)[1] == cv2.connectedComponents(near, connectivity=4)[1][5, 5]
    )


def replace_background(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Fill the background with another colour, selected with a tolerance as by a magic wand."""
    colour = ((255, 255, 255), (240, 240, 240), (67, 142, 219))[int(strength)]
    mask = cv2.GaussianBlur(background_mask(pixels).astype(np.float32), (0, 0), 0.7)
    return blend(pixels, np.full(pixels.shape, colour), mask)


def tidy_edge(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Paint the background over loose hair outside the face's outline."""
    back = cv2.dilate(background_mask(pixels).astype(np.uint8), np.ones((3, 3)), iterations=int(strength))
    fill = np.median(pixels[:20, :40].reshape(-1, 3), axis=0)
    mask = cv2.GaussianBlur(back.astype(np.float32), (0, 0), 1) * outside_face(pixels, face, 3)
    return blend(pixels, np.broadcast_to(fill, pixels.shape), mask)


def recolour_clothes(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Change the colour of the clothes below the neck."""
    below = np.arange(pixels.shape[0])[:, None] > face.chin[1] + 0.5 * face.width
    mask = cv2.GaussianBlur((below & ~background_mask(pixels)).astype(np.float32), (0, 0), 2)
    return blend(pixels, pixels * np.array([0.6, 0.7, 1.0]) ** strength, mask)


def smooth_collar(pixels: Pixels, face: Face, strength: float) -> Pixels:
    below = (np.arange(pixels.shape[0])[:, None] > face.chin[1] + 0.5 * face.width) & np.ones(pixels.shape[:2], bool)
    smooth = cv2.bilateralFilter(pixels, 11, 40 * strength, 7)
    return blend(pixels, smooth, cv2.GaussianBlur(below.astype(np.float32), (0, 0), 2))


def paint_hair(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Darken and smooth the hair above the oval, as with a brush."""
    above = np.arange(pixels.shape[0])[:, None] < face.forehead[1]
    mask = above * outside_face(pixels, face, 12) * ~background_mask(pixels)
    return blend(pixels, cv2.GaussianBlur(pixels, (0, 0), 2) * (1 - 0.1 * strength), cv2.GaussianBlur(mask, (0, 0), 2))


def shift(pixels: Pixels, face: Face, strength: float) -> Pixels:
    move = np.array([[1, 0, strength], [0, 1, -0.6 * strength]])
    return np.asarray(cv2.warpAffine(pixels, move, pixels.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=1), np.uint8)


def rescale(pixels: Pixels, face: Face, strength: float) -> Pixels:
    about = cv2.getRotationMatrix2D((240.0, 250.0), 0, 1 + strength / 100)
    return np.asarray(cv2.warpAffine(pixels, about, pixels.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=1), np.uint8)


def photoshop_scale(pixels: Pixels, face: Face, strength: float) -> Pixels:
    """Enlarge with Lanczos and crop again, as Pillow and ImageMagick do."""
    height, width = pixels.shape[:2]
    larger = Image.fromarray(pixels).resize(
        (round(width * strength), round(height * strength)), Image.Resampling.LANCZOS
    )
    left, top = (larger.width - width) // 2, (larger.height - height) // 2
    return np.asarray(larger.crop((left, top, left + width, top + height)))


def leave_unchanged(pixels: Pixels, face: Face, strength: float) -> Pixels:
    return pixels


PERMITTED: Final[dict[str, tuple[Edit, tuple[float, ...]]]] = {
    "untouched": (leave_unchanged, (0,)),
    "new background": (replace_background, (0, 1, 2)),
    "tidied edge": (tidy_edge, (1, 2)),
    "other clothes": (recolour_clothes, (1,)),
    "ironed collar": (smooth_collar, (1,)),
    "painted hair": (paint_hair, (1, 2)),
    "shifted, px": (shift, (0.25, 0.5, 3, 7.3)),
    "rescaled, %": (rescale, (-2, 0.5, 2)),
    "resized and cropped": (photoshop_scale, (1.02, 1.05)),
}

ENCODINGS: Final[dict[str, Callable[[Pixels], bytes]]] = {
    "png": lambda p: encode(p, kind="PNG"),
    "q95": lambda p: encode(p, 95),
    "q90 4:2:0": lambda p: encode(p, 90, 2),
    "q80": lambda p: encode(p, 80),
    "q70 4:2:0": lambda p: encode(p, 70, 2),
    "q60 4:2:0": lambda p: encode(p, 60, 2),
    "q85 then q75": lambda p: encode(recompress(p, 85), 75),
    "q75 4:2:0 then q95": lambda p: encode(recompress(p, 75, 2), 95),
    "q70 4:2:0 then png": lambda p: encode(recompress(p, 70, 2), kind="PNG"),
}
"""Formats of a retoucher's file; the last ones hide an earlier loss."""
